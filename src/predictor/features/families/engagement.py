"""Engagement by interaction type: how often, how lately, how long, rising or falling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.actions import type_action
from predictor.features.catalogue import (
    Feature,
    Relation,
    Signal,
    Text,
    Values,
    is_missing,
    unique_names,
)
from predictor.features.families.amounts import amounts, mean_seconds, seconds
from predictor.features.relations.interactions import of_type
from predictor.features.vocabulary import Labels, Word, word_for
from predictor.features.wording import days_ago, in_days

if TYPE_CHECKING:
    from collections.abc import Callable

    from predictor.features.specification import FeatureSpecification

#: Signals of other families, whose names no interaction type may take.
_OTHER_SIGNALS = (
    *("activity", "rhythm", "channels", "initiative", "habits", "sequence", "strong"),
    *("stage", "account", "calendar", "age"),
)


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of every interaction type, and of the rest together."""
    found: list[Feature] = []
    for code, (type_, name) in enumerate(type_names(specification).items()):
        word = word_for(type_, labels)
        phrase = _phrase(name, word, specification.windows_days)
        signal = Signal(name, word.noun, phrase, type_action(type_, labels))
        about = (specification, signal, Relation(of_type, (code,)), word.plural)
        found += amounts(*about)
        if type_ in specification.timed_types:
            found += [*seconds(*about), *mean_seconds(*about)]
    return found


def count_columns(specification: FeatureSpecification) -> dict[str, str]:
    """Return the column that counts each interaction type over the longest window."""
    days = specification.windows_days[-1]
    return {type_: f"{name}_count_{days}d" for type_, name in type_names(specification).items()}


def type_names(specification: FeatureSpecification) -> dict[str, str]:
    """Return the name with which the features of each interaction type begin."""
    types = specification.all_types
    return dict(zip(types, unique_names(types, taken=_OTHER_SIGNALS), strict=True))


def _phrase(name: str, word: Word, windows_days: tuple[int, ...]) -> Callable[[Values], Text]:
    """Say when it last happened, and how often within the shortest window that saw several."""

    def phrase(values: Values) -> Text:
        since_days = values[f"{name}_days_since_last"]
        if is_missing(since_days):
            return Text(f"No {word.noun.en} yet", f"Pas encore : {word.noun.fr}")
        ago = days_ago(since_days)
        for days in windows_days:
            count = int(values[f"{name}_count_{days}d"])
            if count > 1:
                often = in_days(count, days)
                return Text(
                    f"{word.did.en} {ago.en} ({often.en})", f"{word.did.fr} {ago.fr} ({often.fr})"
                )
        return Text(f"{word.did.en} {ago.en}", f"{word.did.fr} {ago.fr}")

    return phrase
