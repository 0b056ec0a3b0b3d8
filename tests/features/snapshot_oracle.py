"""Who is at risk when, and what became of them, by plain Python loops over dated facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from support.histories import History, Outcome, Prospect, happened_at, known_at

Row = dict[str, Any]


def expected_observed(
    history: History, instants: list[datetime], known_until: datetime, silence_days: int | None
) -> list[Row]:
    """Return the snapshots of prospects at risk, by instant and prospect.

    A prospect is at risk from its creation until its outcome, as known before `known_until`.
    """
    known = history.where(lambda fact: known_at(fact) < known_until)
    rows = []
    for as_of in instants:
        for prospect in sorted(known.prospects, key=lambda p: p.prospect_id):
            end = _end(known.of(prospect.prospect_id), prospect, as_of, known_until, silence_days)
            if end is not None:
                outcome, instant = end
                rows.append(
                    {
                        "prospect_id": prospect.prospect_id,
                        "account_id": prospect.account_id,
                        "as_of": as_of,
                        "outcome": outcome,
                        "duration_days": (instant - as_of).total_seconds() / 86_400,
                    }
                )
    return rows


def expected_open(history: History, as_of: datetime, silence_days: int | None) -> list[Row]:
    """Return the prospects that nobody knows to be closed or silent before `as_of`."""
    known = history.where(lambda fact: known_at(fact) < as_of)
    rows = []
    for prospect in sorted(known.prospects, key=lambda p: p.prospect_id):
        mine = known.of(prospect.prospect_id)
        if mine.outcomes or _silent(mine, as_of, silence_days):
            continue
        interactions = [happened_at(fact) for fact in mine.interactions]
        rows.append(
            {
                "prospect_id": prospect.prospect_id,
                "account_id": prospect.account_id,
                "owner": prospect.owner,
                "amount": prospect.amount,
                "territory": None,
                "do_not_contact": bool(prospect.do_not_contact),
                "as_of": as_of,
                "last_interaction_at": max(interactions, default=None),
            }
        )
    return rows


def _end(
    mine: History,
    prospect: Prospect,
    as_of: datetime,
    known_until: datetime,
    silence_days: int | None,
) -> tuple[str, datetime] | None:
    """Return how and when a prospect's follow-up ends; None where it is not at risk at `as_of`."""
    outcome: Outcome | None = mine.outcomes[0] if mine.outcomes else None
    if known_at(prospect) >= as_of or _silent(mine, as_of, silence_days):
        return None
    if outcome is not None and happened_at(outcome) < as_of:
        return None
    end = ("open", known_until) if outcome is None else (outcome.outcome, happened_at(outcome))
    # The first instant from as_of on that ends a silence long enough.
    for instant in _learnt(mine):
        silent_at = instant + timedelta(days=silence_days or 0)
        broken = any(instant < other <= silent_at for other in _learnt(mine))
        if (
            silence_days is not None
            and not broken
            and as_of <= silent_at < known_until
            and (outcome is None or silent_at < happened_at(outcome))
        ):
            return ("lost", silent_at)
    return end


def _silent(mine: History, as_of: datetime, silence_days: int | None) -> bool:
    """Say whether, before as_of, nothing had been learnt for more than so many days."""
    if silence_days is None:
        return False
    last = max(instant for instant in _learnt(mine) if instant < as_of)
    return last + timedelta(days=silence_days) < as_of


def _learnt(mine: History) -> list[datetime]:
    facts = (*mine.prospects, *mine.interactions, *mine.answers, *mine.stages)
    return sorted(known_at(fact) for fact in facts)
