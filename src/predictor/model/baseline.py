"""Baseline rates on a fine grid of days: Breslow's estimate, one per cause."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

MIN_RATE_PER_DAY = 1e-12
"""Floor of a baseline rate, so that shares of two rates and logarithms of exposures exist."""

MIN_EXPOSURE = 1e-9
"""Floor of an accumulated exposure before its logarithm is taken."""


@dataclass(frozen=True)
class Steps:
    """Steps of time, each within one phase, with the baseline accumulated in them.

    Attributes
    ----------
    end_days : ndarray of shape (G,)
        End of each step; the first begins at 0, each other where the one before ends.
    phase : ndarray of int, shape (G,)
        Phase that the step lies in, ascending.
    increments : ndarray of shape (2, G)
        Baseline rate per cause accumulated over the step; positive.
    """

    end_days: NDArray[np.float64]
    phase: NDArray[np.int64]
    increments: NDArray[np.float64]

    @property
    def n_phases(self) -> int:
        """Number of phases that the steps reach."""
        return int(self.phase[-1]) + 1 if len(self.phase) else 0


@dataclass(frozen=True)
class Baseline:
    """Baseline rates of both causes, constant within each step of a grid of days.

    Attributes
    ----------
    phase_edges_days : tuple of float, length K + 1
        Edges of the phases; the last is the longest supported follow-up.
    steps : Steps
        The grid with its accumulated rates.
    """

    phase_edges_days: tuple[float, ...]
    steps: Steps

    @property
    def max_horizon_days(self) -> float:
        """Longest supported follow-up in days."""
        return self.phase_edges_days[-1]

    @property
    def n_phases(self) -> int:
        """Number of phases."""
        return len(self.phase_edges_days) - 1

    def steps_to(self, horizons_days: ArrayLike) -> Steps:
        """Return the steps up to the largest horizon, split where a horizon falls within a step.

        The rate is constant within a step, so a split shares its increment by length: curves read
        at the new ends are continuous in the horizon and pass through the same grid values.

        Parameters
        ----------
        horizons_days : array-like of shape (H,)
            Within [0, max_horizon_days].
        """
        horizons = np.atleast_1d(np.asarray(horizons_days, dtype=np.float64))
        ends = np.union1d(self.steps.end_days, horizons[horizons > 0])
        ends = ends[ends <= horizons.max(initial=0.0)]
        step = np.searchsorted(self.steps.end_days, ends, side="left")
        starts = np.concatenate([[0.0], self.steps.end_days[:-1]])
        share = np.diff(ends, prepend=0.0) / (self.steps.end_days - starts)[step]
        return Steps(ends, self.steps.phase[step], self.steps.increments[:, step] * share)


def day_grid(phase_edges_days: Sequence[float], grid_days: float) -> Steps:
    """Empty steps of at most `grid_days` whose ends include every edge of a phase."""
    ends: list[NDArray[np.float64]] = []
    phases: list[NDArray[np.int64]] = []
    for phase, (low, high) in enumerate(pairwise(phase_edges_days)):
        inner = np.arange(low + grid_days, high, grid_days, dtype=np.float64)
        # A sliver before the edge would only be rounding of the grid: the edge replaces it.
        inner = inner[inner < high - 1e-9 * grid_days]
        ends.append(np.append(inner, high))
        phases.append(np.full(len(inner) + 1, phase, dtype=np.int64))
    end_days = np.concatenate(ends)
    return Steps(end_days, np.concatenate(phases), np.zeros((2, len(end_days))))


def breslow_increments(
    duration_days: NDArray[np.float64],
    event: NDArray[np.bool_],
    risk: NDArray[np.float64],
    grid: Steps,
    weight: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Breslow's estimate of one cause's baseline, accumulated per step.

    In step j of phase k, with risk r_ik = exp(score of snapshot i in phase k),

        increment_j = length_j * events_j / sum_i r_ik * (days that i was followed within step j).

    A snapshot of weight w counts as w snapshots, in both sums.

    Breslow (1972), in the discussion of Cox; days followed replace the number at risk so that a
    step of any length is estimated without bias by those who leave within it.

    Parameters
    ----------
    duration_days : ndarray of shape (n,)
        Follow-up, at most the grid's last end.
    event : ndarray of bool, shape (n,)
        Whether the follow-up ended by this cause. An event on an end belongs to the step before it.
    risk : ndarray of shape (n, K)
        Positive.
    grid : Steps
        The grid to estimate on.
    weight : ndarray of shape (n,), optional
        Positive; by default all are 1.

    Returns
    -------
    ndarray of shape (G,)
    """
    end = grid.end_days
    start = np.concatenate([[0.0], end[:-1]])
    weight = np.ones(len(duration_days)) if weight is None else weight
    step_of_event = np.searchsorted(end, duration_days[event], side="left")
    events = np.bincount(step_of_event, weight[event], minlength=len(end))
    order = np.argsort(duration_days, kind="stable")
    days = duration_days[order]
    left, right = (np.searchsorted(days, edge, side="right") for edge in (start, end))
    at_risk_days = np.empty(len(end))
    for phase in range(grid.n_phases):
        r = (risk[:, phase] * weight)[order]
        # Sums from the longest follow-up down, so that the thin tail is not a difference of
        # two large sums.
        tail = np.append(np.cumsum(r[::-1])[::-1], 0.0)
        tail_days = np.append(np.cumsum((r * days)[::-1])[::-1], 0.0)
        j = np.flatnonzero(grid.phase == phase)
        a, b = left[j], right[j]
        leaving = (tail_days[a] - tail_days[b]) - start[j] * (tail[a] - tail[b])
        at_risk_days[j] = leaving + (end - start)[j] * tail[b]
    rate = events / np.maximum(at_risk_days, MIN_EXPOSURE)
    return np.asarray(np.maximum(rate, MIN_RATE_PER_DAY) * (end - start))


def exposure_by_phase(
    duration_days: NDArray[np.float64],
    phase_edges_days: Sequence[float],
    grid: Steps,
    increments: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Baseline of one cause accumulated over each snapshot's stay in each phase, shape (n, K)."""
    days = np.concatenate([[0.0], grid.end_days])
    accumulated = np.concatenate([[0.0], np.cumsum(increments)])
    edges = np.asarray(phase_edges_days)
    until = np.clip(duration_days[:, None], edges[:-1], edges[1:])
    exposure = np.interp(until, days, accumulated) - np.interp(edges[:-1], days, accumulated)
    return np.asarray(np.maximum(exposure, 0.0))
