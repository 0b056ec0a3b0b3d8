"""Random histories that crowd the places where a point-in-time engine goes wrong.

Most instants lie within a microsecond of an as_of, of a window's edge, of a whole day before one,
of a full hour, or of an hour near which the clocks of Paris or New York change.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

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

from predictor.features.specification import (
    Attribute,
    FeatureSpecification,
    Question,
    Ratio,
)
from predictor.features.specification import Stage as StageOfProcess

if TYPE_CHECKING:
    import random

WINDOWS_DAYS = (7, 30)
#: Two Mondays, an instant of no importance, one within the night when clocks change, and the first
#: instant of a quarter.
AS_OFS = (
    datetime(2024, 3, 4),
    datetime(2024, 3, 18),
    datetime(2024, 3, 13, 15, 27, 3, 123457),
    datetime(2024, 3, 31, 1, 30),
    datetime(2024, 4, 1),
)
#: Before all but the oldest facts.
LONG_AGO = datetime(2023, 10, 1, 9)
#: When clocks change (UTC): in Paris in spring and autumn, then in New York.
CLOCK_CHANGES = (
    datetime(2024, 3, 31, 1),
    datetime(2023, 10, 29, 1),
    datetime(2024, 3, 10, 7),
    datetime(2023, 11, 5, 6),
)
TYPES = ("email_open", "call", "website_visit", "quote_request", "fax", "letter")
TYPE_WEIGHTS = (8, 5, 4, 3, 1, 1)
DURATIONS_SECONDS = (None, 0.0, 12.3, 600.1, 7.123456, 86_400.0)
#: Types that have durations; one of them is too rare to be kept by name.
TIMED_TYPES = ("call", "website_visit", "fax")
CHANNELS = (None, "phone", "mail", "web", "Été")
DIRECTIONS = (None, "inbound", "Incoming", "IN", "outbound", "out", "inwards")
QUESTIONS = (
    ("BANT", "budget"),
    ("BANT", "need"),
    ("CHAMP", "budget"),
    ("CHAMP", "need"),
    ("GPCT", "budget"),
)
ANSWERS = ("no", "unknown", "yes", "Été")
STAGES = ("prospecting", "discovery", "proposal", "closing", "limbo")
INDUSTRIES = ("retail", "steel", "Éducation", None)
EDGES_DAYS = (0, 1, 2, 6, 8, *WINDOWS_DAYS)
ZONES = ("UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu")

#: A configuration that uses everything that the histories hold; one answer and one stage are
#: unknown to it.
CONFIG: dict[str, dict[str, Any] | tuple[str, ...]] = {
    "features": {
        "windows_days": WINDOWS_DAYS,
        "half_life_days": 9.5,
        "max_types": 4,
        "strong_types": ("quote_request", "website_visit"),
        "ratios": {
            "called": {"of": ("call",), "among": ("email_open",)},
            "asked": {"of": ("quote_request",), "among": ("website_visit", "call")},
        },
    },
    "attributes": {
        name: {"known_at": "creation"} for name in ("industry", "size", "trial", "account_id")
    },
    "grids": {
        "BANT": {"budget": {"concept": "money", "answers": ("no", "unknown", "yes")}},
        "CHAMP": {
            "budget": {"concept": "money", "answers": ("no", "Été", "yes")},
            "need": {"concept": "need", "answers": ("yes", "no")},
        },
        "GPCT": {"budget": {"concept": "money", "answers": ("unknown", "yes")}},
    },
    "stages": STAGES[:4],
}
#: The same by hand, with rates of its own.
SPECIFICATION = FeatureSpecification(
    families=(
        *("engagement", "activity", "rhythm", "channels", "habits", "ratios", "sequence"),
        *("qualification", "stage", "fit", "account", "calendar", "age"),
    ),
    windows_days=WINDOWS_DAYS,
    half_life_days=9.5,
    types=TYPES[:4],
    timed_types=("call", "website_visit"),
    other_types=True,
    strong_types=("website_visit", "quote_request"),
    ratios=(
        Ratio("called", ("call",), ("email_open",), 0.625),
        Ratio("asked", ("quote_request",), ("website_visit", "call"), 1 / 3),
    ),
    channels=True,
    inbound_rate=0.4375,
    time_zone="America/New_York",
    weekend_rate=2 / 7,
    off_hours_rate=0.1,
    questions=(
        Question("BANT", "budget", "money", (("no", 0.0), ("unknown", 0.5), ("yes", 1.0))),
        Question("BANT", "need", "need"),
        Question("CHAMP", "budget", "money", (("no", 0.0), ("Été", 0.5), ("yes", 1.0))),
        Question("CHAMP", "need", "need", (("yes", 0.0), ("no", 1.0))),
        Question("GPCT", "budget", "money", (("unknown", 0.0), ("yes", 1.0))),
    ),
    stages=(
        StageOfProcess("prospecting", 12.5),
        StageOfProcess("discovery", None),
        StageOfProcess("proposal", 3.0),
        StageOfProcess("closing", 0.25),
    ),
    attributes=(
        Attribute("industry", "categorical"),
        Attribute("size", "numeric"),
        Attribute("trial", "categorical"),
    ),
    accounts=True,
)


def random_history(
    rng: random.Random, n_prospects: int, *, prefix: str = "p", dates: bool = True
) -> History:
    """Return prospects with no to many facts each; `dates` lets some values have only a date."""
    history = History()
    for number in range(n_prospects):
        prospect_id = f"{prefix}{number}"
        history += _facts(rng, prospect_id, rng.choice((0, 1, 3, 10, 30)), dates=dates)
    return history


def busy_prospect(
    rng: random.Random, prospect_id: str, n_interactions: int, *, duplicates: bool = True
) -> History:
    """Return a prospect with thousands of interactions; without duplicates all are usable."""
    person = Prospect(
        prospect_id,
        datetime(2023, 6, 1),
        attributes=(("industry", "steel"), ("size", 3.5), ("trial", True)),
    )
    interactions = [_interaction(rng, prospect_id, True) for _ in range(n_interactions)]
    if not duplicates:
        interactions = _told_apart(interactions)
    return History((person,), tuple(interactions))


def _told_apart(interactions: list[Interaction]) -> list[Interaction]:
    """Give interactions that are the same but for their recording a duration each."""
    seen = set()
    apart = []
    for number, fact in enumerate(interactions):
        key = (happened_at(fact), fact.type, fact.channel, fact.direction, fact.duration_seconds)
        apart.append(replace(fact, duration_seconds=1e6 + number) if key in seen else fact)
        seen.add(key)
    return apart


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
    near = rng.choice((-1, 0, 0, 1)) * MICROSECOND
    kind = rng.random()
    if kind < 0.5:
        return as_of - rng.choice(EDGES_DAYS) * DAY + near
    if dates and kind < 0.6:
        return as_of.date() - rng.randrange(-2, 40) * DAY
    if kind < 0.7:
        return rng.choice(CLOCK_CHANGES) + timedelta(hours=rng.randrange(-12, 13)) + near
    if kind < 0.8:
        return as_of.replace(minute=0, second=0, microsecond=0) - _hours(rng) + near
    return as_of - timedelta(microseconds=rng.randrange(-(10**12), 5 * 10**12))


def _hours(rng: random.Random) -> timedelta:
    return timedelta(hours=rng.randrange(-24, 24 * 12))


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
    # The same again, but for when it was recorded.
    interactions += [
        replace(fact, recorded_at=random_instant(rng, dates=dates))
        for fact in rng.sample(interactions, len(interactions) // 8)
    ]
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
        random_instant(rng, dates=dates) if rng.random() < 0.6 else LONG_AGO,
        account_id=rng.choice((None, "a1", "a2", f"of {prospect_id}")),
        owner=rng.choice((None, "Zoé")),
        amount=rng.choice((None, 5000.0)),
        do_not_contact=rng.choice((None, True, False)),
        attributes=(
            ("industry", rng.choice(INDUSTRIES)),
            ("size", size),
            ("trial", rng.choice((None, True, False))),
        ),
    )


def _interaction(rng: random.Random, prospect_id: str, dates: bool) -> Interaction:
    instant, recorded_at = _dated(rng, dates)
    (type_,) = rng.choices(TYPES, TYPE_WEIGHTS)
    return Interaction(
        prospect_id,
        instant,
        type_,
        channel=rng.choice(CHANNELS),
        direction=rng.choice(DIRECTIONS),
        duration_seconds=rng.choice(DURATIONS_SECONDS) if type_ in TIMED_TYPES else None,
        recorded_at=recorded_at,
    )


def _outcomes(rng: random.Random, prospect_id: str, dates: bool) -> tuple[Outcome, ...]:
    found = []
    for _ in range(rng.choice((0, 0, 1, 1, 1, 2))):
        closed_at, recorded_at = _dated(rng, dates)
        found.append(
            Outcome(prospect_id, closed_at, rng.choice(("won", "lost")), recorded_at=recorded_at)
        )
    return tuple(found)


def _dated(rng: random.Random, dates: bool) -> tuple[Instant, Instant | None]:
    """Return an instant and when it was recorded: mostly at once, else at any other instant."""
    recorded_at = random_instant(rng, dates=dates) if rng.random() < 0.35 else None
    return random_instant(rng, dates=dates), recorded_at
