"""Slope and level of one cause's log-rate, told on the latest snapshots where that has paid before.

A business drifts: the latest snapshots may be won more often, or less, than the years of history
that the model learnt from. On a slice of snapshots, in order of as_of,

    log rate = level + slope * score + log baseline

is a Poisson regression with the accumulated baseline as exposure, on scores from boosters that left
the snapshot's group out. What one slice tells is tried on the next: only if it brought the
likelihood of the following slice up, time after time, are the level and slope of the last slice
used. Where the level swings with the seasons, the last slice is a bad guide, and nothing is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.model.boosters import CauseRows

N_SLICES = 6
"""Five trials: enough to tell a gain from chance, on slices large enough to tell a level."""

MIN_GROUPS_PER_SLICE = 20
"""With fewer groups that ended by the cause, a slice cannot tell a slope."""

MIN_ERRORS = 2.0
"""The mean gain must be so many of its standard errors over the trials."""


@dataclass(frozen=True)
class Recalibration:
    """What is done to the log-rate of one cause: ``level + slope * score``."""

    level: float = 0.0
    slope: float = 1.0

    def gain(self, rows: _Rows) -> float:
        """Log-likelihood of the rows with it minus that without, in nats."""
        return rows.log_likelihood(self) - rows.log_likelihood(Recalibration())


@dataclass(frozen=True)
class _Rows:
    """Stays in phases, flat: score, exposure (with the weight) and weighted events."""

    score: NDArray[np.float64]
    exposure: NDArray[np.float64]
    events: NDArray[np.float64]

    def log_likelihood(self, by: Recalibration) -> float:
        """Poisson log-likelihood, but for what does not depend on `by`."""
        log_rate = by.level + by.slope * self.score
        return float((self.events * log_rate - self.exposure * np.exp(log_rate)).sum())

    def fit(self) -> Recalibration:
        """Return the level and slope of the highest likelihood."""
        from sklearn.linear_model import PoissonRegressor  # noqa: PLC0415 - heavy

        model = PoissonRegressor(alpha=0.0, solver="newton-cholesky", max_iter=200)
        rate = self.events / self.exposure
        model.fit(self.score[:, None], rate, sample_weight=self.exposure)
        return Recalibration(float(model.intercept_), float(model.coef_[0]))


def recalibrate(
    rows: CauseRows,
    scores: NDArray[np.float64],
    group: NDArray[np.int64],
    as_of_rank: NDArray[np.int64] | None,
) -> Recalibration:
    """Return the level and slope of the latest slice, or none where that has not paid before.

    Parameters
    ----------
    rows : CauseRows
        With the exposure of the baseline that stands beside the scores.
    scores : ndarray of shape (n, K)
        Per phase, by boosters that left out each row's group.
    group : ndarray of int, shape (n,)
    as_of_rank : ndarray of int, shape (n,), optional
        Ascending with as_of; without it there is no order of time, and nothing is done.
    """
    if as_of_rank is None:
        return Recalibration()
    slices = _slices(rows, group, as_of_rank)
    if slices is None:
        return Recalibration()
    parts = [_stays(rows, scores, number) for number in slices]
    fitted = [part.fit() for part in parts]
    gains = [told.gain(part) for told, part in zip(fitted[:-1], parts[1:], strict=True)]
    error = np.std(gains, ddof=1) / np.sqrt(len(gains))
    paid = np.mean(gains) > MIN_ERRORS * error
    return fitted[-1] if paid and fitted[-1].slope > 0 else Recalibration()


def _slices(
    rows: CauseRows, group: NDArray[np.int64], as_of_rank: NDArray[np.int64]
) -> list[NDArray[np.bool_]] | None:
    """Masks of the slices by as_of with about equally many events each; None if these are few."""
    ended = _event(rows).any(axis=1)
    if len(np.unique(group[ended])) < N_SLICES * MIN_GROUPS_PER_SLICE:
        return None
    inner = np.linspace(0, 1, N_SLICES + 1)[1:-1]
    number = np.searchsorted(np.quantile(as_of_rank[ended], inner), as_of_rank, side="left")
    masks = [number == k for k in range(N_SLICES)]
    few = any(len(np.unique(group[mask & ended])) < MIN_GROUPS_PER_SLICE for mask in masks)
    return None if few else masks


def _stays(rows: CauseRows, scores: NDArray[np.float64], mask: NDArray[np.bool_]) -> _Rows:
    """Take the stays of the masked rows in the phases that teach the shared booster."""
    stayed = rows.exposure[mask, : rows.n_shared] > 0
    weight = np.ones(len(scores)) if rows.weight is None else rows.weight
    weight = np.broadcast_to(weight[mask, None], stayed.shape)[stayed]
    return _Rows(
        scores[mask, : rows.n_shared][stayed],
        rows.exposure[mask, : rows.n_shared][stayed] * weight,
        _event(rows)[mask][stayed] * weight,
    )


def _event(rows: CauseRows) -> NDArray[np.bool_]:
    return rows.event[:, : rows.n_shared]
