from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from predictor.evaluation.bootstrap import ClusterBootstrap, clusters, interval_table

N_DRAWS = 2000


def mean_of(values):
    return lambda drawn: np.average(values, weights=drawn)


def test_standard_error_of_a_mean_is_the_closed_form():
    values = np.random.default_rng(0).normal(3, 2, size=400)
    (row,) = ClusterBootstrap(np.arange(400), N_DRAWS).intervals(mean_of(values)).itertuples()
    error = values.std() / math.sqrt(400)  # exact for the bootstrap: the plug-in variance over n
    assert row.estimate == pytest.approx(values.mean())
    assert row.standard_error == pytest.approx(error, rel=4 / math.sqrt(2 * N_DRAWS))
    assert row.low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert row.high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)


def test_rows_of_one_cluster_are_no_independent_evidence():
    """Ten copies of each value: the error is that of the clusters, not smaller by sqrt(10)."""
    values = np.random.default_rng(1).normal(size=100)
    groups = np.repeat(np.arange(100), 10)
    (row,) = ClusterBootstrap(groups, N_DRAWS).intervals(mean_of(values[groups])).itertuples()
    want = values.std() / math.sqrt(100)
    assert row.standard_error == pytest.approx(want, rel=4 / math.sqrt(2 * N_DRAWS))


def test_intervals_of_a_mean_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(2)
    covered = []
    for seed in range(200):
        values = np.repeat(rng.normal(size=60), 3) + rng.normal(size=180)
        table = ClusterBootstrap(np.repeat(np.arange(60), 3), 200, seed).intervals(mean_of(values))
        covered.append(bool((table["low"] <= 0).item() and (table["high"] >= 0).item()))
    # 95% but for what percentile intervals lose at 60 clusters; 4 standard errors of 200 draws.
    assert 0.87 <= np.mean(covered) <= 1.0


def test_a_paired_difference_is_surer_than_its_parts():
    rng = np.random.default_rng(3)
    common = rng.normal(0, 5, size=300)
    one, other = common + rng.normal(0, 0.1, 300), common + 0.2
    both = ClusterBootstrap(np.arange(300)).intervals(
        lambda drawn: [
            np.average(one, weights=drawn),
            np.average(one - other, weights=drawn),
        ]
    )
    assert both["standard_error"][1] < 0.05 * both["standard_error"][0]
    assert both["high"][1] < 0


def test_every_draw_takes_as_many_clusters_as_there_are_and_each_whole():
    groups = np.array(["a", "b", "b", "c", "a", "d"])
    for drawn in ClusterBootstrap(groups, 50).multiplicities():
        of_group = {group: set(drawn[groups == group]) for group in "abcd"}
        assert all(len(times) == 1 for times in of_group.values())
        assert sum(times.pop() for times in of_group.values()) == 4


def test_draws_follow_the_multinomial():
    times = np.array(list(ClusterBootstrap(np.arange(5), 20_000).multiplicities()))
    share = np.bincount(times[:, 0].astype(int), minlength=6) / len(times)
    binomial = [math.comb(5, k) * 0.2**k * 0.8 ** (5 - k) for k in range(6)]
    np.testing.assert_allclose(share, binomial, atol=0.015)
    assert np.corrcoef(times.T)[0, 1] == pytest.approx(-1 / 4, abs=0.03)


def test_the_same_seed_draws_the_same_and_another_one_differs():
    def draws(seed):
        return np.array(list(ClusterBootstrap(np.arange(20), 5, seed).multiplicities()))

    assert (draws(1) == draws(1)).all()
    assert (draws(1) != draws(2)).any()


def test_fast_sums_equal_sums_over_the_rows_of_each_draw():
    rng = np.random.default_rng(4)
    groups, values = rng.integers(0, 30, size=200), rng.normal(size=(200, 3))
    bootstrap = ClusterBootstrap(groups, 40, seed=9)
    estimate, draws = bootstrap.sums(values)
    np.testing.assert_allclose(estimate, values.sum(axis=0))
    want = [(values * drawn[:, None]).sum(axis=0) for drawn in bootstrap.multiplicities()]
    np.testing.assert_allclose(draws, want)


def test_a_figure_undefined_in_most_draws_has_no_spread():
    draws = np.full((10, 2), np.nan)
    draws[:4, 0] = draws[:6, 1] = 1.0
    table = interval_table(np.array([1.0, 1.0]), draws)
    assert table["low"].isna().tolist() == [True, False]
    assert table["estimate"].tolist() == [1.0, 1.0]


def test_accounts_and_prospects_of_one_name_are_different_clusters():
    snapshots = pd.DataFrame(
        {
            "prospect_id": ["1", "2", "3", "4"],
            "account_id": pd.Series(["3", "3", None, "4"], dtype="str"),
        }
    )
    codes = pd.factorize(clusters(snapshots))[0]
    assert codes.tolist() == [0, 0, 1, 2]
