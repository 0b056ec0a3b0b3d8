"""Training snapshots, and what each pass of the fit derives from a part of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predictor.features.targets import CAUSES, check_target
from predictor.model import boosters as boosting
from predictor.model.baseline import Steps, breslow_increments, exposure_by_phase
from predictor.model.encoding import FeatureEncoding

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from predictor.model.boosters import BoosterSettings


@dataclass(frozen=True)
class Snapshots:
    """Encoded training data.

    Attributes
    ----------
    matrix : ndarray of shape (n, F)
    categorical : list of int
        Positions of the columns that hold codes.
    duration_days : ndarray of shape (n,)
    cause : ndarray of int, shape (n,)
        Position in CAUSES, or -1 for open.
    group : ndarray of int, shape (n,)
    as_of_rank : ndarray of int, shape (n,), or None
        Ascending with as_of.
    weight : ndarray of shape (n,)
        How many snapshots one stands for; positive.
    """

    matrix: NDArray[np.float64]
    categorical: list[int]
    duration_days: NDArray[np.float64]
    cause: NDArray[np.int64]
    group: NDArray[np.int64]
    as_of_rank: NDArray[np.int64] | None
    weight: NDArray[np.float64]

    def take(self, rows: NDArray[Any]) -> Snapshots:
        """Pick some of the snapshots, by mask or position."""
        return Snapshots(
            self.matrix[rows],
            self.categorical,
            self.duration_days[rows],
            self.cause[rows],
            self.group[rows],
            None if self.as_of_rank is None else self.as_of_rank[rows],
            self.weight[rows],
        )

    def in_canonical_order(self) -> Snapshots:
        """Sort by group, as_of and target, so that the order of the rows given does not matter."""
        rank = self.group if self.as_of_rank is None else self.as_of_rank
        return self.take(np.lexsort((self.cause, self.duration_days, rank, self.group)))

    def cut_at(self, horizon_days: float) -> Snapshots:
        """Follow no snapshot for longer than `horizon_days`: what ends later is open there."""
        cause = np.where(self.duration_days <= horizon_days, self.cause, -1)
        days = np.minimum(self.duration_days, horizon_days)
        return replace(self, duration_days=days, cause=cause)

    def with_instant_outcomes_at(self, days: float) -> Snapshots:
        """Place outcomes at zero days a little later.

        They would have no exposure, so no rate could be told for them. Zero means "within the
        resolution of the times", so half of the first step is what outcomes in it have on average.
        """
        is_instant = (self.cause >= 0) & (self.duration_days == 0)
        return replace(self, duration_days=np.where(is_instant, days, self.duration_days))

    def n_groups_ended_by(self, cause: int) -> int:
        """Count the groups with a snapshot that ended by the cause."""
        return len(np.unique(self.group[self.cause == cause]))


def encode_snapshots(
    X: pd.DataFrame,
    y: NDArray[Any],
    groups: ArrayLike | None,
    as_of: ArrayLike | None,
    sample_weight: ArrayLike | None = None,
) -> tuple[FeatureEncoding, Snapshots]:
    """Encode training data and put it into canonical order.

    Arguments and errors as `PhasedRates.fit`; snapshots of weight 0 are left out as if not given.
    """
    encoding = FeatureEncoding.of(X)
    target = check_target(y, len(X))
    weight = _checked_weight(sample_weight, len(X))
    if not weight.all():
        rows = weight > 0
        groups, as_of = (None if v is None else np.asarray(v)[rows] for v in (groups, as_of))
        return encode_snapshots(X[rows], target[rows], groups, as_of, weight[rows])
    cause = np.full(len(X), -1)
    for position, name in enumerate(CAUSES):
        cause[target["outcome"] == name] = position
    snapshots = Snapshots(
        matrix=encoding.matrix(X),
        categorical=encoding.categorical_positions,
        duration_days=np.asarray(target["duration_days"], dtype=np.float64),
        cause=cause,
        group=np.arange(len(X)) if groups is None else _ranks("groups", groups, len(X)),
        as_of_rank=None if as_of is None else _ranks("as_of", as_of, len(X)),
        weight=weight,
    )
    return encoding, snapshots.in_canonical_order()


def _checked_weight(sample_weight: ArrayLike | None, n_rows: int) -> NDArray[np.float64]:
    if sample_weight is None:
        return np.ones(n_rows)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n_rows,):
        raise ValueError(
            f"sample_weight has shape {weight.shape}, X has {n_rows} rows: give one weight per row"
        )
    if not (np.isfinite(weight) & (weight >= 0)).all() or not weight.any():
        raise ValueError("sample_weight must be finite and at least 0, and not zero for all rows")
    return weight


def _ranks(name: str, values: ArrayLike, n_rows: int) -> NDArray[np.int64]:
    codes = pd.factorize(pd.Series(values), sort=True)[0]
    if len(codes) != n_rows or (codes < 0).any():
        raise ValueError(f"{name} must hold one value per row of X ({n_rows}), none missing")
    return np.asarray(codes, dtype=np.int64)


class Part:
    """Snapshots binned for LightGBM, with what each pass derives from them.

    Parameters
    ----------
    snapshots : Snapshots
        Followed for no longer than the last edge.
    edges : tuple of float, length K + 1
        Edges of the phases in days.
    grid : Steps
        Grid of the baseline.
    settings : BoosterSettings
    n_shared : int, optional
        How many of the first phases teach the shared boosters; by default all.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        edges: tuple[float, ...],
        grid: Steps,
        settings: BoosterSettings,
        n_shared: int | None = None,
    ) -> None:
        self.n_shared = n_shared
        self.snapshots, self.edges, self.grid, self.settings = snapshots, edges, grid, settings
        days = snapshots.duration_days[:, None]
        low, high = np.asarray(edges[:-1]), np.asarray(edges[1:])
        at_risk = days > low
        self.ends_here = at_risk & (days <= high)
        self.binned: boosting.BinnedRows = boosting.BinnedRows(
            snapshots.matrix,
            at_risk,
            snapshots.categorical,
            settings.params,
        )

    def breslow(self, cause: int, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Baseline of the cause given the scores, shape (n, K), accumulated per step."""
        event = self.snapshots.cause == cause
        return breslow_increments(
            self.snapshots.duration_days, event, np.exp(scores), self.grid, self.snapshots.weight
        )

    def rows(self, cause: int, increments: NDArray[np.float64]) -> boosting.CauseRows:
        """Rows to train on, with the exposure of a baseline."""
        exposure = exposure_by_phase(
            self.snapshots.duration_days, self.edges, self.grid, increments
        )
        event = self.ends_here & (self.snapshots.cause == cause)[:, None]
        weight = _as_told_by(self.snapshots.weight, event.any(axis=1))
        return boosting.CauseRows(self.binned, exposure, event, self.n_shared, weight)


def _as_told_by(
    weight: NDArray[np.float64], event: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """Scale weights so that those of the events sum to as many as they tell; None for all equal.

    That is Kish's effective number, (sum w)^2 / sum w^2: the penalties of trees and the least
    Hessian of a leaf are against events that were seen, not against those that they stand for.
    """
    if (weight == weight[0]).all():
        return None
    told = weight[event] if event.any() else weight
    scale = float(told.sum() / np.square(told).sum())
    return weight * scale
