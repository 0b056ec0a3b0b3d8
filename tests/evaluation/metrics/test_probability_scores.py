"""Log-loss, Brier, observed over expected and calibration."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn import metrics as reference

from predictor.errors import HorizonError
from predictor.evaluation.aalen_johansen import won_by
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.brier import brier_score, brier_skill
from predictor.evaluation.metrics.calibration import calibration_table, wilson_interval
from predictor.evaluation.metrics.log_loss import log_loss
from predictor.evaluation.metrics.observed_over_expected import observed_over_expected


@pytest.fixture
def labels(scored):
    return horizon_labels(scored.outcome, scored.duration_days, scored.horizon_days)


def test_log_loss_and_brier_equal_scikit_learn_with_weights(scored, labels):
    sure = scored.probability.copy()
    sure[:2] = [0.0, 1.0]
    for p in (scored.probability, sure):
        args = (labels.label, p)
        want = reference.log_loss(*args, sample_weight=labels.weight)
        assert log_loss(labels, p) == pytest.approx(want)
        want = reference.brier_score_loss(*args, sample_weight=labels.weight)
        assert brier_score(labels, p) == pytest.approx(want)


def test_brier_skill_of_the_base_rate_is_zero_and_of_the_labels_one(labels):
    n = len(labels.label)
    assert brier_skill(labels, np.full(n, labels.base_rate)) == pytest.approx(0)
    assert brier_skill(labels, labels.label) == 1


def test_scores_are_defined_when_nobody_won():
    labels = horizon_labels(["lost", "open"], [3, 40], 30)
    assert log_loss(labels, [0.1, 0.1]) == pytest.approx(-math.log(0.9))
    assert brier_score(labels, [0.1, 0.1]) == pytest.approx(0.01)
    assert math.isnan(brier_skill(labels, [0.1, 0.1]))


def test_scores_of_nobody_known_are_not_a_number(labels):
    nobody = labels.repeated((~labels.known).astype(float))
    for metric in (log_loss, brier_score, brier_skill):
        assert math.isnan(metric(nobody, np.full(len(labels.label), 0.3)))


def test_censoring_weights_recover_the_score_of_the_uncensored(scored_pair):
    censored, complete = scored_pair
    for metric in (log_loss, brier_score):
        got = metric(horizon_labels(censored.outcome, censored.duration_days, 30), censored.p)
        want = metric(horizon_labels(complete.outcome, complete.duration_days, 30), complete.p)
        assert got == pytest.approx(want, rel=0.03)


@pytest.fixture
def scored_pair():
    """The same 40,000 lives, watched for 5 to 60 days, and to the end."""
    rng = np.random.default_rng(7)
    n = 40_000
    rate = 0.02 * np.exp(rng.normal(size=n))
    closes_at, watched = rng.exponential(1 / (rate + 0.02)), rng.uniform(5, 60, n)
    cause = np.where(rng.uniform(size=n) < rate / (rate + 0.02), "won", "lost")
    p = rate / (rate + 0.02) * (1 - np.exp(-(rate + 0.02) * 30))
    outcome = np.where(closes_at <= watched, cause, "open")
    return (
        SimpleNamespace(outcome=outcome, duration_days=np.minimum(closes_at, watched), p=p),
        SimpleNamespace(outcome=cause, duration_days=closes_at, p=p),
    )


def test_observed_over_expected_is_aalen_johansen_over_the_mean(scored):
    args = (scored.outcome, scored.duration_days)
    got = observed_over_expected(*args, scored.probability, 30)
    assert got == pytest.approx(won_by(*args, 30) / scored.probability.mean())
    assert observed_over_expected(*args, scored.probability / 2, 30) == pytest.approx(2 * got)
    assert math.isnan(observed_over_expected(*args, np.zeros(len(scored.outcome)), 30))


def test_true_probabilities_are_observed_as_expected(scored_pair):
    censored, _ = scored_pair
    args = (censored.outcome, censored.duration_days, censored.p, 30)
    assert observed_over_expected(*args) == pytest.approx(1, abs=0.03)
    table = calibration_table(*args)
    inside = table["predicted"].between(table["observed_low"], table["observed_high"])
    assert inside.sum() >= 8
    assert table["observed"].is_monotonic_increasing


def test_bins_hold_equal_numbers_and_all_snapshots(scored):
    table = calibration_table(
        scored.outcome, scored.duration_days, np.arange(len(scored.outcome)) / 1000, 30, n_bins=8
    )
    assert table["snapshots"].tolist() == [50] * 8
    assert table["predicted"].is_monotonic_increasing


def test_each_bin_is_the_aalen_johansen_of_its_members(scored):
    top = scored.probability > np.median(scored.probability)
    table = calibration_table(
        scored.outcome, scored.duration_days, np.where(top, 0.4, 0.1), 30, n_bins=5
    )
    want = [won_by(scored.outcome[m], scored.duration_days[m], 30) for m in (~top, top)]
    assert table["observed"].tolist() == pytest.approx(want)
    assert table["observed_over_expected"].tolist() == pytest.approx([want[0] / 0.1, want[1] / 0.4])


def test_a_bin_without_follow_up_is_not_a_number():
    outcome, duration = ["open", "open", "won", "open"], [5, 5, 10, 40]
    table = calibration_table(outcome, duration, [0.1, 0.1, 0.9, 0.9], 30, n_bins=2)
    assert table["observed"].isna().tolist() == [True, False]
    assert table["observed_over_expected"].isna().tolist() == [True, False]
    with pytest.raises(HorizonError):
        calibration_table(outcome[:3], duration[:3], [0.1, 0.1, 0.9], 30)


def test_wilson_interval_of_a_known_case():
    low, high = wilson_interval(0.1, 50)  # 5 of 50: Newcombe (1998), method 3
    assert (low, high) == (pytest.approx(0.0435, abs=5e-4), pytest.approx(0.2136, abs=5e-4))
    assert wilson_interval(0.0, 10)[0] == 0
