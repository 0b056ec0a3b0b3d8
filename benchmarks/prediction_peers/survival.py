"""Survival models: hazardous, scikit-survival, lifelines and XGBSE.

SurvivalBoost knows competing causes. The others know one kind of event: they are fitted twice, to
won (lost is censored) and to lost (won is censored), and `joined_causes` puts the two together.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from prediction_peers.curves import joined_causes
from prediction_peers.encoding import DenseEncoding, Scaling

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from prediction_peers.task import FloatArray, Predict, Training

    #: From features to the cumulative hazard of a cause at all times, shape (n, T).
    Hazard = Callable[[pd.DataFrame], FloatArray]
    FitCause = Callable[[Training, FloatArray, NDArray[np.bool_]], Hazard]

CAUSES = ("won", "lost")
#: With fewer outcomes a cause has no model, and counts as never happening.
MIN_EVENTS = 10
ROWS_PER_CHUNK = 2000


def fit_survival_boost(training: Training) -> Predict:
    """Fit hazardous' SurvivalBoost, to both causes together."""
    from hazardous import SurvivalBoost  # noqa: PLC0415 - each peer has libraries of its own

    times = np.asarray(training.about.times_days)
    days, won = training.of_cause("won")
    _, lost = training.of_cause("lost")
    target = pd.DataFrame({"event": np.where(won, 1, np.where(lost, 2, 0)), "duration": days})
    model = SurvivalBoost(show_progressbar=False, random_state=training.task.seed)
    model.fit(training.features.to_numpy(), target)

    def predict(features: pd.DataFrame) -> FloatArray:
        curves = model.predict_cumulative_incidence(features.to_numpy(), times=times)
        return np.asarray(curves)[:, 1]

    return predict


def fit_survival_forest(training: Training) -> Predict:
    """Fit scikit-survival's random survival forest to each cause."""
    from sksurv.ensemble import RandomSurvivalForest  # noqa: PLC0415 - as above

    def model(training: Training) -> Any:
        return RandomSurvivalForest(
            n_estimators=100,
            min_samples_leaf=15,
            n_jobs=training.task.threads,
            random_state=training.task.seed,
        )

    return _both_causes(training, lambda *data: _of_sksurv(model(training), *data))


def fit_survival_gradient_boosting(training: Training) -> Predict:
    """Fit scikit-survival's gradient boosting of Cox's partial likelihood to each cause."""
    from sksurv.ensemble import GradientBoostingSurvivalAnalysis  # noqa: PLC0415 - as above

    def model(training: Training) -> Any:
        return GradientBoostingSurvivalAnalysis(
            n_estimators=300,
            learning_rate=0.1,
            subsample=0.5,
            max_features="sqrt",
            min_samples_leaf=15,
            n_iter_no_change=10,
            validation_fraction=0.15,
            random_state=training.task.seed,
        )

    return _both_causes(training, lambda *data: _of_sksurv(model(training), *data))


def fit_cox(training: Training) -> Predict:
    """Fit lifelines' Cox regression, with a ridge penalty chosen on a fifth of the accounts."""
    return _both_causes(training, _cox)


def fit_xgbse(training: Training) -> Predict:
    """Fit XGBSE's debiased BCE to each cause."""
    return _both_causes(training, _xgbse)


def _both_causes(training: Training, fit_cause: FitCause) -> Predict:
    hazards: list[Hazard] = []
    for cause in CAUSES:
        days, event = training.of_cause(cause)
        enough = np.count_nonzero(event) >= MIN_EVENTS
        hazards.append(fit_cause(training, days, event) if enough else _never(training))

    def predict(features: pd.DataFrame) -> FloatArray:
        chunks = [
            features.iloc[start : start + ROWS_PER_CHUNK]
            for start in range(0, len(features), ROWS_PER_CHUNK)
        ]
        return np.concatenate([joined_causes(*(of(chunk) for of in hazards)) for chunk in chunks])

    return predict


def _rounded(days: FloatArray) -> FloatArray:
    """Round times up to 120 of them: many times make these models slow and large."""
    grid = np.linspace(0.0, days.max(), 121)[1:]
    rounded: FloatArray = grid[np.searchsorted(grid, days)]
    return rounded


def _never(training: Training) -> Hazard:
    return lambda features: np.zeros((len(features), len(training.about.times_days)))


def _of_sksurv(
    model: Any, training: Training, days: FloatArray, event: NDArray[np.bool_]
) -> Hazard:
    """Fit a model of scikit-survival; its leaves keep a curve each, so times are rounded."""
    times = np.asarray(training.about.times_days)
    target = np.array(
        list(zip(event, _rounded(days), strict=True)), dtype=[("event", "?"), ("days", "<f8")]
    )
    encoding = DenseEncoding.of(training.features, training.about)
    model.fit(encoding.encode(training.features).to_numpy(np.float32), target)

    def hazard(features: pd.DataFrame) -> FloatArray:
        encoded = encoding.encode(features).to_numpy(np.float32)
        steps = model.predict_cumulative_hazard_function(encoded, return_array=True)
        place = np.searchsorted(model.unique_times_, times, side="right")
        before = np.zeros((len(encoded), 1))
        found: FloatArray = np.concatenate([before, steps], axis=1)[:, place]
        return found

    return hazard


def _cox(training: Training, days: FloatArray, event: NDArray[np.bool_]) -> Hazard:
    from lifelines import CoxPHFitter  # noqa: PLC0415 - as above
    from lifelines.exceptions import ConvergenceError  # noqa: PLC0415 - as above

    encoding = DenseEncoding.of(training.features, training.about)
    encoded = encoding.encode(training.features)
    scaling = Scaling.of(encoded)
    frame = scaling.scale(encoded).assign(days=_rounded(days), event=event)

    def fitted(rows: pd.DataFrame, penalty: float) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of columns that hardly vary
            model = CoxPHFitter(penalizer=penalty)
            return model.fit(rows, "days", "event", batch_mode=True)

    searched, held_out = frame[~training.held_out], frame[training.held_out]
    scores = {}
    for penalty in (1.0, 0.1, 0.01):
        try:
            scores[penalty] = fitted(searched, penalty).score(held_out, "log_likelihood")
        except ConvergenceError:
            break  # less penalty will not converge either
    model = fitted(frame, max(scores, key=lambda penalty: scores[penalty]))

    def hazard(features: pd.DataFrame) -> FloatArray:
        scaled = scaling.scale(encoding.encode(features))
        found = model.predict_cumulative_hazard(scaled, times=training.about.times_days)
        return found.to_numpy(float).T

    return hazard


def _xgbse(training: Training, days: FloatArray, event: NDArray[np.bool_]) -> Hazard:
    """Search for the number of rounds, then fit on all rows; hazards are -log of its survival."""
    from xgbse import XGBSEDebiasedBCE  # noqa: PLC0415 - as above
    from xgbse.converters import convert_to_structured  # noqa: PLC0415 - as above

    times = np.asarray(training.about.times_days)
    # Bins without any outcome have no model there.
    bins = times[np.isin(np.arange(len(times)), np.searchsorted(times, days[event]))]
    encoding = DenseEncoding.of(training.features, training.about)
    encoded = encoding.encode(training.features)
    target = convert_to_structured(pd.Series(days), pd.Series(event))
    settings = {"seed": training.task.seed, "nthread": training.task.threads}

    def model(c: float = 1e-3) -> Any:
        return XGBSEDebiasedBCE({**_XGBSE, **settings}, {"C": c, "max_iter": 500})

    validates = training.held_out
    searched = model()
    searched.fit_feature_extractor(
        encoded[~validates],
        target[~validates],
        time_bins=bins,
        validation_data=(encoded[validates], target[validates]),
        num_boost_round=1000,
        early_stopping_rounds=10,
    )
    rounds = searched.feature_extractor.bst.best_iteration + 1
    losses = {}
    for c in (1e-3, 1e-2, 1e-1, 1.0):
        fitted = model(c).fit(
            encoded[~validates], target[~validates], time_bins=bins, num_boost_round=rounds
        )
        curve = fitted.predict(encoded[validates]).to_numpy(float)
        losses[c] = _interval_loss(curve, bins, days[validates], event[validates])
    chosen = model(min(losses, key=lambda c: losses[c]))
    chosen.fit(encoded, target, time_bins=bins, num_boost_round=rounds)

    def hazard(features: pd.DataFrame) -> FloatArray:
        survival = chosen.predict(encoding.encode(features)).to_numpy(float)
        steps = -np.log(np.clip(survival, 1e-12, 1.0))
        place = np.searchsorted(bins, times, side="right")
        found: FloatArray = np.concatenate([np.zeros((len(steps), 1)), steps], axis=1)[:, place]
        return found

    return hazard


def _interval_loss(
    curve: FloatArray, bins: FloatArray, days: FloatArray, event: NDArray[np.bool_]
) -> float:
    """Return the mean of -log of the probability of the bin of each event, or to pass so far."""
    survival = np.concatenate([np.ones((len(curve), 1)), curve, np.zeros((len(curve), 1))], axis=1)
    row, passed = np.arange(len(curve)), np.searchsorted(bins, days, side="right")
    still = survival[row, passed]
    after = survival[row, passed + 1]
    return float(-np.mean(np.log(np.maximum(np.where(event, still - after, still), 1e-9))))


#: The parameters of XGBSE's own tutorials, but for plain boosting in place of DART, which is slow.
_XGBSE = {
    "objective": "survival:aft",
    "eval_metric": "aft-nloglik",
    "aft_loss_distribution": "normal",
    "aft_loss_distribution_scale": 1.0,
    "tree_method": "hist",
    "learning_rate": 5e-2,
    "max_depth": 8,
    "booster": "gbtree",
    "subsample": 0.5,
    "min_child_weight": 50,
    "colsample_bynode": 0.5,
}
