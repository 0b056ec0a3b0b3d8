from __future__ import annotations

import math

import numpy as np
import pytest

from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.time_to_close import (
    interval_coverage,
    median_absolute_error,
    weighted_median,
)


def test_among_the_won_by_the_horizon_only():
    duration = [2, 4, 9, 20, 100]
    labels = horizon_labels(["won", "won", "won", "lost", "won"], duration, 90)
    assert median_absolute_error(labels, duration, [3, 7, 9, 0, 0]) == 1
    got = interval_coverage(labels, duration, [1, 5, 9, 0, 0], [2, 6, 9, 99, 999])
    assert got == pytest.approx(2 / 3)


def test_missing_forecasts_are_left_out_and_none_is_not_a_number():
    labels = horizon_labels(["won", "won"], [2, 4], 90)
    assert median_absolute_error(labels, [2, 4], [np.nan, 5]) == 1
    assert math.isnan(median_absolute_error(labels, [2, 4], [np.nan, np.nan]))
    assert math.isnan(interval_coverage(labels, [2, 4], [np.nan, 1], [3, np.nan]))


def test_weights_stand_in_for_the_late_ones_that_were_not_watched():
    rng = np.random.default_rng(3)
    closes_at, watched = rng.uniform(0, 40, 20_000), rng.uniform(0, 60, 20_000)
    outcome = np.where(closes_at <= watched, "won", "open")
    duration = np.minimum(closes_at, watched)
    labels = horizon_labels(outcome, duration, 30)
    forecast = np.full(len(duration), 15.0)
    assert median_absolute_error(labels, duration, forecast) == pytest.approx(7.5, abs=0.2)
    low, high = forecast - 7.5, forecast + 7.5
    assert interval_coverage(labels, duration, low, high) == pytest.approx(0.5, abs=0.015)
    assert interval_coverage(labels, duration, 0 * low, low) == pytest.approx(0.25, abs=0.015)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_weighted_median_equals_the_median_of_repeated_values(n):
    rng = np.random.default_rng(n)
    values, weight = rng.normal(size=n), rng.integers(1, 4, n).astype(float)
    want = np.median(np.repeat(values, weight.astype(int)))
    assert weighted_median(values, weight) == pytest.approx(want)


def test_forecasts_of_another_length_are_refused():
    labels = horizon_labels(["won", "won"], [2, 4], 90)
    with pytest.raises(ValueError, match="expected"):
        median_absolute_error(labels, [2, 4], [1])
