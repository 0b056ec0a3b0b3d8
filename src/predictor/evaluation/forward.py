"""Looking at a predictor forward in time: what it would have said, beside what became of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from predictor.errors import ConfigurationError, HorizonError, TrainingRefusedError
from predictor.evaluation.baselines import PointsScore, PortfolioRate
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.summary import summarize
from predictor.evaluation.metrics.time_to_close import interval_coverage, median_absolute_error
from predictor.evaluation.truth import bias, root_mean_squared_error
from predictor.features.families import build_catalogue
from predictor.features.families.engagement import count_columns
from predictor.features.families.qualification import answer_columns
from predictor.features.matrix import compute_features
from predictor.features.snapshots import calendar_grid, observed_snapshots
from predictor.model.training import training_snapshots

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.model.predictor import TrainedPredictor

MODEL, PORTFOLIO_RATE, POINTS = "model", "portfolio rate", "points score"
PREDICTORS = (MODEL, PORTFOLIO_RATE, POINTS)
RANKING_FIGURES = ("auc", "average_precision", "precision_top", "lift_top", "won_found_top")
TIME_QUANTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class ForwardTest:
    """Predictions at instants that training did not reach, and the outcomes that followed.

    Attributes
    ----------
    snapshots : pd.DataFrame, shape (n, ...)
        prospect_id, account_id, as_of, outcome, duration_days, origin (the training instant).
    probability : dict of int to pd.DataFrame, shape (n, 3)
        Per horizon, P(won by it) of the model and of the two baselines.
    days_to_close : pd.DataFrame, shape (n, 3)
        Foretold quantiles of the days to close, given won within the longest follow-up.
    max_horizon_days : float
        That longest follow-up.
    """

    snapshots: pd.DataFrame
    probability: dict[int, pd.DataFrame]
    days_to_close: pd.DataFrame
    max_horizon_days: float


def forward_test(
    crm: Crm,
    config: Config,
    predictor: TrainedPredictor,
    until: datetime,
    known_until: datetime,
) -> ForwardTest:
    """Score every snapshot from the training instant on, weekly or as configured.

    Parameters
    ----------
    crm : Crm
        The facts.
    config : Config
        Horizons and the grid of the evaluation.
    predictor : TrainedPredictor
        Trained as of an earlier instant.
    until : datetime
        End of the test period: the last scoring lies before it.
    known_until : datetime
        End of the follow-up of the outcomes.

    Raises
    ------
    TrainingRefusedError
        If nobody is at risk between the training instant and `until`.
    """
    origin = predictor.trained_as_of
    instants = calendar_grid(origin, until, config.evaluation.every_days)
    snapshots = observed_snapshots(crm, instants, known_until, config.lost_after_silence_days)
    if snapshots.empty:
        raise TrainingRefusedError(
            f"nothing to look at between the training instant {origin:%Y-%m-%d} and "
            f"{until:%Y-%m-%d}: give an earlier --as-of"
        )
    catalogue = predictor.catalogue(config.labels)
    features = compute_features(crm, predictor.specification, catalogue, snapshots)
    horizons_days = [
        days for days in config.evaluated_horizons_days if days <= predictor.model.max_horizon_days_
    ]
    curves = predictor.model.predict_curves(features, horizons_days)
    baselines = _baselines(crm, config, predictor, horizons_days)
    counted = _counted(crm, predictor, snapshots)
    probability = {
        days: pd.DataFrame(
            {MODEL: curves.won[:, place]}
            | {name: baseline.predict(counted) for name, baseline in baselines[days].items()}
        )
        for place, days in enumerate(horizons_days)
    }
    days = predictor.model.predict_days_to_close(features, TIME_QUANTILES)
    return ForwardTest(
        snapshots=snapshots.assign(origin=origin),
        probability=probability,
        days_to_close=pd.DataFrame(days, columns=["p25", "median", "p75"]),
        max_horizon_days=float(predictor.model.max_horizon_days_),
    )


def _baselines(
    crm: Crm, config: Config, predictor: TrainedPredictor, horizons_days: list[int]
) -> dict[int, dict[str, PortfolioRate | PointsScore]]:
    """Fit the baselines on what was known at the predictor's training instant, no later."""
    snapshots = training_snapshots(crm, config, predictor.trained_as_of)
    outcome = snapshots["outcome"].to_numpy(str)
    duration_days = snapshots["duration_days"].to_numpy(float)
    counts = count_columns(predictor.specification)
    answers = answer_columns(predictor.specification)
    features = _counted(crm, predictor, snapshots)
    fitted: dict[int, dict[str, PortfolioRate | PointsScore]] = {}
    for days in horizons_days:
        labels = horizon_labels(outcome, duration_days, days)
        fitted[days] = {
            PORTFOLIO_RATE: PortfolioRate(days).fit(outcome, duration_days),
            POINTS: PointsScore(counts, list(answers.values())).fit(features, labels),
        }
    return fitted


def _counted(crm: Crm, predictor: TrainedPredictor, snapshots: pd.DataFrame) -> pd.DataFrame:
    """Return what the points score reads, whatever families the model leaves out."""
    specification = replace(predictor.specification, families=("engagement", "qualification"))
    columns = {*count_columns(specification).values(), *answer_columns(specification).values()}
    catalogue = [feature for feature in build_catalogue(specification) if feature.name in columns]
    return compute_features(crm, specification, catalogue, snapshots)


def join_tests(tests: list[ForwardTest]) -> ForwardTest:
    """Put the tests of several origins under one another, at the horizons that all support."""
    shared = set.intersection(*(set(test.probability) for test in tests))
    return ForwardTest(
        snapshots=pd.concat([test.snapshots for test in tests], ignore_index=True),
        probability={
            days: pd.concat([test.probability[days] for test in tests], ignore_index=True)
            for days in sorted(shared)
        },
        days_to_close=pd.concat([test.days_to_close for test in tests], ignore_index=True),
        max_horizon_days=min(test.max_horizon_days for test in tests),
    )


def metrics(test: ForwardTest, truth: Truth | None = None) -> pd.DataFrame:
    """Return every figure per horizon, of the model and of the two baselines.

    Parameters
    ----------
    test : ForwardTest
        Predictions and outcomes.
    truth : Truth, optional
        True probabilities of a simulated CRM.

    Returns
    -------
    pd.DataFrame
        One row per horizon and predictor: horizon_days, predictor and the figures of
        `predictor.evaluation.metrics.summary`. A horizon that nobody was followed to is left out.

    Raises
    ------
    HorizonError
        If nobody was followed to any horizon.
    """
    outcome = test.snapshots["outcome"].to_numpy(str)
    duration_days = test.snapshots["duration_days"].to_numpy(float)
    longest = duration_days[outcome == "open"].max(initial=0)
    rows = []
    for days, probability in test.probability.items():
        if days > longest and (outcome == "open").any():
            continue
        for name in PREDICTORS:
            values = probability[name].to_numpy(float)
            row = {"predictor": name, **summarize(outcome, duration_days, values, days)}
            if name == PORTFOLIO_RATE:
                # It ranks nobody; over several origins, differing rates would seem to.
                row |= dict.fromkeys(RANKING_FIGURES, math.nan)
            row |= truth.compare(test.snapshots, values, days) if truth is not None else {}
            row |= _time_figures(test, outcome, duration_days, days) if name == MODEL else {}
            rows.append(row)
    if not rows:
        raise HorizonError(
            f"what came after the training is followed for {longest:.0f} days, less than every "
            "horizon that is evaluated: wait, give a later --as-of, or test an older model"
        )
    return pd.DataFrame(rows)


def _time_figures(
    test: ForwardTest, outcome: NDArray[np.str_], duration_days: NDArray[np.float64], days: int
) -> Mapping[str, float]:
    """Judge the time to close where the horizon is the one that the forecast is conditional on."""
    if days < test.max_horizon_days:
        return {}
    labels = horizon_labels(outcome, duration_days, days)
    foretold = test.days_to_close
    return {
        "time_error_days": median_absolute_error(labels, duration_days, foretold["median"]),
        "time_coverage": interval_coverage(labels, duration_days, foretold["p25"], foretold["p75"]),
    }


@dataclass(frozen=True)
class Truth:
    """The true probabilities of a simulated CRM, per prospect, instant and horizon."""

    table: pd.DataFrame

    @classmethod
    def read(cls, path: Path) -> Truth:
        """Read `truth.parquet` of a simulation.

        Raises
        ------
        ConfigurationError
            If there is no such file, or it is no truth of a simulation.
        """
        try:
            table = pd.read_parquet(path, filters=[("kind", "==", "probability")])
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{path}: cannot read the truth (evaluation.truth)") from error
        return cls(table[["prospect_id", "as_of", "horizon_days", "probability_won"]])

    def compare(
        self, snapshots: pd.DataFrame, probability: NDArray[np.float64], horizon_days: int
    ) -> dict[str, float]:
        """Return error and bias of P over the snapshots whose true P is known; empty if none is."""
        true = self.table[self.table["horizon_days"] == horizon_days]
        keys = snapshots[["prospect_id", "as_of"]].assign(probability=probability)
        joined = keys.merge(true, on=["prospect_id", "as_of"])
        if joined.empty:
            return {}
        pair = joined["probability"], joined["probability_won"]
        return {"rmse_to_truth": root_mean_squared_error(*pair), "bias_to_truth": bias(*pair)}
