from __future__ import annotations

import math

import numpy as np
import pytest

from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.calibration_error import calibration_error


def brute_force(labels, p, groups, n_bins):
    """Sum over all pairs of rows of other groups in a bin, divided by the weight of such pairs."""
    rows = [i for i in range(len(p)) if labels.weight[i] > 0]
    order = sorted(rows, key=lambda i: p[i])
    total = sum(labels.weight[i] for i in rows)
    edges, below = [], 0.0
    for i in order:
        before, below = below, below + labels.weight[i]
        edges += [p[i]] * sum(
            before < b / n_bins * total - 1e-9 <= below + 1e-12 for b in range(1, n_bins)
        )
    number = {i: sum(p[i] > edge for edge in set(edges)) for i in rows}
    squared = 0.0
    for b in set(number.values()):
        inside = [i for i in rows if number[i] == b]
        product = mass = 0.0
        for i in inside:
            for j in inside:
                if groups[i] != groups[j]:
                    w = labels.weight[i] * labels.weight[j]
                    product += w * (labels.label[i] - p[i]) * (labels.label[j] - p[j])
                    mass += w
        squared += sum(labels.weight[i] for i in inside) / total * product / mass
    return math.sqrt(max(0.0, squared))


@pytest.mark.parametrize("n_groups", [12, 60])
@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_equals_the_sum_over_pairs_of_other_groups(n_groups, shift, draw_scored):
    for seed in range(5):
        scored = draw_scored(seed, 60)
        labels = horizon_labels(scored.outcome, scored.duration_days, 30)
        p = np.clip(scored.probability + shift, 0, 1)
        groups = np.random.default_rng(seed).permutation(np.arange(60) % n_groups)
        got = calibration_error(labels, p, groups, n_bins=4).estimate
        assert got == pytest.approx(brute_force(labels, p, groups, 4), abs=1e-7)


def test_rows_are_the_groups_by_default(scored):
    labels = horizon_labels(scored.outcome, scored.duration_days, 30)
    own = calibration_error(labels, scored.probability, np.arange(len(labels.label)))
    assert calibration_error(labels, scored.probability) == own


def test_a_single_bin_has_its_error_in_closed_form():
    # 30 of 100 won where 0.1 was promised: 0.2^2 less the variance of the mean, 0.21 / 99.
    labels = horizon_labels(np.where(np.arange(100) < 30, "won", "lost"), np.ones(100), 30)
    got = calibration_error(labels, np.full(100, 0.1))
    assert got.estimate == pytest.approx(math.sqrt(0.04 - 0.3 * 0.7 / 99))
    # The e^2 with (T - e^2)^2 = z^2 (v + k e^2): k = 4 var / n, v = 2 sum of (r_i r_j / n (n-1))^2.
    squared, k = got.estimate**2, 4 * 0.3 * 0.7 / 100
    v = 2 * ((30 * 0.81 + 70 * 0.01) ** 2 - (30 * 0.81**2 + 70 * 0.01**2)) / (100 * 99) ** 2
    for end, side in ((got.low, 1), (got.high, -1)):
        difference = side * 1.959963984540054 * math.sqrt(v + k * end**2)
        assert squared - end**2 == pytest.approx(difference)


@pytest.mark.parametrize("shift", [0.0, 0.05])
def test_the_interval_covers_the_true_error_of_prospects_seen_many_times(shift):
    covered = [lives(seed, shift) for seed in range(60)]
    by_account, by_row = np.mean(covered, axis=0)
    assert by_account >= 0.88  # 95% less three standard errors of 60 draws
    assert by_row <= 0.7  # what the groups are for


def lives(seed, shift, n_prospects=300, n_looks=6):
    """Whether the intervals by prospect and by snapshot cover the error of P that is too high."""
    rng = np.random.default_rng(seed)
    p = np.repeat(rng.uniform(0.02, 0.3, n_prospects), n_looks)
    prospect = np.repeat(np.arange(n_prospects), n_looks)
    won = np.repeat(rng.uniform(size=n_prospects), n_looks) < p
    closes_at = np.where(won, rng.uniform(0, 30, len(p)), 40)
    watched = rng.uniform(10, 80, len(p))
    outcome = np.where(closes_at <= watched, np.where(won, "won", "lost"), "open")
    labels = horizon_labels(outcome, np.minimum(closes_at, watched), 30)
    errors = [calibration_error(labels, p + shift, groups) for groups in (prospect, None)]
    return [error.low <= shift <= error.high for error in errors]


def test_less_error_than_noise_is_none():
    labels = horizon_labels(["won", "lost"], [1, 1], 30)
    assert calibration_error(labels, [0.5, 0.5], n_bins=1).estimate == 0


@pytest.mark.parametrize("groups", [["a", "a", "a"], [None, None, None]])
def test_one_group_is_not_a_number(groups):
    labels = horizon_labels(["won", "lost", "lost"], [1, 1, 1], 30)
    got = calibration_error(labels, [0.5, 0.5, 0.5], groups)
    assert all(math.isnan(each) for each in (got.estimate, got.low, got.high))


def test_nobody_known_is_not_a_number():
    labels = horizon_labels(["won", "open"], [1, 40], 30).repeated([1, 1])
    nobody = horizon_labels(["won", "open", "open"], [1, 2, 40], 30).repeated([0, 1, 0])
    assert calibration_error(labels, [0.2, 0.2]).high > 0
    assert math.isnan(calibration_error(nobody, [0.2, 0.2, 0.2]).estimate)


def test_groups_of_another_length_are_refused():
    labels = horizon_labels(["won", "lost"], [1, 1], 30)
    with pytest.raises(ValueError, match="groups of shape"):
        calibration_error(labels, [0.2, 0.2], ["a"])
