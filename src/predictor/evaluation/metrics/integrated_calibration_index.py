"""Integrated calibration index: how far P lies from the observed share, over all snapshots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from predictor.evaluation.metrics.calibration_slope import log_odds
from predictor.evaluation.metrics.weighted import weighted_mean, weighted_quantiles
from predictor.evaluation.metrics.weighted_logistic import fit_logistic

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import BoolArray, FloatArray, HorizonLabels

#: Harrell's places of four knots (Regression Modeling Strategies, 2nd edition, table 2.3).
KNOT_QUANTILES = (0.05, 0.35, 0.65, 0.95)
#: Keeps the curve finite where P parts the labels, and is not felt elsewhere.
RIDGE = 1e-6


def integrated_calibration_index(labels: HorizonLabels, probability: ArrayLike) -> float:
    """Mean of abs(P - smoothed share won by h at that P) over the snapshots [1]_ [2]_.

    The share is smoothed by a logistic regression on restricted cubic splines of the log-odds of P,
    with censoring weights. Even a perfect P has an index above 0, by the noise of the curve.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h).

    Returns
    -------
    float
        In probability; 0 is perfect; NaN where no label is known.

    References
    ----------
    .. [1] Austin and Steyerberg (2019), Statistics in Medicine 38, 4051-4065.
    .. [2] Austin, Putter, Giardiello and van Klaveren (2022), Diagnostic and Prognostic
       Research 6, 2 (competing risks; there a model of the subdistribution hazard smooths).
    """
    estimate = labels.checked_score(probability)
    if not labels.known.any():
        return math.nan
    gap = np.abs(estimate - smoothed_share(labels, estimate))
    return weighted_mean(gap, labels.places)


def smoothed_share(labels: HorizonLabels, probability: FloatArray) -> FloatArray:
    """Share won by h at each P, read off the smooth calibration curve, shape (n,)."""
    known = labels.known
    label, weight = labels.label[known], labels.weight[known] / labels.weight[known].sum()
    score = log_odds(probability)
    knots = np.unique(weighted_quantiles(score[known], weight, KNOT_QUANTILES))
    basis = _whitened(restricted_cubic_splines(score, knots), known, weight)
    if label.all() or not label.any() or not basis.shape[1]:
        return np.full(len(probability), weighted_mean(label, weight))
    intercept, *coefficients = fit_logistic(basis[known], label, weight, RIDGE)
    share: FloatArray = expit(intercept + basis @ np.array(coefficients))
    return share


def restricted_cubic_splines(x: FloatArray, knots: FloatArray) -> FloatArray:
    """Columns x and, with K knots, K - 2 cubic terms that are straight beyond the outer knots [1]_.

    Parameters
    ----------
    x : ndarray of float, shape (n,)
    knots : ndarray of float, shape (K,)
        Rising.

    Returns
    -------
    ndarray of float, shape (n, max(1, K - 1))

    References
    ----------
    .. [1] Harrell (2015), Regression Modeling Strategies, 2nd edition, equation 2.25.
    """
    columns = [x]
    if len(knots) > 2:
        *inner, before_last, last = knots.tolist()
        cubes = {knot: np.maximum(x - knot, 0.0) ** 3 for knot in knots.tolist()}
        for knot in inner:
            share = (last - knot) / (last - before_last)
            bent = cubes[knot] - share * cubes[before_last] + (share - 1.0) * cubes[last]
            columns.append(bent / (last - inner[0]) ** 2)
    return np.stack(columns, axis=1)


def _whitened(columns: FloatArray, known: BoolArray, weight: FloatArray) -> FloatArray:
    """Make columns uncorrelated, with variance 1, among the known; drop constant ones."""
    columns = columns - weight @ columns[known]
    spread = np.sqrt(weight @ np.square(columns[known]))
    columns = columns[:, spread > 1e-9] / spread[spread > 1e-9]
    variance, axes = np.linalg.eigh(columns[known].T @ (columns[known] * weight[:, None]))
    kept = variance > 1e-9
    white: FloatArray = columns @ axes[:, kept] / np.sqrt(variance[kept])
    return white
