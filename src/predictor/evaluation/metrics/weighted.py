"""Means and quantiles in which each value counts with its weight."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray

#: Relative slack of cumulative weights, so that rounding does not move a quantile by a place.
TOLERANCE = 1e-12


def weighted_mean(values: ArrayLike, weight: FloatArray) -> float:
    """Weighted mean; NaN where the weights sum to 0."""
    total = float(weight.sum())
    return float(np.asarray(values, dtype=np.float64) @ weight / total) if total > 0 else math.nan


def weighted_quantiles(
    values: FloatArray, weight: FloatArray, probabilities: ArrayLike
) -> FloatArray:
    """Return the least values at or below which the given shares of the weight lie, shape (Q,).

    The inverse of the weighted distribution function: with weights 1, numpy's "inverted_cdf".

    Parameters
    ----------
    values, weight : ndarray of float, shape (n,), n > 0
        Weights above 0.
    probabilities : array-like of float, shape (Q,)
        Within [0, 1].
    """
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    target = (np.asarray(probabilities, dtype=np.float64) - TOLERANCE) * below[-1]
    place = np.minimum(np.searchsorted(below, target, side="left"), len(values) - 1)
    quantiles: FloatArray = values[order][place]
    return quantiles


def weighted_median(values: FloatArray, weight: FloatArray) -> float:
    """Middle of the weighted values: the mean of the two middle ones where half lies below."""
    if not len(values):
        return math.nan
    order = np.argsort(values, kind="stable")
    values, below = values[order], np.cumsum(weight[order])
    half = below[-1] / 2
    tolerance = TOLERANCE * below[-1]
    first = int(np.searchsorted(below, half - tolerance, side="left"))
    last = int(np.searchsorted(below, half + tolerance, side="right"))
    return float((values[first] + values[last]) / 2)
