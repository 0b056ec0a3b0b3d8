"""Binned rows of one cause, small enough to train boosters in no time."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np

from predictor.model.boosters import (
    BinnedRows,
    BoosterSettings,
    CauseBoosters,
    CauseRows,
    Rounds,
    Sample,
    phase_sample,
    shared_sample,
)

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


def train(rows: CauseRows, rounds: Rounds, chosen: BoosterSettings) -> CauseBoosters:
    """Boosters of all rows with given rounds; those of phases beside a shared score of zero."""

    def one(sample: Sample, n_rounds: int, params: dict[str, Any]) -> lgb.Booster | None:
        return lgb.train(params, sample.prepared(), n_rounds) if n_rounds else None

    zero = np.zeros(len(rows.exposure))
    phases = [
        one(phase_sample(rows, zero, k), n_rounds, chosen.phase_params)
        for k, n_rounds in enumerate(rounds.phases)
    ]
    return CauseBoosters(one(shared_sample(rows), rounds.shared, chosen.params), tuple(phases))
