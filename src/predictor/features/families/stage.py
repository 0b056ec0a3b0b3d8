"""Stage: where the prospect stands in the sales process, for how long, and how it got there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from predictor.features.catalogue import (
    Facts,
    Feature,
    Relation,
    Signal,
    Text,
    Unit,
    Values,
    define,
    is_missing,
)
from predictor.features.families.amounts import days_of, real
from predictor.features.relations.stages import stage_history
from predictor.features.vocabulary import Labels, name_label
from predictor.features.wording import several, time_span

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification

_NO_STAGE = Text("no stage entered yet", "aucune étape pour l'instant")
_UNKNOWN = Text(
    "no stage entered yet, or one that training did not see",
    "aucune étape pour l'instant, ou une étape inconnue à l'apprentissage",
)


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of the history of stages, if there is one."""
    if not specification.stages:
        return []
    signal = Signal("stage", Text("stage", "étape"), _phrase(labels), _told)

    def feature(
        name: str,
        unit: Unit,
        text: Text,
        expression: Callable[[ir.Table], ir.Value],
        missing: Text | None = None,
    ) -> Feature:
        return define(signal, Relation(stage_history), name, unit, text, expression, missing)

    return [
        feature(
            "stage",
            "category",
            Text("Current stage", "Étape actuelle"),
            lambda stages: stages.stage,
            _NO_STAGE,
        ),
        feature(
            "stage_age_days",
            "days",
            Text("Days in the current stage", "Jours dans l'étape actuelle"),
            lambda stages: days_of(stages.age_us),
            _NO_STAGE,
        ),
        feature(
            "stage_relative_age",
            "number",
            Text(
                "Days in the current stage, as a multiple of the median stay in it",
                "Jours dans l'étape actuelle, rapportés à la durée médiane de l'étape",
            ),
            _relative_age(specification),
            Text(
                "no stage entered yet, or one that nobody had left at training",
                "aucune étape pour l'instant, ou une étape que personne n'avait quittée",
            ),
        ),
        feature(
            "stage_place",
            "number",
            Text(
                "Place of the current stage in the sales process, from 0",
                "Place de l'étape actuelle dans le processus, à partir de 0",
            ),
            lambda stages: stages.place,
            _UNKNOWN,
        ),
        feature(
            "stage_moves",
            "count",
            Text("Number of changes of stage", "Nombre de changements d'étape"),
            lambda stages: stages.moves,
        ),
        feature(
            "stage_steps_back",
            "count",
            Text("Number of moves to an earlier stage", "Nombre de retours à une étape antérieure"),
            lambda stages: stages.steps_back,
        ),
        feature(
            "stage_speed",
            "number",
            Text(
                "Places gained since the first stage, per 30 days (of one day at least)",
                "Places gagnées depuis la première étape, par 30 jours (un jour au moins)",
            ),
            _speed,
            _UNKNOWN,
        ),
    ]


def _relative_age(specification: FeatureSpecification) -> Callable[[ir.Table], ir.Value]:
    usual = [
        (place, stage.usual_days)
        for place, stage in enumerate(specification.stages)
        if stage.usual_days
    ]

    def relative_age(stages: ir.Table) -> ir.Value:
        if not usual:
            return ibis.null("float64")
        usual_days = ibis.cases(*((stages.place == place, real(days)) for place, days in usual))
        return days_of(stages.age_us) / usual_days

    return relative_age


def _speed(stages: ir.Table) -> ir.Value:
    gained = (stages.place - stages.first_place).cast("float64")
    return gained / days_of(stages.first_age_us).clip(lower=real(1)) * real(30)


def _phrase(labels: Labels) -> Callable[[Values], Text]:
    def phrase(values: Values) -> Text:
        stage = values["stage"]
        if is_missing(stage):
            return Text("In no stage yet", "Dans aucune étape pour l'instant")
        label, span = name_label(stage, labels), time_span(values["stage_age_days"])
        # The time comes first: "in stage offer sent for 3 days" would be read as sent so long ago.
        said = Text(f"For {span.en} in stage {label.en}", f"Depuis {span.fr} à l'étape {label.fr}")
        back = int(values["stage_steps_back"])
        if back == 0:
            return said
        times = several(back, Text("step back", "retour"), Text("steps back", "retours"))
        return Text(
            f"{said.en}, {times.en} on the way", f"{said.fr}, {times.fr} en arrière en chemin"
        )

    return phrase


def _told(values: Values) -> Facts:
    """Name the stage, and the age where it has been the same all along."""
    same = not values["stage_moves"] and values.get("age_days", -1) - values["stage_age_days"] < 1
    return _STAGE_AND_AGE if same else _STAGE


_STAGE: Facts = frozenset(("stage",))
_STAGE_AND_AGE: Facts = frozenset(("stage", "age"))
