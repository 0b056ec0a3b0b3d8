"""The predictor as an MLflow `pyfunc` model: no pickle, only its folder and this module."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

from predictor.model.predictor import TrainedPredictor

OUTPUTS = (
    "conversion_probability",
    "loss_probability",
    "days_to_close_p25",
    "days_to_close_median",
    "days_to_close_p75",
    "conversion_probability_low",
    "conversion_probability_high",
)


class ServedPredictor:
    """Answers feature rows with probabilities and times to close."""

    def __init__(self, predictor: TrainedPredictor) -> None:
        self.predictor = predictor

    def predict(
        self, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Predict from feature rows.

        Parameters
        ----------
        model_input : pd.DataFrame, shape (n, n_features)
            Columns of the feature matrix (`predictor features`).
        params : dict, optional
            ``horizon_days``; by default the target horizon of the training.

        Returns
        -------
        pd.DataFrame, shape (n, 7)
            The columns `OUTPUTS`; times are given that the prospect is won; low and high are the
            ends of an 80% interval.
        """
        horizon_days = float((params or {}).get("horizon_days", _default_horizon(self.predictor)))
        model = self.predictor.model
        curves = model.predict_curves(model_input, [horizon_days])
        days = model.predict_days_to_close(model_input, (0.25, 0.5, 0.75))
        interval = model.predict_interval(model_input, horizon_days)
        columns = [curves.won[:, 0], curves.lost[:, 0], *days.T, *interval.T]
        return pd.DataFrame(dict(zip(OUTPUTS, columns, strict=True)), index=model_input.index)


def signature(predictor: TrainedPredictor) -> ModelSignature:
    """Return the signature: feature columns in, `OUTPUTS` out, ``horizon_days`` as parameter."""
    inputs: list[ColSpec | TensorSpec] = [
        ColSpec("string" if feature.unit == "category" else "double", feature.name, required=False)
        for feature in predictor.catalogue({})
    ]
    outputs: list[ColSpec | TensorSpec] = [ColSpec("double", name) for name in OUTPUTS]
    return ModelSignature(
        inputs=Schema(inputs),
        outputs=Schema(outputs),
        params=ParamSchema([ParamSpec("horizon_days", "double", _default_horizon(predictor))]),
    )


def _default_horizon(predictor: TrainedPredictor) -> float:
    return float(predictor.training["horizon_days"])


def _load_pyfunc(path: str) -> ServedPredictor:
    """Load the model for MLflow, which calls this function by name."""
    return ServedPredictor(TrainedPredictor.load(Path(path)))
