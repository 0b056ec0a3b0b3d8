"""Fits a predictor on a CRM as it was known at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predictor.errors import TrainingRefusedError
from predictor.features.families import build_catalogue
from predictor.features.grid_step import step_days
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features
from predictor.features.sampling import sampled_snapshots
from predictor.features.snapshots import calendar_grid, open_prospects, target_of
from predictor.model.phased_rates import PhasedRates
from predictor.model.predictor import TrainedPredictor

if TYPE_CHECKING:
    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.features.specification import FeatureSpecification

#: Prospects of the portfolio with which explanations contrast; spread evenly over the ranks of P.
PORTFOLIO_SIZE = 64
#: The portfolio is chosen among so many open prospects at most, drawn at random.
PORTFOLIO_SAMPLE = 20_000
#: Fewer won prospects than this teach nothing that holds.
MIN_WON = 20


@dataclass(frozen=True)
class TrainingMatrix:
    """What a predictor learns from.

    Attributes
    ----------
    specification : FeatureSpecification
        The features that the data supports at the training instant.
    snapshots : pd.DataFrame, shape (n, ...)
        As `training_snapshots` returns them.
    features : pd.DataFrame, shape (n, F)
        Of these snapshots.
    """

    specification: FeatureSpecification
    snapshots: pd.DataFrame
    features: pd.DataFrame


def training_matrix(crm: Crm, config: Config, as_of: datetime) -> TrainingMatrix:
    """Compute what a predictor learns from at an instant; arguments and errors as there."""
    known = crm.known_at(as_of)
    specification = learn_specification(known, config)
    snapshots = training_snapshots(crm, config, as_of)
    refuse_too_few(snapshots, as_of)
    catalogue = build_catalogue(specification)
    features = compute_features(known, specification, catalogue, snapshots)
    return TrainingMatrix(specification, snapshots, features)


def fit_predictor(
    crm: Crm, config: Config, as_of: datetime, matrix: TrainingMatrix | None = None
) -> TrainedPredictor:
    """Fit a predictor on what was known at an instant.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `as_of` are used.
    config : Config
        Grid, features, phases and boosters.
    as_of : datetime
        The training instant, UTC: follow-up ends there.
    matrix : TrainingMatrix, optional
        That of the same arguments, where it is at hand.

    Raises
    ------
    TrainingRefusedError
        If too few prospects were won, or none is followed as long as the target horizon.
    """
    matrix = matrix or training_matrix(crm, config, as_of)
    specification, snapshots, features = matrix.specification, matrix.snapshots, matrix.features
    model = fit_model(config, matrix)
    refuse_short_follow_up(model, config, as_of)
    return TrainedPredictor(
        model=model,
        specification=specification,
        portfolio=_portfolio(crm.known_at(as_of), config, as_of, specification, model, features),
        training=_facts(crm, config, as_of, snapshots),
    )


def fit_model(config: Config, matrix: TrainingMatrix) -> PhasedRates:
    """Fit the model of a configuration; errors as `PhasedRates.fit`."""
    snapshots = matrix.snapshots
    return make_model(config).fit(
        matrix.features,
        target_of(snapshots),
        groups=snapshots["account_id"].fillna(snapshots["prospect_id"]).to_numpy(str),
        as_of=snapshots["as_of"].to_numpy(),
        sample_weight=snapshots["weight"].to_numpy(),
    )


def training_snapshots(crm: Crm, config: Config, as_of: datetime) -> pd.DataFrame:
    """Return the snapshots before `as_of` on the calendar grid, followed until `as_of`.

    Of more than `snapshots.max_snapshots` a sample; see `predictor.features.sampling`.

    Returns
    -------
    pd.DataFrame
        prospect_id, account_id, as_of, outcome, duration_days and weight (1 for no sample), ordered
        by as_of and prospect_id.

    Raises
    ------
    TrainingRefusedError
        If no prospect was created, or no instant of the grid lies, early enough.
    """
    first = crm.connection.execute(crm.prospects.created_at.min())
    if pd.isna(first) or first >= as_of:
        raise TrainingRefusedError(
            f"no prospect was created before {as_of:%Y-%m-%d}: give a later --as-of"
        )
    start = max(as_of - timedelta(days=config.snapshots.history_days), first.to_pydatetime())
    every_days = step_days(crm, config, as_of)
    instants = calendar_grid(start, as_of, every_days)
    if not instants:
        raise TrainingRefusedError(
            f"no instant of the grid (snapshots.every_days: {every_days}) lies "
            f"between the first creation, {first:%Y-%m-%d}, and {as_of:%Y-%m-%d}: give a later "
            "--as-of or a finer grid; where the export has no dates, nothing can be learnt from it"
        )
    return sampled_snapshots(
        crm,
        instants,
        as_of,
        config.lost_after_silence_days,
        max_snapshots=config.snapshots.max_snapshots,
        won_within_days=config.phase_edges_days[-1],
        seed=config.seed,
    )


def make_model(config: Config) -> PhasedRates:
    """Return the unfitted model of a configuration."""
    return PhasedRates(
        phase_edges_days=config.phase_edges_days,
        shared_until_days=config.evaluated_horizons_days[-1],
        learning_rate=config.model.learning_rate,
        num_leaves=config.model.num_leaves,
        max_depth=config.model.max_depth,
        min_child_samples=config.model.min_child_samples,
        reg_lambda=config.model.reg_lambda,
        feature_fraction=config.model.feature_fraction,
        bagging_fraction=config.model.bagging_fraction,
        max_rounds=config.model.max_rounds,
        num_threads=config.model.num_threads,
        random_state=config.seed,
    )


def refuse_too_few(snapshots: pd.DataFrame, as_of: datetime) -> None:
    """Refuse to train on too few won prospects, and say how many there are."""
    won = snapshots.loc[snapshots["outcome"] == "won", "prospect_id"].nunique()
    if won < MIN_WON:
        raise TrainingRefusedError(
            f"{won} of the prospects looked at before {as_of:%Y-%m-%d} are known as won by then, "
            f"and at least {MIN_WON} are needed: give a later --as-of, a longer "
            "snapshots.history_days or a finer snapshots.every_days"
        )


def refuse_short_follow_up(model: PhasedRates, config: Config, as_of: datetime) -> None:
    """Refuse a target horizon that no snapshot is followed to."""
    if config.horizon_days > model.max_horizon_days_:
        raise TrainingRefusedError(
            f"as known at {as_of:%Y-%m-%d} prospects are followed for "
            f"{model.max_horizon_days_:g} days at most; horizon_days asks for {config.horizon_days}"
        )


def _portfolio(
    crm: Crm,
    config: Config,
    as_of: datetime,
    specification: FeatureSpecification,
    model: PhasedRates,
    training_features: pd.DataFrame,
) -> pd.DataFrame:
    """Choose open prospects evenly over the ranks of P, so that their mean P is the portfolio's."""
    people = open_prospects(crm, as_of, config.lost_after_silence_days)
    if people.empty:
        features = training_features
    else:
        if len(people) > PORTFOLIO_SAMPLE:
            people = people.sample(PORTFOLIO_SAMPLE, random_state=config.seed, ignore_index=True)
        features = compute_features(crm, specification, build_catalogue(specification), people)
    probability = model.predict_proba_won(features, config.horizon_days)
    size = min(PORTFOLIO_SIZE, len(features))
    ranks = ((np.arange(size) + 0.5) * len(features) / size).astype(int)
    order = np.argsort(probability, kind="stable")
    chosen: pd.DataFrame = features.iloc[order[ranks]].reset_index(drop=True)
    return chosen


def _facts(crm: Crm, config: Config, as_of: datetime, snapshots: pd.DataFrame) -> dict[str, Any]:
    by_outcome = snapshots.groupby("outcome")["prospect_id"]
    return {
        "name": config.name,
        "as_of": as_of.isoformat(),
        "horizon_days": config.horizon_days,
        "seed": config.seed,
        "snapshots": len(snapshots),
        "every_days": step_days(crm, config, as_of),
        "phases_days": list(config.phase_edges_days[1:]),
        "sampled_from": round(snapshots["weight"].sum()),
        "all_won_kept": bool((snapshots.loc[snapshots["outcome"] == "won", "weight"] == 1).any()),
        "prospects": int(snapshots["prospect_id"].nunique()),
        "snapshots_by_outcome": {str(k): int(v) for k, v in by_outcome.size().items()},
        "prospects_by_outcome": {str(k): int(v) for k, v in by_outcome.nunique().items()},
    }
