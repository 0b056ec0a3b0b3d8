"""The foretold curve of P(won by t), and the days to close that it gives up to any horizon."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray

STEPS_PER_HORIZON = 16


def time_grid(horizons_days: Sequence[float]) -> FloatArray:
    """Return instants at which a curve is kept: equal steps up to each horizon, shape (G,).

    The grid of fewer horizons is the beginning of that of more.

    Parameters
    ----------
    horizons_days : sequence of float
        Rising.

    Examples
    --------
    >>> time_grid([8.0, 40.0])[[0, 15, 16, 31]].tolist()
    [0.5, 8.0, 10.0, 40.0]
    """
    edges = [0.0, *horizons_days]
    shares = np.arange(1, STEPS_PER_HORIZON + 1) / STEPS_PER_HORIZON
    return np.concatenate([low + (high - low) * shares for low, high in pairwise(edges)])


def days_to_close_within(
    won: ArrayLike, curve_days: ArrayLike, horizon_days: float, quantiles: Sequence[float]
) -> FloatArray:
    """Return quantiles of the days to close, given won within a horizon.

    The least t with P(won by t) = q * P(won by the horizon), P read linearly between the instants
    and from 0 on day 0.

    Parameters
    ----------
    won : array-like of float, shape (n, G)
        P(won by each instant).
    curve_days : array-like of float, shape (G,)
        Rising, above 0; the horizon is one of them.
    horizon_days : float
    quantiles : sequence of float, length Q

    Returns
    -------
    ndarray of float, shape (n, Q)
        Days; NaN where P(won by the horizon) is 0.
    """
    days = np.concatenate([[0.0], np.asarray(curve_days, dtype=np.float64)])
    days = days[days <= horizon_days]
    curve = np.asarray(won, dtype=np.float64)[:, : len(days) - 1]
    curve = np.column_stack([np.zeros(len(curve)), curve])
    row = np.arange(len(curve))
    columns = []
    for quantile in quantiles:
        target = quantile * curve[:, -1]
        below = np.maximum((curve[:, :-1] < target[:, None]).sum(axis=1) - 1, 0)
        low, high = curve[row, below], curve[row, below + 1]
        step = np.divide(
            target - low, high - low, out=np.full(len(curve), np.nan), where=high > low
        )
        columns.append(days[below] + step * (days[below + 1] - days[below]))
    return np.stack(columns, axis=1)
