"""Boosters of all folds but one, how many rounds help, and what they say of the fold left out.

The groups are dealt into folds. For each fold, boosters are trained on the other folds; the number
of rounds is the one at which the mean loss over all folds is lowest. The model's score is the mean
of the boosters of all folds, which varies less with the draw of the groups than any one of them.

The scores that each group got from the boosters that left it out are free of the optimism of scores
on one's own training data: a baseline estimated beside them needs no correction for it, and the
booster of a phase learns from them what the shared score leaves on those it has not seen. They
spread more than the mean does, which would foretell too few events beside the same baseline: they
are moved by as much as the mean foretells less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np

from predictor.model.boosters import CauseBoosters, Rounds, phase_sample, shared_sample
from predictor.model.mean_booster import mean_booster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from predictor.model.boosters import BoosterSettings, CauseRows, Sample

MIN_SEARCH_GROUPS = 20
"""With fewer groups that ended by a cause, its rounds are fixed instead of searched for."""

MIN_EVENTS = 10
"""Fewer events to train or to validate on cannot tell a better number of rounds from a worse."""

FIXED_ROUNDS = 20
"""Rounds of the shared booster, without boosters of phases, where they cannot be searched for."""

MIN_GROUPS_FOR_WHOLE_TREES = 500
"""With fewer groups that ended by a cause, trees of all features were always worse: not tried."""


@dataclass(frozen=True)
class Folds:
    """Groups that are held out together.

    Attributes
    ----------
    number : ndarray of int, shape (n,)
        The fold in which a row is held out, from 0.
    validates : ndarray of bool, shape (n,)
        Whether a row counts, when held out, in the choice of the number of rounds.
    """

    number: NDArray[np.int64]
    validates: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        group: NDArray[np.int64],
        as_of_rank: NDArray[np.int64] | None,
        n_folds: int,
        random_state: int,
    ) -> Folds:
        """Deal the groups evenly by a seeded choice.

        Only snapshots from the later half of all as_of validate, because that is the direction in
        which the model is used.
        """
        dealt = np.random.default_rng(random_state).permutation(int(group.max()) + 1) % n_folds
        later = np.ones(len(group), dtype=bool)
        if as_of_rank is not None:
            later = as_of_rank >= np.median(as_of_rank)
        return cls(dealt[group], later)

    def splits(
        self, reached: NDArray[np.bool_]
    ) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Positions to train and to validate on, per fold, among the rows that reach a phase."""
        number, validates = self.number[reached], self.validates[reached]
        return [
            (np.flatnonzero(number != fold), np.flatnonzero((number == fold) & validates))
            for fold in range(int(self.number.max()) + 1)
        ]


@dataclass(frozen=True)
class CrossFit:
    """The boosters of all folds, and what each says of groups that it was not trained on.

    Attributes
    ----------
    rounds : Rounds
        Numbers of rounds of each fold's boosters.
    boosters : CauseBoosters
        The mean of those of all folds.
    shared : ndarray of shape (n,)
        Scores of the shared boosters.
    scores : ndarray of shape (n, K)
        Scores per phase: the shared one and that of the phase.
    level : ndarray of shape (K,)
        What to add to the scores, so that they foretell as many events as the mean would.
    searched : bool
        Whether there were events enough to search for the rounds of the shared booster.
    settings : BoosterSettings
        Those given, or with trees of all snapshots and features, where these foretold better.
    """

    rounds: Rounds
    boosters: CauseBoosters
    shared: NDArray[np.float64]
    scores: NDArray[np.float64]
    level: NDArray[np.float64]
    searched: bool
    settings: BoosterSettings


def cross_fit(
    rows: CauseRows, folds: Folds, settings: BoosterSettings, n_groups: int | None = None
) -> CrossFit:
    """Cross-fit the boosters of one cause.

    Parameters
    ----------
    rows : CauseRows
    folds : Folds
    settings : BoosterSettings
    n_groups : int, optional
        How many groups ended by the cause; with fewer than MIN_SEARCH_GROUPS the rounds are fixed,
        whatever their events. By default many.
    """
    everyone = np.ones(len(rows.exposure), dtype=bool)
    sample, splits = shared_sample(rows), folds.splits(everyone)
    few = n_groups is not None and n_groups < MIN_SEARCH_GROUPS
    fit, searched = _Fit(rows.rows.matrix, folds, settings), not few and _can_search(sample, splits)
    if searched:
        found = fit.search(sample, splits, settings.params)
        if settings.may_be_whole and (n_groups or 0) >= MIN_GROUPS_FOR_WHOLE_TREES:
            whole = fit.search(sample, splits, settings.whole.params)
            if whole.loss < found.loss:
                found, settings = whole, settings.whole
    else:
        found = fit.fixed(sample, splits)
    shared = fit.held_out(found, sample, everyone)
    own = [_HeldOut.nothing(len(everyone))] * rows.exposure.shape[1]
    phases = [_Boosters()] * rows.exposure.shape[1]
    for phase, reached in enumerate([] if few else rows.rows.at_risk.T):
        sample, splits = phase_sample(rows, shared.scores, phase), folds.splits(reached)
        if _can_search(sample, splits):
            phases[phase] = fit.search(sample, splits, settings.phase_params)
            own[phase] = fit.held_out(phases[phase], sample, reached)
    return CrossFit(
        Rounds(found.n_rounds, tuple(each.n_rounds for each in phases)),
        CauseBoosters(found.mean(), tuple(each.mean() for each in phases)),
        shared.scores,
        np.stack([shared.scores + each.scores for each in own], axis=1),
        np.array([shared.level + each.level for each in own]),
        searched,
        settings,
    )


_Splits = list[tuple["NDArray[np.int64]", "NDArray[np.int64]"]]


@dataclass(frozen=True)
class _Boosters:
    """Those of the folds, in order, the rounds of the lowest mean loss, and that loss."""

    by_fold: Sequence[lgb.Booster] = ()
    n_rounds: int = 0
    loss: float = math.nan

    def mean(self) -> lgb.Booster | None:
        return mean_booster(self.by_fold, self.n_rounds) if self.by_fold else None


@dataclass(frozen=True)
class _HeldOut:
    """Scores of rows that the boosters left out, and what to add for the level of the mean."""

    scores: NDArray[np.float64]
    level: float

    @classmethod
    def nothing(cls, n_rows: int) -> _HeldOut:
        return cls(np.zeros(n_rows), 0.0)


@dataclass(frozen=True)
class _Fit:
    matrix: NDArray[np.float64]
    folds: Folds
    settings: BoosterSettings

    def search(self, sample: Sample, splits: _Splits, params: dict[str, Any]) -> _Boosters:
        stop = lgb.early_stopping(self.settings.early_stopping_rounds, verbose=False)
        found: dict[str, Any] = lgb.cv(
            params,
            sample.prepared(),
            self.settings.max_rounds,
            folds=splits,
            callbacks=[stop],
            return_cvbooster=True,
        )
        flat = float(np.mean([_loss(sample, validated) for _, validated in splits]))
        loss = float(min(found["valid poisson-mean"]))
        if not loss < flat:
            return _Boosters(loss=flat)
        boosters: lgb.CVBooster = found["cvbooster"]
        return _Boosters(boosters.boosters, boosters.best_iteration, loss)

    def fixed(self, sample: Sample, splits: _Splits) -> _Boosters:
        """Train FIXED_ROUNDS; none where a fold has no event."""
        if any(not sample.label[trained].any() for trained, _ in splits):
            return _Boosters()
        everyone = [(trained, trained) for trained, _ in splits]  # cv validates on some rows
        params = self.settings.params | {"metric": "none"}
        found: dict[str, Any] = lgb.cv(
            params, sample.prepared(), FIXED_ROUNDS, folds=everyone, return_cvbooster=True
        )
        return _Boosters(found["cvbooster"].boosters, FIXED_ROUNDS)

    def held_out(self, found: _Boosters, sample: Sample, reached: NDArray[np.bool_]) -> _HeldOut:
        """Score all rows; `sample` has those that reach the phase."""
        if not found.by_fold:
            return _HeldOut.nothing(len(self.matrix))
        by_fold = np.stack([self._scores(booster, found.n_rounds) for booster in found.by_fold])
        level = _level_of_mean(by_fold[:, reached], sample.expected)
        return _HeldOut(np.choose(self.folds.number, by_fold), level)

    def _scores(self, booster: lgb.Booster, n_rounds: int) -> NDArray[np.float64]:
        scores = booster.predict(
            self.matrix,
            raw_score=True,
            num_iteration=n_rounds,
            num_threads=int(self.settings.params["num_threads"]),
        )
        return np.asarray(scores, dtype=np.float64)


def _level_of_mean(by_fold: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Log of the events that the mean score foretells, over those that the single scores do.

    Negative or zero, since exp is convex. On rows that no booster saw, single scores lie a little
    further apart: of simulations with much noise it finds 70% to 90% of -0.01 to -0.07.

    Parameters
    ----------
    by_fold : ndarray of shape (F, n)
        Scores by each booster.
    expected : ndarray of shape (n,)
        Events expected without these scores.
    """
    mean, single = np.exp(by_fold.mean(axis=0)), np.exp(by_fold).mean(axis=0)
    ratio = np.average(mean, weights=expected) / np.average(single, weights=expected)
    return float(np.log(ratio))


def _can_search(sample: Sample, splits: _Splits) -> bool:
    label = sample.label
    return all(
        min(label[trained].sum(), label[validated].sum()) >= MIN_EVENTS
        for trained, validated in splits
    )


def _loss(sample: Sample, rows: NDArray[np.int64]) -> float:
    """Mean Poisson loss without any tree, as LightGBM's metric has it with them."""
    offset, label = sample.offset[rows], sample.label[rows]
    loss = np.exp(offset) - label * offset
    return float(np.average(loss, weights=sample.weights[rows]))
