"""The log-rates of one cause: a shared LightGBM booster, and a smaller one for each phase.

Poisson likelihood with the accumulated baseline as exposure: a snapshot i in phase k contributes

    y_ik * (score_i + residual_ik) - E_ik * exp(score_i + residual_ik)

with y_ik whether the cause ended it there and E_ik the baseline accumulated over its stay. The
shared score does not depend on k, so its likelihood needs only sum_k y_ik and sum_k E_ik: one row
per snapshot gives the same gradients as one row per snapshot and phase. The booster of a phase then
has log E_ik + score_i as its offset.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np

from predictor.model.baseline import MIN_EXPOSURE

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHASE_LEARNING_RATE_SHARE = 0.6
PHASE_NUM_LEAVES = 8

MIN_ROWS_COMPILED = 1_000
"""From here on contributions are compiled: for fewer rows LightGBM's own are there sooner than
numba is imported (half a second) or has compiled (three seconds, once)."""


@dataclass(frozen=True)
class BoosterSettings:
    """How boosters are grown.

    Attributes
    ----------
    params : dict
        LightGBM's parameters of the shared booster.
    max_rounds, early_stopping_rounds : int
        Limits of the search for the number of rounds.
    may_be_whole : bool
        Whether trees of all snapshots and features may be taken, where these foretell better.
    """

    params: dict[str, Any]
    max_rounds: int
    early_stopping_rounds: int
    may_be_whole: bool = False

    @property
    def whole(self) -> BoosterSettings:
        """The same, with trees of all snapshots and features."""
        everything = {"feature_fraction": 1.0, "bagging_fraction": 1.0}
        return replace(self, params={**self.params, **everything}, may_be_whole=False)

    @property
    def phase_params(self) -> dict[str, Any]:
        """Parameters of a phase's booster: smaller trees, smaller steps."""
        rate = self.params["learning_rate"] * PHASE_LEARNING_RATE_SHARE
        leaves = min(PHASE_NUM_LEAVES, self.params["num_leaves"])
        return {**self.params, "learning_rate": rate, "num_leaves": leaves}


@dataclass(frozen=True)
class Rounds:
    """Numbers of boosting rounds of one cause; zero means that there is no booster."""

    shared: int
    phases: tuple[int, ...]


@dataclass(frozen=True)
class CauseBoosters:
    """The boosters of one cause.

    Attributes
    ----------
    shared : lightgbm.Booster or None
        Adds to the log-rate of every phase.
    phases : tuple of (lightgbm.Booster or None), length K
        Each adds to the log-rate of its phase.
    slope : float
        By which every score is stretched (see `predictor.model.recalibration`).
    """

    shared: lgb.Booster | None
    phases: tuple[lgb.Booster | None, ...]
    slope: float = 1.0

    @classmethod
    def flat(cls, n_phases: int) -> CauseBoosters:
        """No booster: every score is zero."""
        return cls(None, (None,) * n_phases)

    def log_rates(self, matrix: NDArray[np.float64], num_threads: int = 0) -> NDArray[np.float64]:
        """Scores per phase, shape (n, K)."""
        shared = _raw_score(self.shared, matrix, num_threads)
        own = [_raw_score(booster, matrix, num_threads) for booster in self.phases]
        return self.slope * (shared[:, None] + np.column_stack(own))

    def contributions(
        self, matrix: NDArray[np.float64], n_phases: int, num_threads: int = 0
    ) -> NDArray[np.float64]:
        """Exact TreeSHAP values of the first `n_phases` scores, shape (n, n_phases, F + 1).

        The last column is the expected score over the training rows that reached each leaf.
        Lundberg et al. (2020), path-dependent values; those of a sum of boosters are the sum. From
        MIN_ROWS_COMPILED rows on they are of `predictor.model.tree_shap`, equal to rounding.
        """
        shared = _contributions(self.shared, matrix, num_threads)
        values = np.empty((len(matrix), n_phases, matrix.shape[1] + 1))
        for k, booster in enumerate(self.phases[:n_phases]):
            values[:, k] = shared + _contributions(booster, matrix, num_threads)
        return self.slope * values

    def weighted_contributions(
        self, matrix: NDArray[np.float64], weights: NDArray[np.float64], num_threads: int = 0
    ) -> NDArray[np.float64]:
        """Sum the TreeSHAP values of the first scores, each times its weight, shape (n, F).

        Those of one phase after the other are never held, which would be most of the work.

        Parameters
        ----------
        matrix : ndarray of shape (n, F)
        weights : ndarray of shape (n, n_phases)
        num_threads : int
            0 means one per core.
        """
        values = np.zeros(matrix.shape)
        boosters = (self.shared, *self.phases[: weights.shape[1]])
        by_booster = (weights.sum(axis=1), *weights.T)
        for booster, weight in zip(boosters, by_booster, strict=True):
            _add_contributions(booster, matrix, self.slope * weight, values, num_threads)
        return values


@dataclass
class BinnedRows:
    """Rows binned once by LightGBM, for both causes and all phases.

    Attributes
    ----------
    matrix : ndarray of shape (n, F)
    at_risk : ndarray of bool, shape (n, K)
        Whether a row reaches each phase.
    categorical : list of int
        Positions of the columns that hold codes.
    params : dict
        LightGBM's parameters.
    """

    matrix: NDArray[np.float64]
    at_risk: NDArray[np.bool_]
    categorical: list[int]
    params: dict[str, Any]
    whole: lgb.Dataset = field(init=False)
    phases: list[lgb.Dataset | None] = field(init=False)

    def __post_init__(self) -> None:
        """Bin the rows, then take the subset of each phase from the bins."""
        self.whole = lgb.Dataset(
            self.matrix,
            label=np.zeros(len(self.matrix)),
            categorical_feature=self.categorical,
            params=self.params,
        ).construct()
        # LightGBM refuses an empty subset; a phase that no row reaches is neither trained nor
        # validated on.
        self.phases = [
            self.whole.subset(np.flatnonzero(reached).tolist()).construct()
            if reached.any()
            else None
            for reached in self.at_risk.T
        ]


@dataclass(frozen=True)
class CauseRows:
    """What binned rows say about one cause.

    Attributes
    ----------
    rows : BinnedRows
    exposure : ndarray of shape (n, K)
        Baseline accumulated over the stay in each phase.
    event : ndarray of bool, shape (n, K)
        Whether the cause ended the snapshot in each phase.
    n_shared : int, optional
        How many of the first phases teach the shared booster; by default all.
    weight : ndarray of shape (n,), optional
        By how much each row counts; by default all count the same.
    """

    rows: BinnedRows
    exposure: NDArray[np.float64]
    event: NDArray[np.bool_]
    n_shared: int | None = None
    weight: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Sample:
    """A data set with its label and offset.

    Attributes
    ----------
    data : lgb.Dataset or None
        None where no row reaches the phase.
    label, offset : ndarray of shape (m,)
        Of its rows.
    weight : ndarray of shape (m,), optional
        Of its rows; by default all count the same.
    """

    data: lgb.Dataset | None
    label: NDArray[np.float64]
    offset: NDArray[np.float64]
    weight: NDArray[np.float64] | None = None

    @property
    def weights(self) -> NDArray[np.float64]:
        """Weight of each row, shape (m,)."""
        return np.ones(len(self.label)) if self.weight is None else self.weight

    @property
    def expected(self) -> NDArray[np.float64]:
        """Events expected without the booster's scores, shape (m,)."""
        return np.asarray(np.exp(self.offset) * self.weights)

    def prepared(self) -> lgb.Dataset:
        """Return the data set, with label, offset and weight set."""
        if self.data is None:
            raise ValueError("no row reaches this phase: it has no event to train on")
        self.data.set_label(self.label)
        self.data.set_init_score(self.offset)
        # set_weight(None) would keep the weight of an earlier sample.
        weight = None if self.weight is None else self.weight.astype(np.float32)
        self.data.set_field("weight", weight)
        return self.data


def shared_sample(rows: CauseRows) -> Sample:
    """One row per snapshot, with its stay in the shared phases."""
    shared = slice(rows.n_shared)
    exposure = np.maximum(rows.exposure[:, shared].sum(axis=1), MIN_EXPOSURE)
    label = np.asarray(rows.event[:, shared].any(axis=1), dtype=np.float64)
    return Sample(rows.rows.whole, label, np.asarray(np.log(exposure)), rows.weight)


def phase_sample(rows: CauseRows, score: NDArray[np.float64], phase: int) -> Sample:
    """One row per snapshot that reaches a phase, given its score of shape (n,)."""
    reached = rows.rows.at_risk[:, phase]
    offset = np.log(np.maximum(rows.exposure[reached, phase], MIN_EXPOSURE)) + score[reached]
    label = rows.event[reached, phase].astype(np.float64)
    weight = None if rows.weight is None else rows.weight[reached]
    return Sample(rows.rows.phases[phase], label, offset, weight)


def _raw_score(
    booster: lgb.Booster | None, matrix: NDArray[np.float64], num_threads: int
) -> NDArray[np.float64]:
    if booster is None or not len(matrix):
        return np.zeros(len(matrix))
    return np.asarray(booster.predict(matrix, raw_score=True, num_threads=num_threads))


def _contributions(
    booster: lgb.Booster | None, matrix: NDArray[np.float64], num_threads: int
) -> NDArray[np.float64]:
    if booster is None or not len(matrix):
        return np.zeros((len(matrix), matrix.shape[1] + 1))
    if len(matrix) >= MIN_ROWS_COMPILED:
        from predictor.model import tree_shap  # noqa: PLC0415 - imports numba

        tables = tree_shap.tables_of(booster)
        if tables is not None:
            return tree_shap.tree_shap(tables, matrix, num_threads)
    return np.asarray(booster.predict(matrix, pred_contrib=True, num_threads=num_threads))


def _add_contributions(
    booster: lgb.Booster | None,
    matrix: NDArray[np.float64],
    weight: NDArray[np.float64],
    values: NDArray[np.float64],
    num_threads: int,
) -> None:
    """Add the weighted contributions of one booster to the values, shape (n, F)."""
    if booster is not None and len(matrix) >= MIN_ROWS_COMPILED:
        from predictor.model import tree_shap  # noqa: PLC0415 - imports numba

        tables = tree_shap.tables_of(booster)
        if tables is not None:
            tree_shap.add_tree_shap(tables, matrix, weight, values, num_threads)
            return
    if booster is not None:
        values += weight[:, None] * _contributions(booster, matrix, num_threads)[:, :-1]
