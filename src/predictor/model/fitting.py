"""Fitting phased rates: the supported follow-up, then baseline and boosters of each cause."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from predictor.errors import TrainingRefusedError
from predictor.features.targets import CAUSES
from predictor.model.baseline import Baseline, Steps, day_grid
from predictor.model.cross_fitting import Folds, cross_fit
from predictor.model.parts import Part
from predictor.model.recalibration import Recalibration, recalibrate
from predictor.model.spread import fit_spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from predictor.model.boosters import BoosterSettings, CauseBoosters, CauseRows, Rounds
    from predictor.model.parts import Snapshots
    from predictor.model.spread import Spread

MIN_FOLLOWED_SNAPSHOTS = 10
"""So many snapshots must be followed to a time for it to count as supported."""


@dataclass(frozen=True)
class FittedRates:
    """A baseline and the boosters of each cause.

    Attributes
    ----------
    baseline : Baseline
    boosters : tuple of CauseBoosters, in the order of CAUSES
    rounds : tuple of Rounds, in the order of CAUSES
    simplified : tuple of str
        Causes with too few outcomes to search for rounds: they have fixed, small boosters.
    spread : Spread, optional
        Of the score of winning.
    recalibrated : dict of str to Recalibration
        Causes whose level and slope are those of the latest snapshots; the baseline and the
        boosters have them.
    """

    baseline: Baseline
    boosters: tuple[CauseBoosters, ...]
    rounds: tuple[Rounds, ...]
    simplified: tuple[str, ...] = ()
    spread: Spread | None = None
    recalibrated: dict[str, Recalibration] = field(default_factory=dict)


def supported_edges(
    duration_days: NDArray[np.float64], phase_edges_days: Sequence[float]
) -> tuple[float, ...]:
    """Cut the phases at the longest supported follow-up.

    It is the largest time, at most the last edge, to which at least MIN_FOLLOWED_SNAPSHOTS
    snapshots (or all, if there are fewer) are followed: duration_days >= that time.

    Raises
    ------
    TrainingRefusedError
        If no follow-up has a length.
    """
    n_needed = min(MIN_FOLLOWED_SNAPSHOTS, len(duration_days))
    longest = np.partition(duration_days, -n_needed)[-n_needed]
    last = min(float(longest), float(phase_edges_days[-1]))
    if last <= 0:
        raise TrainingRefusedError(
            f"fewer than {MIN_FOLLOWED_SNAPSHOTS} snapshots are followed beyond their own instant: "
            "take snapshots earlier, or read later outcomes"
        )
    return (*(float(edge) for edge in phase_edges_days if edge < last), last)


def fit_rates(
    snapshots: Snapshots,
    phase_edges_days: Sequence[float],
    grid_days: float,
    n_folds: int,
    random_state: int,
    settings: BoosterSettings,
    shared_until_days: float | None = None,
) -> FittedRates:
    """Fit both causes: cross-fitted boosters, and the baseline beside them.

    Boosters learn beside Breslow's baseline without scores. The final baseline stands beside the
    scores of the cross-fitted boosters on groups that they left out.

    Parameters
    ----------
    snapshots : Snapshots
    phase_edges_days : sequence of float
        As `supported_edges` returns them.
    grid_days : float
        Longest step of the baseline.
    n_folds : int
        Folds of groups.
    random_state : int
        Seed of the folds.
    settings : BoosterSettings
    shared_until_days : float, optional
        Phases that begin later do not teach the shared boosters.
    """
    half_step = min(grid_days, phase_edges_days[1]) / 2
    snapshots = snapshots.cut_at(phase_edges_days[-1]).with_instant_outcomes_at(half_step)
    grid = day_grid(phase_edges_days, grid_days)
    n_shared = None
    if shared_until_days is not None:
        n_shared = int(np.searchsorted(phase_edges_days[1:], shared_until_days)) + 1
    part = Part(snapshots, tuple(phase_edges_days), grid, settings, n_shared)
    folds = Folds.of(snapshots.group, snapshots.as_of_rank, n_folds, random_state)
    causes = [_fit_cause(part, cause, folds, settings) for cause in range(len(CAUSES))]
    named = dict(zip(CAUSES, causes, strict=True))
    steps = Steps(grid.end_days, grid.phase, np.stack([each.increments for each in causes]))
    won = named["won"]
    return FittedRates(
        baseline=Baseline(part.edges, steps),
        boosters=tuple(each.boosters for each in causes),
        rounds=tuple(each.rounds for each in causes),
        simplified=tuple(name for name, each in named.items() if not each.searched),
        spread=fit_spread(won.rows, won.rounds.shared, snapshots.group, won.settings, random_state),
        recalibrated={
            name: each.recalibration
            for name, each in named.items()
            if each.recalibration != Recalibration()
        },
    )


@dataclass(frozen=True)
class _FittedCause:
    rows: CauseRows
    increments: NDArray[np.float64]
    boosters: CauseBoosters
    rounds: Rounds
    searched: bool
    settings: BoosterSettings
    recalibration: Recalibration


def _fit_cause(part: Part, cause: int, folds: Folds, settings: BoosterSettings) -> _FittedCause:
    snapshots = part.snapshots
    no_scores = np.zeros((len(snapshots.group), len(part.edges) - 1))
    rows = part.rows(cause, part.breslow(cause, no_scores))
    found = cross_fit(rows, folds, settings, snapshots.n_groups_ended_by(cause))
    scores = found.scores + found.level
    increments = part.breslow(cause, scores)
    by = recalibrate(part.rows(cause, increments), scores, snapshots.group, snapshots.as_of_rank)
    return _FittedCause(
        rows,
        increments * np.exp(by.level),
        replace(found.boosters, slope=by.slope),
        found.rounds,
        found.searched,
        found.settings,
        by,
    )
