"""The phased rates with their configuration's settings, and the portfolio's rate beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from prediction_peers.task import as_categories
from predictor.config_file import read_config
from predictor.features.targets import make_target
from predictor.model.training import make_model

if TYPE_CHECKING:
    import pandas as pd

    from prediction_peers.task import FloatArray, Predict, Training


def fit(training: Training) -> Predict:
    """Fit the phased rates as `predictor train` would."""
    task, about, target = training.task, training.about, training.target
    config = read_config(Path(about.config))
    chosen = config.model.model_copy(update={"num_threads": task.threads})
    model = make_model(config.model_copy(update={"seed": task.seed, "model": chosen})).fit(
        as_categories(training.features, about),
        make_target(target["outcome"].to_numpy(str), target["duration_days"].to_numpy(float)),
        groups=target["group"].to_numpy(str),
        as_of=target["as_of"].to_numpy(),
    )

    def predict(features: pd.DataFrame) -> FloatArray:
        won: FloatArray = model.predict_curves(as_categories(features, about), about.times_days).won
        return won

    return predict


def fit_portfolio(training: Training) -> Predict:
    """Give everybody the share won of the training snapshots (Aalen-Johansen)."""
    portfolio = np.asarray(training.about.portfolio)
    return lambda features: np.tile(portfolio, (len(features), 1))
