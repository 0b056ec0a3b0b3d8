"""Scoring: every open prospect as of an instant, with curves, reasons and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import SnapshotError
from predictor.explanation.contributions import explain_probability
from predictor.explanation.next_steps import ask_next
from predictor.explanation.reasons import Reasons, find_reasons
from predictor.explanation.signals import SignalContributions, membership_of, sum_by_signal
from predictor.explanation.time_to_close import explain_days_to_close, sooner_or_later
from predictor.features.matrix import compute_features
from predictor.features.snapshots import open_prospects
from predictor.model.open_days import expected_days_open
from predictor.model.spread import ENOUGH_HISTORY_ERROR
from predictor.operations.list_rules import check_follow_ups, suggested_follow_ups
from predictor.operations.next_steps import seek_next_steps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Feature
    from predictor.model.predictor import TrainedPredictor

TIME_QUANTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Scores:
    """The open prospects with everything that a list or a person needs.

    Attributes
    ----------
    frame : pd.DataFrame, shape (n, ...)
        One row per open prospect; see `predictor.lists.ranking` for its columns.
    features : pd.DataFrame, shape (n, n_features)
        The feature matrix.
    contributions : SignalContributions
        What each signal adds.
    reasons : Reasons
        The sentences.
    next_steps : pd.DataFrame
        What could change the scores; see `predictor.explanation.next_steps`.
    """

    frame: pd.DataFrame
    features: pd.DataFrame
    contributions: SignalContributions
    reasons: Reasons
    next_steps: pd.DataFrame


def score(
    crm: Crm,
    config: Config,
    predictor: TrainedPredictor,
    model_version: str,
    as_of: datetime,
    prospect_id: str | None = None,
) -> Scores:
    """Score the prospects that are open as far as anyone knows at `as_of`.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `as_of` are used.
    config : Config
        Horizon, language and labels.
    predictor : TrainedPredictor
        The model and its frozen features.
    model_version : str
        Written beside each score.
    as_of : datetime
        UTC.
    prospect_id : str, optional
        Score this prospect alone.

    Raises
    ------
    SnapshotError
        If the model was trained as of a later instant: it has seen what came after `as_of`.
    HorizonError
        If the horizon of the configuration lies beyond what the model supports.
    ConfigurationError
        If the configuration names a territory or a signal that there is not.
    """
    if as_of < predictor.trained_as_of:
        raise SnapshotError(
            f"model {model_version} was trained as of {predictor.trained_as_of:%Y-%m-%d %H:%M} and "
            f"has seen what came after {as_of:%Y-%m-%d %H:%M}: give a later --as-of or an older "
            "--model"
        )
    known = crm.known_at(as_of)
    asked = known if prospect_id is None else known.of_prospect(prospect_id)
    people = open_prospects(asked, as_of, config.lost_after_silence_days, config.territory)
    catalogue = predictor.catalogue(config.labels)
    check_follow_ups(config, catalogue)
    features = compute_features(known, predictor.specification, catalogue, people)
    contributions = sum_by_signal(
        explain_probability(predictor.model, features, predictor.portfolio, config.horizon_days),
        catalogue,
    )
    reasons = find_reasons(people, features, contributions, config.language)
    follow_ups = suggested_follow_ups(config, catalogue, contributions, features)
    figures = _figures(predictor, features, config.horizon_days)
    frame = people.join([figures, reasons.columns, follow_ups])
    days, sentences = _time_to_close(predictor, features, catalogue, config.language)
    reasons.table["days_to_close_contribution"] = days.ravel()
    steps = seek_next_steps(known, config, predictor, frame, features)
    asks = ask_next(steps, frame["prospect_id"])
    return Scores(
        frame=frame.assign(model_version=model_version, sooner_or_later=sentences, ask_next=asks),
        features=features,
        contributions=contributions,
        reasons=reasons,
        next_steps=steps,
    )


def _time_to_close(
    predictor: TrainedPredictor,
    features: pd.DataFrame,
    catalogue: Sequence[Feature],
    language: str,
) -> tuple[NDArray[np.float64], pd.Series]:
    """Return each signal's days, shape (n, s), and the sentence of each prospect."""
    explained = explain_days_to_close(predictor.model, features, predictor.portfolio)
    signals, membership = membership_of(explained.feature_names, catalogue)
    values = explained.values @ membership
    said = sooner_or_later(signals, features, values, language)
    return values, pd.Series(said, index=features.index, dtype="str")


def _figures(
    predictor: TrainedPredictor, features: pd.DataFrame, horizon_days: int
) -> pd.DataFrame:
    model = predictor.model
    curves = model.predict_curves(features, [horizon_days])
    days = model.predict_days_to_close(features, TIME_QUANTILES)
    interval = model.predict_interval(features, horizon_days)
    # Where the error is not known, there was not enough either.
    enough = model.predict_log_rate_error(features) <= ENOUGH_HISTORY_ERROR
    return pd.DataFrame(
        {
            "conversion_probability": curves.won[:, 0],
            "loss_probability": curves.lost[:, 0],
            "horizon_days": np.full(len(features), horizon_days),
            "days_to_close_p25": days[:, 0],
            "days_to_close_median": days[:, 1],
            "days_to_close_p75": days[:, 2],
            "conversion_probability_low": interval[:, 0],
            "conversion_probability_high": interval[:, 1],
            "not_enough_history": ~enough,
            "expected_days_open": expected_days_open(
                model.predict_log_rates(features), model.baseline_, horizon_days
            ),
        },
        index=features.index,
    )
