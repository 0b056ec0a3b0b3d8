"""A trained predictor: the model, its frozen features, and the portfolio it knew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from predictor.features.families import build_catalogue
from predictor.features.specification import FeatureSpecification
from predictor.model.files import load_model, save_model

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from predictor.features.catalogue import Feature
    from predictor.features.vocabulary import Labels
    from predictor.model.phased_rates import PhasedRates


@dataclass(frozen=True)
class TrainedPredictor:
    """Everything that scoring needs to replay the choices of training.

    Attributes
    ----------
    model : PhasedRates
        The fitted model.
    specification : FeatureSpecification
        The features, frozen at training.
    portfolio : pd.DataFrame, shape (b, n_features)
        Features of prospects open at the training instant; explanations contrast with them.
    training : dict
        Facts on the training: as_of, horizon_days, numbers of snapshots and outcomes, versions.
    """

    model: PhasedRates
    specification: FeatureSpecification
    portfolio: pd.DataFrame
    training: dict[str, Any]

    @property
    def trained_as_of(self) -> datetime:
        """The training instant: the predictor knows nothing of what came later."""
        return datetime.fromisoformat(self.training["as_of"])

    def catalogue(self, labels: Labels) -> tuple[Feature, ...]:
        """Return the features with the words of a business."""
        return build_catalogue(self.specification, labels)

    def save(self, folder: Path) -> None:
        """Write a folder of text, JSON and Parquet files with their checksums."""
        save_model(
            folder,
            self.model,
            documents={"specification": self.specification.to_json(), "training": self.training},
            frames={"portfolio": self.portfolio},
        )

    @classmethod
    def load(cls, folder: Path) -> TrainedPredictor:
        """Read a folder written by `save`.

        Raises
        ------
        ModelFileError
            If a file is missing, cut short or changed.
        """
        saved = load_model(folder)
        return cls(
            model=saved.model,
            specification=FeatureSpecification.from_json(saved.documents["specification"]),
            portfolio=saved.frames["portfolio"],
            training=dict(saved.documents["training"]),
        )
