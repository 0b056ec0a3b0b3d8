"""The features by plain Python loops, written from the sentences of the catalogue.

Nothing here comes from the engine: no Ibis, no pandas, no expression. The names of the features are
spelt out for types, grids and questions whose names need no mending.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from support.histories import Fact, History, happened_at, known_at

if TYPE_CHECKING:
    from predictor.features.specification import FeatureSpecification

Values = dict[str, Any]
_DAY_SECONDS = 86_400


def expected_features(
    history: History, specification: FeatureSpecification, prospect_id: str, as_of: datetime
) -> Values:
    """Return every feature of one snapshot; None where it is missing."""
    # The rule of time: it occurred before as_of and was recorded before as_of, both strictly.
    facts = history.of(prospect_id).where(
        lambda fact: happened_at(fact) < as_of and known_at(fact) < as_of
    )
    values: Values = {}
    for type_ in specification.types:
        values |= _of_type(facts, specification, as_of, type_, {type_})
    named = set(specification.types)
    rest = {interaction.type for interaction in facts.interactions} - named
    if specification.other_types:
        values |= _of_type(facts, specification, as_of, "other", rest)
    values |= _activity(facts, specification, as_of)
    for grid, question in specification.questions:
        values |= _question(facts, as_of, grid, question)
    if specification.stages:
        values |= _stage(facts, as_of)
    values |= _prospect(facts, specification, as_of)
    return values


def _days(as_of: datetime, instant: datetime) -> float:
    return (as_of - instant).total_seconds() / _DAY_SECONDS


def _in_window(instant: datetime, as_of: datetime, days: int) -> bool:
    return as_of - timedelta(days=days) <= instant < as_of


def _decayed(instants: list[datetime], as_of: datetime, half_life_days: float) -> float:
    total = 0.0
    for instant in instants:
        total += 0.5 ** (_days(as_of, instant) / half_life_days)
    return total


def _since_last(instants: list[datetime], as_of: datetime) -> float | None:
    return _days(as_of, max(instants)) if instants else None


def _of_type(
    facts: History,
    specification: FeatureSpecification,
    as_of: datetime,
    name: str,
    types: set[str],
) -> Values:
    """Number in the last days; number ever; days since the last; decayed number; seconds."""
    mine = [fact for fact in facts.interactions if fact.type in types]
    instants = [happened_at(fact) for fact in mine]
    values: Values = {
        f"{name}_count": len(mine),
        f"{name}_days_since_last": _since_last(instants, as_of),
        f"{name}_decayed_count": _decayed(instants, as_of, specification.half_life_days),
    }
    for days in specification.windows_days:
        inside = [fact for fact in mine if _in_window(happened_at(fact), as_of, days)]
        values[f"{name}_count_{days}d"] = len(inside)
        if name in specification.timed_types:
            values[f"{name}_seconds_{days}d"] = sum(fact.duration_seconds or 0 for fact in inside)
    return values


def _activity(facts: History, specification: FeatureSpecification, as_of: datetime) -> Values:
    """All interactions together; types without a name of their own count as one type."""
    instants = [happened_at(fact) for fact in facts.interactions]
    values: Values = {
        "activity_days_since_last": _since_last(instants, as_of),
        "activity_decayed_count": _decayed(instants, as_of, specification.half_life_days),
    }
    for days in specification.windows_days:
        inside = [f for f in facts.interactions if _in_window(happened_at(f), as_of, days)]
        types = {f.type if f.type in specification.types else "the rest" for f in inside}
        active = 0
        for back in range(days):
            end = as_of - timedelta(days=back)
            start = end - timedelta(days=1)
            active += any(start <= instant < end for instant in instants)
        values[f"activity_count_{days}d"] = len(inside)
        values[f"activity_types_{days}d"] = len(types)
        values[f"activity_active_days_{days}d"] = active
    return values


def _latest(facts: list[Any], text: str) -> Any:
    """Return the latest fact; at the same instant the one known last, then the last by its text."""
    latest = None
    for fact in facts:
        key = (happened_at(fact), known_at(fact), getattr(fact, text))
        if latest is None or key > (happened_at(latest), known_at(latest), getattr(latest, text)):
            latest = fact
    return latest


def _question(facts: History, as_of: datetime, grid: str, question: str) -> Values:
    mine = [fact for fact in facts.answers if (fact.grid, fact.question) == (grid, question)]
    latest = _latest(mine, "answer")
    name = f"answer_{grid}_{question}".lower()
    return {
        name: latest.answer if latest else None,
        f"{name}_age_days": _age(latest, as_of),
        f"{name}_times": len(mine),
    }


def _stage(facts: History, as_of: datetime) -> Values:
    latest = _latest(list(facts.stages), "stage")
    return {"stage": latest.stage if latest else None, "stage_age_days": _age(latest, as_of)}


def _prospect(facts: History, specification: FeatureSpecification, as_of: datetime) -> Values:
    prospect = facts.prospects[0] if facts.prospects else None
    attributes = dict(prospect.attributes) if prospect else {}
    values = {f"attribute_{a.name}": attributes.get(a.name) for a in specification.attributes}
    return values | {"age_days": _age(prospect, as_of)}


def _age(fact: Fact | None, as_of: datetime) -> float | None:
    return None if fact is None else _days(as_of, happened_at(fact))
