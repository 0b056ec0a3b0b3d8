"""How strongly one attribute goes with an outcome, among prospects of the same age.

Older prospects have had more time to close and more time to be filled in, so that the two would
go together by age alone. Both statistics here compare within strata of creation time only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.intp]
N_FOLDS = 5
N_NUMERIC_BINS = 20
SMOOTHING_ROWS = 20


@dataclass(frozen=True)
class FillGap:
    """How the filling of a column goes with a target.

    Attributes
    ----------
    rate_in, rate_out : float
        Share filled among prospects with and without the target.
    odds_ratio : float
        Common odds ratio over the strata; above 1: filled with the target.
    z : float
        Standard score of the Cochran-Mantel-Haenszel test.
    """

    rate_in: float
    rate_out: float
    odds_ratio: float
    z: float


def fill_gap(filled: BoolArray, target: BoolArray, stratum: IntArray) -> FillGap:
    """Mantel-Haenszel common odds ratio of being filled, target against the rest.

    Half a prospect is added to either side of the ratio, so that it stays finite.

    Parameters
    ----------
    filled, target : ndarray of bool, shape (n,)
    stratum : ndarray of int, shape (n,)
        0, 1, ...: prospects that may be compared.

    Returns
    -------
    FillGap

    References
    ----------
    Mantel and Haenszel (1959), Journal of the National Cancer Institute 22, 719-748.
    """
    in_filled, in_empty, out_filled, out_empty = (
        np.bincount(stratum, weights=cell)
        for cell in (filled & target, ~filled & target, filled & ~target, ~filled & ~target)
    )
    n_in, n_out = in_filled + in_empty, out_filled + out_empty
    n_filled, n_empty, n = in_filled + out_filled, in_empty + out_empty, n_in + n_out
    agree = np.sum(in_filled * out_empty / np.maximum(n, 1))
    differ = np.sum(in_empty * out_filled / np.maximum(n, 1))
    excess = np.sum(in_filled - n_in * n_filled / np.maximum(n, 1))
    variance = np.sum(n_in * n_out * n_filled * n_empty / np.maximum(n**2 * (n - 1), 1))
    return FillGap(
        rate_in=_ratio(in_filled.sum(), n_in.sum()),
        rate_out=_ratio(out_filled.sum(), n_out.sum()),
        odds_ratio=float((agree + 0.5) / (differ + 0.5)),
        z=float(excess / math.sqrt(variance)) if variance > 0 else 0.0,
    )


def value_auc(values: pd.Series, target: BoolArray, stratum: IntArray) -> float:
    """AUC with which one attribute alone, missingness included, tells the target from the rest.

    Each value gets the mean of (target - mean of its stratum) over the other folds, drawn to 0 by
    20 rows; only pairs within a stratum are compared. A column that says nothing has about .5.

    Parameters
    ----------
    values : Series, shape (n,)
        Numbers are cut into 20 bins of equal size.
    target : ndarray of bool, shape (n,)
    stratum : ndarray of int, shape (n,)

    Returns
    -------
    float
        0 to 1; NaN where no stratum holds both.

    References
    ----------
    Micci-Barreca (2001), SIGKDD Explorations 3, 27-32 (target encoding).
    """
    code = value_codes(values)
    n_per_stratum = np.maximum(np.bincount(stratum), 1)
    residual = target - (np.bincount(stratum, weights=target) / n_per_stratum)[stratum]
    fold = np.random.default_rng(0).permutation(len(code)) % N_FOLDS
    shape = (code.max() + 1, N_FOLDS)
    cell = np.ravel_multi_index((code, fold), shape)
    total = np.bincount(cell, weights=residual, minlength=math.prod(shape)).reshape(shape)
    count = np.bincount(cell, minlength=math.prod(shape)).reshape(shape)
    others_total = total.sum(axis=1, keepdims=True) - total
    others_count = count.sum(axis=1, keepdims=True) - count
    score = (others_total / (others_count + SMOOTHING_ROWS))[code, fold]
    return stratified_auc(score, target, stratum)


def stratified_auc(score: NDArray[np.float64], target: BoolArray, stratum: IntArray) -> float:
    """Share of the pairs within strata that the score orders rightly (ties count half)."""
    rank = pd.Series(score).groupby(stratum).rank().to_numpy()
    n_in = np.bincount(stratum, weights=target)
    pairs = n_in * (np.bincount(stratum) - n_in)
    concordant = np.bincount(stratum, weights=rank * target) - n_in * (n_in + 1) / 2
    return _ratio(concordant[pairs > 0].sum(), pairs.sum())


def value_codes(values: pd.Series) -> IntArray:
    """Return a number 0, 1, ... for each value; missing is a value, numbers are binned."""
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > N_NUMERIC_BINS:
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, N_NUMERIC_BINS + 1)[1:-1]))
        codes = np.searchsorted(edges, numbers, side="left")
        codes[np.isnan(numbers)] = len(edges) + 1
        return codes
    return pd.factorize(values, use_na_sentinel=False)[0]


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else math.nan
