"""The engine against plain Python loops, on histories that crowd the edges."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from features.oracle.agreement import assert_agrees
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support.histories import (
    Answer,
    History,
    Interaction,
    Outcome,
    Prospect,
    Stage,
    load_history,
    read_history,
)
from support.random_histories import (
    ANSWERS,
    AS_OFS,
    CHANNELS,
    CONFIG,
    DIRECTIONS,
    DURATIONS_SECONDS,
    INDUSTRIES,
    QUESTIONS,
    SPECIFICATION,
    STAGES,
    TIMED_TYPES,
    TYPES,
    ZONES,
    busy_prospect,
    random_history,
    random_instant,
)
from support.snapshots import snapshots_of

from predictor.features.catalogue import NEVER_MISSING
from predictor.features.families import FAMILIES, build_catalogue
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features
from predictor.features.specification import FeatureSpecification

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

N_BUSY = 100_000


def everybody(history: History) -> pd.DataFrame:
    ids = [prospect.prospect_id for prospect in history.prospects]
    return snapshots_of([*ids, "unknown"], AS_OFS)


# --- random histories


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32), time_zone=st.sampled_from(ZONES))
def test_agrees_on_many_histories_read_through_the_contract(
    seed: int, time_zone: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng = random.Random(seed)
    history = random_history(rng, 60) + busy_prospect(rng, "busy", 4000)
    config = CONFIG | {"features": {**CONFIG["features"], "time_zone": time_zone}}
    crm, configuration = read_history(history, tmp_path_factory.mktemp("crm"), **config)
    specification = learn_specification(crm, configuration)
    assert specification.families == tuple(FAMILIES)
    assert {*specification.timed_types} == {*TIMED_TYPES} & {*specification.types}
    assert specification.other_types
    assert len(specification.ratios) == len(specification.strong_types) == 2
    assert_agrees(crm, history.usable(), specification, everybody(history))


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32), time_zone=st.sampled_from(ZONES))
def test_agrees_on_many_histories_loaded_directly(seed: int, time_zone: str) -> None:
    usable = random_history(random.Random(seed), 60).usable()
    specification = replace(SPECIFICATION, time_zone=time_zone)
    assert_agrees(load_history(usable), usable, specification, everybody(usable))


IDS = st.sampled_from(["p", "q", "r"])
INSTANTS = st.integers(0, 2**32).map(lambda seed: random_instant(random.Random(seed)))
RECORDED = st.none() | INSTANTS


@settings(max_examples=4, deadline=None)
@given(
    prospects=st.tuples(
        *(
            st.builds(
                lambda who, when, account_id, industry: Prospect(
                    who,
                    when,
                    account_id,
                    attributes=(("industry", industry), ("size", 3.5), ("trial", True)),
                ),
                st.just(name),
                st.sampled_from([datetime(2023, 9, 1), *AS_OFS]),
                st.sampled_from([None, "a1"]),
                st.sampled_from(INDUSTRIES),
            )
            for name in "pqr"
        )
    ),
    interactions=st.lists(
        st.builds(
            Interaction,
            IDS,
            INSTANTS,
            st.sampled_from(TYPES),
            st.sampled_from(CHANNELS),
            st.sampled_from(DIRECTIONS),
            st.sampled_from(DURATIONS_SECONDS),
            RECORDED,
        ),
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
    outcomes=st.lists(
        st.builds(
            lambda who, when, outcome, recorded: Outcome(who, when, outcome, recorded_at=recorded),
            IDS,
            INSTANTS,
            st.sampled_from(["won", "lost"]),
            RECORDED,
        ),
        max_size=3,
    ).map(tuple),
)
def test_agrees_on_small_histories_that_shrink(**tables: tuple[Any, ...]) -> None:
    usable = History(**tables).usable()
    assume(usable.prospects)  # their attributes are columns only where there is one
    assert_agrees(load_history(usable), usable, SPECIFICATION, snapshots_of("pqr", AS_OFS))


def test_every_feature_varies_and_is_missing_where_it_may_be() -> None:
    usable = random_history(random.Random(4), 80).usable()
    rows = assert_agrees(load_history(usable), usable, SPECIFICATION, everybody(usable))
    seen = defaultdict(set)
    for row in rows:
        for name, value in row.items():
            seen[name].add(value)
    assert {name for name, values in seen.items() if len(values - {None}) < 2} == set()
    for feature in build_catalogue(SPECIFICATION):
        assert (None in seen[feature.name]) == (feature.missing != NEVER_MISSING), feature.name


def test_agrees_on_a_prospect_of_a_hundred_thousand_interactions() -> None:
    usable = busy_prospect(random.Random(7), "busy", N_BUSY, duplicates=False)
    assert len(usable.interactions) == N_BUSY
    snapshots = snapshots_of(["busy"], AS_OFS[3:])
    assert_agrees(load_history(usable), usable, SPECIFICATION, snapshots)


# --- other specifications and families


def test_agrees_where_nothing_is_known() -> None:
    nobody, alone = History(), History((Prospect("p", AS_OFS[0], "a1"),))
    specification = replace(SPECIFICATION, attributes=())
    for history in (nobody, alone):
        assert_agrees(load_history(history), history, specification, snapshots_of("p", AS_OFS))


def test_agrees_on_a_specification_that_has_next_to_nothing() -> None:
    usable = random_history(random.Random(5), 40).usable()
    least = FeatureSpecification(tuple(FAMILIES), windows_days=(7,), half_life_days=3.0)
    assert_agrees(load_history(usable), usable, least, everybody(usable))


@pytest.mark.parametrize("windows_days", [(1,), (1, 2, 400)])
def test_agrees_on_other_windows(windows_days: tuple[int, ...]) -> None:
    usable = random_history(random.Random(6), 40).usable()
    specification = replace(SPECIFICATION, windows_days=windows_days, half_life_days=0.75)
    assert_agrees(load_history(usable), usable, specification, everybody(usable))


def test_each_family_can_stand_alone_and_any_can_be_left_out() -> None:
    usable = random_history(random.Random(8), 20).usable()
    crm, snapshots = load_history(usable), everybody(usable)
    whole = compute_features(crm, SPECIFICATION, build_catalogue(SPECIFICATION), snapshots)
    columns = {}
    for family in FAMILIES:
        alone = replace(SPECIFICATION, families=(family,))
        columns[family] = [*assert_agrees(crm, usable, alone, snapshots)[0]]
        assert columns[family]
    assert {name for names in columns.values() for name in names} == {*whole.columns}
    for kept in ([*FAMILIES][::2], [*FAMILIES][1::2]):
        some = replace(SPECIFICATION, families=tuple(kept))
        found = compute_features(crm, some, build_catalogue(some), snapshots)
        names = [name for name in whole if any(name in columns[family] for family in kept)]
        assert found.equals(whole[names])


def test_families_left_out_in_the_configuration_are_not_learnt(tmp_path: Path) -> None:
    history = random_history(random.Random(9), 20)
    left_out = ["rhythm", "account"]
    config = CONFIG | {"features": {**CONFIG["features"], "leave_out": left_out}}
    crm, configuration = read_history(history, tmp_path, **config)
    specification = learn_specification(crm, configuration)
    assert specification.families == tuple(f for f in FAMILIES if f not in left_out)
    assert_agrees(crm, history.usable(), specification, everybody(history))
