from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predictor.errors import HorizonError, TrainingRefusedError
from predictor.evaluation.aalen_johansen import won_by
from predictor.evaluation.baselines import PointsScore, PortfolioRate
from predictor.evaluation.censoring import horizon_labels

X = pd.DataFrame(
    {
        "quote_request_count_90d": [0.0, 1.0, 9.0, np.nan],
        "fax_count_90d": [2.0, 0.0, 0.0, 0.0],
        "answer_bant_budget": [np.nan, 50_000, np.nan, np.nan],
        "answer_bant_need": pd.Series(["high", None, None, "low"], dtype="str"),
    }
)


def points_score() -> PointsScore:
    return PointsScore(
        {"quote_request": "quote_request_count_90d", "fax": "fax_count_90d"},
        ["answer_bant_budget", "answer_bant_need"],
    )


def test_points_add_up_types_capped_at_five_and_answers():
    assert points_score().points(X).tolist() == [2 + 5, 25 + 5, 125, 5]


def test_points_without_any_column_are_zero():
    assert PointsScore({}, []).points(X).tolist() == [0, 0, 0, 0]


def test_fit_recovers_the_probability_per_point():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"n": rng.integers(0, 6, 20_000).astype(float)})
    truth = 1 / (1 + np.exp(-(-3 + 0.04 * 10 * X["n"].to_numpy())))
    outcome = np.where(rng.uniform(size=len(X)) < truth, "won", "lost")
    score = PointsScore({"price_page_visit": "n"}, [])
    score.fit(X, horizon_labels(outcome, np.ones(len(X)), 30))
    assert score.slope_per_point_ == pytest.approx(0.04, abs=0.003)
    np.testing.assert_allclose(score.predict(X), truth, atol=0.02)


def test_fit_uses_censoring_weights(scored):
    labels = horizon_labels(scored.outcome, scored.duration_days, 30)
    X = pd.DataFrame({"n": np.round(scored.probability * 20)})
    predicted = PointsScore({"call": "n"}, []).fit(X, labels).predict(X)
    # A logistic regression with intercept reproduces the weighted base rate.
    assert np.average(predicted, weights=labels.weight) == pytest.approx(labels.base_rate, abs=1e-4)


def test_one_kind_of_label_is_refused_with_the_counts():
    labels = horizon_labels(["lost"] * 4, [1] * 4, 30)
    with pytest.raises(TrainingRefusedError, match="0 won of 4"):
        points_score().fit(X, labels)


def test_portfolio_rate_is_aalen_johansen_for_everyone(scored):
    rate = PortfolioRate(30).fit(scored.outcome, scored.duration_days)
    want = won_by(scored.outcome, scored.duration_days, 30)
    assert rate.predict(X).tolist() == [want] * 4


def test_portfolio_rate_refuses_a_horizon_without_follow_up(scored):
    with pytest.raises(HorizonError):
        PortfolioRate(365).fit(scored.outcome, scored.duration_days)
