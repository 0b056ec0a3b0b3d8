"""What is known of a CRM at an instant: the rule of time, once, for every family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.histories import MICROSECOND, happened_at, known_at

if TYPE_CHECKING:
    from datetime import datetime

    from support.histories import Answer, Fact, History, Interaction, Outcome, Prospect, Stage

Values = dict[str, Any]
#: A fact with its age in microseconds.
Aged = tuple[int, Any]
DAY_US = 24 * 60 * 60 * 1_000_000


class Dated:
    """A fact, when it happened and when it was known."""

    def __init__(self, fact: Fact) -> None:
        self.fact = fact
        self.at = happened_at(fact)
        self.known_at = known_at(fact)

    def is_known(self, as_of: datetime) -> bool:
        """It occurred before as_of and was recorded before as_of, both strictly."""
        return self.at < as_of and self.known_at < as_of


class Crm:
    """All usable facts, by prospect."""

    def __init__(self, usable: History) -> None:
        self.prospects = {prospect.prospect_id: Dated(prospect) for prospect in usable.prospects}
        self.interactions = _by_prospect(usable.interactions)
        self.answers = _by_prospect(usable.answers)
        self.stages = _by_prospect(usable.stages)
        self.outcomes = [Dated(outcome) for outcome in usable.outcomes]


def _by_prospect(facts: tuple[Any, ...]) -> dict[str, list[Dated]]:
    found: dict[str, list[Dated]] = {}
    for fact in facts:
        found.setdefault(fact.prospect_id, []).append(Dated(fact))
    return found


class Known:
    """What is known of a prospect, and of the others, at as_of."""

    def __init__(self, crm: Crm, prospect_id: str, as_of: datetime) -> None:
        self.crm = crm
        self.as_of = as_of
        mine = crm.prospects.get(prospect_id)
        self.prospect: Prospect | None = (
            mine.fact if mine is not None and mine.is_known(as_of) else None
        )
        self.interactions: list[tuple[int, Interaction]] = [
            (self.age_us(dated.at), dated.fact)
            for dated in crm.interactions.get(prospect_id, [])
            if dated.is_known(as_of)
        ]
        self.answers: list[Answer] = self._known(crm.answers.get(prospect_id, []))
        self.stages: list[Stage] = self._known(crm.stages.get(prospect_id, []))

    def _known(self, dated: list[Dated]) -> list[Any]:
        return [one.fact for one in dated if one.is_known(self.as_of)]

    def age_us(self, instant: datetime) -> int:
        """Return the age of an instant, in microseconds."""
        return (self.as_of - instant) // MICROSECOND

    def age_days(self, fact: Fact) -> float:
        """Return the age of a fact, in days."""
        return self.age_us(happened_at(fact)) / DAY_US

    def outcomes(self) -> list[Outcome]:
        """Return the outcomes of all prospects that are known."""
        return self._known(self.crm.outcomes)

    def people(self) -> list[Prospect]:
        """Return the prospects that are known, which are those created."""
        return self._known([*self.crm.prospects.values()])

    def has_interaction(self, prospect_id: str) -> bool:
        """Say whether any interaction of a prospect is known."""
        return any(
            dated.is_known(self.as_of) for dated in self.crm.interactions.get(prospect_id, [])
        )
