"""The table behind the reliability plot: promised against observed, in bins of equal size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import HorizonError
from predictor.evaluation.aalen_johansen import won_by
from predictor.evaluation.censoring import checked_outcomes, horizon_labels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray, HorizonLabels

NORMAL_97_5 = 1.959963984540054


def calibration_table(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    probability: ArrayLike,
    horizon_days: float,
    *,
    n_bins: int = 10,
) -> pd.DataFrame:
    """Mean P and the Aalen-Johansen share won by h, in bins of equal mass along P [1]_.

    Equal probabilities stay in one bin, so there may be fewer bins. The interval is Wilson's [2]_
    at the effective number of known labels, (sum w)^2 / sum w^2; it takes snapshots as
    independent, so it is too narrow where one prospect gives many.

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
    probability : array-like of float, shape (n,)
        P(won by h).
    horizon_days : float
    n_bins : int
        At most this many bins.

    Returns
    -------
    DataFrame
        One row a bin, by rising P: snapshots, predicted (mean P), observed, observed_low and
        observed_high (95%); the last three are NaN where nobody in the bin was followed to h.

    Raises
    ------
    HorizonError
        If no snapshot at all was followed to the horizon.

    References
    ----------
    .. [1] Austin, Putter, Giardiello and van Klaveren (2022), Diagnostic and Prognostic
       Research 6, 2.
    .. [2] Wilson (1927), JASA 22, 209-212.
    """
    outcome, duration = checked_outcomes(outcome, duration_days)
    labels = horizon_labels(outcome, duration, horizon_days)
    estimate = labels.checked_score(probability)
    rows = []
    for inside in _equal_mass_bins(estimate, n_bins):
        observed = _observed(outcome[inside], duration[inside], horizon_days)
        low, high = wilson_interval(observed, _effective_size(labels, inside))
        rows.append((int(inside.sum()), float(estimate[inside].mean()), observed, low, high))
    columns = ["snapshots", "predicted", "observed", "observed_low", "observed_high"]
    return pd.DataFrame(rows, columns=columns)


def wilson_interval(share: float, size: float) -> tuple[float, float]:
    """95% interval of a share seen in `size` draws, by Wilson's score method."""
    if not size > 0 or math.isnan(share):
        return math.nan, math.nan
    z2 = NORMAL_97_5**2
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = NORMAL_97_5 * math.sqrt(share * (1 - share) / size + z2 / (4 * size**2))
    half /= 1 + z2 / size
    return max(0.0, centre - half), min(1.0, centre + half)


def _equal_mass_bins(probability: FloatArray, n_bins: int) -> list[np.ndarray]:
    """Masks of the bins, none empty, by rising probability."""
    edges = np.quantile(probability, np.arange(1, n_bins) / n_bins, method="inverted_cdf")
    number = np.searchsorted(np.unique(edges), probability, side="left")
    return [number == each for each in np.unique(number)]


def _observed(outcome: ArrayLike, duration_days: ArrayLike, horizon_days: float) -> float:
    try:
        return won_by(outcome, duration_days, horizon_days)
    except HorizonError:
        return math.nan


def _effective_size(labels: HorizonLabels, inside: np.ndarray) -> float:
    weight = labels.weight[inside]
    return float(weight.sum() ** 2 / np.square(weight).sum()) if weight.any() else 0.0
