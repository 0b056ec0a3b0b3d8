"""Logarithmic loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.metrics.weighted import weighted_mean

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import HorizonLabels

CLIP = float(np.finfo(np.float64).eps)


def log_loss(labels: HorizonLabels, probability: ArrayLike) -> float:
    """Mean of -log of the probability given to what happened by h, with censoring weights [1]_.

    P is kept 2e-16 away from 0 and 1, as scikit-learn does: a sure forecast that fails costs 36.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h).

    Returns
    -------
    float
        In nats; 0 is perfect; NaN where no label is known.

    References
    ----------
    .. [1] Gerds and Schumacher (2006), Biometrical Journal 48, 1029-1040 (weights);
       Good (1952), JRSS B 14, 107-114 (score).
    """
    label, estimate, weight = labels.select(probability)
    estimate = np.clip(estimate, CLIP, 1.0 - CLIP)
    loss = -np.where(label, np.log(estimate), np.log1p(-estimate))
    return weighted_mean(loss, weight)
