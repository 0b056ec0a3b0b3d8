"""Segments: prospects cut by the levels of a text, or by the quarters of a number."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The most frequent levels of a text have a segment each; the others share one.
MAX_LEVELS = 12
N_QUANTILES = 4
NOT_FILLED_IN, OTHERS = "not filled in", "all others"


def name_segments(column: pd.Series) -> pd.Series:
    """Name the segment of each value.

    Parameters
    ----------
    column : Series, shape (n,)
        Numbers, which are cut into quarters of about equal size, or texts.

    Returns
    -------
    Series of str, shape (n,)
        With the index of the column; `NOT_FILLED_IN` where the value is missing.

    Examples
    --------
    >>> name_segments(pd.Series(["web", None, "fair"])).tolist()
    ['web', 'not filled in', 'fair']
    >>> name_segments(pd.Series([1.0, 2, 3, 4, 5, 6, 7, 8])).unique().tolist()
    ['1 to 2.75', '2.75 to 4.5', '4.5 to 6.25', '6.25 to 8']
    """
    numeric = pd.api.types.is_numeric_dtype(column.dtype)
    return _quantile_names(column) if numeric else _level_names(column)


def _level_names(column: pd.Series) -> pd.Series:
    frequent = column.value_counts().index[:MAX_LEVELS]
    names = column.where(column.isna() | column.isin(frequent), OTHERS)
    return names.fillna(NOT_FILLED_IN)


def _readable(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round edges to three digits, the outer ones outwards, unless two of them would be one."""
    if len(edges) < 2:
        return edges
    first, *inner, last = (Decimal(repr(float(edge))) for edge in edges)
    rounding = (ROUND_FLOOR, *[ROUND_HALF_EVEN] * len(inner), ROUND_CEILING)
    rounded = [
        float(Context(prec=3, rounding=way).create_decimal(edge))
        for edge, way in zip((first, *inner, last), rounding, strict=True)
    ]
    return np.array(rounded) if (np.diff(rounded) > 0).all() else edges


def _quantile_names(column: pd.Series) -> pd.Series:
    """Name the quarter of the values in which each lies, by its bounds."""
    known = column.dropna()
    shares = np.linspace(0, 1, N_QUANTILES + 1)
    edges = _readable(np.unique(np.quantile(known, shares)) if len(known) else known.to_numpy())
    if len(edges) < 2:
        return column.notna().map({True: "filled in", False: NOT_FILLED_IN}).astype("str")
    place = np.clip(np.searchsorted(edges[1:], column, side="left"), 0, len(edges) - 2)
    bounds = [f"{low:,.5g} to {high:,.5g}" for low, high in pairwise(edges)]
    names = pd.Series(np.array(bounds, dtype=object)[place], index=column.index)
    return names.where(column.notna(), NOT_FILLED_IN)
