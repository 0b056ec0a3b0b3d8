"""How many rounds help, and what boosters say of groups that they were not trained on.

The groups are dealt into folds. For each fold, boosters are trained on the other folds; the number
of rounds is the one at which the mean loss over all folds is lowest. The scores that each group got
from the boosters that left it out are free of the optimism of scores on one's own training data: a
baseline estimated beside them needs no correction, and the booster of a phase learns from them what
the shared score leaves on those it has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np

from predictor.model.boosters import Rounds, phase_sample, shared_sample

if TYPE_CHECKING:
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
    """What boosters say of groups that they were not trained on.

    Attributes
    ----------
    rounds : Rounds
        Numbers of rounds, for boosters that are trained on all groups.
    shared : ndarray of shape (n,)
        Scores of the shared boosters.
    scores : ndarray of shape (n, K)
        Scores per phase: the shared one and that of the phase.
    searched : bool
        Whether there were events enough to search for the rounds of the shared booster.
    settings : BoosterSettings
        Those given, or with trees of all snapshots and features, where these foretold better.
    """

    rounds: Rounds
    shared: NDArray[np.float64]
    scores: NDArray[np.float64]
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
        n_shared, shared = found.n_rounds, found.scores
    else:
        n_shared, shared = fit.fixed(sample, splits)
    scores = np.repeat(shared[:, None], rows.exposure.shape[1], axis=1)
    n_rounds = [0] * rows.exposure.shape[1]
    for phase, reached in enumerate([] if few else rows.rows.at_risk.T):
        sample, splits = phase_sample(rows, shared, phase), folds.splits(reached)
        if _can_search(sample, splits):
            own = fit.search(sample, splits, settings.phase_params)
            n_rounds[phase] = own.n_rounds
            scores[:, phase] += own.scores
    return CrossFit(Rounds(n_shared, tuple(n_rounds)), shared, scores, searched, settings)


_Splits = list[tuple["NDArray[np.int64]", "NDArray[np.int64]"]]


@dataclass(frozen=True)
class _Found:
    """The number of rounds of the lowest mean loss, that loss, and the scores held out."""

    n_rounds: int
    loss: float
    scores: NDArray[np.float64]


@dataclass(frozen=True)
class _Fit:
    matrix: NDArray[np.float64]
    folds: Folds
    settings: BoosterSettings

    def search(self, sample: Sample, splits: _Splits, params: dict[str, Any]) -> _Found:
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
            return _Found(0, flat, np.zeros(len(self.matrix)))
        boosters: lgb.CVBooster = found["cvbooster"]
        n_rounds = boosters.best_iteration
        return _Found(n_rounds, loss, self._scores(boosters, n_rounds))

    def fixed(self, sample: Sample, splits: _Splits) -> tuple[int, NDArray[np.float64]]:
        """Return FIXED_ROUNDS and the scores held out; no round where a fold has no event."""
        if any(not sample.label[trained].any() for trained, _ in splits):
            return 0, np.zeros(len(self.matrix))
        everyone = [(trained, trained) for trained, _ in splits]  # cv validates on some rows
        params = self.settings.params | {"metric": "none"}
        found: dict[str, Any] = lgb.cv(
            params, sample.prepared(), FIXED_ROUNDS, folds=everyone, return_cvbooster=True
        )
        return FIXED_ROUNDS, self._scores(found["cvbooster"], FIXED_ROUNDS)

    def _scores(self, boosters: lgb.CVBooster, n_rounds: int) -> NDArray[np.float64]:
        scores = np.zeros(len(self.matrix))
        for fold, booster in enumerate(boosters.boosters):
            held_out = self.folds.number == fold
            if held_out.any():
                scores[held_out] = booster.predict(
                    self.matrix[held_out],
                    raw_score=True,
                    num_iteration=n_rounds,
                    num_threads=int(self.settings.params["num_threads"]),
                )
        return scores


def _can_search(sample: Sample, splits: _Splits) -> bool:
    label = sample.label
    return all(
        min(label[trained].sum(), label[validated].sum()) >= MIN_EVENTS
        for trained, validated in splits
    )


def _loss(sample: Sample, rows: NDArray[np.int64]) -> float:
    """Mean Poisson loss without any tree, as LightGBM's metric has it with them."""
    offset, label = sample.offset[rows], sample.label[rows]
    weight = None if sample.weight is None else sample.weight[rows]
    return float(np.average(np.exp(offset) - label * offset, weights=weight))
