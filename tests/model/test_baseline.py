"""Breslow's baseline against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.model.baseline import (
    MIN_RATE_PER_DAY,
    Baseline,
    Steps,
    breslow_increments,
    day_grid,
    exposure_by_phase,
)


def test_the_grid_meets_every_edge_and_no_step_is_longer_than_asked() -> None:
    grid = day_grid((0, 7, 30.5), 2.0)
    starts = np.concatenate([[0], grid.end_days[:-1]])
    assert {7.0, 30.5} <= set(grid.end_days.tolist())
    assert (grid.end_days - starts).max() <= 2.0
    assert (grid.phase == np.searchsorted([7.0, 30.5], grid.end_days)).all()
    assert grid.n_phases == 2


@pytest.mark.parametrize("seed", range(5))
def test_breslow_equals_its_formula_in_loops(seed: int) -> None:
    rng = np.random.default_rng(seed)
    edges, grid = (0.0, 4.0, 10.0), day_grid((0.0, 4.0, 10.0), 1.5)
    # Whole days put many times on the ends of steps and phases.
    days = rng.integers(0, 11, 60).astype(float)
    event, risk = rng.random(60) < 0.4, rng.uniform(0.2, 3, (60, 2))
    expected, start = [], 0.0
    for end in grid.end_days:
        phase = 0 if end <= edges[1] else 1
        followed = [max(0.0, min(t, end) - start) for t in days]
        n_events = sum(
            e and (start < t <= end or (start == t == 0)) for t, e in zip(days, event, strict=True)
        )
        at_risk = sum(r * f for r, f in zip(risk[:, phase], followed, strict=True))
        expected.append(max(n_events / at_risk, MIN_RATE_PER_DAY) * (end - start))
        start = end
    np.testing.assert_allclose(breslow_increments(days, event, risk, grid), expected, rtol=1e-12)


def test_an_outcome_at_the_very_instant_counts() -> None:
    grid = day_grid((0, 2), 1.0)
    increments = breslow_increments(
        np.array([0.0, 2.0]), np.array([True, False]), np.ones((2, 1)), grid
    )
    np.testing.assert_allclose(increments, [1.0, MIN_RATE_PER_DAY])


def test_exposure_is_the_baseline_accumulated_over_the_stay_in_each_phase() -> None:
    grid = day_grid((0, 2, 4), 1.0)
    exposure = exposure_by_phase(
        np.array([0.0, 1.5, 2.0, 3.25, 4.0]), (0, 2, 4), grid, np.array([1.0, 2.0, 4.0, 8.0])
    )
    np.testing.assert_allclose(exposure, [[0, 0], [2, 0], [3, 0], [3, 6], [3, 12]])


def test_a_horizon_within_a_step_takes_its_share_of_the_step() -> None:
    steps = Steps(np.array([1.0, 3.0]), np.array([0, 1]), np.array([[0.5, 2.0], [1.0, 4.0]]))
    split = Baseline((0.0, 1.0, 3.0), steps).steps_to([0.5, 2.5])
    assert split.end_days.tolist() == [0.5, 1.0, 2.5]
    assert split.phase.tolist() == [0, 0, 1]
    np.testing.assert_allclose(split.increments, [[0.25, 0.25, 1.5], [0.5, 0.5, 3.0]])
