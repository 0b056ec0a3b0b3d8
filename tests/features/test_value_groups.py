from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from predictor.features.segments import NOT_FILLED_IN, OTHERS, name_segments
from predictor.features.value_groups import MISSING, value_groups

NUMBERS = st.lists(st.one_of(st.none(), st.integers(-3, 12)), min_size=1, max_size=60)


@given(NUMBERS, st.integers(1, 8))
def test_groups_share_out_all_prospects_and_cut_no_value_in_two(values, max_groups):
    column = pd.Series(values, dtype="float64")
    groups = value_groups(column, max_groups)
    members = np.concatenate([group.members for group in groups])
    assert sorted(members) == list(range(len(column)))
    known = [column.to_numpy()[group.members] for group in groups if group.label != MISSING]
    assert len(known) <= max_groups
    for lower, upper in pairwise(known):
        assert lower.max() < upper.min()


def test_a_count_that_is_mostly_nought_has_a_group_for_nought():
    labels = [group.label for group in value_groups(pd.Series([0] * 70 + [*range(1, 31)]), 4)]
    assert labels == ["0", "1 to 10", "11 to 20", "21 to 30"]


def test_texts_come_from_the_most_frequent_and_the_missing_last():
    column = pd.Series(["b", "a", "b", None, "c"], dtype="str")
    groups = value_groups(column, 2)
    assert [group.label for group in groups] == ["b", "a", MISSING]
    assert [group.members.tolist() for group in groups] == [[0, 2], [1], [3]]


def test_large_numbers_are_written_out():
    assert [group.label for group in value_groups(pd.Series([12345.6, 0.1234]), 2)] == [
        "0.123",
        "12,346",
    ]


def test_rare_levels_share_a_segment():
    levels = [f"level {number}" for number in range(12) for _ in range(2)]
    names = name_segments(pd.Series([*levels, "rare", None], dtype="str"))
    assert names.iloc[-2:].tolist() == [OTHERS, NOT_FILLED_IN]
    assert names.iloc[0] == "level 0"
