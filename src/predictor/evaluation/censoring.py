"""Labels at a horizon for snapshots that were not all followed to it.

The estimand of every metric here is P(won by h): a snapshot that was lost before h is a control
for ever ("not won by h"), one that is still open and was followed for less than h has an unknown
label. Known ones are weighted up to stand for the unknown ones (inverse probability of censoring).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

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
    times : ndarray of float, shape (n,), optional
        How often each snapshot counts, its label known or not, e.g. drawn by a bootstrap; already
        in `weight`. By default once each.
    """

    horizon_days: float
    label: BoolArray
    weight: FloatArray
    share_capped: float
    times: FloatArray | None = None

    @property
    def known(self) -> BoolArray:
        """Which snapshots have a known label, shape (n,)."""
        return self.weight > 0

    @property
    def places(self) -> FloatArray:
        """How many places of a list each snapshot takes: `times`, or one each; shape (n,)."""
        return np.ones(len(self.label)) if self.times is None else self.times

    @property
    def share_known(self) -> float:
        """Share of the snapshots with a known label."""
        return float(np.average(self.known, weights=self.places))

    @property
    def base_rate(self) -> float:
        """Weighted share of won by the horizon; without capping, the Aalen-Johansen estimate.

        NaN where no label is known.
        """
        total = float(self.weight.sum())
        return float(self.weight[self.label].sum() / total) if total > 0 else math.nan

    def repeated(self, times: ArrayLike) -> HorizonLabels:
        """Labels in which each snapshot counts `times` as often: a draw of a bootstrap.

        Every metric takes a snapshot drawn k times as k snapshots, and one drawn 0 times as absent.
        The censoring weights stay those of all snapshots.

        Parameters
        ----------
        times : array-like of float, shape (n,)
            At least 0, and not all 0.
        """
        counts = checked_times(times, len(self.label))
        return replace(self, weight=self.weight * counts, times=self.places * counts)

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
    outcome: ArrayLike,
    duration_days: ArrayLike,
    horizon_days: float,
    *,
    max_weight: float = 20.0,
    weight: ArrayLike | None = None,
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
        Cap of the censoring weights.
    weight : array-like of float, shape (n,), optional
        How often each snapshot counts, here and in G; by default once each.

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
    require_follow_up(outcome, duration, horizon_days, weight)
    times = None if weight is None else checked_times(weight, len(duration))
    known = (outcome != "open") | (duration >= horizon_days)
    if times is not None:
        known &= times > 0
    followed = np.minimum(duration[known], horizon_days)
    inverse = 1.0 / censoring_survival_before(outcome, duration, followed, weight)
    counts = np.ones(len(inverse)) if times is None else times[known]
    weights = np.zeros(len(duration))
    weights[known] = np.minimum(inverse, max_weight) * counts
    return HorizonLabels(
        horizon_days=float(horizon_days),
        label=known & (outcome == "won") & (duration <= horizon_days),
        weight=weights,
        share_capped=float(np.average(inverse > max_weight, weights=counts)),
        times=times,
    )


def censoring_survival_before(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    times_days: ArrayLike,
    weight: ArrayLike | None = None,
) -> FloatArray:
    """Kaplan-Meier estimate of G(t-), the probability not to be censored before t.

    Outcomes come before censoring at ties, so a snapshot that closes at t leaves the risk set of
    the censoring at t.

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
        'open' is what counts as censoring.
    times_days : array-like of float, shape (m,)
    weight : array-like of float, shape (n,), optional
        How often each snapshot counts; by default once each.

    Returns
    -------
    ndarray of float, shape (m,)
    """
    outcome, duration, counts = counted_outcomes(outcome, duration_days, weight)
    is_open = outcome == "open"
    times, position = np.unique(duration, return_inverse=True)
    n_here = np.bincount(position, weights=counts)
    n_censored = np.bincount(position, weights=counts * is_open)
    n_closed = n_here - n_censored
    at_risk = np.cumsum(n_here[::-1])[::-1] - n_closed
    stays = 1.0 - np.divide(n_censored, at_risk, out=np.zeros(len(times)), where=n_censored > 0)
    survival = np.concatenate([[1.0], np.cumprod(stays)])
    before: FloatArray = survival[np.searchsorted(times, np.asarray(times_days), side="left")]
    return before


def require_follow_up(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    horizon_days: float,
    weight: ArrayLike | None = None,
) -> None:
    """Refuse a horizon that no snapshot was followed to, unless all had closed before it.

    Snapshots of weight 0 count as absent.

    Raises
    ------
    HorizonError
        With the longest follow-up there is.
    """
    outcome, duration, _ = counted_outcomes(outcome, duration_days, weight)
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
    known = np.logical_or.reduce([words == each for each in OUTCOMES])
    if not known.all():
        unknown = sorted(set(words[~known].tolist()))
        raise ValueError(f"unknown outcomes {unknown}: expected {', '.join(OUTCOMES)}")
    if not (duration >= 0).all():
        raise ValueError("duration_days holds negative or missing values")
    return words, duration


def counted_outcomes(
    outcome: ArrayLike, duration_days: ArrayLike, weight: ArrayLike | None
) -> tuple[NDArray[np.str_], FloatArray, FloatArray]:
    """Return outcome, follow-up and weight of the snapshots that count at all.

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
    weight : array-like of float, shape (n,), or None
        How often each snapshot counts; None is once each.

    Raises
    ------
    ValueError
        As `checked_outcomes` and `checked_times`.
    """
    words, duration = checked_outcomes(outcome, duration_days)
    if weight is None:
        return words, duration, np.ones(len(words))
    counts = checked_times(weight, len(words))
    counted = counts > 0
    return words[counted], duration[counted], counts[counted]


def checked_times(times: ArrayLike, n: int) -> FloatArray:
    """Return how often each of n snapshots counts as floats.

    Raises
    ------
    ValueError
        If there are not n, one is negative or not finite, or all are 0.
    """
    counts = np.asarray(times, dtype=np.float64)
    if counts.shape != (n,):
        raise ValueError(f"got weights of shape {counts.shape}, expected {(n,)}")
    if not np.isfinite(counts).all() or (counts < 0).any() or not counts.any():
        raise ValueError("weights must be finite, at least 0 and not all 0")
    return counts
