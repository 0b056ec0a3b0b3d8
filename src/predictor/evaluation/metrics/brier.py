"""Brier score and its skill over the base rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.metrics.weighted import weighted_mean

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import HorizonLabels


def brier_score(labels: HorizonLabels, probability: ArrayLike) -> float:
    """Mean squared difference between P and what happened by h, with censoring weights [1]_.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h).

    Returns
    -------
    float
        0 is perfect; NaN where no label is known.

    References
    ----------
    .. [1] Graf et al. (1999), Statistics in Medicine 18, 2529-2545.
    """
    label, estimate, weight = labels.select(probability)
    return weighted_mean(np.square(estimate - label), weight)


def brier_skill(labels: HorizonLabels, probability: ArrayLike) -> float:
    """1 - Brier / Brier of the base rate of these snapshots: 0 is no better than the base rate.

    Parameters and reference as `brier_score`. NaN where all known labels are the same.
    """
    base_rate = labels.base_rate
    reference = base_rate * (1.0 - base_rate)
    return 1.0 - brier_score(labels, probability) / reference if reference > 0 else math.nan
