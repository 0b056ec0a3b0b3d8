"""Pinball loss of the foretold quantiles of the days to close."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.metrics.time_to_close import won_rows
from predictor.evaluation.metrics.weighted import weighted_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import HorizonLabels


def pinball_loss(
    labels: HorizonLabels,
    duration_days: ArrayLike,
    quantile_days: ArrayLike,
    quantiles: Sequence[float],
) -> float:
    """Weighted mean of the pinball loss among those won by the horizon, over all the quantiles.

    For a foretold q-quantile f and days to close t: q * (t - f) if t > f, else (1 - q) * (f - t)
    [1]_. At the median it is half the absolute error. It is proper: the true quantiles have the
    least.

    Parameters
    ----------
    labels, duration_days
        As for `median_absolute_error`: at the horizon that the forecast is conditional on.
    quantile_days : array-like of float, shape (n, Q)
        Foretold quantiles; rows where one is missing are left out.
    quantiles : sequence of float, length Q
        Each within (0, 1).

    Returns
    -------
    float
        Days; 0 is perfect; NaN where nobody is won.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a quantile is not within (0, 1).

    References
    ----------
    .. [1] Koenker and Bassett (1978), Econometrica 46, 33-50.
    """
    foretold = np.asarray(quantile_days, dtype=np.float64)
    q = np.asarray(quantiles, dtype=np.float64)
    if foretold.ndim != 2 or foretold.shape[1:] != q.shape:
        raise ValueError(f"got days of shape {foretold.shape} for {q.shape} quantiles")
    if not ((q > 0) & (q < 1)).all():
        raise ValueError(f"quantiles must lie strictly between 0 and 1, got {quantiles!r}")
    duration, weight, *columns = won_rows(labels, duration_days, *foretold.T)
    late = duration[:, None] - np.stack(columns, axis=1)
    return weighted_mean(np.maximum(q * late, (q - 1) * late).mean(axis=1), weight)
