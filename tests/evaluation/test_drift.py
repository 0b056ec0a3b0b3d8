from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import rel_entr

from predictor.evaluation.drift import drift_table


def portfolio(seed: int, n: int = 500, n_features: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.normal(size=(n, n_features))).rename(columns="feature_{}".format)


def row(table: pd.DataFrame, feature: str) -> pd.Series:
    return table.set_index("feature").loc[feature]


def test_the_index_is_the_sum_of_both_divergences():
    before = pd.DataFrame({"stage": pd.Series(["a"] * 60 + ["b"] * 40, dtype="str")})
    now = pd.DataFrame({"stage": pd.Series(["a"] * 30 + ["b"] * 70, dtype="str")})
    p, q = np.array([0.6, 0.4]), np.array([0.3, 0.7])
    expected = rel_entr(p, q).sum() + rel_entr(q, p).sum()
    found = row(drift_table(before, now), "stage")
    assert found["psi"] == pytest.approx(expected)
    assert np.isnan(found["ks"])
    assert found["drifted"]


def test_portfolios_of_one_population_lie_above_chance_once_in_twenty():
    above = [
        (table["psi"] > table["psi_by_chance"]).mean()
        for table in (drift_table(portfolio(2 * s), portfolio(2 * s + 1)) for s in range(10))
    ]
    assert 0.02 < np.mean(above) < 0.09


def test_what_moved_comes_first():
    before, now = portfolio(0), portfolio(1)
    now["feature_7"] += 1.0
    table = drift_table(before, now)
    first = table.iloc[0]
    assert first["feature"] == "feature_7"
    assert first["drifted"]
    assert first["ks"] == pytest.approx(0.38, abs=0.06)  # 2 Phi(1/2) - 1
    assert first["shift"] == pytest.approx(1, abs=0.15)
    assert not table["drifted"].iloc[1:].any()


def test_more_missing_values_are_drift():
    before, now = portfolio(0, n_features=1), portfolio(1, n_features=1)
    now.loc[:249, "feature_0"] = np.nan
    found = row(drift_table(before, now), "feature_0")
    assert (found["missing_before"], found["missing_now"]) == (0, 0.5)
    assert found["drifted"]
    assert abs(found["shift"]) < 0.2


def test_a_feature_that_nobody_has_filled_in_does_not_drift():
    nothing = pd.DataFrame({"budget": np.full(50, np.nan)})
    found = row(drift_table(nothing, nothing), "budget")
    assert found["psi"] == 0
    assert np.isnan(found["ks"])
    assert not found["drifted"]


def test_values_never_seen_before_have_bins_to_fall_in():
    before = pd.DataFrame({"x": np.arange(100.0), "kind": pd.Series(["a"] * 100, dtype="str")})
    now = pd.DataFrame({"x": 1000 + np.arange(100.0), "kind": pd.Series(["z"] * 100, dtype="str")})
    table = drift_table(before, now)
    assert table["drifted"].all()
    assert np.isfinite(table["psi"]).all()
    assert row(table, "x")["ks"] == 1


def test_a_feature_that_one_prospect_has_filled_in_can_be_compared():
    before = pd.DataFrame({"budget": [np.nan] * 20 + [1.0]})
    now = pd.DataFrame({"budget": [np.nan] * 20 + [2.0]})
    found = row(drift_table(before, now), "budget")
    assert found["ks"] == 1
    assert not found["drifted"]


def test_an_empty_portfolio_cannot_be_compared():
    with pytest.raises(ValueError, match="500 prospects before, 0 now"):
        drift_table(portfolio(0), portfolio(0).head(0))
