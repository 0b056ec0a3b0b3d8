"""Curves are coherent whatever the scores, and right where a closed form exists."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.model.baseline import Baseline, Steps, day_grid
from predictor.model.curves import curves_at, days_to_close


def random_baseline(rng: np.random.Generator) -> Baseline:
    edges = (0.0, 3.0, 10.0, 21.5)
    grid = day_grid(edges, 1.0)
    rates = rng.gamma(0.5, 0.05, (2, len(grid.end_days))) + 1e-12
    return Baseline(edges, Steps(grid.end_days, grid.phase, rates))


def test_constant_rates_have_a_closed_form() -> None:
    grid = day_grid((0.0, 50.0), 1.0)
    rates = np.repeat([[0.02], [0.03]], 50, axis=1)
    baseline = Baseline((0.0, 50.0), Steps(grid.end_days, grid.phase, rates))
    log_rates = np.log(np.array([[[2.0], [0.5]]]))
    horizons = np.array([0.0, 0.3, 7.0, 49.9])
    curves = curves_at(log_rates, baseline, horizons)
    closed = -np.expm1(-(0.04 + 0.015) * horizons)
    np.testing.assert_allclose(curves.won[0], closed * 0.04 / 0.055, rtol=1e-12)
    np.testing.assert_allclose(curves.lost[0], closed * 0.015 / 0.055, rtol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_the_three_states_sum_to_one_and_closing_never_falls(seed: int) -> None:
    rng = np.random.default_rng(seed)
    log_rates = rng.normal(0, 4, (50, 2, 3))
    horizons = np.sort(rng.uniform(0, 21.5, 40))
    curves = curves_at(log_rates, random_baseline(rng), horizons)
    np.testing.assert_allclose(curves.won + curves.lost + curves.open, 1, atol=1e-12)
    for state in (curves.won, curves.lost):
        assert (np.diff(state, axis=1) >= 0).all()
        assert ((state >= 0) & (state <= 1)).all()


def test_a_curve_is_continuous_and_does_not_depend_on_the_other_horizons() -> None:
    rng = np.random.default_rng(3)
    baseline, log_rates = random_baseline(rng), rng.normal(size=(5, 2, 3))
    many = curves_at(log_rates, baseline, np.array([10.0, 2.5, 10.0 + 1e-9, 10.0 - 1e-9]))
    alone = curves_at(log_rates, baseline, np.array([2.5]))
    np.testing.assert_allclose(many.won[:, 1], alone.won[:, 0], rtol=1e-12)
    np.testing.assert_allclose(many.won[:, 2:], many.won[:, [0, 0]], atol=1e-7)
    assert (many.won[:, 1] < many.won[:, 0]).all()


def test_the_quantile_of_days_to_close_inverts_the_curve() -> None:
    grid = day_grid((0.0, 10.0, 40.0), 0.25)
    rates = np.full((2, len(grid.end_days)), 0.005)
    baseline = Baseline((0.0, 10.0, 40.0), Steps(grid.end_days, grid.phase, rates))
    log_rates = np.random.default_rng(4).normal(size=(6, 2, 2))
    quantiles = np.array([0.1, 0.5, 0.9])
    days = days_to_close(log_rates, baseline, quantiles)
    assert (np.diff(days, axis=1) > 0).all()
    for row in range(6):
        curves = curves_at(log_rates[[row]], baseline, np.append(days[row], 40.0))
        np.testing.assert_allclose(curves.won[0, :3] / curves.won[0, 3], quantiles, atol=1e-4)


def test_a_snapshot_that_cannot_be_won_has_no_days_to_close() -> None:
    baseline = random_baseline(np.random.default_rng(5))
    log_rates = np.zeros((1, 2, 3))
    log_rates[0, 0] = -np.inf
    assert np.isnan(days_to_close(log_rates, baseline, np.array([0.5]))).all()
