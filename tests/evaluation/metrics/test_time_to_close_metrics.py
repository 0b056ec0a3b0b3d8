from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import mean_pinball_loss

from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.pinball import pinball_loss
from predictor.evaluation.metrics.time_to_close import (
    interval_coverage,
    median_absolute_error,
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


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.75])
def test_pinball_loss_equals_scikit_learn_with_weights(scored, quantile):
    labels = horizon_labels(scored.outcome, scored.duration_days, 30)
    foretold = np.round(20 * scored.probability, 1)
    won = labels.label
    want = mean_pinball_loss(
        scored.duration_days[won],
        foretold[won],
        alpha=quantile,
        sample_weight=labels.weight[won],
    )
    got = pinball_loss(labels, scored.duration_days, foretold[:, None], [quantile])
    assert got == pytest.approx(want)


def test_pinball_loss_is_the_mean_over_the_quantiles_of_the_rows_that_have_all():
    labels = horizon_labels(["won", "won", "lost"], [10, 4, 5], 30)
    # 0.1 * (10 - 4) and 0.1 * (12 - 10): too early by 6 days, too late by 2.
    got = pinball_loss(labels, [10, 4, 5], [[4, 12], [np.nan, 9], [1, 2]], [0.1, 0.9])
    assert got == pytest.approx((0.6 + 0.2) / 2)
    assert math.isnan(pinball_loss(labels, [10, 4, 5], [[np.nan]] * 3, [0.5]))


def test_true_quantiles_have_the_least_pinball_loss():
    rng = np.random.default_rng(8)
    duration = rng.exponential(10, 5000)
    labels = horizon_labels(np.full(5000, "won"), duration, 1e9)
    q = [0.1, 0.25, 0.5, 0.75, 0.9]
    true = np.tile(-10 * np.log(1 - np.array(q)), (5000, 1))
    best = pinball_loss(labels, duration, true, q)
    assert all(best < pinball_loss(labels, duration, true * k, q) for k in (0.8, 1.25))


@pytest.mark.parametrize(
    ("days", "quantiles", "message"),
    [([[1.0, 2.0]], [0.5], "shape"), ([[1.0]], [1.0], "between 0 and 1"), ([1.0], [0.5], "shape")],
)
def test_quantiles_that_do_not_fit_are_refused(days, quantiles, message):
    with pytest.raises(ValueError, match=message):
        pinball_loss(horizon_labels(["won"], [1], 30), [1], days, quantiles)


def test_forecasts_of_another_length_are_refused():
    labels = horizon_labels(["won", "won"], [2, 4], 90)
    with pytest.raises(ValueError, match="expected"):
        median_absolute_error(labels, [2, 4], [1])
