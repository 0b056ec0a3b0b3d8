"""Labels at a horizon for snapshots that were not all followed to it.

The estimand of every metric here is P(won by h): a snapshot that was lost before h is a control
for ever ("not won by h"), one that is still open and was followed for less than h has an unknown
label. Known ones are weighted up to stand for the unknown ones (inverse probability of censoring).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from predictor.errors import HorizonError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
OUTCOMES = ("open", "won", "lost")


@dataclass(frozen=True, eq=False)
class HorizonLabels:
    """Who was won by the horizon, and how much each snapshot counts.

    Attributes
    ----------
    horizon_days : float
        Days after as_of.
    label : ndarray of bool, shape (n,)
        True for won by the horizon; False for not won by it, and for unknown (weight 0).
    weight : ndarray of float, shape (n,)
        Inverse probability of censoring; 0 where the label is unknown.
    share_capped : float
        Share of the known labels whose weight was cut down to the cap.
    """

    horizon_days: float
    label: BoolArray
    weight: FloatArray
    share_capped: float

    @property
    def known(self) -> BoolArray:
        """Which snapshots have a known label, shape (n,)."""
        return self.weight > 0

    @property
    def share_known(self) -> float:
        """Share of the snapshots with a known label."""
        return float(np.mean(self.known))

    @property
    def base_rate(self) -> float:
        """Weighted share of won by the horizon; without capping, the Aalen-Johansen estimate."""
        return float(np.average(self.label, weights=self.weight))

    def select(self, score: ArrayLike) -> tuple[BoolArray, FloatArray, FloatArray]:
        """Label, score and weight of the snapshots whose label is known.

        Parameters
        ----------
        score : array-like of float, shape (n,)

        Returns
        -------
        label, score, weight : ndarrays, shape (n_known,)

        Raises
        ------
        ValueError
            If the score has another length or is not finite.
        """
        score = self.checked_score(score)
        known = self.known
        return self.label[known], score[known], self.weight[known]

    def checked_score(self, score: ArrayLike) -> FloatArray:
        """Return the score as floats, one finite number a snapshot, or raise ValueError."""
        score = np.asarray(score, dtype=np.float64)
        if score.shape != self.label.shape:
            raise ValueError(f"got scores of shape {score.shape}, expected {self.label.shape}")
        if not np.isfinite(score).all():
            raise ValueError(f"{np.count_nonzero(~np.isfinite(score))} scores are not finite")
        return score


def horizon_labels(
    outcome: ArrayLike, duration_days: ArrayLike, horizon_days: float, *, max_weight: float = 20.0
) -> HorizonLabels:
    """Label every snapshot at a horizon and weight it by the inverse probability of censoring.

    The weight of a known label is 1 / G(min(T, h)-), with T the follow-up and G the Kaplan-Meier
    estimate of the censoring time on these same snapshots [1]_ [2]_. An open snapshot followed for
    exactly h is known: an outcome on the last day watched counts as seen.

    Parameters
    ----------
    outcome : array-like of str, shape (n,)
        'open', 'won' or 'lost'.
    duration_days : array-like of float, shape (n,)
        Follow-up in days.
    horizon_days : float
        Days after as_of.
    max_weight : float
        Cap of the weights.

    Returns
    -------
    HorizonLabels

    Raises
    ------
    HorizonError
        If open snapshots were cut short and none was followed to the horizon.

    References
    ----------
    .. [1] Graf et al. (1999), Statistics in Medicine 18, 2529-2545.
    .. [2] Blanche, Dartigues and Jacqmin-Gadda (2013), Statistics in Medicine 32, 5381-5397.

    Examples
    --------
    >>> labels = horizon_labels(["won", "open", "lost", "open"], [5, 10, 20, 40], 30)
    >>> labels.label.tolist(), labels.weight.round(9).tolist()
    ([True, False, False, False], [1.0, 0.0, 1.5, 1.5])
    """
    outcome, duration = checked_outcomes(outcome, duration_days)
    require_follow_up(outcome, duration, horizon_days)
    known = (outcome != "open") | (duration >= horizon_days)
    survival = censoring_survival_before(outcome, duration, np.minimum(duration, horizon_days))
    weight = np.zeros(len(duration))
    weight[known] = 1.0 / survival[known]
    capped = weight > max_weight
    return HorizonLabels(
        horizon_days=float(horizon_days),
        label=(outcome == "won") & (duration <= horizon_days),
        weight=np.minimum(weight, max_weight),
        share_capped=float(capped.sum() / known.sum()),
    )


def censoring_survival_before(
    outcome: ArrayLike, duration_days: ArrayLike, times_days: ArrayLike
) -> FloatArray:
    """Kaplan-Meier estimate of G(t-), the probability not to be censored before t.

    Outcomes come before censoring at ties, so a snapshot that closes at t leaves the risk set of
    the censoring at t.

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
        'open' is what counts as censoring.
    times_days : array-like of float, shape (m,)

    Returns
    -------
    ndarray of float, shape (m,)
    """
    outcome, duration = checked_outcomes(outcome, duration_days)
    is_open = outcome == "open"
    times, position = np.unique(duration, return_inverse=True)
    n_here = np.bincount(position)
    n_censored = np.bincount(position, weights=is_open)
    n_closed = n_here - n_censored
    at_risk = np.cumsum(n_here[::-1])[::-1] - n_closed
    stays = 1.0 - n_censored / np.maximum(at_risk, 1.0)
    survival = np.concatenate([[1.0], np.cumprod(stays)])
    before: FloatArray = survival[np.searchsorted(times, np.asarray(times_days), side="left")]
    return before


def require_follow_up(outcome: ArrayLike, duration_days: ArrayLike, horizon_days: float) -> None:
    """Refuse a horizon that no snapshot was followed to, unless all had closed before it.

    Raises
    ------
    HorizonError
        With the longest follow-up there is.
    """
    outcome, duration = checked_outcomes(outcome, duration_days)
    longest = float(duration.max())
    if longest < horizon_days and bool((outcome == "open").any()):
        raise HorizonError(
            f"no snapshot was followed for {horizon_days:g} days: the longest follow-up is "
            f"{longest:g} days; take a horizon up to that, or look at earlier snapshots"
        )


def checked_outcomes(
    outcome: ArrayLike, duration_days: ArrayLike
) -> tuple[NDArray[np.str_], FloatArray]:
    """Return outcome and follow-up as arrays of one length.

    Raises
    ------
    ValueError
        If they are empty, differ in length, or hold an unknown outcome or a negative or missing
        follow-up.
    """
    words = np.asarray(outcome, dtype=np.str_)
    duration = np.asarray(duration_days, dtype=np.float64)
    if words.ndim != 1 or words.shape != duration.shape or not len(words):
        raise ValueError(
            f"outcome {words.shape} and duration_days {duration.shape} must be of one length, not 0"
        )
    unknown = set(np.unique(words).tolist()) - set(OUTCOMES)
    if unknown:
        raise ValueError(f"unknown outcomes {sorted(unknown)}: expected {', '.join(OUTCOMES)}")
    if not (duration >= 0).all():
        raise ValueError("duration_days holds negative or missing values")
    return words, duration
