"""What must change nothing: the future, a shift in time, the order of rows, the split of work."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from support.histories import (
    MICROSECOND,
    Answer,
    History,
    Interaction,
    Stage,
    happened_at,
    known_at,
    load_history,
)
from support.random_histories import (
    ANSWERS,
    AS_OFS,
    CONFIG,
    QUESTIONS,
    SPECIFICATION,
    STAGES,
    TYPES,
    busy_prospect,
    future_facts,
    random_history,
)
from support.snapshots import snapshots_of

from predictor.config import Config
from predictor.features.catalogue import NEVER_MISSING
from predictor.features.families import build_catalogue
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features, feature_chunks
from predictor.features.specification import FeatureSpecification

if TYPE_CHECKING:
    from predictor.crm.crm import Crm

CONFIGURATION = Config(source={"inputs": {"any": "any.csv"}}, **CONFIG)
N_PROSPECTS = 30
#: Families that look at a clock or a calendar, not at ages alone.
CLOCK_FAMILIES = ("habits", "calendar")
#: Families that look at other prospects.
OTHERS_FAMILIES = ("fit", "account")
#: The Gregorian calendar and the rules of summer time repeat after so many days, weekdays included.
YEARS_28 = timedelta(days=28 * 365 + 7)


def features_of(
    crm: Crm, snapshots: pd.DataFrame, specification: FeatureSpecification = SPECIFICATION
) -> pd.DataFrame:
    return compute_features(crm, specification, build_catalogue(specification), snapshots)


def columns_of(*families: str) -> list[str]:
    chosen = replace(SPECIFICATION, families=families)
    return [feature.name for feature in build_catalogue(chosen)]


@pytest.fixture(scope="module")
def history() -> History:
    rng = random.Random(24)
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


# --- the rule of time


@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32), as_of=st.sampled_from(AS_OFS))
def test_the_future_changes_no_feature_and_no_choice(seed: int, as_of: datetime) -> None:
    rng = random.Random(seed)
    base = random_history(rng, N_PROSPECTS).usable()
    more = future_facts(rng, base, as_of, N_PROSPECTS)
    assert more.interactions
    snapshots = snapshots_of([p.prospect_id for p in base.prospects], [as_of])
    before, after = load_history(base), load_history((base + more).shuffled(rng))
    learnt = learn_specification(before.known_at(as_of), CONFIGURATION)
    assert learn_specification(after.known_at(as_of), CONFIGURATION) == learnt
    for specification in (SPECIFICATION, learnt):
        assert_same(
            features_of(after, snapshots, specification),
            features_of(before, snapshots, specification),
        )


def test_only_what_is_known_strictly_before_counts(
    history: History, snapshots: pd.DataFrame
) -> None:
    as_of = AS_OFS[2]
    last = as_of - MICROSECOND
    crm = load_history(
        history
        + History(
            interactions=(Interaction("busy", last, TYPES[0]),),
            answers=(Answer("busy", last, *QUESTIONS[0], ANSWERS[0]),),
            stages=(Stage("busy", last, STAGES[0]),),
        )
    )
    mine = snapshots[snapshots["as_of"] == as_of]
    found = features_of(crm, mine)
    assert_same(features_of(crm.known_at(as_of), mine), found)
    # A microsecond less is a fact less.
    earlier = features_of(crm.known_at(last), mine)
    for family in ("engagement", "activity", "rhythm", "habits", "qualification", "stage"):
        assert not earlier[columns_of(family)].equals(found[columns_of(family)]), family


def test_what_became_of_others_counts_from_the_microsecond_after_it_is_known(
    history: History, crm: Crm
) -> None:
    ids = [prospect.prospect_id for prospect in history.prospects]
    latest = max(known_at(outcome) for outcome in history.outcomes)
    families = replace(SPECIFICATION, families=OTHERS_FAMILIES)
    frames = []
    for as_of in (latest, latest + MICROSECOND):
        snapshots = snapshots_of(ids, [as_of])
        frames.append(features_of(crm, snapshots, families))
        assert_same(features_of(crm.known_at(as_of), snapshots, families), frames[-1])
    before, after = frames
    assert not before["attribute_trial_won_rate"].equals(after["attribute_trial_won_rate"])


def test_scoring_gives_what_training_saw(crm: Crm, snapshots: pd.DataFrame) -> None:
    """On the CRM of that day, by a specification that was written and read."""
    trained_at = max(AS_OFS)
    days = trained_at, AS_OFS[2]
    learnt = learn_specification(crm.known_at(trained_at), CONFIGURATION)
    at_training = features_of(crm.known_at(trained_at), snapshots, learnt)
    reread = FeatureSpecification.from_json(json.loads(json.dumps(learnt.to_json())))
    assert reread == learnt
    for as_of in days:
        mine = snapshots[snapshots["as_of"] == as_of]
        at_scoring = features_of(crm.known_at(as_of), mine, reread)
        assert_same(at_scoring, at_training.loc[mine.index])


# --- shifts in time


def test_moving_everything_in_time_changes_nothing_but_what_clocks_say(
    history: History, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    by = timedelta(days=200, hours=5, minutes=17, microseconds=1)
    found = features_of(load_history(history.shifted(by)), _moved(snapshots, by))
    clocks = columns_of(*CLOCK_FAMILIES)
    assert_same(found.drop(columns=clocks), features.drop(columns=clocks))
    for name in clocks:
        assert not found[name].equals(features[name]), name


def test_moving_everything_by_weeks_keeps_weekdays_and_hours(
    history: History, snapshots: pd.DataFrame
) -> None:
    """Where clocks never change; else the hour of summer would move."""
    by = timedelta(weeks=30)
    specification = replace(SPECIFICATION, time_zone="UTC")
    still = features_of(load_history(history), snapshots, specification)
    found = features_of(load_history(history.shifted(by)), _moved(snapshots, by), specification)
    moving = ["calendar_month", "calendar_days_to_quarter_end"]
    assert_same(found.drop(columns=moving), still.drop(columns=moving))


def test_moving_everything_by_28_years_changes_nothing(
    history: History, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    found = features_of(load_history(history.shifted(YEARS_28)), _moved(snapshots, YEARS_28))
    assert_same(found, features)


def _moved(snapshots: pd.DataFrame, by: timedelta) -> pd.DataFrame:
    return snapshots.assign(as_of=snapshots["as_of"] + by)


# --- the order of rows and the split of work


def test_the_order_of_rows_changes_nothing(
    history: History, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    shuffled = load_history(history.shuffled(random.Random(1)))
    assert_same(features_of(shuffled, snapshots), features)


def test_computing_in_parts_changes_nothing(
    crm: Crm, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    parts = [features_of(crm, snapshots[part::2]) for part in range(2)]
    assert_same(pd.concat(parts).loc[snapshots.index], features)
    one = snapshots.iloc[[17]]
    assert_same(features_of(crm, one), features.loc[one.index])


# One prospect at a time costs most, and does not need as many.
@pytest.mark.parametrize(("max_rows", "n_prospects"), [(4, 10), (10, None)])
def test_computing_some_prospects_at_a_time_changes_nothing(
    crm: Crm,
    snapshots: pd.DataFrame,
    features: pd.DataFrame,
    max_rows: int,
    n_prospects: int | None,
) -> None:
    some = sorted(snapshots["prospect_id"].unique())[:n_prospects]
    mixed = snapshots[snapshots["prospect_id"].isin(some)].sample(frac=1, random_state=2)
    catalogue = build_catalogue(SPECIFICATION)
    seen = []
    for places, found in feature_chunks(crm, SPECIFICATION, catalogue, mixed, max_rows):
        mine = mixed.iloc[places]
        frame = found.to_pandas().astype(features.dtypes).set_axis(mine.index, axis="index")
        assert_same(frame, features.loc[mine.index])
        assert len(found) < len(mixed) / 2
        seen += sorted(mine["prospect_id"].unique())
    assert seen == sorted(mixed["prospect_id"].unique())


def test_prospects_do_not_touch_each_other_but_by_accounts_and_outcomes(
    history: History, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    """A CRM that holds half of the prospects gives these the same features, those two apart."""
    ids = {p.prospect_id for p in history.prospects[::2]}
    half = load_history(history.where(lambda fact: fact.prospect_id in ids))
    mine = snapshots[snapshots["prospect_id"].isin(ids)]
    found, expected = features_of(half, mine), features.loc[mine.index]
    others = [name for name in columns_of(*OTHERS_FAMILIES) if _looks_at_others(name)]
    assert_same(found.drop(columns=others), expected.drop(columns=others))
    for name in ("account_prospects", "attribute_industry_won_rate"):
        assert not found[name].equals(expected[name])


def _looks_at_others(name: str) -> bool:
    return name.startswith("account_") or name.endswith("_won_rate")


# --- the shape of the matrix


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


def test_an_index_that_repeats_itself_is_kept(
    crm: Crm, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    same_index = snapshots.set_axis([5] * len(snapshots), axis="index")
    assert_same(features_of(crm, same_index), features.set_axis(same_index.index, axis="index"))


def test_other_columns_of_the_snapshots_do_not_matter(
    crm: Crm, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    more = snapshots.assign(account_id="a1", outcome="won", type="call", industry=1.5, age_us=7)
    finer = more.astype({"as_of": "datetime64[ns]"})
    assert_same(features_of(crm, finer[[*finer.columns[::-1]]]), features)


def test_asking_for_some_features_gives_the_same(
    crm: Crm, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    some = build_catalogue(SPECIFICATION)[::-9]
    found = compute_features(crm, SPECIFICATION, some, snapshots)
    assert_same(found, features[[feature.name for feature in some]])


def test_two_computations_that_take_turns_do_not_disturb_each_other(
    crm: Crm, snapshots: pd.DataFrame, features: pd.DataFrame
) -> None:
    catalogue = build_catalogue(SPECIFICATION)
    earlier = snapshots.assign(as_of=AS_OFS[2])
    runs = [
        feature_chunks(crm, SPECIFICATION, catalogue, asked, len(snapshots) // 4)
        for asked in (snapshots, earlier)
    ]
    places, found = zip(*(pair for pair, _ in zip(*runs, strict=True)), strict=True)
    assert len(found) > 1
    expected = features.iloc[np.concatenate(places)].reset_index(drop=True)
    assert_same(pa.concat_tables(found).to_pandas().astype(features.dtypes), expected)


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
        if feature.missing == NEVER_MISSING:
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
