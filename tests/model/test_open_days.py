"""The expected days open are the area under the curve of what is still open."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.model.baseline import Baseline, Steps, day_grid
from predictor.model.curves import curves_at
from predictor.model.open_days import expected_days_open


def test_constant_rates_have_a_closed_form() -> None:
    grid = day_grid((0.0, 50.0), 1.0)
    rates = np.repeat([[0.02], [0.03]], 50, axis=1)
    baseline = Baseline((0.0, 50.0), Steps(grid.end_days, grid.phase, rates))
    log_rates = np.log(np.array([[[2.0], [0.5]], [[1e-9], [1e-9]], [[1e5], [1e5]]]))
    days = expected_days_open(log_rates, baseline, 30.4)
    rate = 0.04 + 0.015
    assert days[0] == pytest.approx(-np.expm1(-rate * 30.4) / rate, rel=1e-12)
    assert days[1] == pytest.approx(30.4, rel=1e-6)
    assert days[2] == pytest.approx(1 / 5e3, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_area_under_the_curve(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = day_grid((0.0, 3.0, 10.0, 21.5), 1.0)
    increments = rng.gamma(0.5, 0.05, (2, len(grid.end_days))) + 1e-12
    baseline = Baseline((0.0, 3.0, 10.0, 21.5), Steps(grid.end_days, grid.phase, increments))
    log_rates = rng.normal(0, 1, (20, 2, 3))
    horizon_days = float(rng.uniform(1, 21.5))
    fine = np.linspace(0, horizon_days, 4001)
    still_open = curves_at(log_rates, baseline, fine).open
    area = np.trapezoid(still_open, fine, axis=1)
    days = expected_days_open(log_rates, baseline, horizon_days)
    np.testing.assert_allclose(days, area, rtol=1e-5)
    assert ((days > 0) & (days <= horizon_days)).all()
