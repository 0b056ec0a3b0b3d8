"""Observed over expected: whether as many are won as the probabilities promised."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.aalen_johansen import won_by
from predictor.evaluation.censoring import checked_times

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def observed_over_expected(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    probability: ArrayLike,
    horizon_days: float,
    weight: ArrayLike | None = None,
) -> float:
    """Aalen-Johansen share won by h over the mean of P.

    It takes outcomes rather than labels: Aalen-Johansen needs no weights, so no cap bends it.

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
    probability : array-like of float, shape (n,)
        P(won by h).
    horizon_days : float
    weight : array-like of float, shape (n,), optional
        How often each snapshot counts, e.g. drawn by a bootstrap; by default once each.

    Returns
    -------
    float
        1 is right, above 1 promised too little, below 1 too much; NaN where all P are 0.

    Raises
    ------
    HorizonError
        If no snapshot was followed to the horizon.

    References
    ----------
    Riley et al. (2019), Prognosis Research in Health Care, chapter 3 (calibration in the large);
    van Geloven et al. (2022), BMJ 377, e069249 (with competing risks).
    """
    promised = np.asarray(probability, dtype=np.float64)
    counts = None if weight is None else checked_times(weight, len(promised))
    expected = float(np.average(promised, weights=counts))
    observed = won_by(outcome, duration_days, horizon_days, weight)
    return observed / expected if expected > 0 else math.nan
