"""Changes of scores against sums done by hand, for any path of looks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.explanation.changes import PARTS, PORTFOLIO, Look, split_change

points = st.floats(-0.2, 0.2)


@st.composite
def paths(draw):
    """Five looks at two prospects; each look's contributions add up, with a portfolio's mean."""
    looks = []
    for _ in range(5):
        names = draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))
        values = np.array(draw(st.lists(points, min_size=2 * len(names), max_size=2 * len(names))))
        frame = pd.DataFrame(values.reshape(2, -1), index=["P-1", "P-2"], columns=names)
        mean = draw(st.floats(0.0, 0.4))
        looks.append((mean, Look(frame.sum(axis=1).to_numpy() + mean, frame)))
    return looks


@given(paths())
def test_parts_sum_to_the_change_and_signals_to_their_part(path):
    looks = [look for _, look in path]
    split = split_change(looks)
    change = looks[-1].probability - looks[0].probability
    assert list(split.parts.columns) == list(PARTS)
    np.testing.assert_allclose(split.parts.sum(axis=1), change, atol=1e-12)
    for part in PARTS:
        np.testing.assert_allclose(split.signals[part].sum(axis=1), split.parts[part], atol=1e-12)
    np.testing.assert_allclose(split.by_signal().sum(axis=1), change, atol=1e-12)


@given(paths())
def test_each_signal_moves_by_its_contributions_and_the_portfolio_by_its_mean(path):
    split = split_change([look for _, look in path])
    for place, part in enumerate(PARTS):
        (mean_before, before), (mean_after, after) = path[place], path[place + 1]
        moved = split.signals[part]
        np.testing.assert_allclose(moved[PORTFOLIO], mean_after - mean_before, atol=1e-12)
        for name in set(moved.columns) - {PORTFOLIO}:
            then = before.contributions.get(name, 0.0)
            now = after.contributions.get(name, 0.0)
            np.testing.assert_allclose(moved[name], np.zeros(2) + now - then, atol=1e-12)


def test_some_rows_of_a_look_can_stand_in_another(look):
    base = look([0.1, 0.2, 0.3], a=[1.0, 2.0, 3.0])
    other = look([0.9], b=[7.0], ids=["P-1"])
    mixed = base.where(np.array([False, True, False]), other)
    assert mixed.probability.tolist() == [0.1, 0.9, 0.3]
    assert mixed.contributions.to_dict("list") == {"a": [1.0, 0.0, 3.0], "b": [0.0, 7.0, 0.0]}
    assert base.probability.tolist() == [0.1, 0.2, 0.3]
    assert base.contributions.to_dict("list") == {"a": [1.0, 2.0, 3.0]}


@pytest.fixture
def look():
    def make(probability, ids=None, **contributions):
        index = ids or [f"P-{number}" for number in range(len(probability))]
        return Look(np.array(probability), pd.DataFrame(contributions, index=index))

    return make
