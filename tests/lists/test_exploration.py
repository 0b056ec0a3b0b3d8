"""The random slice: the same whenever it is repeated, fair, and no larger than what it replaces."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.lists.bands import COLD, HOT, WARM
from predictor.lists.exploration import Exploration, draw, make_room

lists = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=60)


def columns(rows) -> tuple[pd.Series, np.ndarray, np.ndarray]:
    names = pd.Series([f"P{i}" for i in range(len(rows))], dtype="str")
    height, stratum = (np.array([row[k] for row in rows], dtype=np.int64) for k in (0, 1))
    return names, height, stratum


@given(lists, st.floats(0, 1), st.integers(0, 5))
def test_only_cold_ones_are_drawn_and_never_more_than_there_are_hot_ones(rows, share, seed):
    names, height, stratum = columns(rows)
    found = draw(names, height, stratum, Exploration(share, seed))
    assert (height[found.drawn] == COLD).all()
    assert (found.propensity[height != COLD] == 0).all()
    assert ((found.propensity >= 0) & (found.propensity <= 1)).all()
    assert (found.propensity[found.drawn] > 0).all()
    roomy = make_room(height, stratum, found.drawn)
    for cell in np.unique(stratum):
        mine = stratum == cell
        n_hot, n_cold = (height[mine] == HOT).sum(), (height[mine] == COLD).sum()
        expected = min(share * n_hot, n_cold)
        assert found.propensity[mine].sum() == pytest.approx(expected)
        assert abs(found.drawn[mine].sum() - expected) < 1
        assert (roomy[mine] == HOT).sum() + found.drawn[mine].sum() == n_hot
    moved = roomy != height
    assert (height[moved] == HOT).all()
    assert (roomy[moved] == WARM).all()


@given(lists, st.floats(0, 1), st.randoms())
def test_the_draw_does_not_depend_on_the_order_of_the_list(rows, share, random):
    names, height, stratum = columns(rows)
    found = draw(names, height, stratum, Exploration(share))
    order = np.array(random.sample(range(len(rows)), len(rows)), dtype=np.int64)
    shuffled = names.iloc[order].reset_index(drop=True)
    again = draw(shuffled, height[order], stratum[order], Exploration(share))
    assert again.drawn.tolist() == found.drawn[order].tolist()
    assert again.propensity.tolist() == found.propensity[order].tolist()


def test_each_cold_prospect_is_drawn_as_often_as_its_propensity_says():
    names, height, stratum = columns([(HOT, 0)] * 5 + [(WARM, 0)] * 3 + [(COLD, 0)] * 12)
    lots = 3000
    drawn = np.zeros(len(names))
    for seed in range(lots):
        found = draw(names, height, stratum, Exploration(0.3, seed))
        drawn += found.drawn
    assert found.propensity[8:] == pytest.approx(1.5 / 12)
    # Five standard errors of a share of 3,000 draws.
    error = 5 * np.sqrt(1.5 / 12 * (1 - 1.5 / 12) / lots)
    assert np.abs(drawn[8:] / lots - 1.5 / 12).max() < error
    assert abs(drawn.sum() / lots - 1.5) < 5 * 0.5 / np.sqrt(lots)


def test_another_week_and_another_seed_have_other_lots():
    names, height, stratum = columns([(HOT, 0)] * 20 + [(COLD, 0)] * 200)
    lots = [
        Exploration(0.5, 0, datetime(2024, 3, 1)),
        Exploration(0.5, 0, datetime(2024, 3, 8)),
        Exploration(0.5, 1, datetime(2024, 3, 1)),
    ]
    chosen = {tuple(np.flatnonzero(draw(names, height, stratum, lot).drawn)) for lot in lots}
    assert len(chosen) == 3
    again = draw(names, height, stratum, lots[0]).drawn
    assert tuple(np.flatnonzero(again)) in chosen


def test_the_last_hot_ones_make_room():
    height = np.array([HOT, HOT, HOT, HOT, COLD, COLD])
    stratum = np.array([0, 1, 0, 1, 0, 0])
    roomy = make_room(height, stratum, np.array([False] * 4 + [True, False]))
    assert roomy.tolist() == [HOT, HOT, WARM, HOT, COLD, COLD]
