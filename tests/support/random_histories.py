"""Random histories that crowd the places where a point-in-time engine goes wrong.

Most instants lie within a microsecond of an as_of, of a window's edge or of a whole day before one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from support.histories import (
    DAY,
    MICROSECOND,
    Answer,
    Fact,
    History,
    Instant,
    Interaction,
    Outcome,
    Prospect,
    Stage,
    happened_at,
    known_at,
)

if TYPE_CHECKING:
    import random

WINDOWS_DAYS = (7, 30)
#: Two Mondays, an instant of no importance, and one within the night when clocks change.
AS_OFS = (
    datetime(2024, 3, 4),
    datetime(2024, 3, 18),
    datetime(2024, 3, 13, 15, 27, 3, 123457),
    datetime(2024, 3, 31, 1, 30),
)
TYPES = ("email_open", "call", "website_visit", "quote_request", "fax", "letter")
TYPE_WEIGHTS = (8, 5, 4, 3, 1, 1)
QUESTIONS = (("BANT", "budget"), ("BANT", "need"), ("CHAMP", "budget"))
ANSWERS = ("no", "unknown", "yes", "Été")
STAGES = ("prospecting", "discovery", "proposal", "closing")
INDUSTRIES = ("retail", "steel", "Éducation", None)
EDGES_DAYS = (0, 1, 2, 6, 8, *WINDOWS_DAYS)


def random_history(
    rng: random.Random, n_prospects: int, *, prefix: str = "p", dates: bool = True
) -> History:
    """Return prospects with no to many facts each; `dates` lets some values have only a date."""
    history = History()
    for number in range(n_prospects):
        prospect_id = f"{prefix}{number}"
        history += _facts(rng, prospect_id, rng.choice((0, 1, 3, 10, 30)), dates=dates)
    return history


def busy_prospect(rng: random.Random, prospect_id: str, n_interactions: int) -> History:
    """Return a prospect with thousands of interactions."""
    interactions = tuple(_interaction(rng, prospect_id, True) for _ in range(n_interactions))
    return History((Prospect(prospect_id, datetime(2023, 6, 1)),), interactions)


def future_facts(rng: random.Random, base: History, instant: datetime, n_prospects: int) -> History:
    """Return facts that occur, or are recorded, at or after an instant, of old and new prospects.

    No outcome lies before its prospect's creation: the contract sets such prospects aside whole,
    its one exception to the rule of time.
    """
    more = random_history(rng, n_prospects) + random_history(rng, 5, prefix="new")
    created = {p.prospect_id: happened_at(p) for p in (*more.prospects, *base.prospects)}

    def later(fact: Fact) -> bool:
        if isinstance(fact, Prospect) and not fact.prospect_id.startswith("new"):
            return False
        if isinstance(fact, Outcome) and happened_at(fact) < created[fact.prospect_id]:
            return False
        return known_at(fact) >= instant

    return more.where(later)


def random_instant(rng: random.Random, *, dates: bool = True) -> Instant:
    as_of = rng.choice(AS_OFS)
    kind = rng.random()
    if kind < 0.6:
        near = rng.choice((-1, 0, 0, 1)) * MICROSECOND
        return as_of - rng.choice(EDGES_DAYS) * DAY + near
    if dates and kind < 0.7:
        return as_of.date() - rng.randrange(-2, 40) * DAY
    return as_of - timedelta(microseconds=rng.randrange(-(10**12), 5 * 10**12))


def _facts(rng: random.Random, prospect_id: str, most: int, *, dates: bool) -> History:
    def number() -> int:
        return rng.randint(0, most)

    answers = []
    for _ in range(number()):
        grid, question = rng.choice(QUESTIONS)
        instant, recorded_at = _dated(rng, dates)
        answers.append(
            Answer(prospect_id, instant, grid, question, rng.choice(ANSWERS), recorded_at)
        )
    stages = []
    for _ in range(number()):
        instant, recorded_at = _dated(rng, dates)
        stages.append(Stage(prospect_id, instant, rng.choice(STAGES), recorded_at))
    interactions = [_interaction(rng, prospect_id, dates) for _ in range(number())]
    interactions += rng.sample(interactions, len(interactions) // 4)
    return History(
        (_prospect(rng, prospect_id, dates),),
        tuple(interactions),
        tuple(answers),
        tuple(stages),
        _outcomes(rng, prospect_id, dates),
    )


def _prospect(rng: random.Random, prospect_id: str, dates: bool) -> Prospect:
    size = rng.choice((None, 10.0, 250.0, 1234567.5))
    return Prospect(
        prospect_id,
        random_instant(rng, dates=dates),
        account_id=rng.choice((None, "a1", "a2")),
        owner=rng.choice((None, "Zoé")),
        amount=rng.choice((None, 5000.0)),
        do_not_contact=rng.choice((None, True, False)),
        attributes=(("industry", rng.choice(INDUSTRIES)), ("size", size)),
    )


def _interaction(rng: random.Random, prospect_id: str, dates: bool) -> Interaction:
    instant, recorded_at = _dated(rng, dates)
    (type_,) = rng.choices(TYPES, TYPE_WEIGHTS)
    duration_seconds = rng.choice((None, 0.0, 12.3, 600.1)) if type_ == "call" else None
    return Interaction(
        prospect_id, instant, type_, duration_seconds=duration_seconds, recorded_at=recorded_at
    )


def _outcomes(rng: random.Random, prospect_id: str, dates: bool) -> tuple[Outcome, ...]:
    found = []
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        closed_at, recorded_at = _dated(rng, dates)
        found.append(
            Outcome(prospect_id, closed_at, rng.choice(("won", "lost")), recorded_at=recorded_at)
        )
    return tuple(found)


def _dated(rng: random.Random, dates: bool) -> tuple[Instant, Instant | None]:
    """Return an instant and when it was recorded: mostly at once, else at any other instant."""
    recorded_at = random_instant(rng, dates=dates) if rng.random() < 0.35 else None
    return random_instant(rng, dates=dates), recorded_at
