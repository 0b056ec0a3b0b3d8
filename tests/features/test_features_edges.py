"""The engine against the oracle, one edge at a time: ties, clocks, calendars, dates in text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from features.oracle.agreement import assert_agrees
from support.histories import (
    DAY,
    MICROSECOND,
    Answer,
    History,
    Interaction,
    Prospect,
    Stage,
    load_history,
    make_config,
)
from support.random_histories import ANSWERS, AS_OFS, QUESTIONS, SPECIFICATION, STAGES, TYPES
from support.snapshots import snapshots_of

from predictor.crm.crm import read_crm
from predictor.features.families import build_catalogue
from predictor.features.matrix import compute_features, feature_chunks
from predictor.features.specification import FeatureSpecification

if TYPE_CHECKING:
    from pathlib import Path

INSTANT, LATER = datetime(2024, 3, 1), datetime(2024, 3, 2)


def agreed(*facts: tuple[Any, ...]) -> dict[str, set[Any]]:
    """Return the values that engine and oracle both give each feature of p after its facts."""
    person = Prospect("p", INSTANT, attributes=(("industry", "a"), ("size", 1.0), ("trial", True)))
    usable = History((person,), *facts).usable()
    snapshots = snapshots_of(["p"], AS_OFS)
    rows = assert_agrees(load_history(usable), usable, SPECIFICATION, snapshots)
    return {name: {row[name] for row in rows} for name in rows[0]}


def test_of_answers_at_the_same_instant_the_one_learnt_last_counts_then_the_last_by_text() -> None:
    answers = (
        Answer("p", INSTANT, "BANT", "budget", "no", LATER),
        Answer("p", INSTANT, "BANT", "budget", "yes"),
        Answer("p", INSTANT, "BANT", "need", "no"),
        Answer("p", INSTANT, "BANT", "need", "Été"),
    )
    found = agreed((), answers)
    assert found["answer_bant_budget"] == {"no"}
    assert found["answer_bant_need"] == {"Été"}


@pytest.mark.parametrize(
    ("answers", "score"),
    [
        ((("BANT", "yes", None), ("CHAMP", "no", LATER)), 0.0),  # learnt last
        ((("BANT", "yes", None), ("CHAMP", "no", None)), 1.0),  # last by its text
        ((("BANT", "unknown", None), ("GPCT", "unknown", None)), 0.0),  # last by its grid
    ],
)
def test_of_answers_across_grids_at_the_same_instant_one_counts(
    answers: tuple[tuple[str, str, datetime | None], ...], score: float
) -> None:
    asked = tuple(
        Answer("p", INSTANT, grid, "budget", text, recorded_at)
        for grid, text, recorded_at in answers
    )
    for order in (asked, asked[::-1]):
        assert agreed((), order)["concept_money_score"] == {score}


def test_of_stages_at_the_same_instant_the_one_learnt_last_is_current() -> None:
    stages = (Stage("p", INSTANT, "discovery", LATER), Stage("p", INSTANT, "prospecting"))
    found = agreed((), (), stages)
    assert found["stage"] == {"discovery"}
    assert found["stage_steps_back"] == {0}
    by_text = (Stage("p", INSTANT, "proposal"), Stage("p", INSTANT, "prospecting"))
    found = agreed((), (), by_text)
    assert found["stage"] == {"prospecting"}
    assert found["stage_steps_back"] == {1}


def test_of_types_at_the_same_instant_the_more_frequent_comes_first() -> None:
    interactions = tuple(
        Interaction("p", at, type_)
        for at in (INSTANT, INSTANT - MICROSECOND)
        for type_ in ("fax", "quote_request", "website_visit", "call", "email_open")
    )
    found = agreed(interactions)
    places = ("last", "second_last", "third_last")
    assert [found[f"sequence_{place}_type"] for place in places] == [
        {type_} for type_ in SPECIFICATION.types[:3]
    ]
    assert found["strong_interactions_since"] == {0}


def test_agrees_on_the_first_hours_of_a_prospect() -> None:
    """Where the rest of a day, and one day at least, make a difference."""
    hours = [INSTANT + number * DAY / 24 for number in range(23)]
    stages = tuple(Stage("p", at, name) for at, name in zip(hours, STAGES, strict=False))
    interactions = tuple(Interaction("p", at, TYPES[hour % 5]) for hour, at in enumerate(hours))
    answers = tuple(Answer("p", at, *QUESTIONS[0], ANSWERS[0]) for at in hours)
    usable = History((Prospect("p", INSTANT),), interactions, answers, stages)
    specification = replace(SPECIFICATION, attributes=())
    snapshots = snapshots_of(["p"], [*hours, INSTANT + DAY])
    assert_agrees(load_history(usable), usable, specification, snapshots)


def test_prospects_of_any_name_keep_their_facts_where_few_are_computed_at_a_time() -> None:
    names = ["A b", "o'b", "Z", "a", "é", "e\u0301", "10", "9", "-1", "\ufb00", "🎉", "会", '"']
    people = tuple(Prospect(name, INSTANT, "a1") for name in names)
    visits = tuple(Interaction(name, INSTANT, "call") for name in names)
    crm = load_history(History(people, visits))
    specification = FeatureSpecification(("activity", "account"), (7,), 9.5, accounts=True)
    snapshots = snapshots_of(names * 2, AS_OFS[:3])
    catalogue = build_catalogue(specification)
    chunks = [*feature_chunks(crm, specification, catalogue, snapshots, 1)]
    assert len(chunks) > 5
    assert sorted(np.concatenate([places for places, _ in chunks])) == [*range(len(snapshots))]
    found = pa.concat_tables([table for _, table in chunks])
    assert {*found["activity_count"].to_pylist()} == {1}
    assert {*found["account_people"].to_pylist()} == {len(names)}


def test_agrees_on_every_day_of_some_years() -> None:
    calendar = FeatureSpecification(("calendar",), windows_days=(7,), half_life_days=3.0)
    nobody = History()
    as_ofs = [
        datetime(year, 1, 1, 23, 59, 59, 999_999) + day * DAY
        for year in (1900, 1970, 2000, 2023, 2024, 2100)
        for day in range(365)
    ]
    assert_agrees(load_history(nobody), nobody, calendar, snapshots_of("p", as_ofs))


def test_agrees_on_instants_of_long_ago_and_far_ahead() -> None:
    """Before 1970, where microseconds since then are negative, and past 2038."""
    instants = {
        "friday evening": datetime(1965, 7, 2, 22, 59, 59, 999_999),  # in Paris
        "saturday": datetime(1965, 7, 2, 23),
        "sunday, a date": datetime(1965, 7, 4, 23, 59, 59, 999_999),
        "the last microsecond": datetime(1969, 12, 31, 23, 59, 59, 999_999),
        "the first microsecond": datetime(1970, 1, 1),
        "not yet 8": datetime(2052, 7, 1, 5, 59, 59, 999_999),
        "8 in summer": datetime(2052, 7, 1, 6),
    }
    usable = History(
        tuple(Prospect(name, at) for name, at in instants.items()),
        tuple(Interaction(name, at, "call") for name, at in instants.items()),
    )
    specification = replace(SPECIFICATION, time_zone="Europe/Paris", attributes=())
    snapshots = snapshots_of(instants, [datetime(1970, 1, 1, 0, 0, 1), datetime(2053, 1, 1)])
    assert_agrees(load_history(usable), usable, specification, snapshots)


def test_agrees_through_the_nights_when_clocks_change() -> None:
    """Every half hour of the days around the changes, and a microsecond to each side."""
    for time_zone, night in (
        ("Europe/Paris", datetime(2024, 3, 31)),
        ("Europe/Paris", datetime(2023, 10, 29)),
        ("America/New_York", datetime(2024, 3, 10)),
        ("America/New_York", datetime(2023, 11, 5)),
        ("Asia/Tehran", datetime(2018, 9, 22)),  # from Saturday's midnight back to Friday
        ("Pacific/Apia", datetime(2011, 12, 30)),  # a Friday that was left out
    ):
        specification = replace(
            SPECIFICATION, families=("habits",), time_zone=time_zone, attributes=()
        )
        instants = [night - DAY + number * DAY / 48 for number in range(48 * 3)]
        people = [Prospect(f"p{number}", night) for number in range(3 * len(instants))]
        visits = [
            Interaction(f"p{3 * number + place}", instant + (place - 1) * MICROSECOND, "call")
            for number, instant in enumerate(instants)
            for place in range(3)
        ]
        usable = History(tuple(people), tuple(visits))
        snapshots = snapshots_of([p.prospect_id for p in people], [night + 10 * DAY])
        assert_agrees(load_history(usable), usable, specification, snapshots)


def test_agrees_on_text_files(tmp_path: Path) -> None:
    (tmp_path / "prospects.csv").write_text("prospect_id,created_at\np,2024-02-01\n")
    (tmp_path / "outcomes.csv").write_text("prospect_id,closed_at,outcome\n")
    (tmp_path / "interactions.csv").write_text(
        "prospect_id,occurred_at,type,recorded_at\n"
        "p,2024-03-03,call,\n"  # a date: known at the end of the 3rd, a Sunday
        "p,2024-03-04,call,\n"  # known at the end of the 4th
        "p,2024-02-26T00:00:00Z,call,\n"  # on the edge of 7 days
        "p,2024-02-26T00:59:59.999998+01:00,call,\n"  # outside by two microseconds
        "p,2024-03-01 10:00:00,call,2024-03-04 00:00:00\n"  # recorded at as_of
    )
    inputs = {name: f"{name}.csv" for name in ("prospects", "interactions", "outcomes")}
    crm = read_crm(make_config(tmp_path, inputs))
    specification = replace(SPECIFICATION, attributes=(), time_zone="Europe/Paris")
    snapshots = snapshots_of(["p"], [datetime(2024, 3, 4)])
    found = compute_features(crm, specification, build_catalogue(specification), snapshots)
    assert found.loc[0, "call_count_7d"] == 2
    assert found.loc[0, "call_count"] == 3
    assert found.loc[0, "call_days_since_last"] == 1 / 86_400_000_000
    # One of three on a Sunday; the hour of two is known, soon after a Sunday's midnight in Paris.
    rates = (specification.weekend_rate, specification.off_hours_rate)
    assert found.loc[0, "habits_weekend_share"] == pytest.approx((1 + 5 * rates[0]) / 8)
    assert found.loc[0, "habits_off_hours_share"] == pytest.approx((2 + 5 * rates[1]) / 7)
