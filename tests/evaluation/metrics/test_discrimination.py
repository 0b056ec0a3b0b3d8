"""AUC, average precision and lift against brute force over pairs, thresholds and orders."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.auc import auc
from predictor.evaluation.metrics.average_precision import average_precision
from predictor.evaluation.metrics.lift import lift_at, lift_table, precision_at, won_found_at


@pytest.fixture
def labels(scored):
    return horizon_labels(scored.outcome, scored.duration_days, scored.horizon_days)


def complete(won):
    """Labels without censoring: weight 1 for everyone."""
    outcome = np.where(np.asarray(won, dtype=bool), "won", "lost")
    return horizon_labels(outcome, np.ones(len(outcome)), 30)


def test_auc_equals_the_weighted_share_of_ordered_pairs(scored, labels):
    p, w, won = scored.probability, labels.weight, labels.label
    concordant = pairs = 0.0
    for i in np.flatnonzero(won):
        for j in np.flatnonzero(~won):
            pairs += w[i] * w[j]
            concordant += w[i] * w[j] * ((p[i] > p[j]) + 0.5 * (p[i] == p[j]))
    assert auc(labels, p) == pytest.approx(concordant / pairs)
    assert auc(labels, p) > 0.6


def test_auc_of_a_constant_is_half_and_of_the_labels_one(labels):
    assert auc(labels, np.full(len(labels.label), 0.3)) == 0.5
    assert auc(labels, labels.label) == 1.0


def test_average_precision_equals_the_sum_over_thresholds(scored, labels):
    p, w, won = scored.probability, labels.weight, labels.label
    total = recall_before = 0.0
    for threshold in sorted(set(p), reverse=True):
        top = p >= threshold
        recall = w[top & won].sum() / w[won].sum()
        if w[top].sum() > 0:
            total += (recall - recall_before) * w[top & won].sum() / w[top].sum()
        recall_before = recall
    assert average_precision(labels, p) == pytest.approx(total)


def test_average_precision_of_a_constant_is_the_base_rate(labels):
    constant = np.full(len(labels.label), 0.3)
    assert average_precision(labels, constant) == pytest.approx(labels.base_rate)


@pytest.mark.parametrize("n_top", [1, 2, 3, 4, 5, 6])
def test_ties_count_as_the_mean_over_all_orders(n_top):
    won = np.array([1, 0, 1, 0, 0, 1])
    score = np.array([0.9, 0.5, 0.5, 0.5, 0.2, 0.2])
    shares = [
        won[list(order)[:n_top]].mean()
        for order in itertools.permutations(range(6))
        if all(np.diff(score[list(order)]) <= 0)
    ]
    assert precision_at(complete(won), score, n_top / 6) == pytest.approx(np.mean(shares))
    assert precision_at(complete(won), score, n_top) == pytest.approx(np.mean(shares))


@pytest.mark.parametrize("top", [2, 0.4])
def test_the_top_of_each_list_is_the_mean_over_all_orders_of_each(top):
    won = np.array([1, 0, 1, 0, 0, 1, 1, 0])
    score = np.array([0.5, 0.5, 0.5, 0.2, 0.9, 0.9, 0.1, 0.9])
    week = np.array(["a", "a", "a", "a", "a", "b", "b", "b"])
    n_won = n_places = n_found = 0.0
    for each in ("a", "b"):
        rows = np.flatnonzero(week == each)
        places = min(top, len(rows)) if isinstance(top, int) else top * len(rows)
        orders = [o for o in itertools.permutations(rows) if all(np.diff(score[list(o)]) <= 0)]
        whole, part = int(places), places - int(places)
        found = np.mean([won[list(o)[:whole]].sum() for o in orders])
        found += part * np.mean([won[o[whole]] for o in orders]) if part else 0
        n_found += found
        n_won, n_places = n_won + won[rows].sum(), n_places + places
    labels = complete(won)
    assert precision_at(labels, score, top, week) == pytest.approx(n_found / n_places)
    assert won_found_at(labels, score, top, week) == pytest.approx(n_found / n_won)
    assert lift_at(labels, score, top, week) == pytest.approx(n_found / n_places / 0.5)


def test_a_count_of_more_than_the_list_takes_all_of_it(labels):
    p = np.arange(len(labels.label)) / 1000
    assert precision_at(labels, p, 10_000) == pytest.approx(labels.base_rate)
    assert won_found_at(labels, p, 10_000) == 1


def test_numpy_integers_are_counts_and_whole_floats_are_shares():
    labels = complete([1, 0, 0, 0])
    score = [0.9, 0.5, 0.2, 0.1]
    assert precision_at(labels, score, np.int64(1)) == 1
    assert precision_at(labels, score, 1.0) == 0.25


def test_the_unknown_take_places_and_the_not_drawn_do_not():
    labels = horizon_labels(["open", "won", "lost", "lost"], [1, 2, 3, 3], 2)
    score = [0.9, 0.8, 0.7, 0.6]
    assert math.isnan(precision_at(labels, score, 1))
    assert precision_at(labels.repeated([0, 1, 1, 1]), score, 1) == 1
    assert precision_at(labels.repeated([0, 1, 2, 1]), score, 2) == pytest.approx(0.5)


def test_lists_of_another_length_are_refused(labels):
    with pytest.raises(ValueError, match="lists of shape"):
        precision_at(labels, np.zeros(len(labels.label)), 0.1, ["a"])


def test_lift_and_won_found_of_a_perfect_order():
    won = np.arange(100) < 5
    assert lift_at(complete(won), won.astype(float), 0.05) == pytest.approx(20)
    assert won_found_at(complete(won), won.astype(float), 0.1) == 1
    assert precision_at(complete(won), won.astype(float), 0.1) == pytest.approx(0.5)


def test_a_constant_score_has_lift_one_at_every_share(labels):
    table = lift_table(labels, np.full(len(labels.label), 0.2), [0.1, 0.37, 1.0])
    np.testing.assert_allclose(table["lift"], 1)
    np.testing.assert_allclose(table["won_found"], table["share"])


def test_lift_is_precision_over_the_base_rate_with_weights(scored, labels):
    top = scored.probability > np.quantile(scored.probability, 0.8)
    share = top.mean()
    precision = labels.weight[top & labels.label].sum() / labels.weight[top].sum()
    assert precision_at(labels, scored.probability, share) == pytest.approx(precision)
    assert lift_at(labels, scored.probability, share) == pytest.approx(precision / labels.base_rate)


def test_nobody_won_is_not_a_number():
    labels = complete(np.zeros(4))
    score = [0.1, 0.2, 0.3, 0.4]
    for metric in (auc, average_precision):
        assert math.isnan(metric(labels, score))
    assert math.isnan(lift_at(labels, score, 0.5))
    assert math.isnan(won_found_at(labels, score, 0.5))


def test_an_unknown_top_is_not_a_number():
    labels = horizon_labels(["open", "lost"], [1, 40], 30)
    assert math.isnan(precision_at(labels, [0.9, 0.1], 0.5))


@pytest.mark.parametrize("share", [0, -3, 0.0, 1.1])
def test_the_top_must_be_a_share_or_a_count(share):
    with pytest.raises(ValueError, match="share"):
        precision_at(complete([1, 0]), [0.1, 0.2], share)
