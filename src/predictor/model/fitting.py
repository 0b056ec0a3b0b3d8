"""Fitting phased rates: the split for early stopping, and passes of baseline and boosters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.errors import TrainingRefusedError
from predictor.features.targets import CAUSES
from predictor.model import boosters as boosting
from predictor.model.baseline import Baseline, Steps, day_grid, exposure_by_phase
from predictor.model.parts import Part, Snapshots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from predictor.model.boosters import BoosterSettings, CauseBoosters, Rounds

MIN_FOLLOWED_SNAPSHOTS = 10
"""So many snapshots must be followed to a time for it to count as supported."""

MIN_SEARCH_EVENTS = 20
"""With fewer groups that ended by a cause, its rounds are fixed instead of searched for."""

MIN_LEVEL_EVENTS = 20
"""With fewer events of a cause in a phase, the level of the baseline is left as it is."""

FIXED_ROUNDS = 20
"""Rounds of the shared booster, without boosters of phases, where they cannot be searched for."""


@dataclass(frozen=True)
class FittedRates:
    """A baseline and the boosters of each cause."""

    baseline: Baseline
    boosters: tuple[CauseBoosters, ...]


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
    n_passes: int,
    n_level_folds: int,
    split: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    settings: BoosterSettings,
) -> FittedRates:
    """Fit both causes: search for the rounds on a split, then train on all snapshots.

    A pass is a Breslow baseline given the scores (zero at first), then boosters given the baseline.
    All passes but the last (and at least one) search for the rounds; the last trains on every
    snapshot from the baseline that the searched scores give. The final baseline follows the final
    scores.

    Parameters
    ----------
    snapshots : Snapshots
    phase_edges_days : sequence of float
        As `supported_edges` returns them.
    grid_days : float
        Longest step of the baseline.
    n_passes : int
    n_level_folds : int
        Folds of groups for the level of the baseline (see `_level_factors`); 0 for none.
    split : pair of bool ndarray of shape (n,)
        Snapshots to train and to validate on during the search.
    settings : BoosterSettings
    """
    half_step = min(grid_days, phase_edges_days[1]) / 2
    snapshots = snapshots.cut_at(phase_edges_days[-1]).with_instant_outcomes_at(half_step)
    whole = Part(
        snapshots, tuple(phase_edges_days), day_grid(phase_edges_days, grid_days), settings
    )
    folds = _folds(whole, n_level_folds)
    parts: tuple[Part, Part] | None = None
    fitted: list[CauseBoosters] = []
    increments: list[NDArray[np.float64]] = []
    for cause in range(len(CAUSES)):
        if _can_search(snapshots, split, cause):
            parts = parts or _split(whole, split)
            start = _search_passes(*parts, cause, max(n_passes - 1, 1))
            trained = boosting.train(whole.rows(cause, start), start.rounds, settings)
        else:
            trained = _fixed_passes(whole, cause, n_passes)
        fitted.append(trained)
        level = _level_factors(whole, folds, cause, trained.rounds)
        increments.append(whole.breslow(cause, trained) * level[whole.grid.phase])
    steps = Steps(whole.grid.end_days, whole.grid.phase, np.stack(increments))
    return FittedRates(Baseline(whole.edges, steps), tuple(fitted))


def validation_split(
    group: NDArray[np.int64],
    as_of_rank: NDArray[np.int64] | None,
    fraction: float,
    random_state: int,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Choose snapshots to train and to validate on while the rounds are searched for.

    A seeded choice of the groups is held out; of those, only snapshots from the later half of all
    as_of validate, because that is the direction in which the model is used.

    Returns
    -------
    train, validation : ndarray of bool, shape (n,)
    """
    n_groups = int(group.max()) + 1
    chosen = np.random.default_rng(random_state).permutation(n_groups)[: round(fraction * n_groups)]
    held_out = np.isin(group, chosen)
    later = True if as_of_rank is None else as_of_rank >= np.median(as_of_rank)
    return ~held_out, held_out & later


def _split(whole: Part, split: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> tuple[Part, Part]:
    train, validation = (whole.snapshots.take(mask) for mask in split)
    train_part = Part(train, whole.edges, whole.grid, whole.settings)
    return train_part, Part(validation, whole.edges, whole.grid, whole.settings, train_part)


def _can_search(
    snapshots: Snapshots, split: tuple[NDArray[np.bool_], NDArray[np.bool_]], cause: int
) -> bool:
    train, validation = (int((snapshots.cause[mask] == cause).sum()) for mask in split)
    enough_groups = snapshots.n_groups_ended_by(cause) >= MIN_SEARCH_EVENTS
    return enough_groups and min(train, validation) >= boosting.MIN_VALIDATION_EVENTS


def _search_passes(train: Part, validation: Part, cause: int, n_passes: int) -> CauseBoosters:
    found = boosting.CauseBoosters.flat(len(train.edges) - 1)
    for _ in range(n_passes):
        increments = train.breslow(cause, found)
        found = boosting.search(
            train.rows_given(cause, increments),
            validation.rows_given(cause, increments),
            train.settings,
        )
    return found


def _fixed_passes(whole: Part, cause: int, n_passes: int) -> CauseBoosters:
    rounds = boosting.Rounds(FIXED_ROUNDS, (0,) * (len(whole.edges) - 1))
    found = boosting.CauseBoosters.flat(len(whole.edges) - 1)
    for _ in range(n_passes):
        found = boosting.train(whole.rows(cause, found), rounds, whole.settings)
    return found


def _folds(whole: Part, n_folds: int) -> list[tuple[Part, Snapshots]]:
    """Pairs of a part to train on and the snapshots of the other groups."""
    snapshots = whole.snapshots
    folds = []
    for fold in range(n_folds):
        held_out = snapshots.group % n_folds == fold
        if held_out.any() and not held_out.all():
            train = Part(snapshots.take(~held_out), whole.edges, whole.grid, whole.settings, whole)
            folds.append((train, snapshots.take(held_out)))
    return folds


def _level_factors(
    whole: Part, folds: list[tuple[Part, Snapshots]], cause: int, rounds: Rounds
) -> NDArray[np.float64]:
    """Factors per phase that take the optimism out of a baseline, shape (K,).

    Scores fit the snapshots that they were trained on too well, so the sum in Breslow's denominator
    is too small on these and every rate comes out too high for new ones. Out of fold,

        factor_k = (events in phase k / events expected there) ** ((n_folds - 1) / n_folds),

    with the power because optimism falls as 1/n and a fold trains on fewer snapshots.
    """
    n_phases = len(whole.edges) - 1
    events, expected = np.zeros(n_phases), np.zeros(n_phases)
    threads = int(whole.settings.params["num_threads"])
    for train, held_out in folds:
        flat = boosting.CauseBoosters.flat(n_phases)
        scores = boosting.train(train.rows(cause, flat), rounds, whole.settings)
        exposure = exposure_by_phase(
            held_out.duration_days, whole.edges, whole.grid, train.breslow(cause, scores)
        )
        expected += (np.exp(scores.log_rates(held_out.matrix, threads)) * exposure).sum(axis=0)
        days = held_out.duration_days[held_out.cause == cause]
        phase_of_event = np.searchsorted(whole.edges[1:], days, side="left")
        events += np.bincount(phase_of_event, minlength=n_phases)
    enough = events >= MIN_LEVEL_EVENTS
    ratio = np.divide(events, expected, out=np.ones(n_phases), where=enough)
    return np.asarray(ratio ** (1 - 1 / max(len(folds), 1)))
