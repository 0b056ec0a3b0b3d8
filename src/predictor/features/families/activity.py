"""Activity over all interaction types: active days, variety, silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import Feature, Signal, Text, Values, is_missing
from predictor.features.relations import DAY_US
from predictor.features.wording import time_span

if TYPE_CHECKING:
    from collections.abc import Callable

    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features that take all interactions together."""
    del labels  # activity has no words of its own
    signal = Signal("activity", Text("activity", "activité"), _phrase(specification.windows_days))
    half_life = f"{specification.half_life_days:g}"
    found: list[Feature] = []
    for days in specification.windows_days:
        found += _in_window(signal, days)
    return [
        *found,
        Feature(
            "activity_days_since_last",
            signal,
            "tallies",
            lambda tallies: tallies.last_age_us.min() / DAY_US,
            "days",
            Text("Days since the last interaction", "Jours depuis la dernière interaction"),
            "no interaction yet",
        ),
        Feature(
            "activity_decayed_count",
            signal,
            "tallies",
            lambda tallies: tallies.decayed.sum(),
            "count",
            Text(
                f"Number of interactions, each counting half after {half_life} days",
                f"Nombre d'interactions, chacune comptant pour moitié après {half_life} jours",
            ),
            "never missing",
            0.0,
        ),
    ]


def _in_window(signal: Signal, days: int) -> list[Feature]:
    count = f"count_{days}d"
    return [
        Feature(
            f"activity_count_{days}d",
            signal,
            "tallies",
            lambda tallies: tallies[count].sum(),
            "count",
            Text(
                f"Number of interactions in the last {days} days",
                f"Nombre d'interactions sur {days} jours",
            ),
            "never missing",
            0.0,
        ),
        Feature(
            f"activity_types_{days}d",
            signal,
            "tallies",
            lambda tallies: (tallies[count] > 0).sum(),
            "count",
            Text(
                f"Number of different interaction types in the last {days} days, "
                "rare types counting as one",
                f"Nombre de types d'interaction différents sur {days} jours, "
                "les types rares comptant pour un",
            ),
            "never missing",
            0.0,
        ),
        Feature(
            f"activity_active_days_{days}d",
            signal,
            "interactions",
            lambda interactions: interactions.day.nunique(where=interactions.day < days),
            "days",
            Text(
                f"Number of the last {days} days (of 24 hours) with an interaction",
                f"Nombre de jours (de 24 heures) actifs sur {days}",
            ),
            "never missing",
            0.0,
        ),
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
