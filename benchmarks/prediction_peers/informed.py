"""LightGBM taught the true P of each training snapshot in place of what became of it.

It shows what these features can tell of the true P where chance does not blur the labels. The rest
of its error to the truth is what the features do not reveal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np

from prediction_peers.curves import between_horizons

if TYPE_CHECKING:
    import pandas as pd

    from prediction_peers.task import FloatArray, Predict, Training

_MAX_ROUNDS, _PATIENCE = 2000, 30


def fit(training: Training) -> Predict:
    """Fit one booster to the true P at each horizon."""
    boosters = [_fit_one(training, days) for days in training.about.horizons_days]

    def predict(features: pd.DataFrame) -> FloatArray:
        columns = [b.predict(features, num_threads=training.task.threads) for b in boosters]
        return between_horizons(np.column_stack(columns), training.about)

    return predict


def _fit_one(training: Training, horizon_days: int) -> lgb.Booster:
    """Search for the number of rounds in folds of accounts, then fit on all rows."""
    true = training.target[f"true_{horizon_days}"].to_numpy(float)
    known = np.isfinite(true)
    fold = training.target["fold"].to_numpy(int)[known]
    settings = {
        "objective": "cross_entropy",
        "learning_rate": 0.05,
        "num_leaves": 31,
        "min_data_in_leaf": 20,
        "feature_fraction": 0.5,
        "seed": training.task.seed,
        "num_threads": training.task.threads,
        "verbosity": -1,
    }

    def data() -> lgb.Dataset:
        names = list(training.about.categories)
        return lgb.Dataset(training.features[known], true[known], categorical_feature=names)

    folds = [(np.flatnonzero(fold != each), np.flatnonzero(fold == each)) for each in set(fold)]
    stop = lgb.early_stopping(_PATIENCE, verbose=False)
    searched = lgb.cv(settings, data(), _MAX_ROUNDS, folds=folds, callbacks=[stop])
    return lgb.train(settings, data(), len(searched["valid cross_entropy-mean"]))
