"""The table behind the reliability plot: promised against observed, in bins of equal size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import HorizonError
from predictor.evaluation.aalen_johansen import won_by
from predictor.evaluation.censoring import checked_outcomes, horizon_labels
from predictor.evaluation.metrics.weighted import weighted_quantiles

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import BoolArray, FloatArray, HorizonLabels

NORMAL_97_5 = 1.959963984540054
COLUMNS = (
    "snapshots",
    "predicted",
    "observed",
    "observed_low",
    "observed_high",
    "observed_over_expected",
)


def calibration_table(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    probability: ArrayLike,
    horizon_days: float,
    *,
    n_bins: int = 10,
    weight: ArrayLike | None = None,
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
    weight : array-like of float, shape (n,), optional
        How often each snapshot counts, e.g. drawn by a bootstrap; by default once each.

    Returns
    -------
    DataFrame
        One row a bin, by rising P: snapshots, predicted (mean P), observed, observed_low and
        observed_high (95%), and observed_over_expected; these four are NaN where nobody in the bin
        was followed to h.

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
    labels = horizon_labels(outcome, duration, horizon_days, weight=weight)
    estimate = labels.checked_score(probability)
    rows = []
    for inside in equal_mass_bins(estimate, labels.places, n_bins):
        places = labels.places[inside]
        predicted = float(np.average(estimate[inside], weights=places))
        observed = _observed(outcome[inside], duration[inside], horizon_days, places)
        low, high = wilson_interval(observed, _effective_size(labels, inside))
        ratio = observed / predicted if predicted > 0 else math.nan
        rows.append((round(float(places.sum())), predicted, observed, low, high, ratio))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def wilson_interval(share: float, size: float) -> tuple[float, float]:
    """95% interval of a share seen in `size` draws, by Wilson's score method."""
    if not size > 0 or math.isnan(share):
        return math.nan, math.nan
    z2 = NORMAL_97_5**2
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = NORMAL_97_5 * math.sqrt(share * (1 - share) / size + z2 / (4 * size**2))
    half /= 1 + z2 / size
    return max(0.0, centre - half), min(1.0, centre + half)


def equal_mass_bins(probability: FloatArray, weight: FloatArray, n_bins: int) -> list[BoolArray]:
    """Masks of the bins of equal weight, none empty, by rising probability.

    Equal probabilities stay together, so there may be fewer bins; rows of weight 0 are in none.

    Parameters
    ----------
    probability, weight : ndarray of float, shape (n,)
    n_bins : int
        At most this many bins.
    """
    counted = weight > 0
    shares = np.arange(1, n_bins) / n_bins
    edges = np.unique(weighted_quantiles(probability[counted], weight[counted], shares))
    number = np.searchsorted(edges, probability, side="left")
    return [counted & (number == each) for each in np.unique(number[counted])]


def _observed(
    outcome: ArrayLike, duration_days: ArrayLike, horizon_days: float, weight: FloatArray
) -> float:
    try:
        return won_by(outcome, duration_days, horizon_days, weight)
    except HorizonError:
        return math.nan


def _effective_size(labels: HorizonLabels, inside: BoolArray) -> float:
    known = inside & labels.known
    weight = labels.weight[known]
    # A snapshot that counts k times is k snapshots, each with the k-th part of its weight.
    squares = float((np.square(weight) / labels.places[known]).sum())
    return float(weight.sum() ** 2 / squares) if squares > 0 else 0.0
