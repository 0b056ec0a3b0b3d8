"""Cumulative/dynamic area under the ROC curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sklearn.metrics import roc_auc_score

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import HorizonLabels


def auc(labels: HorizonLabels, probability: ArrayLike) -> float:
    """Probability that a snapshot won by h has a higher P than one not won by h (ties count half).

    Controls are all that are not won by h, lost ones included; both sides of a pair carry their
    censoring weight [1]_ [2]_.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h), or any score.

    Returns
    -------
    float
        0 to 1; 0.5 is chance; NaN where no known label is won, or all are.

    References
    ----------
    .. [1] Uno, Cai, Tian and Wei (2007), JASA 102, 527-537.
    .. [2] Blanche, Dartigues and Jacqmin-Gadda (2013), Statistics in Medicine 32, 5381-5397
       (definition 2 of the controls under competing risks).
    """
    label, score, weight = labels.select(probability)
    if label.all() or not label.any():
        return math.nan
    return float(roc_auc_score(label, score, sample_weight=weight))
