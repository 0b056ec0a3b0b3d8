from __future__ import annotations

import numpy as np
import pytest

from predictor.evaluation.times import STEPS_PER_HORIZON, days_to_close_within, time_grid

QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9]


def test_the_grid_holds_every_horizon_and_begins_like_that_of_fewer():
    grid = time_grid([7, 14, 30])
    assert (np.diff(grid) > 0).all()
    assert set(grid) >= {7, 14, 30}
    assert grid[: 2 * STEPS_PER_HORIZON].tolist() == time_grid([7, 14]).tolist()


@pytest.mark.parametrize("horizon_days", [14, 30])
def test_quantiles_of_constant_rates_are_the_closed_form(horizon_days):
    """With rate r, T given T <= h has the quantile -log(1 - q (1 - exp(-r h))) / r."""
    rate = np.array([0.001, 0.02, 0.2])[:, None]
    days = time_grid([14, 30])
    won = 0.3 * -np.expm1(-rate * days)
    within = -np.expm1(-rate * horizon_days)
    want = -np.log1p(-np.array(QUANTILES) * within) / rate
    got = days_to_close_within(won, days, horizon_days, QUANTILES)
    np.testing.assert_allclose(got, want, atol=0.08)  # the curve is read linearly between instants


@pytest.mark.parametrize("seed", range(5))
def test_quantiles_invert_the_curve(seed):
    rng = np.random.default_rng(seed)
    days = time_grid([10, 20])
    won = np.cumsum(rng.uniform(0, 0.02, (6, len(days))), axis=1)
    got = days_to_close_within(won, days, 20, QUANTILES)
    for row, times in zip(won, got, strict=True):
        at = np.interp(times, [0, *days], [0, *row])
        np.testing.assert_allclose(at, np.array(QUANTILES) * row[-1])


def test_who_cannot_be_won_by_the_horizon_has_no_days_to_close():
    days = time_grid([10, 20])
    won = np.where(days > 10, 0.1, 0.0)[None]
    assert np.isnan(days_to_close_within(won, days, 10, QUANTILES)).all()
    assert np.isfinite(days_to_close_within(won, days, 20, QUANTILES)).all()
