"""The estimator's parameters: checked, and turned into LightGBM's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from predictor.features.targets import CAUSES
from predictor.model.boosters import BoosterSettings

if TYPE_CHECKING:
    from predictor.model.parts import Snapshots
    from predictor.model.phased_rates import PhasedRates

FEATURES_PER_TREE = 20
MIN_SNAPSHOTS_IN_LEAF = 60
MIN_GROUPS_IN_LEAF = 5
"""As many snapshots as so many groups have on average: those of one group are nearly copies."""
MIN_ROWS_FOR_THREE_FOLDS = 1_000
"""With fewer, two thirds of them hold too few leaves; with more, five folds were no better."""
MIN_GROUPS_FOR_FIVE_FOLDS = 100
"""That ended by each cause; with fewer, a fifth of them cannot tell a number of rounds."""
MIN_ROWS_FOR_THREADS = 100_000
"""At 20,000 rows x 60: 6 s with one thread or two, but 412 s with two on busy cores."""


def check_parameters(model: PhasedRates) -> None:
    """Raise ValueError for a parameter that cannot be used."""
    edges = np.asarray(model.phase_edges_days, dtype=np.float64)
    if len(edges) < 2 or edges[0] != 0 or not (np.diff(edges) > 0).all():
        raise ValueError(
            f"phase_edges_days must begin with 0 and rise, got {model.phase_edges_days!r}"
        )
    if not np.isfinite(edges[-1]) or not model.grid_days > 0:
        raise ValueError("phase_edges_days must be finite and grid_days positive")
    if model.n_folds != "auto" and model.n_folds < 2:
        raise ValueError(f"n_folds must be at least 2, got {model.n_folds!r}")


def number_of_folds(model: PhasedRates, snapshots: Snapshots) -> int:
    """Return the folds of a model that learns from the snapshots."""
    if model.n_folds != "auto":
        return model.n_folds
    fewest = min(snapshots.n_groups_ended_by(cause) for cause in range(len(CAUSES)))
    few_rows = len(snapshots.group) < MIN_ROWS_FOR_THREE_FOLDS
    return 5 if few_rows and fewest >= MIN_GROUPS_FOR_FIVE_FOLDS else 3


def snapshots_in_leaf(setting: int | str, snapshots_per_group: float) -> int:
    """Return the fewest snapshots in a leaf that a setting means."""
    if setting == "auto":
        return max(MIN_SNAPSHOTS_IN_LEAF, round(MIN_GROUPS_IN_LEAF * snapshots_per_group))
    return int(setting)


def booster_settings(
    model: PhasedRates, n_rows: int, n_groups: int, n_features: int
) -> BoosterSettings:
    """Return how the boosters of a model grow on snapshots of groups with features."""
    params = {
        "objective": "poisson",
        "metric": "poisson",
        "learning_rate": model.learning_rate,
        "num_leaves": model.num_leaves,
        "max_depth": model.max_depth,
        "min_data_in_leaf": snapshots_in_leaf(model.min_child_samples, n_rows / n_groups),
        "min_sum_hessian_in_leaf": model.min_child_weight,
        "lambda_l2": model.reg_lambda,
        "feature_fraction": _feature_fraction(model, n_features),
        "bagging_fraction": model.bagging_fraction,
        "bagging_freq": 1,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_row_wise": True,
        "seed": model.random_state,
        "num_threads": model.num_threads or int(n_rows < MIN_ROWS_FOR_THREADS),
        "verbosity": -1,
    }
    return BoosterSettings(
        params,
        model.max_rounds,
        model.early_stopping_rounds,
        may_be_whole=model.feature_fraction == "auto",
    )


def _feature_fraction(model: PhasedRates, n_features: int) -> float:
    if model.feature_fraction == "auto":
        return min(max(FEATURES_PER_TREE / n_features, 0.3), 0.8)
    return model.feature_fraction
