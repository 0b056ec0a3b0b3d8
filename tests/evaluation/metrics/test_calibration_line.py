"""Calibration slope, intercept and the integrated calibration index."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.interpolate import make_interp_spline
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.calibration_slope import calibration_intercept, calibration_slope
from predictor.evaluation.metrics.integrated_calibration_index import (
    integrated_calibration_index,
    restricted_cubic_splines,
    smoothed_share,
)
from predictor.evaluation.metrics.weighted_logistic import fit_logistic


@pytest.fixture
def labels(scored):
    return horizon_labels(scored.outcome, scored.duration_days, scored.horizon_days)


def complete(won):
    """Labels without censoring: weight 1 for everyone."""
    outcome = np.where(np.asarray(won, dtype=bool), "won", "lost")
    return horizon_labels(outcome, np.ones(len(outcome)), 30)


def test_slope_and_intercept_maximise_the_weighted_likelihood(scored, labels):
    x = logit(np.clip(scored.probability, 1e-5, 1 - 1e-5))
    y, w = labels.label, labels.weight

    def loss(line):
        z = line[0] + line[1] * x
        return float(w @ (np.logaddexp(0, z) - y * z)) / w.sum()

    want = minimize(loss, [0.0, 1.0], tol=1e-12).x[1]
    assert calibration_slope(labels, scored.probability) == pytest.approx(want, abs=1e-4)
    want = minimize(lambda a: loss([a[0], 1.0]), [0.0], tol=1e-12).x[0]
    assert calibration_intercept(labels, scored.probability) == pytest.approx(want, abs=1e-4)


def test_two_probabilities_have_their_slope_in_closed_form():
    # Two points lie on the line: 1 of 5 won where 0.1 was promised, 3 of 5 where 0.4 was.
    labels = complete([1, 0, 0, 0, 0, 1, 1, 1, 0, 0])
    p = np.repeat([0.1, 0.4], 5)
    want = (logit(0.6) - logit(0.2)) / (logit(0.4) - logit(0.1))
    assert calibration_slope(labels, p) == pytest.approx(want, rel=1e-6)


def test_a_constant_has_its_intercept_in_closed_form():
    labels = complete([1, 0, 0, 0])
    assert calibration_intercept(labels, np.full(4, 0.6)) == pytest.approx(
        -logit(0.6) + logit(0.25)
    )


@pytest.fixture(scope="module")
def large():
    rng = np.random.default_rng(5)
    p = expit(rng.normal(-2, 1, 60_000))
    closes_at, watched = rng.uniform(0, 30, len(p)), rng.uniform(5, 80, len(p))
    won = rng.uniform(size=len(p)) < p
    closes_at = np.where(won, closes_at, 1e9)
    outcome = np.where(closes_at <= watched, "won", "open")
    return horizon_labels(outcome, np.minimum(closes_at, watched), 30), p


def test_true_probabilities_have_slope_one_and_intercept_zero(large):
    labels, p = large
    assert calibration_slope(labels, p) == pytest.approx(1, abs=0.05)
    assert calibration_intercept(labels, p) == pytest.approx(0, abs=0.05)
    assert integrated_calibration_index(labels, p) < 0.005


def test_a_known_distortion_is_found_again(large):
    labels, p = large
    assert calibration_slope(labels, expit(2 * logit(p))) == pytest.approx(0.5, abs=0.03)
    assert calibration_intercept(labels, expit(logit(p) - 1)) == pytest.approx(1, abs=0.05)
    bent = np.sqrt(p)
    want = np.mean(bent - p)
    assert integrated_calibration_index(labels, bent) == pytest.approx(want, abs=0.005)


def test_a_rounded_zero_does_not_decide_the_slope_alone(large):
    labels, p = large
    rounded = np.where(p < 0.005, 0, p)
    assert calibration_slope(labels, rounded) == pytest.approx(1, abs=0.15)


def test_two_probabilities_have_their_index_in_closed_form():
    labels = complete([1, 0, 0, 0, 0, 1, 1, 1, 0, 0])
    p = np.repeat([0.1, 0.4], 5)
    assert smoothed_share(labels, p) == pytest.approx(np.repeat([0.2, 0.6], 5), abs=1e-4)
    assert integrated_calibration_index(labels, p) == pytest.approx(0.15, abs=1e-4)


def test_the_smoothed_share_has_the_mean_of_the_labels(scored, labels):
    share = smoothed_share(labels, scored.probability)
    assert np.average(share, weights=labels.weight) == pytest.approx(labels.base_rate)


def test_the_index_of_a_constant_is_its_distance_from_the_base_rate(labels):
    p = np.full(len(labels.label), 0.7)
    assert integrated_calibration_index(labels, p) == pytest.approx(0.7 - labels.base_rate)


def test_the_index_speaks_of_the_unknown_too():
    labels = horizon_labels(["won", "lost", "open"], [1, 1, 40], 30)
    unknown = horizon_labels(["won", "lost", "open", "open"], [1, 1, 40, 2], 30)
    p = [0.5, 0.5, 0.5]
    assert integrated_calibration_index(unknown, [*p, 0.9]) > integrated_calibration_index(
        labels, p
    )


def test_splines_span_every_natural_cubic_spline_on_the_knots():
    knots = np.array([-3.0, -1.0, 0.5, 4.0])
    inside = np.linspace(-3, 4, 200)
    basis = np.column_stack([np.ones(200), restricted_cubic_splines(inside, knots)])
    for values in np.eye(4):
        curve = make_interp_spline(knots, values, bc_type="natural")(inside)
        coefficients, *_ = np.linalg.lstsq(basis, curve, rcond=None)
        np.testing.assert_allclose(basis @ coefficients, curve, atol=1e-10)


def test_splines_are_straight_beyond_the_outer_knots():
    knots = np.array([0.0, 1.0, 2.0, 5.0])
    for beyond in (np.linspace(-4, 0, 9), np.linspace(5, 9, 9)):
        bends = np.diff(restricted_cubic_splines(beyond, knots), n=2, axis=0)
        np.testing.assert_allclose(bends, 0, atol=1e-9)


def test_few_knots_leave_the_straight_line():
    assert restricted_cubic_splines(np.arange(3.0), np.array([1.0])).tolist() == [[0], [1], [2]]


@pytest.mark.parametrize("won", [[0, 0, 0, 0], [1, 1, 1, 1]])
def test_one_label_has_no_line(won):
    p = [0.1, 0.2, 0.3, 0.4]
    assert math.isnan(calibration_slope(complete(won), p))
    assert math.isnan(calibration_intercept(complete(won), p))
    want = np.mean(np.abs(np.array(p) - won[0]))
    assert integrated_calibration_index(complete(won), p) == pytest.approx(want)


@pytest.mark.parametrize("p", [[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1], [0.2, 0.2, 0.2, 0.2]])
def test_parted_labels_have_no_slope(p):
    labels = complete([0, 0, 1, 1])
    assert math.isnan(calibration_slope(labels, p))
    assert math.isfinite(calibration_intercept(labels, p))
    assert 0 <= integrated_calibration_index(labels, p) <= 1


def test_nobody_known_is_not_a_number(labels):
    nobody = labels.repeated((~labels.known).astype(float))
    p = np.full(len(labels.label), 0.3)
    for metric in (calibration_slope, calibration_intercept, integrated_calibration_index):
        assert math.isnan(metric(nobody, p))


def test_probabilities_that_hardly_differ_still_have_a_line():
    labels = complete([0, 1, 0, 1, 1, 0, 0, 0])
    p = 0.2 + 1e-9 * np.arange(8)
    assert math.isfinite(calibration_slope(labels, p))
    assert smoothed_share(labels, p).mean() == pytest.approx(3 / 8)


@pytest.mark.parametrize("seed", range(3))
def test_logistic_fit_equals_scikit_learn_with_weights(seed):
    rng = np.random.default_rng(seed)
    columns, weight = rng.normal(size=(80, 2)), rng.uniform(0.5, 3, 80)
    label = rng.uniform(size=80) < expit(columns @ [1, -2] - 1)
    got = fit_logistic(columns, label, weight)
    peer = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    peer.fit(columns, label, sample_weight=weight)
    assert got == pytest.approx([*peer.intercept_, *peer.coef_[0]], rel=1e-6)
    ridged = fit_logistic(columns, label, weight, 0.1)
    peer = LogisticRegression(C=10 / weight.sum(), solver="newton-cholesky", tol=1e-10)
    peer.fit(columns, label, sample_weight=weight)
    assert ridged == pytest.approx([*peer.intercept_, *peer.coef_[0]], rel=1e-6)
