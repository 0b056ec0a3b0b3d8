"""Activity over all interaction types: how much, how varied, on how many days."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

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
from predictor.features.families.amounts import amounts, mean_seconds, seconds
from predictor.features.families.names import type_names
from predictor.features.relations.interactions import active_days, of_all_types
from predictor.features.vocabulary import Labels, Word, word_for
from predictor.features.wording import several, time_span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification

_ALL = Relation(of_all_types)
_INTERACTIONS = Text("interactions", "interactions")


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features that take all interactions together."""
    windows_days, mostly = specification.windows_days, _mostly(specification)
    words = {name: word_for(type_, labels) for type_, name in type_names(specification).items()}
    signal = Signal(
        "activity",
        Text("activity", "activité"),
        _phrase(windows_days, mostly, words),
        _told(windows_days, mostly, words),
    )
    about = (specification, signal, _ALL, _INTERACTIONS)
    return [
        *amounts(*about),
        *([*seconds(*about), *mean_seconds(*about)] if specification.timed_types else []),
        *_different(signal, "types", _ALL, "types", _TYPES, specification.windows_days),
        *_different(
            signal,
            "active_days",
            Relation(active_days),
            "active_days",
            _DAYS,
            specification.windows_days,
        ),
    ]


_TYPES = Text(
    "Number of different interaction types{}, rare types counting as one",
    "Nombre de types d'interaction différents{}, les types rares comptant pour un",
)
_DAYS = Text(
    "Number of days (of 24 hours before the look) with an interaction{}",
    "Nombre de jours (de 24 heures) avec une interaction{}",
)


def _different(
    signal: Signal,
    suffix: str,
    relation: Relation,
    column: str,
    text: Text,
    windows_days: tuple[int, ...],
) -> list[Feature]:
    """Return how many different ones there are in each window, and ever."""

    def read(name: str) -> Callable[[ir.Table], ir.Value]:
        return lambda table: table[name]

    windows = {
        f"_{days}d": (f" in the last {days} days", f" sur {days} jours") for days in windows_days
    }
    return [
        define(
            signal,
            relation,
            f"{signal.name}_{suffix}{window}",
            "days" if suffix == "active_days" else "count",
            Text(text.en.format(en), text.fr.format(fr)),
            read(f"{column}{window}"),
        )
        for window, (en, fr) in (windows | {"": (" ever", " au total")}).items()
    ]


def _phrase(
    windows_days: tuple[int, ...], mostly: Callable[[Values, int], Seen], words: dict[str, Word]
) -> Callable[[Values], Text]:
    """Say how active the shortest window was that saw anything, and how long nothing came since."""
    windows = [(days, f"activity_active_days_{days}d") for days in windows_days]

    @lru_cache(maxsize=1 << 14)
    def said(active: int, days: int, seen: Seen) -> Text:
        when, what = _active(active, days), _named(seen, words)
        return Text(when.en + what.en, when.fr + what.fr)

    def phrase(values: Values) -> Text:
        silent_days = values["activity_days_since_last"]
        if is_missing(silent_days):
            return _NOTHING
        for days, column in windows:
            active = int(values[column])
            if active:
                text = said(active, days, mostly(values, days))
                return text if days == windows_days[0] else _then_silent(text, silent_days)
        span = time_span(silent_days)
        return Text(f"No activity for {span.en}", f"Aucune activité depuis {span.fr}")

    return phrase


_NOTHING = Text("Nothing recorded yet", "Rien d'enregistré pour l'instant")


def _active(active: int, days: int) -> Text:
    if days == 1:
        return Text("Activity on the last day", "Activité le dernier jour")
    jours = "jour" if active < 2 else "jours"
    return Text(
        f"Activity on {active} of the last {days} days",
        f"Activité {active} {jours} sur les {days} derniers",
    )


def _named(seen: Seen, words: dict[str, Word]) -> Text:
    """Say in brackets what there was most of."""
    counted = [several(count, words[name].noun, words[name].counted) for name, count in seen.most]
    if not counted:
        return Text("", "")
    en = f"{'including ' if seen.others else ''}{' and '.join(text.en for text in counted)}"
    fr = f"{'dont ' if seen.others else ''}{' et '.join(text.fr for text in counted)}"
    return Text(f" ({en})", f" ({fr})")


def _then_silent(said: Text, silent_days: float) -> Text:
    span = time_span(silent_days)
    return Text(f"{said.en}, none for {span.en}", f"{said.fr}, aucune depuis {span.fr}")


class Seen(NamedTuple):
    """The types seen most within a window, at most two, and whether there were others."""

    most: tuple[tuple[str, int], ...]
    others: bool


def _mostly(specification: FeatureSpecification) -> Callable[[Values, int], Seen]:
    """Return a function that finds what there was most of in a window."""
    names = type_names(specification) if "engagement" in specification.families else {}
    columns = {
        days: [(name, f"{name}_count_{days}d") for name in names.values()]
        for days in specification.windows_days
    }

    strong = {names[type_] for type_ in specification.strong_types if names}

    def mostly(values: Values, days: int) -> Seen:
        seen = [(name, int(n)) for name, column in columns[days] if (n := values[column])]
        # Strong signals have a sentence of their own, with their mark.
        weak = [each for each in seen if each[0] not in strong] or seen
        weak.sort(key=lambda each: -each[1])
        most = tuple(weak[:2])
        return Seen(most, len(most) < len(seen))

    return mostly


def _told(
    windows_days: tuple[int, ...], mostly: Callable[[Values, int], Seen], names: Iterable[str]
) -> Callable[[Values], Facts]:
    """Name the facts told: the activity, and the types of which there was most.

    Where there was nothing at all, that tells of every type that there was none.
    """
    windows = [(days, f"activity_active_days_{days}d") for days in windows_days]
    nothing_of_any = frozenset(("activity", *names))

    def told(values: Values) -> Facts:
        if is_missing(values["activity_days_since_last"]):
            return nothing_of_any
        for days, column in windows:
            if values[column]:
                return frozenset(("activity", *(name for name, _ in mostly(values, days).most)))
        return _ACTIVITY

    return told


_ACTIVITY: Facts = frozenset(("activity",))
