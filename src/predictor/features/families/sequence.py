"""Sequence: which types came last, and what has happened since the latest strong signal."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import ibis

from predictor.features.catalogue import (
    Facts,
    Feature,
    Relation,
    Signal,
    Text,
    Values,
    define,
    is_missing,
)
from predictor.features.families.amounts import days_of
from predictor.features.families.engagement import STRONG
from predictor.features.families.names import type_names
from predictor.features.relations.interactions import latest_types, strong_signals
from predictor.features.specification import OTHER_TYPES
from predictor.features.vocabulary import Labels, word_for
from predictor.features.wording import capital, seen_days_ago, several

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification

_PLACES = {
    "last": Text("Interaction type seen last", "Type d'interaction vu en dernier"),
    "second_last": Text("Interaction type seen second to last", "Type vu en avant-dernier"),
    "third_last": Text("Interaction type seen third to last", "Type vu en antépénultième"),
}
_NEVER_STRONG = Text("no strong signal yet", "pas encore de signal fort")


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of the order in which things happened."""
    found: list[Feature] = []
    if specification.types:
        found += _last_types(specification, labels)
    if specification.strong_types:
        found += _strong(specification, labels)
    return found


def _last_types(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    signal = Signal(
        "sequence",
        Text("latest interactions", "dernières interactions"),
        _sequence_phrase(labels),
        _sequence_told(specification),
    )
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
            Text("fewer types seen", "moins de types vus"),
        )
        for place, text in _PLACES.items()
    ]


def _strong(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    signal = Signal(
        "strong",
        Text("strong signals", "signaux forts"),
        _strong_phrase(specification, labels),
        _strong_told(specification),
        "strong",
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
    places = [f"sequence_{place}_type" for place in _PLACES]

    @lru_cache(maxsize=4096)
    def said(*types: str) -> Text:
        nouns = [word_for(type_, labels).noun for type_ in types]
        last, before = nouns[0], nouns[1:]
        if not before:
            return Text(f"So far only {last.en}", f"Jusqu'ici seulement {last.fr}")
        first, (en, fr) = capital(last), (" and ", " et ")
        return Text(
            f"{first.en} last, before that {en.join(noun.en for noun in before)}",
            f"{first.fr} en dernier, avant cela {fr.join(noun.fr for noun in before)}",
        )

    def phrase(values: Values) -> Text:
        seen = [type_ for place in places if not is_missing(type_ := values[place])]
        if not seen:
            return Text("Nothing recorded yet", "Rien d'enregistré pour l'instant")
        return said(*seen)

    return phrase


def _sequence_told(specification: FeatureSpecification) -> Callable[[Values], Facts]:
    """Name the types told."""
    names = type_names(specification)
    places = [f"sequence_{place}_type" for place in _PLACES]

    def told(values: Values) -> Facts:
        seen = [type_ for place in places if not is_missing(type_ := values[place])]
        return frozenset(names.get(type_, type_) for type_ in seen) or frozenset(("activity",))

    return told


def _strong_phrase(specification: FeatureSpecification, labels: Labels) -> Callable[[Values], Text]:
    latest = _latest_strong(specification)
    words = {type_: word_for(type_, labels) for type_ in specification.strong_types}
    nouns = [word.noun for word in words.values()]
    never = Text(
        f"No strong signal yet ({', '.join(noun.en for noun in nouns)})",
        f"Pas encore de signal fort ({', '.join(noun.fr for noun in nouns)})",
    )

    def phrase(values: Values) -> Text:
        if is_missing(values["strong_days_since_last"]):
            return never
        ago, after = (
            seen_days_ago(values, "strong_days_since_last"),
            _since(int(values["strong_interactions_since"])),
        )
        type_ = latest(values)
        if type_ is None:
            en, fr = f"Strong signal {ago.en}", f"Signal fort {ago.fr}"
        else:
            did = words[type_].did
            en, fr = f"{did.en} {ago.en} ({STRONG.en})", f"{did.fr} {ago.fr} ({STRONG.fr})"
        return Text(f"{en}, {after.en}", f"{fr}, {after.fr}")

    return phrase


def _latest_strong(specification: FeatureSpecification) -> Callable[[Values], str | None]:
    """Return the strong type seen last; None where no age says which."""
    names = type_names(specification)
    columns = {type_: f"{names[type_]}_days_since_last" for type_ in specification.strong_types}

    def latest(values: Values) -> str | None:
        since_days = values["strong_days_since_last"]
        for type_, column in columns.items():
            if values.get(column) == since_days:
                return type_
        return None

    return latest


def _strong_told(specification: FeatureSpecification) -> Callable[[Values], Facts]:
    """Name the strong type told; all of them where there was none."""
    names, latest = type_names(specification), _latest_strong(specification)
    everything = frozenset(names[type_] for type_ in specification.strong_types)
    one = {type_: frozenset((names[type_],)) for type_ in specification.strong_types}

    def told(values: Values) -> Facts:
        type_ = latest(values)
        return everything if type_ is None else one[type_]

    return told


@lru_cache(maxsize=1024)
def _since(number: int) -> Text:
    if number == 0:
        return Text("nothing since", "rien depuis")
    counted = several(
        number, Text("interaction", "interaction"), Text("interactions", "interactions")
    )
    return Text(
        f"{counted.en} since, from either side", f"{counted.fr} depuis, d'un côté ou de l'autre"
    )
