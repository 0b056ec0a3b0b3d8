"""Binned rows of one cause, small enough to train boosters in no time."""

from __future__ import annotations

from typing import Any

import numpy as np

from predictor.model.boosters import BinnedRows, BoosterSettings, CauseRows

N, K = 600, 3


def settings(**changes: Any) -> BoosterSettings:
    params = {
        "objective": "poisson",
        "metric": "poisson",
        "learning_rate": 0.2,
        "num_leaves": 6,
        "min_data_in_leaf": 1,
        "min_sum_hessian_in_leaf": 2.0,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    return BoosterSettings(params | changes, max_rounds=60, early_stopping_rounds=10)


def cause_rows(seed: int, effect: float) -> CauseRows:
    """Exponential times to one cause; the effect of the first feature is on phase 1 alone."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(N, 4))
    exposure, event, open_ = np.zeros((N, K)), np.zeros((N, K), bool), np.ones(N, bool)
    at_risk = np.zeros((N, K), bool)
    for k in range(K):
        rate = 0.5 * np.exp(effect * matrix[:, 0] * (k == 1))
        time = rng.exponential(1 / rate)
        at_risk[:, k] = open_
        exposure[:, k] = np.where(open_, 0.5 * np.minimum(time, 1), 0)
        event[:, k] = open_ & (time <= 1)
        open_ &= ~event[:, k]
    return CauseRows(BinnedRows(matrix, at_risk, [], settings().params), exposure, event)
