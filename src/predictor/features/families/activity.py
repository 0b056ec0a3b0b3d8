"""Activity over all interaction types: how much, how varied, on how many days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import (
    Feature,
    Relation,
    Signal,
    Text,
    Values,
    define,
    is_missing,
)
from predictor.features.families.amounts import amounts, mean_seconds, seconds
from predictor.features.relations.interactions import active_days, of_all_types
from predictor.features.wording import time_span

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels

_ALL = Relation(of_all_types)
_INTERACTIONS = Text("interactions", "interactions")


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features that take all interactions together."""
    del labels  # activity has no words of its own
    signal = Signal("activity", Text("activity", "activité"), _phrase(specification.windows_days))
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


def _phrase(windows_days: tuple[int, ...]) -> Callable[[Values], Text]:
    """Say how active the shortest window was that saw anything, and how long it is silent since."""

    def phrase(values: Values) -> Text:
        silent_days = values["activity_days_since_last"]
        if is_missing(silent_days):
            return Text("Nothing recorded yet", "Rien d'enregistré pour l'instant")
        span = time_span(silent_days)
        for days in windows_days:
            active = int(values[f"activity_active_days_{days}d"])
            if active == 0:
                continue
            said = _active(active, days)
            if days == windows_days[0]:
                return said
            return Text(f"{said.en}, silent for {span.en}", f"{said.fr}, silence depuis {span.fr}")
        return Text(f"Silent for {span.en}", f"Silence depuis {span.fr}")

    return phrase


def _active(active: int, days: int) -> Text:
    day, jour = ("day", "jour") if active == 1 else ("days", "jours")
    return Text(
        f"Active on {active} {day} in the last {days}",
        f"Actif {active} {jour} sur les {days} derniers",
    )
