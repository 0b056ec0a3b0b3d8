from __future__ import annotations

import math

import numpy as np
import pytest

from predictor.evaluation.metrics.weighted import (
    weighted_mean,
    weighted_median,
    weighted_quantiles,
)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_median_and_quantiles_equal_those_of_repeated_values(n):
    rng = np.random.default_rng(n)
    values, weight = rng.integers(0, 6, n).astype(float), rng.integers(1, 4, n).astype(float)
    repeated = np.repeat(values, weight.astype(int))
    assert weighted_median(values, weight) == pytest.approx(np.median(repeated))
    probabilities = np.linspace(0, 1, 21)
    want = np.quantile(repeated, probabilities, method="inverted_cdf")
    np.testing.assert_array_equal(weighted_quantiles(values, weight, probabilities), want)


@pytest.mark.parametrize("weight", [0.1, 1 / 3, 1.0, 7e9])
def test_the_scale_of_the_weights_moves_no_quantile(weight):
    got = weighted_quantiles(np.arange(10.0), np.full(10, weight), np.arange(1, 10) / 10)
    assert got.tolist() == list(range(9))


def test_mean_counts_by_weight_and_is_not_a_number_without_any():
    assert weighted_mean([1, 5], np.array([3.0, 1.0])) == 2
    assert math.isnan(weighted_mean([1.0], np.array([0.0])))
    assert math.isnan(weighted_mean([], np.array([])))
    assert math.isnan(weighted_median(np.array([]), np.array([])))
