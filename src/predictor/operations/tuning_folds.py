"""What settings are judged on: forward-in-time folds within what was known at one instant.

At each of a few earlier instants a model is trained on what was known then, and foretells what
follows until the next one; outcomes are those known at the instant of the tuning. Test snapshots of
accounts that were trained on are kept, as in the rolling origins of the evaluation: they are what a
list is made of. Within a training the rounds are searched for on other accounts, and settings are
compared over bins of whole accounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.errors import HorizonError, TrainingRefusedError
from predictor.evaluation.backtest import rolling_origins
from predictor.evaluation.bootstrap import clusters
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.forward import tested_share
from predictor.evaluation.metrics.log_loss import CLIP
from predictor.features.families import build_catalogue
from predictor.features.matrix import compute_features
from predictor.features.sampling import snapshots_of_accounts
from predictor.features.snapshots import calendar_grid
from predictor.model.fitting import supported_edges
from predictor.model.training import fit_model, training_matrix

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pandas as pd

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.evaluation.censoring import FloatArray, HorizonLabels
    from predictor.model.training import TrainingMatrix

N_FOLDS = 3
#: Bins of accounts: enough for a standard error over them, few enough to keep with each trial.
N_BINS = 20

#: Per fold, P(won by each of its horizons) of its test snapshots, shape (m, H).
Forecasts = list["FloatArray"]


@dataclass(frozen=True, eq=False)
class Fold:
    """What one origin trains on, and what came after.

    Attributes
    ----------
    origin : datetime
        The training instant.
    past : TrainingMatrix
        What is trained on, with its follow-up cut at the origin.
    snapshots : pd.DataFrame, shape (m, ...)
        Of the test.
    features : pd.DataFrame, shape (m, F)
        Of these.
    labels : dict of int to HorizonLabels
        Per horizon that the test is followed to, and the training as well as its phases allow.
    """

    origin: datetime
    past: TrainingMatrix
    snapshots: pd.DataFrame
    features: pd.DataFrame
    labels: dict[int, HorizonLabels]


def forward_folds(
    crm: Crm,
    config: Config,
    known_until: datetime,
    on_fold: Callable[[int, datetime], None] = lambda *_: None,
) -> list[Fold]:
    """Compute the folds, each with its features: once, for all trials.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `known_until` are used.
    config : Config
        Grids, horizons, features; the origins lie as far apart as in its evaluation.
    known_until : datetime
        Instant of the tuning: the end of all follow-up.
    on_fold : callable
        Called with the place and the origin of each fold before it is computed.

    Raises
    ------
    TrainingRefusedError
        If no fold has enough history; single ones without it are left out.
    """
    known = crm.known_at(known_until)
    evaluation = config.evaluation.model_copy(update={"origins": N_FOLDS})
    origins = rolling_origins(config.model_copy(update={"evaluation": evaluation}), known_until)
    share = tested_share(known, config, origins[0], known_until, known_until)
    folds: list[Fold] = []
    refused: TrainingRefusedError | HorizonError | None = None
    for place, origin in enumerate(origins):
        on_fold(place, origin)
        until = [*origins[1:], known_until][place]
        try:
            folds.append(_fold(known, config, (origin, until, known_until), share))
        except (TrainingRefusedError, HorizonError) as error:
            refused = error
    if not folds:
        raise TrainingRefusedError(f"nothing to tune on: {refused}") from refused
    return folds


def _fold(
    crm: Crm, config: Config, period: tuple[datetime, datetime, datetime], share: float
) -> Fold:
    origin, until, known_until = period
    past = training_matrix(crm, config, origin)
    instants = calendar_grid(origin, until, config.evaluation.every_days)
    snapshots = snapshots_of_accounts(
        crm,
        instants,
        known_until,
        config.lost_after_silence_days,
        share=share,
        seed=config.seed,
    )
    if snapshots.empty:
        raise TrainingRefusedError(f"nobody is open between {origin:%Y-%m-%d} and {until:%Y-%m-%d}")
    labels = _labels(config, snapshots, past)
    catalogue = build_catalogue(past.specification)
    features = compute_features(crm, past.specification, catalogue, snapshots)
    return Fold(origin, past, snapshots, features, labels)


def _labels(
    config: Config, snapshots: pd.DataFrame, past: TrainingMatrix
) -> dict[int, HorizonLabels]:
    """Label the test at each horizon that it is followed to and that the training supports."""
    outcome = snapshots["outcome"].to_numpy(str)
    days = snapshots["duration_days"].to_numpy(float)
    trained_days = past.snapshots["duration_days"].to_numpy(float)
    supported_days = supported_edges(trained_days, config.phase_edges_days)[-1]
    labels: dict[int, HorizonLabels] = {}
    refused: HorizonError | None = None
    for horizon in config.evaluated_horizons_days:
        try:
            if horizon <= supported_days:
                labels[horizon] = horizon_labels(outcome, days, horizon)
        except HorizonError as error:
            refused = error
    if not labels:
        raise refused or HorizonError("the training is not followed to any horizon")
    return labels


def forecasts(config: Config, folds: list[Fold]) -> Forecasts:
    """Train the configuration's model on each fold, and foretell its test."""
    foretold = []
    for fold in folds:
        model = fit_model(config, fold.past)
        foretold.append(model.predict_curves(fold.features, list(fold.labels)).won)
    return foretold


def loss_by_bin(folds: list[Fold], foretold: Forecasts, seed: int) -> FloatArray:
    """Mean over the folds of the mean log-loss over their horizons, by what accounts add to it.

    Parameters
    ----------
    folds : list of Fold
    foretold : list of ndarray of float, shape (m, H)
    seed : int
        Of the bins; an account is in the same one in every fold.

    Returns
    -------
    ndarray of float, shape (N_BINS,)
        Its sum is the mean of `predictor.evaluation.metrics.log_loss` with its censoring weights.
    """
    accounts = [clusters(fold.snapshots).to_numpy(str) for fold in folds]
    names, account = np.unique(np.concatenate(accounts), return_inverse=True)
    bin_of = np.random.default_rng(seed).permutation(len(names)) % N_BINS
    parts = np.concatenate(
        [_loss_by_snapshot(*each) / len(folds) for each in zip(folds, foretold, strict=True)]
    )
    by_bin = np.bincount(bin_of[account], weights=parts, minlength=N_BINS)
    return np.asarray(by_bin, dtype=np.float64)


def _loss_by_snapshot(fold: Fold, won: FloatArray) -> FloatArray:
    """Return what each snapshot adds to the fold's mean log-loss over its horizons, shape (m,)."""
    total = np.zeros(len(won))
    for labels, p in zip(fold.labels.values(), won.T, strict=True):
        given = np.where(labels.label, p, 1 - p).clip(CLIP, 1 - CLIP)
        total -= labels.weight / labels.weight.sum() * np.log(given)
    return total / len(fold.labels)
