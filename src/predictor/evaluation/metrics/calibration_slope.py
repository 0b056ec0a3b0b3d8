"""Calibration slope and intercept: the straight line of log-odds between promised and observed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from predictor.evaluation.metrics.weighted_logistic import fit_logistic

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import BoolArray, FloatArray, HorizonLabels

#: P is kept this far from 0 and 1: a 0 that was only rounded must not decide alone.
LEAST_PROBABILITY = 1e-5


def calibration_slope(labels: HorizonLabels, probability: ArrayLike) -> float:
    """Slope b of log-odds(won by h) = a + b * log-odds(P), with censoring weights [1]_ [2]_.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h); kept 1e-5 away from 0 and 1.

    Returns
    -------
    float
        1 is right; below 1 the probabilities are too extreme (overfitted), above 1 too timid. NaN
        where the line is not determined: one label only, P all equal, or P parting won from not.

    References
    ----------
    .. [1] Cox (1958), Biometrika 45, 562-565.
    .. [2] Van Calster, McLernon, van Smeden, Wynants and Steyerberg (2019), BMC Medicine 17, 230.
    """
    label, score, weight = selected_log_odds(labels, probability)
    if _parted(label, score):
        return math.nan
    spread = float(score.std())
    line = fit_logistic(((score - score.mean()) / spread)[:, None], label, weight)
    return float(line[1]) / spread


def calibration_intercept(labels: HorizonLabels, probability: ArrayLike) -> float:
    """Level a of log-odds(won by h) = a + log-odds(P), with censoring weights.

    Also called calibration in the large; parameters and references as `calibration_slope`.

    Returns
    -------
    float
        0 is right; above 0 too little was promised, below 0 too much; NaN where no known label is
        won, or all are.
    """
    label, score, weight = selected_log_odds(labels, probability)
    if label.all() or not label.any():
        return math.nan
    n_won = float(weight[label].sum())

    def too_few(intercept: float) -> float:
        return n_won - float(weight @ expit(intercept + score))

    # It falls in the intercept, and the log-odds lie within 12 of 0.
    return float(brentq(too_few, -800.0, 800.0, xtol=1e-10))


def selected_log_odds(
    labels: HorizonLabels, probability: ArrayLike
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Label, log-odds of P and weight of the snapshots whose label is known."""
    label, estimate, weight = labels.select(probability)
    return label, log_odds(estimate), weight


def log_odds(probability: FloatArray) -> FloatArray:
    """Logarithm of P / (1 - P), finite for every P, shape (n,)."""
    odds: FloatArray = logit(np.clip(probability, LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY))
    return odds


def _parted(label: BoolArray, score: FloatArray) -> bool:
    """Whether no finite line fits: a threshold parts the labels, or there is one label or score."""
    if label.all() or not label.any():
        return True
    won, rest = score[label], score[~label]
    return bool(won.min() >= rest.max() or won.max() <= rest.min())
