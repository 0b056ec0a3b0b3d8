from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.forward_tests import HORIZON_DAYS, make_test

from predictor.evaluation.bootstrap import ClusterBootstrap, clusters
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.comparisons import BETTER, EVEN, WORSE, compare
from predictor.evaluation.metrics.auc import auc
from predictor.evaluation.metrics.average_precision import average_precision
from predictor.evaluation.metrics.brier import brier_score
from predictor.evaluation.metrics.log_loss import log_loss
from predictor.evaluation.resampled import HIGH_IS_GOOD, ResampledFigures

METRICS = {
    "log_loss": log_loss,
    "brier": brier_score,
    "auc": auc,
    "average_precision": average_precision,
}


@given(seed=st.integers(0, 10**6), n=st.integers(2, 40), decimals=st.sampled_from([1, 12]))
def test_resampled_figures_equal_the_metrics_on_repeated_labels(seed, n, decimals):
    rng = np.random.default_rng(seed)
    duration_days = np.append(rng.integers(1, 30, n - 1), 30.0)  # one is followed to the end
    labels = horizon_labels(rng.choice(["won", "lost", "open"], n), duration_days, 14)
    probability = rng.uniform(size=n).round(decimals)
    times = rng.integers(0, 3, size=n).astype(float)
    figures = ResampledFigures(labels, probability).of(times)
    if not (labels.weight * times).any():
        assert np.isnan(figures).all()
        return
    repeated = labels.repeated(times)
    want = [METRICS[name](repeated, probability) for name in HIGH_IS_GOOD]
    np.testing.assert_allclose(figures, want, atol=1e-12)


@pytest.fixture(scope="module")
def test_and_table():
    test = make_test(5, n_prospects=600)
    return test, compare(test, [14, HORIZON_DAYS])


def row_of(table, predictor, figure, days=HORIZON_DAYS):
    chosen = table[
        (table["predictor"] == predictor)
        & (table["figure"] == figure)
        & (table["horizon_days"] == days)
    ]
    return chosen.iloc[0]


def test_a_difference_is_that_of_the_metrics_with_the_spread_of_the_draws(test_and_table):
    test, table = test_and_table
    row = row_of(table, "LightGBM", "log_loss")
    labels = horizon_labels(test.outcome, test.duration_days, HORIZON_DAYS)
    p = test.probability[HORIZON_DAYS]

    def difference(labels):
        return log_loss(labels, p["LightGBM"]) - log_loss(labels, p["model"])

    want = (
        ClusterBootstrap(clusters(test.snapshots))
        .intervals(lambda drawn: difference(labels.repeated(drawn)))
        .iloc[0]
    )
    assert row["difference"] == pytest.approx(difference(labels))
    assert row[["standard_error", "low", "high"]].tolist() == pytest.approx(want.tolist()[1:])


def test_the_truth_is_better_than_noise_and_noise_is_worse_than_the_truth(test_and_table):
    test, table = test_and_table
    assert row_of(table, "LightGBM", "log_loss")["verdict"] == BETTER
    assert row_of(table, "LightGBM", "auc")["verdict"] == BETTER
    swapped = {
        days: frame.rename(columns={"model": "LightGBM", "LightGBM": "model"})
        for days, frame in test.probability.items()
    }
    other = compare(replace(test, probability=swapped), [HORIZON_DAYS])
    assert row_of(other, "LightGBM", "log_loss")["verdict"] == WORSE
    assert row_of(other, "LightGBM", "auc")["verdict"] == WORSE


def test_the_same_predictions_have_no_difference(test_and_table):
    test, _ = test_and_table
    for frame in test.probability.values():
        frame["twin"] = frame["model"]
    row = row_of(compare(test, [HORIZON_DAYS]), "twin", "brier")
    assert (row["difference"], row["low"], row["high"], row["verdict"]) == (0, 0, 0, EVEN)


def test_the_base_rate_is_not_compared_as_an_order(test_and_table):
    _, table = test_and_table
    figures = set(table.loc[table["predictor"] == "base rate", "figure"])
    assert figures == {"log_loss", "brier"}


def test_a_rival_is_compared_on_the_snapshots_that_it_speaks_of():
    test = make_test(6)
    later = (test.snapshots["as_of"] >= "2026-01-19").to_numpy()
    for frame in test.probability.values():
        frame["champion"] = frame["LightGBM"].where(later)
    row = row_of(compare(test, [HORIZON_DAYS]), "champion", "log_loss")
    want = row_of(compare(test.take(later), [HORIZON_DAYS]), "LightGBM", "log_loss")
    assert row["snapshots"] == later.sum()
    assert row["model"] == pytest.approx(want["model"])
    assert row["difference"] == pytest.approx(want["difference"])


def test_a_horizon_that_nobody_was_followed_to_is_left_out():
    test = make_test(7, n_weeks=1)
    test.probability[90] = test.probability[HORIZON_DAYS]
    assert set(compare(test, [HORIZON_DAYS, 90])["horizon_days"]) == {HORIZON_DAYS}
