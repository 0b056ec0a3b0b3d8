"""The engine against plain Python loops, on histories that crowd the edges."""

from __future__ import annotations

import math
import random
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from features.oracle import expected_features
from hypothesis import given, settings
from hypothesis import strategies as st
from support.histories import (
    Answer,
    History,
    Interaction,
    Prospect,
    Stage,
    load_history,
    make_config,
    read_history,
)
from support.random_histories import (
    ANSWERS,
    AS_OFS,
    QUESTIONS,
    STAGES,
    TYPES,
    WINDOWS_DAYS,
    busy_prospect,
    random_history,
    random_instant,
)
from support.snapshots import snapshots_of

from predictor.crm.crm import Crm, read_crm
from predictor.features.families import build_catalogue
from predictor.features.matrix import compute_features
from predictor.features.specification import FeatureSpecification, learn_specification

if TYPE_CHECKING:
    import pandas as pd

FEATURES = {"windows_days": WINDOWS_DAYS, "half_life_days": 9.5, "max_types": 4}
ATTRIBUTES = {"industry": {"known_at": "creation"}, "size": {"known_at": "creation"}}
TOLERANCE = 1e-12
#: Each interaction is counted to 2**-33.
DECAYED_TOLERANCE = 2.0**-33


def assert_agrees(
    crm: Crm, history: History, specification: FeatureSpecification, snapshots: pd.DataFrame
) -> None:
    catalogue = build_catalogue(specification)
    found = compute_features(crm, specification, catalogue, snapshots)
    by_prospect = {p.prospect_id: history.of(p.prospect_id) for p in history.prospects}
    for row, (prospect_id, as_of) in enumerate(snapshots.itertuples(index=False)):
        facts = by_prospect.get(prospect_id, History())
        expected = expected_features(
            facts, specification, prospect_id, as_of.to_pydatetime(warn=False)
        )
        got = found.iloc[row].to_dict()
        assert set(got) == set(expected)
        wrong = {name: (got[name], expected[name]) for name in got if not same(got, expected, name)}
        assert not wrong, f"{prospect_id} at {as_of}: (engine, oracle) {wrong}\n{facts}"


def same(got: dict[str, object], expected: dict[str, object], name: str) -> bool:
    ours, theirs = got[name], expected[name]
    if theirs is None or isinstance(theirs, str):
        return ours == theirs or (theirs is None and ours != ours)  # noqa: PLR0124 - NaN
    if isinstance(theirs, int):
        return ours == theirs
    if name.endswith("_decayed_count"):
        ever = (n for key, n in expected.items() if key.endswith("_count") and isinstance(n, int))
        return abs(ours - theirs) <= (1 + sum(ever)) * DECAYED_TOLERANCE
    return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_agrees_on_many_histories_read_through_the_contract(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng = random.Random(seed)
    history = random_history(rng, 60) + busy_prospect(rng, "busy", 4000)
    crm, config = read_history(
        history, tmp_path_factory.mktemp("crm"), features=FEATURES, attributes=ATTRIBUTES
    )
    specification = learn_specification(crm, config)
    assert specification.other_types
    assert specification.timed_types == ("call",)
    ids = [prospect.prospect_id for prospect in history.prospects]
    assert_agrees(crm, history.usable(), specification, snapshots_of([*ids, "unknown"], AS_OFS))


SPECIFICATION = FeatureSpecification(
    windows_days=WINDOWS_DAYS,
    half_life_days=9.5,
    types=TYPES[:3],
    timed_types=("call",),
    other_types=True,
    questions=QUESTIONS,
    stages=True,
    attributes=(),
)
IDS = st.sampled_from(["p", "q"])
INSTANTS = st.integers(0, 2**32).map(lambda seed: random_instant(random.Random(seed)))
RECORDED = st.none() | INSTANTS


@settings(max_examples=4, deadline=None)
@given(
    prospects=st.just((Prospect("p", datetime(2024, 2, 1)), Prospect("q", AS_OFS[1]))),
    interactions=st.lists(
        st.builds(Interaction, IDS, INSTANTS, st.sampled_from(TYPES), recorded_at=RECORDED),
        max_size=25,
    ).map(tuple),
    answers=st.lists(
        st.builds(
            lambda who, when, question, answer, recorded: Answer(
                who, when, *question, answer, recorded
            ),
            IDS,
            INSTANTS,
            st.sampled_from(QUESTIONS),
            st.sampled_from(ANSWERS),
            RECORDED,
        ),
        max_size=20,
    ).map(tuple),
    stages=st.lists(
        st.builds(Stage, IDS, INSTANTS, st.sampled_from(STAGES), RECORDED), max_size=10
    ).map(tuple),
)
def test_agrees_on_small_histories_that_shrink(**tables: tuple[object, ...]) -> None:
    history = History(**tables)
    assert_agrees(
        load_history(history), history.usable(), SPECIFICATION, snapshots_of(["p", "q"], AS_OFS)
    )


def test_agrees_where_instants_tie() -> None:
    instant, later = datetime(2024, 3, 1), datetime(2024, 3, 2)
    answers = [
        Answer("p", instant, "BANT", "budget", "no", later),
        Answer("p", instant, "BANT", "budget", "yes"),
        Answer("p", instant, "BANT", "need", "no"),
        Answer("p", instant, "BANT", "need", "Été"),
    ]
    stages = [Stage("p", instant, "proposal", later), Stage("p", instant, "prospecting")]
    history = History((Prospect("p", instant),), (), tuple(answers), tuple(stages))
    snapshots = snapshots_of(["p"], AS_OFS)
    crm = load_history(history)
    assert_agrees(crm, history.usable(), SPECIFICATION, snapshots)
    found = compute_features(crm, SPECIFICATION, build_catalogue(SPECIFICATION), snapshots)
    # The answer that was learnt last, then the last by its text; the same for stages.
    assert set(found["answer_bant_budget"]) == {"no"}
    assert set(found["answer_bant_need"]) == {"Été"}
    assert set(found["stage"]) == {"proposal"}


def test_agrees_on_text_files(tmp_path: object) -> None:
    (tmp_path / "prospects.csv").write_text("prospect_id,created_at\np,2024-02-01\n")
    (tmp_path / "outcomes.csv").write_text("prospect_id,closed_at,outcome\n")
    (tmp_path / "interactions.csv").write_text(
        "prospect_id,occurred_at,type,recorded_at\n"
        "p,2024-03-03,call,\n"  # a date: known at the end of the 3rd
        "p,2024-03-04,call,\n"  # known at the end of the 4th
        "p,2024-02-26T00:00:00Z,call,\n"  # on the edge of 7 days
        "p,2024-02-26T00:59:59.999999+01:00,call,\n"  # outside by a microsecond
        "p,2024-03-01 10:00:00,call,2024-03-04 00:00:00\n"  # recorded at as_of
    )
    inputs = {name: f"{name}.csv" for name in ("prospects", "interactions", "outcomes")}
    crm = read_crm(make_config(tmp_path, inputs))
    snapshots = snapshots_of(["p"], [datetime(2024, 3, 4)])
    found = compute_features(crm, SPECIFICATION, build_catalogue(SPECIFICATION), snapshots)
    assert found.loc[0, "call_count_7d"] == 2
    assert found.loc[0, "call_count"] == 3
    assert found.loc[0, "call_days_since_last"] == pytest.approx(1 / 86_400_000_000, rel=1e-9)
