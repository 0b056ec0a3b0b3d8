"""Average precision: the area under the precision-recall curve, by steps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sklearn.metrics import average_precision_score

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import HorizonLabels


def average_precision(labels: HorizonLabels, probability: ArrayLike) -> float:
    """Mean precision at the places of the won, going down the list; read beside the base rate.

    AP = sum over thresholds of (recall - recall before) * precision, with censoring weights [1]_.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h), or any score.

    Returns
    -------
    float
        0 to 1; a random order gives the base rate; NaN where no known label is won.

    References
    ----------
    .. [1] Yuan, Zhou, Li and Wu (2018), Biometrics 74, 1351-1361.
    """
    label, score, weight = labels.select(probability)
    if not label.any():
        return math.nan
    return float(average_precision_score(label, score, sample_weight=weight))
