"""The compared figures of one predictor, many times over with other weights: sorted only once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.metrics.log_loss import CLIP

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray, HorizonLabels

#: The figures that `ResampledFigures` gives, and whether a high one is good.
HIGH_IS_GOOD = {"log_loss": False, "brier": False, "auc": True, "average_precision": True}


class ResampledFigures:
    """Log-loss, Brier score, AUC and average precision for any multiplicities of the snapshots.

    The same figures as the metrics of these names give on `labels.repeated(times)`, at a cost of a
    few passes over the rows.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h).
    """

    def __init__(self, labels: HorizonLabels, probability: ArrayLike) -> None:
        label, score, weight = labels.select(probability)
        order = np.argsort(-score, kind="stable")
        self._rows = np.flatnonzero(labels.known)[order]
        self._label, score, self._weight = label[order], score[order], weight[order]
        self._ties = np.flatnonzero(np.diff(score, prepend=np.inf))
        inside = np.clip(score, CLIP, 1.0 - CLIP)
        self._log_loss = -np.where(self._label, np.log(inside), np.log1p(-inside))
        self._square = np.square(score - self._label)

    def of(self, times: FloatArray) -> FloatArray:
        """Return the figures in the order of `HIGH_IS_GOOD`; NaN where undefined.

        Parameters
        ----------
        times : ndarray of float, shape (n,)
            How often each snapshot counts.

        Returns
        -------
        ndarray of float, shape (4,)
        """
        weight = self._weight * times[self._rows]
        total = float(weight.sum())
        if total == 0:
            return np.full(len(HIGH_IS_GOOD), math.nan)
        return np.array(
            [weight @ self._log_loss / total, weight @ self._square / total, *self._ranking(weight)]
        )

    def _ranking(self, weight: FloatArray) -> tuple[float, float]:
        """AUC and average precision, from the top of the list down, ties taken as one step.

        AUC = sum of the pairs with the won above + half of those tied, over all pairs;
        AP = sum over steps of (won at the step / won) * precision down to it.
        """
        won = np.add.reduceat(weight * self._label, self._ties)
        all_here = np.add.reduceat(weight, self._ties)
        won_so_far, so_far = np.cumsum(won), np.cumsum(all_here)
        n_won = won_so_far[-1]
        others = all_here - won
        n_others = others.sum()
        if not (n_won > 0 and n_others > 0):
            return math.nan, (1.0 if n_won > 0 else math.nan)
        below = n_others - np.cumsum(others)
        area = float(won @ (below + others / 2) / (n_won * n_others))
        precision = np.divide(won_so_far, so_far, out=np.zeros(len(won)), where=so_far > 0)
        return area, float(won @ precision / n_won)
