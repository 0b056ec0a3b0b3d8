"""Groups of prospects that have about the same value of a feature: only values that were seen."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING = "missing"


@dataclass(frozen=True)
class ValueGroup:
    """Prospects that share a value, or a range of neighbouring values.

    Attributes
    ----------
    label : str
        The value, or the least and the largest.
    position : float
        Mean of the values; NaN for texts and where the value is missing.
    members : ndarray of int
        Rows of the prospects.
    """

    label: str
    position: float
    members: NDArray[np.intp]


def value_groups(column: pd.Series, max_groups: int) -> list[ValueGroup]:
    """Cut prospects into groups of about equal size by a feature.

    Neighbouring values are put together, no value is cut in two: a count that is mostly 0 has a
    group of its own for 0.

    Parameters
    ----------
    column : Series, shape (n,)
        Numbers, or texts, of which the most frequent ones have a group each.
    max_groups : int
        At least 1; missing values are a group more.

    Returns
    -------
    list of ValueGroup
        Rising; texts from the most frequent; the missing ones last.

    Examples
    --------
    >>> [group.label for group in value_groups(pd.Series([0, 0, 0, 0, 1, 2, 2, 9, np.nan]), 3)]
    ['0', '1', '2 to 9', 'missing']
    """
    absent = np.flatnonzero(column.isna())
    if pd.api.types.is_numeric_dtype(column.dtype):
        groups = _of_numbers(column.to_numpy(np.float64), max_groups)
    else:
        levels = column.value_counts().index[:max_groups]
        groups = [
            ValueGroup(str(level), np.nan, np.flatnonzero((column == level).fillna(value=False)))
            for level in levels
        ]
    return [*groups, ValueGroup(MISSING, np.nan, absent)] if len(absent) else groups


def _of_numbers(values: NDArray[np.float64], max_groups: int) -> list[ValueGroup]:
    order = np.argsort(values, kind="stable")
    order = order[: int(np.isfinite(values).sum())]
    _, starts = np.unique(values[order], return_index=True)
    ends = np.append(starts[1:], len(order))
    edges = [0]
    while edges[-1] < len(order):
        share = (len(order) - edges[-1]) / max(max_groups - len(edges) + 1, 1)
        possible = ends[ends > edges[-1]]
        edges.append(int(possible[np.argmin(np.abs(possible - edges[-1] - share))]))
    parts = [order[low:high] for low, high in pairwise(edges)]
    return [ValueGroup(_label(values[part]), float(values[part].mean()), part) for part in parts]


def _label(values: NDArray[np.float64]) -> str:
    low, high = (_written(float(value)) for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def _written(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
