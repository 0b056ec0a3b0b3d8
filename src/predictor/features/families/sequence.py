"""Sequence: which types came last, and what has happened since the latest strong signal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from predictor.features.catalogue import (
    Feature,
    Relation,
    Signal,
    Text,
    Values,
    define,
    is_missing,
)
from predictor.features.families.amounts import days_of
from predictor.features.families.engagement import type_names
from predictor.features.relations.interactions import latest_types, strong_signals
from predictor.features.specification import OTHER_TYPES
from predictor.features.vocabulary import Labels, word_for
from predictor.features.wording import days_ago, several

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification

_PLACES = {
    "last": Text("Interaction type seen last", "Type d'interaction vu en dernier"),
    "second_last": Text("Interaction type seen second to last", "Type vu en avant-dernier"),
    "third_last": Text("Interaction type seen third to last", "Type vu en antépénultième"),
}
_NEVER_STRONG = "no strong signal yet"


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of the order in which things happened."""
    found: list[Feature] = []
    if specification.types:
        found += _last_types(specification, labels)
    if specification.strong_types:
        found += _strong(specification, labels)
    return found


def _last_types(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    signal = Signal("sequence", Text("latest steps", "dernières étapes"), _sequence_phrase(labels))
    named = tuple(enumerate(specification.types))

    def type_of(place: str) -> Callable[[ir.Table], ir.Value]:
        def expression(sequence: ir.Table) -> ir.Value:
            code = sequence[place]
            cases = ((code == number, ibis.literal(type_)) for number, type_ in named)
            return code.isnull().ifelse(
                ibis.null("string"), ibis.cases(*cases, else_=ibis.literal(OTHER_TYPES))
            )

        return expression

    return [
        define(
            signal,
            Relation(latest_types),
            f"sequence_{place}_type",
            "category",
            Text(f"{text.en}, each type once", f"{text.fr}, chaque type une fois"),
            type_of(place),
            "fewer types seen",
        )
        for place, text in _PLACES.items()
    ]


def _strong(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    signal = Signal(
        "strong", Text("strong signals", "signaux forts"), _strong_phrase(specification, labels)
    )
    words = [word_for(type_, labels).noun for type_ in specification.strong_types]
    en, fr = ", ".join(word.en for word in words), ", ".join(word.fr for word in words)
    relation = Relation(strong_signals)
    return [
        define(
            signal,
            relation,
            "strong_count",
            "count",
            Text(f"Number of strong signals ever ({en})", f"Nombre de signaux forts ({fr})"),
            lambda strong: strong["count"],
        ),
        define(
            signal,
            relation,
            "strong_days_since_last",
            "days",
            Text("Days since the latest strong signal", "Jours depuis le dernier signal fort"),
            lambda strong: days_of(strong.strong_age_us),
            _NEVER_STRONG,
        ),
        define(
            signal,
            relation,
            "strong_interactions_since",
            "count",
            Text(
                "Number of interactions since the latest strong signal",
                "Nombre d'interactions depuis le dernier signal fort",
            ),
            lambda strong: strong.since,
            _NEVER_STRONG,
        ),
    ]


def _sequence_phrase(labels: Labels) -> Callable[[Values], Text]:
    def phrase(values: Values) -> Text:
        seen = [values[f"sequence_{place}_type"] for place in _PLACES]
        nouns = [word_for(type_, labels).noun for type_ in seen if not is_missing(type_)]
        if not nouns:
            return Text("Nothing recorded yet", "Rien d'enregistré pour l'instant")
        en, fr = ", ".join(noun.en for noun in nouns), ", ".join(noun.fr for noun in nouns)
        return Text(f"Latest first: {en}", f"Du plus récent au plus ancien : {fr}")

    return phrase


def _strong_phrase(specification: FeatureSpecification, labels: Labels) -> Callable[[Values], Text]:
    names = type_names(specification)
    columns = {type_: f"{names[type_]}_days_since_last" for type_ in specification.strong_types}

    def phrase(values: Values) -> Text:
        since_days = values["strong_days_since_last"]
        if is_missing(since_days):
            return Text("No strong signal yet", "Pas encore de signal fort")
        ago = days_ago(since_days)
        after = _since(int(values["strong_interactions_since"]))
        for type_, column in columns.items():
            if values.get(column) == since_days:
                noun = word_for(type_, labels).noun
                return Text(
                    f"Strong signal {ago.en} ({noun.en}), {after.en}",
                    f"Signal fort {ago.fr} ({noun.fr}), {after.fr}",
                )
        return Text(f"Strong signal {ago.en}, {after.en}", f"Signal fort {ago.fr}, {after.fr}")

    return phrase


def _since(number: int) -> Text:
    if number == 0:
        return Text("nothing since", "rien depuis")
    counted = several(
        number, Text("interaction", "interaction"), Text("interactions", "interactions")
    )
    return Text(f"{counted.en} since", f"{counted.fr} depuis")
