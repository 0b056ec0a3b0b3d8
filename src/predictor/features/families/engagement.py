"""Engagement by interaction type: how often, how lately, how long, rising or falling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.actions import type_action
from predictor.features.catalogue import Feature, Relation, Signal, Text, Values, is_missing
from predictor.features.families.amounts import amounts, mean_seconds, seconds
from predictor.features.families.names import type_names
from predictor.features.relations.interactions import of_type
from predictor.features.vocabulary import Labels, Word, word_for
from predictor.features.wording import in_days, seen_days_ago

if TYPE_CHECKING:
    from collections.abc import Callable

    from predictor.features.specification import FeatureSpecification

STRONG = Text("strong signal", "signal fort")


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of every interaction type, and of the rest together."""
    found: list[Feature] = []
    for code, (type_, name) in enumerate(type_names(specification).items()):
        word = word_for(type_, labels)
        strong = type_ in specification.strong_types
        signal = Signal(
            name,
            word.noun,
            _phrase(name, word, specification.windows_days, strong=strong),
            strength="strong" if strong else "weak",
            action=type_action(type_, labels),
        )
        about = (specification, signal, Relation(of_type, (code,)), word.plural)
        found += amounts(*about)
        if type_ in specification.timed_types:
            found += [*seconds(*about), *mean_seconds(*about)]
    return found


def count_columns(specification: FeatureSpecification) -> dict[str, str]:
    """Return the column that counts each interaction type over the longest window."""
    days = specification.windows_days[-1]
    return {type_: f"{name}_count_{days}d" for type_, name in type_names(specification).items()}


def _phrase(
    name: str, word: Word, windows_days: tuple[int, ...], *, strong: bool
) -> Callable[[Values], Text]:
    """Say when it last happened, and how often within the shortest window that saw several."""
    since, counts = f"{name}_days_since_last", [(d, f"{name}_count_{d}d") for d in windows_days]
    en, fr, never = word.did.en, word.did.fr, word.never

    def phrase(values: Values) -> Text:
        if is_missing(values[since]):
            return never
        ago = seen_days_ago(values, since)
        aside = _aside(values, counts, strong=strong)
        return Text(f"{en} {ago.en}{aside.en}", f"{fr} {ago.fr}{aside.fr}")

    return phrase


_NOTHING, _STRONG = Text("", ""), Text(f" ({STRONG.en})", f" ({STRONG.fr})")


def _aside(values: Values, counts: list[tuple[int, str]], *, strong: bool) -> Text:
    """Say in brackets whether that is a strong signal, and how often it was seen."""
    for days, column in counts:
        count = int(values[column])
        if count > 1:
            often = in_days(count, days)
            if strong:
                return Text(f" ({STRONG.en}, {often.en})", f" ({STRONG.fr}, {often.fr})")
            return Text(f" ({often.en})", f" ({often.fr})")
    return _STRONG if strong else _NOTHING
