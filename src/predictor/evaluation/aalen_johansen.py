"""The share won, lost and still open over time, under censoring and competing risks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.censoring import counted_outcomes, require_follow_up

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """Shares of snapshots by what became of them.

    Attributes
    ----------
    horizons_days : ndarray of float, shape (H,)
    won, lost, open : ndarrays of float, shape (H,)
        won + lost + open = 1 at every horizon.
    """

    horizons_days: FloatArray
    won: FloatArray
    lost: FloatArray
    open: FloatArray


def cumulative_incidence(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    horizons_days: ArrayLike,
    weight: ArrayLike | None = None,
) -> CumulativeIncidence:
    """Aalen-Johansen estimate of the shares won, lost and open by each horizon.

    F_c(h) = sum over outcome times t <= h of S(t-) d_c(t) / n(t), with S the Kaplan-Meier
    survival of both causes together, d_c the outcomes of cause c at t and n those at risk [1]_.

    Parameters
    ----------
    outcome : array-like of str, shape (n,)
        'open', 'won' or 'lost'.
    duration_days : array-like of float, shape (n,)
        Follow-up in days.
    horizons_days : array-like of float, shape (H,)
    weight : array-like of float, shape (n,), optional
        How often each snapshot counts, e.g. drawn by a bootstrap; by default once each.

    Returns
    -------
    CumulativeIncidence

    Raises
    ------
    HorizonError
        If open snapshots were cut short and none was followed to the longest horizon.

    References
    ----------
    .. [1] Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150.

    Examples
    --------
    >>> cumulative_incidence(["won", "lost", "open", "won"], [1, 2, 3, 4], [2, 4]).won.tolist()
    [0.25, 0.75]
    """
    outcome, duration, counts = counted_outcomes(outcome, duration_days, weight)
    horizons = np.atleast_1d(np.asarray(horizons_days, dtype=np.float64))
    require_follow_up(outcome, duration, float(horizons.max()))
    times, position = np.unique(duration, return_inverse=True)
    at_risk = np.cumsum(np.bincount(position, weights=counts)[::-1])[::-1]
    n_won = np.bincount(position, weights=counts * (outcome == "won"))
    n_lost = np.bincount(position, weights=counts * (outcome == "lost"))
    survival = np.cumprod(1.0 - (n_won + n_lost) / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    index = np.searchsorted(times, horizons, side="right")
    won = np.concatenate([[0.0], np.cumsum(before * n_won / at_risk)])[index]
    lost = np.concatenate([[0.0], np.cumsum(before * n_lost / at_risk)])[index]
    return CumulativeIncidence(horizons, won, lost, np.concatenate([[1.0], survival])[index])


def won_by(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    horizon_days: float,
    weight: ArrayLike | None = None,
) -> float:
    """Aalen-Johansen estimate of P(won by the horizon); see `cumulative_incidence`."""
    return float(cumulative_incidence(outcome, duration_days, [horizon_days], weight).won[0])
