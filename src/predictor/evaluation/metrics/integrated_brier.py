"""Integrated Brier score: one figure for the whole curve of P(won by t)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.brier import brier_score

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray


def integrated_brier_score(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    probability: ArrayLike,
    horizons_days: ArrayLike,
    weight: ArrayLike | None = None,
) -> float:
    """Mean over time of the Brier score of "won by t", by the trapezoidal rule.

    (1 / (t_H - t_1)) * integral from t_1 to t_H of Brier(t) dt. The censoring weights are those of
    each t [1]_; the lost are controls for ever: it is the score of the cumulative incidence [2]_.

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
    probability : array-like of float, shape (n, H)
        P(won by t) at each horizon.
    horizons_days : array-like of float, shape (H,)
        Rising, two at least. The closer they lie, the better the integral.
    weight : array-like of float, shape (n,), optional
        How often each snapshot counts, e.g. drawn by a bootstrap; by default once each.

    Returns
    -------
    float
        0 is perfect.

    Raises
    ------
    HorizonError
        If no snapshot was followed to the last horizon.
    ValueError
        If the shapes do not fit, or the horizons do not rise.

    References
    ----------
    .. [1] Graf et al. (1999), Statistics in Medicine 18, 2529-2545.
    .. [2] Schoop, Beyersmann, Schumacher and Binder (2011), Biometrical Journal 53, 88-112.
    """
    won, days = checked_curves(probability, horizons_days, least=2)
    scores = [
        brier_score(horizon_labels(outcome, duration_days, each, weight=weight), column)
        for each, column in zip(days, won.T, strict=True)
    ]
    return float(np.trapezoid(scores, days) / (days[-1] - days[0]))


def checked_curves(
    probability: ArrayLike, horizons_days: ArrayLike, *, least: int = 1
) -> tuple[FloatArray, FloatArray]:
    """Return curves, shape (n, H), and their rising horizons, shape (H,), as floats.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there are fewer than `least` horizons, or they do not rise.
    """
    won = np.asarray(probability, dtype=np.float64)
    days = np.asarray(horizons_days, dtype=np.float64)
    if won.ndim != 2 or won.shape[1:] != days.shape:
        raise ValueError(f"got probabilities of shape {won.shape} for horizons {days.shape}")
    if len(days) < least or not (np.diff(days) > 0).all():
        raise ValueError(f"horizons must rise, and be {least} at least: got {days.tolist()}")
    return won, days
