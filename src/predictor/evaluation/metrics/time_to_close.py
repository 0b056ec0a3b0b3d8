"""How well the time to close was foretold, among the won."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.metrics.weighted import weighted_mean, weighted_median

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import BoolArray, FloatArray, HorizonLabels


def median_absolute_error(
    labels: HorizonLabels, duration_days: ArrayLike, median_days: ArrayLike
) -> float:
    """Weighted median of |days to close - foretold median| among those won by the horizon.

    The forecast is "if it closes within h", so labels must be at that same h: the longest
    follow-up that the forecast is conditional on. Censoring weights stand in for those whose late
    closing was not watched; without them the quick ones count too much.

    Parameters
    ----------
    labels : HorizonLabels
    duration_days : array-like of float, shape (n,)
        Follow-up: for the won, days to close.
    median_days : array-like of float, shape (n,)
        Foretold median; rows where it is missing are left out.

    Returns
    -------
    float
        Days; NaN where nobody is won.
    """
    duration, weight, median = won_rows(labels, duration_days, median_days)
    return weighted_median(np.abs(duration - median), weight)


def interval_coverage(
    labels: HorizonLabels, duration_days: ArrayLike, low_days: ArrayLike, high_days: ArrayLike
) -> float:
    """Weighted share of those won by the horizon whose days to close lie in [low, high].

    Parameters
    ----------
    labels, duration_days
        As for `median_absolute_error`.
    low_days, high_days : array-like of float, shape (n,)
        Foretold quantiles, e.g. p25 and p75; rows where either is missing are left out.

    Returns
    -------
    float
        0 to 1; for p25 and p75 it should be 0.5; NaN where nobody is won.
    """
    duration, weight, low, high = won_rows(labels, duration_days, low_days, high_days)
    return weighted_mean((duration >= low) & (duration <= high), weight)


def won_rows(
    labels: HorizonLabels, duration_days: ArrayLike, *forecasts: ArrayLike
) -> tuple[FloatArray, ...]:
    """Return duration, weight and forecasts of the won rows that have all forecasts.

    Parameters
    ----------
    labels, duration_days
        As for `median_absolute_error`.
    *forecasts : array-like of float, shape (n,)
        Days.

    Raises
    ------
    ValueError
        If one has another length.
    """
    arrays = [np.asarray(each, dtype=np.float64) for each in (duration_days, *forecasts)]
    if any(each.shape != labels.label.shape for each in arrays):
        raise ValueError(f"expected {labels.label.shape} days, got {[a.shape for a in arrays]}")
    chosen: BoolArray = labels.label & labels.known
    for each in arrays:
        chosen = chosen & np.isfinite(each)
    duration, *rest = (each[chosen] for each in arrays)
    return (duration, labels.weight[chosen], *rest)
