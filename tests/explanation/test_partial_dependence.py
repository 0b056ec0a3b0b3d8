from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.inspection import partial_dependence as sklearn_partial_dependence

from predictor.explanation.partial_dependence import (
    EVERYONE,
    MIN_SUPPORT,
    interaction_share,
    pair_dependence,
    partial_dependence,
)


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(0)
    visits = rng.poisson(1.5, 600).clip(max=4).astype(float)
    return pd.DataFrame(
        {
            "visits_30d": visits,
            "visits_7d": np.floor(visits * rng.uniform(size=600)),
            "calls": (visits + rng.poisson(0.5, 600)).clip(max=3).astype(float),
            "stage": pd.Series(rng.choice(["early", "late"], 600, p=[0.8, 0.2]), dtype="str"),
        }
    )


def additive(x):
    return (0.1 + 0.05 * x["visits_30d"] + 0.02 * x["calls"]).to_numpy()


def test_of_one_feature_it_is_what_scikit_learn_computes(features):
    x = features[["visits_30d", "calls"]]
    truth = np.sin(x["visits_30d"]) * x["calls"] + x["visits_30d"]
    model = HistGradientBoostingRegressor(max_iter=30, random_state=0).fit(x, truth)
    ours = partial_dependence(model.predict, x, "visits_30d")
    theirs = sklearn_partial_dependence(
        model,
        x,
        ["visits_30d"],
        method="brute",
        custom_values={"visits_30d": ours["position"].to_numpy()},
    )
    assert ours["value"].tolist() == ["0", "1", "2", "3", "4"]
    np.testing.assert_allclose(ours["probability"], theirs["average"][0], rtol=0, atol=1e-12)


def test_of_a_linear_feature_it_is_its_slope_whatever_goes_with_it(features):
    table = partial_dependence(additive, features, "visits_30d").set_index("value")
    assert np.diff(table["probability"]) == pytest.approx(0.05)
    # Prospects with many visits also have many calls.
    own = table["own_probability"]
    assert own["3"] - own["0"] > table["probability"]["3"] - table["probability"]["0"] + 0.01


def test_features_of_a_signal_move_together(features):
    asked = []

    def predict(x):
        asked.append((x["visits_7d"] <= x["visits_30d"]).all())
        return additive(x)

    partial_dependence(predict, features, "visits_30d", ["visits_7d", "visits_30d"])
    assert all(asked)
    asked.clear()
    partial_dependence(predict, features, "visits_30d")
    assert not all(asked)


def test_segments_are_asked_only_about_what_they_have_seen(features):
    early = features["stage"] == "early"
    seen = features.assign(visits_30d=features["visits_30d"].where(early, 0.0))
    table = partial_dependence(additive, seen, "visits_30d", segments=seen["stage"])
    assert table.loc[table["segment"] == "late", "value"].tolist() == ["0"]
    assert table.loc[table["segment"] == "early", "value"].tolist() == ["0", "1", "2", "3", "4"]
    counts = seen[early]["visits_30d"].value_counts().sort_index()
    assert table.loc[table["segment"] == "early", "prospects"].tolist() == counts.tolist()


def test_values_that_few_have_are_left_out(features):
    few = features.assign(calls=np.where(np.arange(600) < MIN_SUPPORT - 1, 9.0, 0.0))
    table = partial_dependence(additive, few, "calls")
    assert table["value"].tolist() == ["0"]
    assert table["segment"].tolist() == [EVERYONE]
    one_more = few.assign(calls=np.where(np.arange(600) < MIN_SUPPORT, 9.0, 0.0))
    assert partial_dependence(additive, one_more, "calls")["value"].tolist() == ["0", "9"]


def test_missing_values_are_a_value(features):
    unknown = features.assign(calls=features["calls"].where(features["stage"] == "early"))
    table = partial_dependence(
        lambda x: np.where(x["calls"].isna(), 0.7, 0.2), unknown, "calls"
    ).set_index("value")
    assert table["probability"]["missing"] == pytest.approx(0.7)
    assert table["probability"]["0"] == pytest.approx(0.2)
    assert np.isnan(table["position"]["missing"])


def test_a_sum_has_nothing_beyond_it(features):
    pair = pair_dependence(additive, features, ("visits_30d", []), ("calls", []))
    np.testing.assert_allclose(pair["beyond_sum"], 0, atol=1e-12)
    assert interaction_share(pair) == pytest.approx(0, abs=1e-12)
    assert (pair["prospects"] >= MIN_SUPPORT).all()


def test_what_only_both_together_say_is_beyond_the_sum():
    rng = np.random.default_rng(1)
    x = pd.DataFrame(rng.integers(0, 2, size=(4000, 2)), columns=["a", "b"]).astype(float)
    pair = pair_dependence(
        lambda x: np.where(x["a"] == x["b"], 0.3, 0.1), x, ("a", []), ("b", [])
    ).set_index(["value_1", "value_2"])
    assert pair["beyond_sum"]["1", "1"] == pytest.approx(0.1, abs=0.01)
    assert pair["beyond_sum"]["0", "1"] == pytest.approx(-0.1, abs=0.01)
    assert interaction_share(pair.reset_index()) == pytest.approx(1, abs=0.01)


def test_two_features_of_one_signal_are_no_pair(features):
    with pytest.raises(ValueError, match="both have visits_30d, visits_7d"):
        pair_dependence(
            additive, features, ("visits_30d", ["visits_7d"]), ("visits_7d", ["visits_30d"])
        )
