"""Stage: where the prospect stands in the sales process, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import Feature, Signal, Text, Values, is_missing
from predictor.features.relations import DAY_US
from predictor.features.vocabulary import Labels, name_label
from predictor.features.wording import time_span

if TYPE_CHECKING:
    from predictor.features.specification import FeatureSpecification


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of the current stage, if there is a history of stages."""
    if not specification.stages:
        return []

    def phrase(values: Values) -> Text:
        stage = values["stage"]
        if is_missing(stage):
            return Text("In no stage yet", "Dans aucune étape pour l'instant")
        label, span = name_label(stage, labels), time_span(values["stage_age_days"])
        return Text(f"In stage {label.en} for {span.en}", f"Étape {label.fr} depuis {span.fr}")

    signal = Signal("stage", Text("stage", "étape"), phrase)
    return [
        Feature(
            "stage",
            signal,
            "stages",
            lambda stages: stages.stage.max(),
            "category",
            Text("Current stage", "Étape actuelle"),
            "no stage entered yet",
        ),
        Feature(
            "stage_age_days",
            signal,
            "stages",
            lambda stages: stages.age_us.max() / DAY_US,
            "days",
            Text("Days in the current stage", "Jours dans l'étape actuelle"),
            "no stage entered yet",
        ),
    ]
