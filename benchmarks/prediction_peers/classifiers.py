"""Classifiers of "won by h", one for each horizon: LightGBM, CatBoost, and FLAML's search.

Rows whose label is unknown (still open, followed for less than h) are left out. Weighted, the rest
stands for them: inverse probability of censoring, as in `predictor.evaluation.censoring`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from prediction_peers.curves import between_horizons
from prediction_peers.task import as_categories

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from prediction_peers.task import FloatArray, Predict, Training

    Classify = Callable[[pd.DataFrame], FloatArray]

MAX_ROUNDS, PATIENCE = 2000, 50


def fit_lightgbm_dropped(training: Training) -> Predict:
    """Fit LightGBM on the known labels as if there were no others."""
    return _each_horizon(training, _lightgbm, weighted=False)


def fit_lightgbm_weighted(training: Training) -> Predict:
    """Fit LightGBM with censoring weights."""
    return _each_horizon(training, _lightgbm, weighted=True)


def fit_catboost(training: Training) -> Predict:
    """Fit CatBoost with censoring weights."""
    return _each_horizon(training, _catboost, weighted=True)


def fit_flaml(training: Training) -> Predict:
    """Let FLAML search for a model with censoring weights, within the budget for each horizon."""
    return _each_horizon(training, _flaml, weighted=True)


class Labelled:
    """The rows of known label at a horizon."""

    def __init__(self, training: Training, horizon_days: int, *, weighted: bool) -> None:
        target = training.target
        known = target[f"weight_{horizon_days}"].to_numpy(float) > 0
        weight = target[f"weight_{horizon_days}"].to_numpy(float)[known]
        self.training = training
        self.features = training.features[known].reset_index(drop=True)
        self.label: NDArray[np.int64] = target[f"label_{horizon_days}"].to_numpy(int)[known]
        self.weight = weight if weighted else np.ones_like(weight)
        self.fold = target["fold"].to_numpy(int)[known]

    @property
    def share_won(self) -> float:
        """Weighted share of won."""
        return float(np.average(self.label, weights=self.weight))

    @property
    def folds(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Places to train on and to validate on, for each fold of accounts."""
        return [
            (np.flatnonzero(self.fold != fold), np.flatnonzero(self.fold == fold))
            for fold in np.unique(self.fold)
        ]

    @property
    def searchable(self) -> bool:
        """Whether each part of each fold has won and others."""
        parts = [part for pair in self.folds for part in pair]
        return len(self.folds) > 1 and all(len(np.unique(self.label[p])) == 2 for p in parts)

    def part(
        self, places: NDArray[np.int64], features: pd.DataFrame
    ) -> tuple[pd.DataFrame, NDArray[np.int64], FloatArray]:
        """Return features, label and weight of some of the rows."""
        return features.iloc[places], self.label[places], self.weight[places]


def _each_horizon(
    training: Training, fit_one: Callable[[Labelled], Classify], *, weighted: bool
) -> Predict:
    fitted = []
    for days in training.about.horizons_days:
        rows = Labelled(training, days, weighted=weighted)
        fitted.append(fit_one(rows) if rows.searchable else _constant(rows.share_won))

    def predict(features: pd.DataFrame) -> FloatArray:
        at_horizons = np.column_stack([classify(features) for classify in fitted])
        return between_horizons(at_horizons, training.about)

    return predict


def _constant(share: float) -> Classify:
    return lambda features: np.full(len(features), share)


def _lightgbm(rows: Labelled) -> Classify:
    """Search for the number of rounds in folds of accounts, then fit on all rows."""
    import lightgbm as lgb  # noqa: PLC0415 - each peer has libraries of its own

    task = rows.training.task
    settings = {
        "objective": "binary",
        "learning_rate": 0.03,
        "num_leaves": 31,
        "min_data_in_leaf": 40,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "feature_pre_filter": False,
        "seed": task.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": task.threads,
        "verbosity": -1,
    }

    def data() -> Any:
        names = list(rows.training.about.categories)
        return lgb.Dataset(
            rows.features,
            rows.label,
            weight=rows.weight,
            categorical_feature=names,
            params=settings,
            free_raw_data=False,
        )

    stop = lgb.early_stopping(PATIENCE, verbose=False)
    searched = lgb.cv(settings, data(), MAX_ROUNDS, folds=rows.folds, callbacks=[stop])
    rounds = len(searched["valid binary_logloss-mean"])
    booster = lgb.train(settings, data(), rounds)
    return lambda features: np.asarray(booster.predict(features, num_threads=task.threads))


def _catboost(rows: Labelled) -> Classify:
    """Search for the number of rounds, then fit on all rows."""
    from catboost import CatBoostClassifier, Pool  # noqa: PLC0415 - as above

    task, about = rows.training.task, rows.training.about
    names = list(about.categories)

    def pool(features: pd.DataFrame, label: Any = None, weight: Any = None) -> Any:
        return Pool(features, label, weight=weight, cat_features=names)

    def text(features: pd.DataFrame) -> pd.DataFrame:
        codes = {name: features[name].fillna(-1).astype(int).astype(str) for name in names}
        return features.assign(**codes)

    settings = {
        "loss_function": "Logloss",
        "learning_rate": 0.05,
        "random_seed": task.seed,
        "thread_count": task.threads,
        "verbose": False,
        "allow_writing_files": False,
    }
    encoded, (searches, validates) = text(rows.features), rows.folds[0]
    searched = CatBoostClassifier(**settings, iterations=MAX_ROUNDS)
    searched.fit(
        pool(*rows.part(searches, encoded)),
        eval_set=pool(*rows.part(validates, encoded)),
        early_stopping_rounds=PATIENCE,
    )
    model = CatBoostClassifier(**settings, iterations=searched.get_best_iteration() + 1)
    model.fit(pool(encoded, rows.label, rows.weight))
    return lambda features: np.asarray(model.predict_proba(pool(text(features))))[:, 1]


def _flaml(rows: Labelled) -> Classify:
    """Search over LightGBM, XGBoost, forests and linear models; FLAML fits the best on all rows."""
    from flaml import AutoML  # noqa: PLC0415 - as above

    task, about = rows.training.task, rows.training.about
    encoded = as_categories(rows.features, about)
    searches, validates = rows.folds[0]
    features, label, weight = rows.part(searches, encoded)
    held_out, held_out_label, held_out_weight = rows.part(validates, encoded)
    automl = AutoML()
    automl.fit(
        features.reset_index(drop=True),
        label,
        sample_weight=weight,
        X_val=held_out.reset_index(drop=True),
        y_val=held_out_label,
        sample_weight_val=held_out_weight,
        task="classification",
        metric="log_loss",
        time_budget=task.budget_seconds,
        estimator_list=["lgbm", "xgboost", "xgb_limitdepth", "rf", "extra_tree", "lrl1"],
        n_jobs=task.threads,
        seed=task.seed,
        verbose=0,
    )
    return lambda features: np.asarray(automl.predict_proba(as_categories(features, about)))[:, 1]
