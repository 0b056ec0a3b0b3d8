"""Estimated against true probabilities, where the truth is known (the simulator)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray


def root_mean_squared_error(probability: ArrayLike, true_probability: ArrayLike) -> float:
    """Root of the mean squared difference between P and the true P.

    Parameters
    ----------
    probability, true_probability : array-like of float, shape (n,)

    Returns
    -------
    float
        In probability.

    Raises
    ------
    ValueError
        If the lengths differ or a value is missing.
    """
    return float(np.sqrt(np.mean(np.square(_difference(probability, true_probability)))))


def bias(probability: ArrayLike, true_probability: ArrayLike) -> float:
    """Mean of P minus the true P: above 0 promises too much; arguments as above."""
    return float(np.mean(_difference(probability, true_probability)))


def _difference(probability: ArrayLike, true_probability: ArrayLike) -> FloatArray:
    estimate = np.asarray(probability, dtype=np.float64)
    truth = np.asarray(true_probability, dtype=np.float64)
    if estimate.shape != truth.shape:
        raise ValueError(f"got {estimate.shape} probabilities for {truth.shape} true ones")
    difference = estimate - truth
    if not np.isfinite(difference).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(difference))} probabilities are missing")
    return difference
