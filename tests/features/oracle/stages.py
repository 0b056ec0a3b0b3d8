"""Where a prospect stands in the sales process, and how it got there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from support.histories import Stage, happened_at, known_at

if TYPE_CHECKING:
    from features.oracle.known import Known, Values

    from predictor.features.specification import FeatureSpecification


def stages(known: Known, specification: FeatureSpecification) -> Values:
    """Return the current stage, the time in it, moves, steps back and speed."""
    if not specification.stages:
        return {}
    entries = sorted(known.stages, key=lambda s: (happened_at(s), known_at(s), s.stage))
    steps = list(pairwise(entries))
    places = {stage.name: place for place, stage in enumerate(specification.stages)}
    back = [
        (before, after)
        for before, after in steps
        if before.stage in places
        and after.stage in places
        and places[after.stage] < places[before.stage]
    ]
    return {
        **_current(known, specification, entries, places),
        "stage_moves": sum(before.stage != after.stage for before, after in steps),
        "stage_steps_back": len(back),
        "stage_speed": _places_per_month(known, entries, places),
    }


def _current(
    known: Known,
    specification: FeatureSpecification,
    entries: list[Stage],
    places: dict[str, int],
) -> Values:
    latest = entries[-1] if entries else None
    age_days = known.age_days(latest) if latest else None
    place = places.get(latest.stage) if latest else None
    usual_days = None if place is None else specification.stages[place].usual_days
    return {
        "stage": latest.stage if latest else None,
        "stage_age_days": age_days,
        "stage_relative_age": None if usual_days is None else age_days / usual_days,
        "stage_place": place,
    }


def _places_per_month(known: Known, entries: list[Stage], places: dict[str, int]) -> float | None:
    if not entries:
        return None
    first, last = places.get(entries[0].stage), places.get(entries[-1].stage)
    if first is None or last is None:
        return None
    return (last - first) / max(known.age_days(entries[0]), 1) * 30
