"""The estimator's parameters: checked, and turned into LightGBM's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from predictor.model.boosters import BoosterSettings

if TYPE_CHECKING:
    from predictor.model.phased_rates import PhasedRates

FEATURES_PER_TREE = 20
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
    if model.n_folds < 2:
        raise ValueError(f"n_folds must be at least 2, got {model.n_folds!r}")


def booster_settings(model: PhasedRates, n_rows: int, n_features: int) -> BoosterSettings:
    """Return how the boosters of a model grow on n_rows snapshots with n_features."""
    params = {
        "objective": "poisson",
        "metric": "poisson",
        "learning_rate": model.learning_rate,
        "num_leaves": model.num_leaves,
        "max_depth": model.max_depth,
        "min_data_in_leaf": model.min_child_samples,
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
