"""What the model is compared with: fitted on what was known at its training instant, no later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.evaluation.baselines import PointsScore, PortfolioRate
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.classifier import PlainClassifier
from predictor.features.catalogue import Text
from predictor.features.families import build_catalogue
from predictor.features.families.engagement import count_columns
from predictor.features.families.qualification import answer_columns
from predictor.features.matrix import compute_features
from predictor.features.wording import on_date
from predictor.model.encoding import FeatureEncoding
from predictor.model.training import TrainingMatrix, training_snapshots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.evaluation.censoring import BoolArray, FloatArray
    from predictor.model.predictor import TrainedPredictor

MODEL, PORTFOLIO_RATE, POINTS = "model", "base rate", "points"
CLASSIFIER, CHAMPION = "LightGBM", "champion"
#: Always there; the champion only where it can be compared.
PREDICTORS = (MODEL, PORTFOLIO_RATE, POINTS, CLASSIFIER)


@dataclass(frozen=True)
class Champion:
    """A registered model beside the one that is tested.

    Attributes
    ----------
    version : str
        ``<registered model>/<number>``.
    predictor : TrainedPredictor
    """

    version: str
    predictor: TrainedPredictor

    def comparable(self, origin: datetime) -> bool:
        """Whether it was trained at or before an origin; later, it would have seen the test."""
        return self.predictor.trained_as_of <= origin

    def predict(
        self, crm: Crm, snapshots: pd.DataFrame, origin: datetime, horizons_days: Sequence[int]
    ) -> FloatArray:
        """Return P(won by each horizon), shape (n, H); NaN where it cannot be compared."""
        probability = np.full((len(snapshots), len(horizons_days)), np.nan)
        model = self.predictor.model
        supported = [days for days in horizons_days if days <= model.max_horizon_days_]
        if supported and self.comparable(origin):
            catalogue = build_catalogue(self.predictor.specification)
            features = compute_features(crm, self.predictor.specification, catalogue, snapshots)
            probability[:, : len(supported)] = model.predict_curves(features, supported).won
        return probability


def past_of(crm: Crm, config: Config, predictor: TrainedPredictor) -> TrainingMatrix:
    """Compute again what a predictor was trained on, as known at its training instant.

    The grid of snapshots is the configuration's: where it was another one at the training, so is
    what counts as seen.
    """
    snapshots = training_snapshots(crm, config, predictor.trained_as_of)
    specification = predictor.specification
    catalogue = build_catalogue(specification)
    features = compute_features(crm, specification, catalogue, snapshots)
    return TrainingMatrix(specification, snapshots, features)


class Rivals:
    """The base rate, the points score and a plain classifier, at every horizon.

    Parameters
    ----------
    crm : Crm
    config : Config
    predictor : TrainedPredictor
        Whose training instant, specification and training snapshots they share.
    past : TrainingMatrix
        What the predictor was trained on.

    Attributes
    ----------
    fitted_ : dict of int to tuple
        Horizon -> the three, after `fit`.
    """

    def __init__(
        self, crm: Crm, config: Config, predictor: TrainedPredictor, past: TrainingMatrix
    ) -> None:
        self.crm, self.config, self.predictor, self.past = crm, config, predictor, past

    def fit(self, horizons_days: Sequence[int]) -> Rivals:
        """Fit all three at each horizon.

        Raises
        ------
        TrainingRefusedError
            If all known labels of a horizon are the same.
        """
        snapshots = self.past.snapshots
        outcome = snapshots["outcome"].to_numpy(str)
        duration_days = snapshots["duration_days"].to_numpy(float)
        weight = snapshots["weight"].to_numpy(float)
        specification = self.predictor.specification
        counts, answers = count_columns(specification), answer_columns(specification)
        counted = self._counted(snapshots, self.past.features)
        self._encoding = FeatureEncoding.of(self.past.features)
        matrix = self._encoding.matrix(self.past.features)
        groups = snapshots["account_id"].fillna(snapshots["prospect_id"]).to_numpy(str)
        self.fitted_: dict[int, tuple[PortfolioRate, PointsScore, PlainClassifier]] = {}
        for days in horizons_days:
            labels = horizon_labels(outcome, duration_days, days, weight=weight)
            classifier = PlainClassifier(self.config.model, self.config.seed)
            self.fitted_[days] = (
                PortfolioRate(days).fit(outcome, duration_days, weight),
                PointsScore(counts, list(answers.values())).fit(counted, labels),
                classifier.fit(
                    matrix,
                    labels,
                    groups,
                    snapshots["as_of"].to_numpy(),
                    self._encoding.categorical_positions,
                ),
            )
        return self

    def predict(
        self, snapshots: pd.DataFrame, features: pd.DataFrame
    ) -> Mapping[int, dict[str, FloatArray]]:
        """Return P(won by each horizon) by predictor, each of shape (n,)."""
        counted = self._counted(snapshots, features)
        matrix = self._encoding.matrix(features)
        return {
            days: {
                PORTFOLIO_RATE: rate.predict(counted),
                POINTS: points.predict(counted),
                CLASSIFIER: classifier.predict(matrix),
            }
            for days, (rate, points, classifier) in self.fitted_.items()
        }

    def _counted(self, snapshots: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
        """Return what the points score reads, whatever families the model leaves out."""
        specification = self.predictor.specification
        columns = {
            *count_columns(specification).values(),
            *answer_columns(specification).values(),
        }
        if columns <= set(features.columns):
            return features
        whole = replace(specification, families=("engagement", "qualification"))
        catalogue = [feature for feature in build_catalogue(whole) if feature.name in columns]
        return compute_features(self.crm, whole, catalogue, snapshots)


def seen_in_training(snapshots: pd.DataFrame, past: pd.DataFrame) -> BoolArray:
    """Tell which snapshots are of a prospect, or of an account, that training looked at.

    A prospect is unseen if none of its own snapshots is among those trained on, and none of any
    prospect of its account.

    Parameters
    ----------
    snapshots, past : DataFrame
        prospect_id and account_id (missing where there is none) of the test and of the training.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    accounts = past["account_id"].dropna().unique()
    same_prospect = snapshots["prospect_id"].isin(past["prospect_id"].unique())
    same_account = snapshots["account_id"].notna() & snapshots["account_id"].isin(accounts)
    seen: BoolArray = (same_prospect | same_account).to_numpy(bool)
    return seen


def champion_note(champion: Champion | None, test: pd.DataFrame) -> Text:
    """Say in one sentence how far the champion can be compared on a test.

    Parameters
    ----------
    champion : Champion or None
    test : DataFrame, shape (n, ...)
        Column origin: the training instant of the model behind each snapshot.
    """
    if champion is None:
        return Text(
            "There is no champion to compare with yet.",
            "Il n'y a pas encore de champion auquel comparer.",
        )
    version, as_of = champion.version, champion.predictor.trained_as_of
    trained = f"{version}, trained as of {as_of:%Y-%m-%d}"
    entraine = f"{version}, entraîné au {on_date(as_of.date()).fr}"
    origins = pd.DatetimeIndex(test["origin"].unique())
    comparable = np.array([champion.comparable(origin.to_pydatetime()) for origin in origins])
    if comparable.all():
        return Text(f"The champion is {trained}.", f"Le champion est {entraine}.")
    if not comparable.any():
        last = origins.max()
        return Text(
            f"The champion ({trained}) cannot be compared: the last origin is {last:%Y-%m-%d}, so "
            "it has seen outcomes of the test.",
            f"Le champion ({entraine}) ne peut pas être comparé : la dernière origine est le "
            f"{on_date(last.date()).fr} ; il a vu des issues du test.",
        )
    first = origins[comparable].min()
    return Text(
        f"The champion ({trained}) is compared from {first:%Y-%m-%d} on only: it has seen outcomes "
        "of the test before.",
        f"Le champion ({entraine}) n'est comparé qu'à partir du {on_date(first.date()).fr} : il a "
        "vu des issues du test avant cette date.",
    )
