"""Debiased calibration error: the part of the error in the bins that is no noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.evaluation.metrics.calibration import NORMAL_97_5, equal_mass_bins

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray, HorizonLabels


@dataclass(frozen=True)
class CalibrationError:
    """A calibration error with its interval.

    Attributes
    ----------
    estimate : float
        Root mean square over the bins, in probability; 0 where there is no more error than noise.
    low, high : float
        95% interval.
    """

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums per group (row) and bin (column), shape (G, B): weights, and weighted label - P."""

    weight: FloatArray
    residual: FloatArray


def calibration_error(
    labels: HorizonLabels,
    probability: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    n_bins: int = 10,
) -> CalibrationError:
    """Root mean square of (observed share - mean P) over bins of equal mass, without its bias.

    With r the weighted residual (label - P) of a row, summed to R_b in bin b and to R_bg over the
    rows of group g in it, and W likewise for the weights, the squared error is

        sum over b of (W_b / W) * (R_b^2 - sum_g R_bg^2) / (W_b^2 - sum_g W_bg^2).

    The products of a group with itself, which would add its noise, are left out [1]_ [2]_ (there
    each row is a group). The variance behind the interval has two parts: that of noise alone, and
    that through the influence of each group, which grows with the error [3]_.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h).
    groups : array-like, shape (n,), optional
        What is drawn independently, e.g. the account of each snapshot; by default each row.
    n_bins : int
        At most this many bins; those with a single group in them are left out.

    Returns
    -------
    CalibrationError
        NaN where no bin has two groups.

    Raises
    ------
    ValueError
        If `groups` has another length.

    References
    ----------
    .. [1] Ferro and Fricker (2012), Quarterly Journal of the Royal Meteorological Society 138,
       1954-1960.
    .. [2] Kumar, Liang and Ma (2019), Verified uncertainty calibration, NeurIPS 32.
    .. [3] Sun, Chaudhari, Barnett and Dobriban (2024), arXiv:2408.08998 (extended here to groups
       and to censoring weights, which are taken as given).
    """
    sums = _sums(labels, probability, groups, n_bins)
    usable = np.count_nonzero(sums.weight, axis=0) > 1
    if not usable.any():
        return CalibrationError(math.nan, math.nan, math.nan)
    sums = _Sums(sums.weight[:, usable], sums.residual[:, usable])
    low, estimate, high = (math.sqrt(max(0.0, each)) for each in _squared_error(sums))
    return CalibrationError(estimate, low, high)


def _sums(
    labels: HorizonLabels, probability: ArrayLike, groups: ArrayLike | None, n_bins: int
) -> _Sums:
    label, estimate, weight = labels.select(probability)
    names = np.arange(len(labels.label)) if groups is None else np.asarray(groups)
    if names.shape != labels.label.shape:
        raise ValueError(f"got groups of shape {names.shape}, expected {labels.label.shape}")
    if not len(label):
        return _Sums(np.zeros((0, 1)), np.zeros((0, 1)))
    row = pd.factorize(names[labels.known], use_na_sentinel=False)[0]
    bins = equal_mass_bins(estimate, weight, n_bins)
    cell = row * len(bins) + np.argmax(bins, axis=0)
    shape = (int(row.max()) + 1, len(bins))
    weights, residuals = (
        np.bincount(cell, weights=each, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
        for each in (weight, weight * (label - estimate))
    )
    return _Sums(weights, residuals)


def _squared_error(sums: _Sums) -> tuple[float, float, float]:
    """Low end, estimate and high end of the squared error.

    The variance of the estimate T at a squared error e is about v + k * e: the interval holds the e
    with (T - e)^2 <= z^2 * (v + k * e).
    """
    w, r = sums.weight, sums.residual
    total, per_bin = float(w.sum()), w.sum(axis=0)
    # Of a pair of groups in bin b, so that the pairs add up to the squared error.
    factor = per_bin / total / (np.square(per_bin) - np.square(w).sum(axis=0))
    squared = float(factor @ (np.square(r.sum(axis=0)) - np.square(r).sum(axis=0)))
    noise = _variance_under_calibration(r, factor)
    shift = NORMAL_97_5**2 * _variance_per_error(sums) / 2
    discriminant = shift**2 + 2 * shift * squared + NORMAL_97_5**2 * noise
    half = math.sqrt(max(0.0, discriminant))
    return squared + shift - half, squared, squared + shift + half


def _variance_per_error(sums: _Sums) -> float:
    """k: the variance through the influence of the groups, over the squared error, both plugged in.

    The influence is that of a group on sum over b of (W_b / W) * m_b^2, with m_b = R_b / W_b.
    """
    w, r = sums.weight, sums.residual
    total, per_bin = float(w.sum()), w.sum(axis=0)
    mean = r.sum(axis=0) / per_bin
    plugged_in = float(per_bin @ np.square(mean)) / total
    influence = (r @ (2 * mean) - w @ np.square(mean) - w.sum(axis=1) * plugged_in) / total
    return float(np.square(influence).sum()) / plugged_in if plugged_in > 0 else 0.0


def _variance_under_calibration(residual: FloatArray, factor: FloatArray) -> float:
    """2 * sum over pairs of groups g != k of (sum over b of factor_b * R_bg * R_bk)^2."""
    scaled = residual * np.sqrt(factor)
    every = np.square(scaled.T @ scaled).sum()
    itself = np.square(np.square(scaled).sum(axis=1)).sum()
    return float(2 * max(every - itself, 0.0))
