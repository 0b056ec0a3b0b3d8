"""What must change nothing: the future, a shift in time, the order of rows, the split of work."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from support.histories import MICROSECOND, History, happened_at, load_history
from support.random_histories import (
    AS_OFS,
    QUESTIONS,
    TYPES,
    WINDOWS_DAYS,
    busy_prospect,
    future_facts,
    random_history,
)
from support.snapshots import snapshots_of

from predictor.config import Config
from predictor.features.families import build_catalogue
from predictor.features.matrix import compute_features
from predictor.features.specification import (
    Attribute,
    FeatureSpecification,
    learn_specification,
)

if TYPE_CHECKING:
    from predictor.crm.crm import Crm

CONFIG = Config(
    source={"inputs": {"any": "any.csv"}},
    features={"windows_days": WINDOWS_DAYS, "half_life_days": 9.5, "max_types": 3},
    attributes={"industry": {"known_at": "creation"}},
)
SPECIFICATION = FeatureSpecification(
    windows_days=WINDOWS_DAYS,
    half_life_days=9.5,
    types=TYPES[:3],
    timed_types=("call",),
    other_types=True,
    questions=QUESTIONS,
    stages=True,
    attributes=(Attribute("industry", "categorical"), Attribute("size", "numeric")),
)
N_PROSPECTS = 30


def features_of(crm: Crm, snapshots: pd.DataFrame) -> pd.DataFrame:
    return compute_features(crm, SPECIFICATION, build_catalogue(SPECIFICATION), snapshots)


@pytest.fixture(scope="module")
def history() -> History:
    rng = random.Random(20)
    return (random_history(rng, N_PROSPECTS) + busy_prospect(rng, "busy", 3000)).usable()


@pytest.fixture(scope="module")
def crm(history: History) -> Crm:
    return load_history(history)


@pytest.fixture(scope="module")
def snapshots(history: History) -> pd.DataFrame:
    return snapshots_of([p.prospect_id for p in history.prospects], AS_OFS)


@pytest.fixture(scope="module")
def features(crm: Crm, snapshots: pd.DataFrame) -> pd.DataFrame:
    return features_of(crm, snapshots)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32), as_of=st.sampled_from(AS_OFS))
def test_the_future_changes_no_feature_and_no_choice(seed: int, as_of: datetime) -> None:
    rng = random.Random(seed)
    base = random_history(rng, N_PROSPECTS).usable()
    more = future_facts(rng, base, as_of, N_PROSPECTS)
    assert more.interactions
    snapshots = snapshots_of([p.prospect_id for p in base.prospects], [as_of])
    before, after = load_history(base), load_history((base + more).shuffled(rng))
    assert learn_specification(before.known_at(as_of), CONFIG) == learn_specification(
        after.known_at(as_of), CONFIG
    )
    assert_same(features_of(after, snapshots), features_of(before, snapshots))


def test_only_what_is_known_strictly_before_counts(crm: Crm, snapshots: pd.DataFrame) -> None:
    as_of = AS_OFS[2]
    mine = snapshots[snapshots["as_of"] == as_of]
    assert_same(features_of(crm.known_at(as_of), mine), features_of(crm, mine))
    # One microsecond less is one fact less, somewhere: the histories crowd that instant.
    earlier = features_of(crm.known_at(as_of - MICROSECOND), mine)
    assert not earlier.equals(features_of(crm, mine))


def test_moving_everything_in_time_changes_nothing(
    history: History, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    by = timedelta(days=200, hours=5, minutes=17, microseconds=1)
    moved = load_history(history.shifted(by))
    found = features_of(moved, snapshots.assign(as_of=snapshots["as_of"] + by))
    assert_same(found, features)


def test_the_order_of_rows_changes_nothing(
    history: History, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    shuffled = load_history(history.shuffled(random.Random(1)))
    assert_same(features_of(shuffled, snapshots), features)


def test_computing_in_parts_changes_nothing(
    crm: Crm, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    half = len(snapshots) // 2
    parts = [features_of(crm, snapshots[:half]), features_of(crm, snapshots[half:])]
    assert_same(pd.concat(parts), features)


def test_rows_follow_the_snapshots_and_their_index(
    crm: Crm, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    mixed = snapshots.sample(frac=1, random_state=1)
    # The same snapshot twice, and an index of text.
    mixed = pd.concat([mixed, mixed[:3]]).set_axis(
        [f"row {number}" for number in range(len(mixed) + 3)], axis="index"
    )
    found = features_of(crm, mixed)
    assert list(found.index) == list(mixed.index)
    places = [*snapshots.sample(frac=1, random_state=1).index]
    expected = features.loc[[*places, *places[:3]]].set_axis(mixed.index, axis="index")
    assert_same(found, expected)


def test_no_snapshots_give_no_rows_of_the_same_columns(
    crm: Crm, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    found = features_of(crm, snapshots[:0])
    assert found.shape == (0, features.shape[1])
    assert list(found.dtypes) == list(features.dtypes)


def test_columns_are_text_or_float(features: pd.DataFrame) -> None:
    catalogue = build_catalogue(SPECIFICATION)
    assert list(features.columns) == [feature.name for feature in catalogue]
    for feature in catalogue:
        dtype = "str" if feature.unit == "category" else "float64"
        assert features[feature.name].dtype == dtype
        if feature.absent is not None:
            assert features[feature.name].notna().all()


def test_the_histories_are_worth_the_name(history: History, features: pd.DataFrame) -> None:
    assert all(len(features[name].unique()) > 1 for name in features)
    before_creation = {
        fact.prospect_id
        for prospect in history.prospects
        for fact in history.of(prospect.prospect_id).interactions
        if happened_at(fact) < happened_at(prospect)
    }
    assert before_creation


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Compare to the last bit."""
    assert_frame_equal(found, expected, check_exact=True)
