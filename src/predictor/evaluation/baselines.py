"""What a model must beat: the portfolio's rate, and the points that sales teams add up by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import LogisticRegression

from predictor.errors import TrainingRefusedError
from predictor.evaluation.aalen_johansen import won_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    import pandas as pd
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray, HorizonLabels

POINTS_PER_INTERACTION = {
    "quote_request": 25,
    "demo_request": 20,
    "meeting": 15,
    "price_page_visit": 10,
    "webinar_attendance": 8,
    "event_attendance": 8,
    "email_reply": 8,
    "whitepaper_download": 5,
    "call": 5,
    "webinar_registration": 4,
    "email_click": 3,
    "newsletter_signup": 2,
    "email_open": 1,
    "website_visit": 1,
}
POINTS_PER_OTHER_INTERACTION = 1
POINTS_PER_ANSWER = 5
MAX_COUNT_PER_TYPE = 5


class PortfolioRate:
    """The same probability for everyone: Aalen-Johansen P(won by h) on the training snapshots.

    Parameters
    ----------
    horizon_days : float
        Days after as_of.

    Attributes
    ----------
    rate_ : float
        The probability, after `fit`.
    """

    def __init__(self, horizon_days: float) -> None:
        self.horizon_days = horizon_days

    def fit(
        self, outcome: ArrayLike, duration_days: ArrayLike, weight: ArrayLike | None = None
    ) -> Self:
        """Estimate the rate.

        Parameters
        ----------
        outcome, duration_days : array-like, shape (n,)
            Of the training snapshots.
        weight : array-like of float, shape (n,), optional
            How many snapshots each stands for; by default one each.

        Raises
        ------
        HorizonError
            If no training snapshot was followed to the horizon.
        """
        self.rate_ = won_by(outcome, duration_days, self.horizon_days, weight)
        return self

    def predict(self, X: pd.DataFrame) -> FloatArray:
        """Return the rate once per row of X, shape (n,)."""
        return np.full(len(X), self.rate_)


class PointsScore:
    """The classic rule: so many points for each interaction and each answer.

    Each interaction type counts at most five times. A logistic regression on the training
    snapshots turns the sum into a probability, so that it can be compared as one.

    Parameters
    ----------
    count_columns : mapping of str to str
        Interaction type -> column of X with its count over the longest window.
    answer_columns : sequence of str
        Columns of X with the latest answer to a question; missing is unanswered.

    Attributes
    ----------
    intercept_, slope_per_point_ : float
        Log-odds, after `fit`.
    """

    def __init__(self, count_columns: Mapping[str, str], answer_columns: Sequence[str]) -> None:
        self.count_columns = dict(count_columns)
        self.answer_columns = list(answer_columns)

    def points(self, X: pd.DataFrame) -> FloatArray:
        """Add up the points.

        Parameters
        ----------
        X : DataFrame, shape (n, F)
            Feature matrix; a missing count is 0.

        Returns
        -------
        ndarray of float, shape (n,)
        """
        total = np.zeros(len(X))
        for interaction_type, column in self.count_columns.items():
            each = POINTS_PER_INTERACTION.get(interaction_type, POINTS_PER_OTHER_INTERACTION)
            count = np.nan_to_num(X[column].to_numpy(dtype=np.float64))
            total += each * np.minimum(count, MAX_COUNT_PER_TYPE)
        if self.answer_columns:
            answered = X[self.answer_columns].notna().to_numpy()
            total += POINTS_PER_ANSWER * answered.sum(axis=1)
        return total

    def fit(self, X: pd.DataFrame, labels: HorizonLabels) -> Self:
        """Learn what a sum of points is worth, on training snapshots only.

        Parameters
        ----------
        X : DataFrame, shape (n, F)
        labels : HorizonLabels
            Of the same rows; their weights are those of the regression.

        Raises
        ------
        TrainingRefusedError
            If all known labels are the same.
        """
        label, points, weight = labels.select(self.points(X))
        if label.all() or not label.any():
            raise TrainingRefusedError(
                f"the points score needs prospects won and not won within "
                f"{labels.horizon_days:g} days, got {int(label.sum())} won of {len(label)}; "
                f"take more history or another horizon"
            )
        scale = float(points.std()) or 1.0
        regression = LogisticRegression(C=np.inf)
        regression.fit((points / scale).reshape(-1, 1), label, sample_weight=weight)
        self.intercept_ = float(regression.intercept_[0])
        self.slope_per_point_ = float(regression.coef_[0, 0]) / scale
        return self

    def predict(self, X: pd.DataFrame) -> FloatArray:
        """Return P(won by the horizon of the fit), shape (n,)."""
        log_odds = self.intercept_ + self.slope_per_point_ * self.points(X)
        probability: FloatArray = 1.0 / (1.0 + np.exp(-log_odds))
        return probability
