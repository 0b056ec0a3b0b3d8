"""Drift: how far the prospects of today differ from those that the model was trained beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import chi2, ks_2samp

from predictor.features.value_groups import MISSING, value_groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

N_BINS = 10
#: Below this, practice calls a PSI small, however many prospects prove that it is not nought.
SMALL_PSI = 0.1
#: Half a prospect stands in an empty bin, so that the logarithm is finite.
EMPTY_BIN = 0.5
COLUMNS = (
    *("feature", "psi", "psi_by_chance", "ks"),
    *("missing_before", "missing_now", "mean_before", "mean_now", "shift", "drifted"),
)


def drift_table(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Compare each feature of two portfolios, the one that differs most first.

    The population stability index [1]_ of shares p (before) and q (now) in bins is

        PSI = sum over bins of (q - p) * log(q / p)

    in tenths of the portfolio before (texts: by level), missing values in a bin of their own. Two
    samples of one population have a PSI too: about (1/n + 1/m) times a chi-squared variable with
    bins - 1 degrees of freedom [1]_. `psi_by_chance` is the 95% point of that, so of twenty
    features that do not drift one lies above it. Prospects open at both instants make it less.

    Parameters
    ----------
    before, now : DataFrame, shapes (n, F) and (m, F)
        The same columns: numbers, or texts.

    Returns
    -------
    DataFrame
        One row a feature: feature, psi, psi_by_chance, ks (largest distance of the two
        distribution functions, of known numbers), missing_before, missing_now (shares),
        mean_before, mean_now (of known numbers), shift (of the mean, in standard deviations of
        before), drifted (psi above both `psi_by_chance` and 0.1).
        By what the PSI exceeds chance by.

    Raises
    ------
    ValueError
        If one of the portfolios is empty.

    References
    ----------
    .. [1] Yurdakul (2018), Statistical properties of the population stability index, Western
       Michigan University.
    """
    if before.empty or now.empty:
        raise ValueError(f"nothing to compare: {len(before)} prospects before, {len(now)} now")
    rows = [_drift(str(name), before[name], now[name]) for name in before]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = (table["psi"] - table["psi_by_chance"]).sort_values(ascending=False, kind="stable")
    return table.loc[order.index].reset_index(drop=True)


def _drift(name: str, before: pd.Series, now: pd.Series) -> tuple[object, ...]:
    numeric = pd.api.types.is_numeric_dtype(before.dtype)
    counts = _bin_counts(before, now, numeric=numeric)
    psi = _psi(*counts)
    chance = float(chi2.ppf(0.95, max(counts.shape[1] - 1, 1)))
    chance *= 1 / len(before) + 1 / len(now)
    absent = float(before.isna().mean()), float(now.isna().mean())
    drifted = psi > max(chance, SMALL_PSI)
    return name, psi, chance, *_of_numbers(before, now, absent, numeric=numeric), drifted


def _of_numbers(
    before: pd.Series, now: pd.Series, absent: tuple[float, float], *, numeric: bool
) -> tuple[float, ...]:
    known = [column.dropna().to_numpy(np.float64) for column in (before, now)] if numeric else []
    if not known or min(map(len, known)) == 0:
        return np.nan, *absent, np.nan, np.nan, np.nan
    with np.errstate(divide="ignore"):  # its p-value, which is not used, of two lone values
        ks = float(ks_2samp(*known, method="asymp").statistic)
    means = float(known[0].mean()), float(known[1].mean())
    deviation = float(known[0].std())
    shift = (means[1] - means[0]) / deviation if deviation > 0 else np.nan
    return ks, *absent, *means, shift


def _psi(before: NDArray[np.float64], now: NDArray[np.float64]) -> float:
    p, q = (np.maximum(n, EMPTY_BIN) / np.maximum(n, EMPTY_BIN).sum() for n in (before, now))
    return float(((q - p) * np.log(q / p)).sum())


def _bin_counts(before: pd.Series, now: pd.Series, *, numeric: bool) -> NDArray[np.float64]:
    """Count both portfolios in the bins of the first, shape (2, bins)."""
    place = _places_of_numbers(before) if numeric else _places_of_texts(before)
    counted = [place(column).value_counts() for column in (before, now)]
    return pd.DataFrame(counted).fillna(0.0).to_numpy(np.float64)


def _places_of_numbers(before: pd.Series) -> Callable[[pd.Series], pd.Series]:
    values = before.to_numpy(np.float64)
    groups = [group for group in value_groups(before, N_BINS) if group.label != MISSING]
    # A value between two bins belongs to the upper one.
    ends = np.array([values[group.members].max() for group in groups[:-1]])

    def place(column: pd.Series) -> pd.Series:
        found = pd.Series(np.searchsorted(ends, column, side="left"), index=column.index)
        return found.where(column.notna(), -1)

    return place


def _places_of_texts(before: pd.Series) -> Callable[[pd.Series], pd.Series]:
    levels = before.value_counts().index[:N_BINS]
    return lambda column: column.where(column.isin(levels), "all others").where(
        column.notna(), MISSING
    )
