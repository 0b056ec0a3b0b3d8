"""Bands by capacity: limits of owners and territories hold whatever else is asked."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from predictor.lists.bands import COLD, HOT, WARM
from predictor.lists.capacity import Capacity, assign_by_capacity

owners = st.sampled_from(["Ana", "Bo", "Cy", None])
territories = st.sampled_from(["North", "South", None])
lists = st.lists(st.tuples(owners, territories, st.integers(-1, 2)), max_size=60)
limits = st.integers(0, 6)
capacities = st.builds(
    Capacity,
    per_owner=st.none() | limits,
    owners=st.dictionaries(st.sampled_from(["Ana", "Bo"]), limits),
    territories=st.dictionaries(st.sampled_from(["North", "South"]), limits),
)


def frame(rows) -> pd.DataFrame:
    columns = {"owner": [row[0] for row in rows], "territory": [row[1] for row in rows]}
    return pd.DataFrame(columns, dtype="str")


def limit_of_owner(capacity: Capacity, owner) -> float:
    default = np.inf if capacity.per_owner is None else capacity.per_owner
    return capacity.owners.get(owner, default) if isinstance(owner, str) else default


@given(lists, capacities, st.integers(1, 4), st.floats(0, 0.9))
def test_no_limit_is_exceeded_and_none_is_left_unused(rows, capacity, weeks, margin):
    listed = frame(rows)
    before = np.array([row[2] for row in rows], dtype=np.int64)
    height = assign_by_capacity(listed, capacity, weeks, margin, before)
    for reached, times in ((HOT, 1), (WARM, weeks)):
        chosen = listed[height == reached]
        of_owner = chosen["owner"].fillna("").value_counts()
        of_territory = chosen["territory"].value_counts()
        free = {}
        for owner in listed["owner"].fillna("").unique():
            limit = times * limit_of_owner(capacity, owner or None)
            assert of_owner.get(owner, 0) <= limit
            free[owner] = of_owner.get(owner, 0) < limit
        for territory, limit in capacity.territories.items():
            assert of_territory.get(territory, 0) <= times * limit
        for owner, territory in listed[height < reached].itertuples(index=False):
            limit = times * capacity.territories.get(territory, np.inf)
            room = of_territory.get(territory, 0) < limit
            assert not (free[owner if isinstance(owner, str) else ""] and room)


@given(lists, capacities, st.integers(1, 4), st.floats(0, 0.9))
def test_the_same_list_again_gives_the_plain_rule(rows, capacity, weeks, margin):
    listed = frame(rows)
    plain = assign_by_capacity(listed, capacity, weeks)
    again = assign_by_capacity(listed, capacity, weeks, margin, plain)
    assert again.tolist() == plain.tolist()


@given(lists, capacities, st.integers(1, 4))
def test_without_a_margin_the_plain_rule_holds(rows, capacity, weeks):
    before = np.array([row[2] for row in rows], dtype=np.int64)
    plain = assign_by_capacity(frame(rows), capacity, weeks)
    assert assign_by_capacity(frame(rows), capacity, weeks, 0, before).tolist() == plain.tolist()


@given(st.lists(owners, max_size=60), limits, st.integers(1, 4))
def test_without_territories_each_owner_has_its_top_of_the_list(names, k, weeks):
    listed = frame([(name, None) for name in names])
    height = assign_by_capacity(listed, Capacity(per_owner=k), weeks)
    for _, mine in pd.Series(height).groupby(listed["owner"].fillna("")):
        n = len(mine)
        expected = [HOT] * k + [WARM] * (weeks * k) + [COLD] * n
        assert mine.tolist() == expected[:n]


def test_a_challenger_needs_more_than_the_margin():
    listed = frame([("Ana", None)] * 30)
    before = np.array([HOT] * 8 + [COLD] * 2 + [HOT] * 2 + [WARM] * 18)

    def hot(margin: float) -> list[int]:
        height = assign_by_capacity(listed, Capacity(per_owner=10), 1, margin, before)
        return np.flatnonzero(height == HOT).tolist()

    assert hot(0.3) == [*range(8), 10, 11]
    assert hot(0.1) == [*range(9), 10]
    assert hot(0.0) == list(range(10))


def test_small_limits_have_a_margin_of_one_place():
    before = np.array([WARM, HOT, WARM])
    kept = assign_by_capacity(frame([("Ana", None)] * 3), Capacity(per_owner=1), 1, 0.1, before)
    assert kept.tolist() == [WARM, HOT, COLD]


def test_capacity_comes_before_hysteresis():
    before = np.full(5, HOT)
    height = assign_by_capacity(frame([("Ana", None)] * 5), Capacity(per_owner=2), 1, 0.9, before)
    assert height.tolist() == [HOT, HOT, WARM, WARM, COLD]


def test_a_territory_that_is_full_leaves_the_work_to_another():
    rows = [("Ana", "North"), ("Ana", "North"), ("Ana", "South"), ("Bo", "North")]
    height = assign_by_capacity(frame(rows), Capacity(2, territories={"North": 1}), 1)
    assert height.tolist() == [HOT, WARM, HOT, COLD]


def test_a_hundred_thousand_prospects_are_quick():
    rng = np.random.default_rng(0)
    listed = pd.DataFrame({"owner": rng.choice(list("abcdefgh"), 100_000), "territory": "North"})
    capacity = Capacity(per_owner=20, territories={"North": 100})
    assert (assign_by_capacity(listed, capacity, 3) == HOT).sum() == 100
