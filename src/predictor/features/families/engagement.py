"""Engagement by interaction type: how often, how lately, how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import (
    Feature,
    Signal,
    Text,
    Unit,
    Values,
    is_missing,
    unique_names,
)
from predictor.features.relations import DAY_US
from predictor.features.specification import OTHER_TYPES, FeatureSpecification
from predictor.features.vocabulary import Labels, Word, word_for
from predictor.features.wording import days_ago, in_days

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

NEVER = "no such interaction yet"
#: Signals of other families, whose names no interaction type may take.
_OTHER_SIGNALS = ("activity", "age", "stage")


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of every interaction type, and of the rest together."""
    names = _names(specification)
    found: list[Feature] = []
    for type_, code in _codes(specification).items():
        word = word_for(type_, labels)
        phrase = _phrase(names[type_], word, specification.windows_days)
        signal = Signal(names[type_], word.noun, phrase)
        found += _counts(specification, signal, word, code)
        if type_ in specification.timed_types:
            found += _seconds(specification, signal, word, code)
    return found


def count_columns(specification: FeatureSpecification) -> dict[str, str]:
    """Return the column that counts each interaction type over the longest window."""
    days = specification.windows_days[-1]
    return {type_: f"{name}_count_{days}d" for type_, name in _names(specification).items()}


def _codes(specification: FeatureSpecification) -> dict[str, int]:
    codes = {name: code for code, name in enumerate(specification.types)}
    return codes | {OTHER_TYPES: -1} if specification.other_types else codes


def _names(specification: FeatureSpecification) -> dict[str, str]:
    codes = _codes(specification)
    return dict(zip(codes, unique_names(codes, taken=_OTHER_SIGNALS), strict=True))


def _of(code: int, column: str) -> Callable[[ir.Table], ir.Value]:
    """Return the value of one type's tally; there is one row at most per snapshot and type."""
    return lambda tallies: tallies[column].sum(where=tallies.code == code).fill_null(0)


def _counts(
    specification: FeatureSpecification, signal: Signal, word: Word, code: int
) -> list[Feature]:
    def feature(
        suffix: str,
        expression: Callable[[ir.Table], ir.Value],
        unit: Unit,
        text: Text,
        absent: float | None,
    ) -> Feature:
        missing = "never missing" if absent is not None else NEVER
        name = f"{signal.name}_{suffix}"
        return Feature(name, signal, "tallies", expression, unit, text, missing, absent)

    en, fr = word.plural.en, word.plural.fr
    windows = [
        feature(
            f"count_{days}d",
            _of(code, f"count_{days}d"),
            "count",
            Text(f"Number of {en} in the last {days} days", f"Nombre de {fr} sur {days} jours"),
            0.0,
        )
        for days in specification.windows_days
    ]
    half_life = f"{specification.half_life_days:g}"
    return [
        *windows,
        feature(
            "count",
            _of(code, "count"),
            "count",
            Text(f"Number of {en} ever", f"Nombre de {fr} au total"),
            0.0,
        ),
        feature(
            "days_since_last",
            lambda tallies: tallies.last_age_us.min(where=tallies.code == code) / DAY_US,
            "days",
            Text(f"Days since the last {word.noun.en}", f"Jours depuis : {word.noun.fr}"),
            None,
        ),
        feature(
            "decayed_count",
            _of(code, "decayed"),
            "count",
            Text(
                f"Number of {en}, each counting half after {half_life} days",
                f"Nombre de {fr}, chacun comptant pour moitié après {half_life} jours",
            ),
            0.0,
        ),
    ]


def _seconds(
    specification: FeatureSpecification, signal: Signal, word: Word, code: int
) -> list[Feature]:
    return [
        Feature(
            f"{signal.name}_seconds_{days}d",
            signal,
            "tallies",
            _of(code, f"seconds_{days}d"),
            "seconds",
            Text(
                f"Seconds of {word.plural.en} in the last {days} days",
                f"Secondes de {word.plural.fr} sur {days} jours",
            ),
            "never missing",
            0.0,
        )
        for days in specification.windows_days
    ]


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
