"""Reasons: the strongest signals first, and nothing told twice."""

from __future__ import annotations

import doctest
import random
from datetime import datetime
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.feature_rows import empty_row, random_row
from support.random_histories import SPECIFICATION

from predictor.explanation import reasons
from predictor.explanation.reasons import (
    LEAST_CAUTION,
    LEAST_REASON,
    REASONS,
    choose,
    find_reasons,
    points,
)
from predictor.explanation.rows import rows_of
from predictor.explanation.signals import SignalContributions
from predictor.features.catalogue import Signal, Text, Values
from predictor.features.families import build_catalogue

CATALOGUE = build_catalogue(SPECIFICATION)
SIGNALS = tuple(dict.fromkeys(feature.signal for feature in CATALOGUE))
PLACES = {signal.name: place for place, signal in enumerate(SIGNALS)}
AS_OF = datetime(2024, 3, 4)


def random_case(seed: int, n: int = 3) -> tuple[pd.DataFrame, SignalContributions]:
    rng = random.Random(seed)
    rows = [random_row(rng, CATALOGUE, SPECIFICATION) for _ in range(n)]
    values = np.array([[rng.choice((0, 1, 2)) * rng.gauss(0, 0.01) for _ in SIGNALS] for _ in rows])
    return pd.DataFrame(rows), SignalContributions(SIGNALS, values, 0.2 + values.sum(axis=1), 0.2)


def snapshots(n: int, last: datetime | None = AS_OF) -> pd.DataFrame:
    ids = [f"p{place}" for place in range(n)]
    last_at = pd.Series([last] * n, dtype="datetime64[us]")
    return pd.DataFrame({"prospect_id": ids, "as_of": AS_OF, "last_interaction_at": last_at})


@given(seed=st.integers(0, 2**32), direction=st.sampled_from((1.0, -1.0)))
def test_no_two_reasons_tell_the_same_fact(seed: int, direction: float) -> None:
    features, contributions = random_case(seed)
    for row, values in zip(rows_of(features), contributions.values, strict=True):
        chosen, caution = choose(SIGNALS, row, values, direction)
        told = [SIGNALS[place].facts(row) for place in (*chosen, *caution)]
        assert not any(first & second for first, second in combinations(told, 2))


@given(seed=st.integers(0, 2**32))
def test_a_signal_is_passed_over_only_where_a_stronger_one_tells_its_fact(seed: int) -> None:
    features, contributions = random_case(seed)
    for row, values in zip(rows_of(features), contributions.values, strict=True):
        chosen, caution = choose(SIGNALS, row, values, 1.0)
        weights = [values[place] for place in chosen]
        assert weights == sorted(weights, reverse=True)
        assert all(weight >= LEAST_REASON for weight in weights)
        assert all(values[place] <= -LEAST_CAUTION for place in caution)
        told: set[str] = set()
        for place in np.argsort(-values, kind="stable"):
            facts = SIGNALS[place].facts(row)
            if place in chosen:
                told |= facts
            elif values[place] >= (LEAST_REASON if len(chosen) < REASONS else min(weights)):
                assert told & facts


def test_a_strong_signal_is_told_once() -> None:
    row = empty_row(CATALOGUE) | {
        "quote_request_days_since_last": 6.5,
        "strong_days_since_last": 6.5,
        "call_days_since_last": 3.0,
        "call_count_7d": 1.0,
    }
    values = np.zeros(len(SIGNALS))
    for name, value in (("strong", 0.08), ("quote_request", 0.07), ("call", 0.02), ("age", 0.01)):
        values[PLACES[name]] = value
    chosen, _ = choose(SIGNALS, row, values, 1.0)
    assert [SIGNALS[place].name for place in chosen] == ["strong", "call", "age"]


def test_what_is_open_in_two_grids_is_asked_once() -> None:
    values = np.zeros(len(SIGNALS))
    for name in ("answer_bant_budget", "answer_champ_budget", "concept_money", "grid_bant"):
        values[PLACES[name]] = 0.01
    chosen, _ = choose(SIGNALS, empty_row(CATALOGUE), values, 1.0)
    assert [SIGNALS[place].name for place in chosen] == ["answer_bant_budget"]


def test_the_caution_does_not_contradict_a_reason() -> None:
    row = empty_row(CATALOGUE) | {
        "quote_request_days_since_last": 40.0,
        "strong_days_since_last": 40.0,
    }
    values = np.zeros(len(SIGNALS))
    values[PLACES["quote_request"]], values[PLACES["strong"]] = 0.05, -0.04
    assert choose(SIGNALS, row, values, 1.0) == ([PLACES["quote_request"]], [])
    values[PLACES["age"]] = -0.01
    assert choose(SIGNALS, row, values, 1.0)[1] == [PLACES["age"]]


@given(seed=st.integers(0, 2**32), language=st.sampled_from(("en", "fr")))
def test_every_reason_is_in_the_stored_table_with_its_points(seed: int, language: str) -> None:
    features, contributions = random_case(seed)
    found = find_reasons(snapshots(len(features)), features, contributions, language)
    table = found.table
    np.testing.assert_allclose(
        table.groupby("prospect_id")["contribution"].sum(),
        contributions.probability - contributions.portfolio_probability,
        atol=1e-12,
    )
    colon = " : " if language == "fr" else ": "
    stored = {
        (row.prospect_id, f"{row.reason}{colon}{points(row.contribution, language)}")
        for row in table.itertuples()
    }
    for person, cells in zip(
        snapshots(len(features))["prospect_id"], found.columns.to_numpy(), strict=True
    ):
        assert {(person, cell) for cell in cells if cell} <= stored


def test_rows_in_chunks_get_the_reasons_of_all_at_once() -> None:
    features, contributions = random_case(11, 6)
    people = snapshots(6)
    whole = find_reasons(people, features, contributions, "fr")
    parts = [
        find_reasons(
            people.iloc[rows],
            features.iloc[rows],
            SignalContributions(
                SIGNALS, contributions.values[rows], contributions.probability[rows], 0.2
            ),
            "fr",
        )
        for rows in (slice(0, 1), slice(1, 6))
    ]
    pd.testing.assert_frame_equal(pd.concat([part.columns for part in parts]), whole.columns)
    table = pd.concat([part.table for part in parts], ignore_index=True)
    pd.testing.assert_frame_equal(table, whole.table)


def test_strong_and_weak_signals_are_marked_in_the_table() -> None:
    features, contributions = random_case(5, 1)
    table = find_reasons(snapshots(1), features, contributions, "en").table
    strength = dict(zip(table["signal"], table["strength"], strict=True))
    assert strength["quote_request"] == strength["strong"] == "strong"
    assert strength["email_open"] == "weak"
    assert strength["stage"] == ""


def test_a_prospect_without_any_interaction_is_told_so() -> None:
    contributions = SignalContributions(SIGNALS, np.zeros((1, len(SIGNALS))), np.array([0.2]), 0.2)
    features = pd.DataFrame([empty_row(CATALOGUE)])
    found = find_reasons(snapshots(1, None), features, contributions, "fr")
    assert found.columns["caution"].iloc[0].startswith("Rien d'enregistré")
    contributions.values[0, [PLACES["activity"], PLACES["call"]]] = 0.01, 0.008
    again = find_reasons(snapshots(1, None), features, contributions, "fr").columns.iloc[0]
    assert [*again] == ["Rien d'enregistré pour l'instant : +1 point", "", "", ""]


def test_only_the_columns_that_a_sentence_reads_are_taken() -> None:
    features = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})
    first, second = rows_of(features)
    assert (first["a"], second["a"], first.get("c"), "b" in first) == (1.0, 2.0, None, True)
    assert dict(first) == {"a": 1.0, "b": "x"}
    assert type(first["a"]) is float


@pytest.mark.parametrize(
    ("contribution", "en", "fr"),
    [
        (0.0, "+0.0 points", "+0,0 point"),
        (-0.009, "-0.9 points", "-0,9 point"),
        (0.0096, "+1 point", "+1 point"),
        (0.0149, "+1 point", "+1 point"),
        (0.0151, "+2 points", "+2 points"),
        (-0.31, "-31 points", "-31 points"),
    ],
)
def test_points_are_counted_as_each_language_does(contribution: float, en: str, fr: str) -> None:
    assert (points(contribution), points(contribution, "fr")) == (en, fr)


def test_a_signal_that_says_nothing_else_tells_its_own_name() -> None:
    def phrase(values: Values) -> Text:
        return Text("A", "B")

    assert Signal("any", Text("any", "n'importe"), phrase).facts({}) == {"any"}


def test_docstring_examples_hold() -> None:
    found = doctest.testmod(reasons)
    assert found.attempted
    assert not found.failed
