from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predictor.evaluation.leakage.association import (
    fill_gap,
    stratified_auc,
    value_auc,
    value_codes,
)


def test_odds_ratio_by_hand():
    # One stratum: 30 of 40 filled among the target, 20 of 80 among the rest: odds 3 and 1/3.
    filled = np.repeat([True, False, True, False], [30, 10, 20, 60])
    target = np.repeat([True, True, False, False], [30, 10, 20, 60])
    gap = fill_gap(filled, target, np.zeros(120, dtype=int))
    assert gap.odds_ratio == pytest.approx((30 * 60 / 120 + 0.5) / (10 * 20 / 120 + 0.5))
    assert (gap.rate_in, gap.rate_out) == (0.75, 0.25)
    table = np.array([[30, 10], [20, 60]])
    chi2 = ((table - np.outer([40, 80], [50, 70]) / 120) ** 2).sum()
    chi2 = (30 - 40 * 50 / 120) ** 2 / (40 * 80 * 50 * 70 / (120**2 * 119))
    assert gap.z == pytest.approx(chi2**0.5)


def test_a_trend_shared_with_age_alone_is_no_gap():
    rng = np.random.default_rng(0)
    stratum = np.repeat([0, 1], 5000)
    old = stratum == 0
    target = rng.uniform(size=10_000) < np.where(old, 0.8, 0.1)
    filled = rng.uniform(size=10_000) < np.where(old, 0.9, 0.2)
    assert fill_gap(filled, target, np.zeros(10_000, dtype=int)).odds_ratio > 5
    assert fill_gap(filled, target, stratum).odds_ratio == pytest.approx(1, abs=0.25)


def test_stratified_auc_counts_pairs_within_strata():
    rng = np.random.default_rng(1)
    score, target = rng.integers(0, 5, 60).astype(float), rng.uniform(size=60) < 0.4
    stratum = rng.integers(0, 3, 60)
    concordant = pairs = 0.0
    for i in np.flatnonzero(target):
        for j in np.flatnonzero(~target):
            if stratum[i] == stratum[j]:
                pairs += 1
                concordant += (score[i] > score[j]) + 0.5 * (score[i] == score[j])
    assert stratified_auc(score, target, stratum) == pytest.approx(concordant / pairs)


@pytest.mark.parametrize("kind", ["text", "number"])
def test_value_auc_sees_signal_and_not_noise(kind):
    rng = np.random.default_rng(2)
    signal = rng.normal(size=4000)
    target = rng.uniform(size=4000) < 1 / (1 + np.exp(-4 * np.abs(signal) + 3))
    values = pd.Series(signal if kind == "number" else np.round(signal).astype(int).astype(str))
    stratum = np.zeros(4000, dtype=int)
    assert value_auc(values, target, stratum) > 0.75  # not monotone in the value
    noise = pd.Series(rng.permutation(values))
    assert value_auc(noise, target, stratum) == pytest.approx(0.5, abs=0.04)


def test_identifiers_tell_nothing_out_of_fold():
    target = np.arange(2000) % 3 == 0
    values = pd.Series([f"id{i}" for i in range(2000)])
    assert value_auc(values, target, np.zeros(2000, dtype=int)) == pytest.approx(0.5, abs=0.02)


def test_missing_is_a_value_of_its_own():
    numbers = pd.Series([*range(100), np.nan])
    codes = value_codes(numbers)
    assert (codes == codes[-1]).sum() == 1
    assert len(set(codes)) == 21
    assert value_codes(pd.Series(["a", None, "a"])).tolist() == [0, 1, 0]


def test_only_one_kind_of_target_is_not_a_number():
    assert np.isnan(value_auc(pd.Series(["a", "b"]), np.array([True, True]), np.array([0, 0])))
