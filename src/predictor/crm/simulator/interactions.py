"""What salespeople and prospects do in one day: Poisson roots and what they set off.

Roots
-----
Kind k starts of its own accord with the daily rate (Poisson)

    rate_k(class, intent, stage, date) =
        activity * daily_rate_k * by_intent_k[intent] * by_stage_k[stage]
        * exp(fit_effect_k * fit) * diligence * season(date)

where the diligence counts for touches (outbound) only. An answered and an unanswered call are two
kinds of one type: by thinning, that is a call that is answered with a probability.

Spawning -------- An interaction sets off others on the same day, each with a probability that
depends on the intent: an e-mail is opened, a click leads to a visit, a visit to the price page.
The rules are in topological order (a child's own rules come later), so one pass draws a whole day,
and one pass backwards gives the generating functions of `no_lift_probability` and
`no_activity_probability`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from predictor.crm.simulator.scenario import N_INTENTS, BoolArray, FloatArray, IntArray

_FLAT = (1.0,) * N_INTENTS


@dataclass(frozen=True)
class Kind:
    """One kind of interaction.

    Attributes
    ----------
    type : str
        As the CRM calls it; several kinds may share it.
    channel, direction : str
        As the CRM calls them.
    daily_rate : float
        Roots per day at pace 1; 0 if the kind only follows others.
    by_intent, by_stage : tuple of float
        Multipliers of the rate.
    fit_effect : float
        Effect of one unit of fit on the log of the rate.
    lift : float
        Probability that one of them lifts the intent by a level.
    active : bool
        Whether the prospect took part: a day without any such interaction is silent.
    seconds : float
        Median duration, 0 if it has none.
    """

    type: str
    channel: str
    direction: str
    daily_rate: float = 0.0
    by_intent: tuple[float, ...] = _FLAT
    by_stage: tuple[float, ...] = _FLAT
    fit_effect: float = 0.0
    lift: float = 0.0
    active: bool = True
    seconds: float = 0.0


_CALL_BY_STAGE = (0.6, 1.0, 1.2, 1.2, 1.2)

KINDS: dict[str, Kind] = {
    # touches
    "email_sent": Kind(
        "email_sent", "email", "outbound", 0.15, (0.7, 1.0, 1.1, 1.1, 1.1),
        (1.0, 1.2, 1.0, 1.0, 0.8), active=False,
    ),
    "call_unanswered": Kind(
        "call", "phone", "outbound", 0.07, (0.75, 0.6, 0.5, 0.4, 0.3), _CALL_BY_STAGE, active=False
    ),
    "call_answered": Kind(
        "call", "phone", "outbound", 0.07, (0.25, 0.4, 0.5, 0.6, 0.7), _CALL_BY_STAGE,
        lift=0.06, seconds=240,
    ),
    "meeting": Kind(
        "meeting", "in_person", "outbound", 0.025, (0.1, 0.4, 0.8, 1.3, 1.7),
        (0.2, 0.7, 1.2, 1.4, 1.4), lift=0.35, seconds=2_700,
    ),
    # of the prospect's own accord
    "website_visit": Kind(
        "website_visit", "web", "inbound", 0.08, (0.25, 0.65, 1.0, 1.5, 2.0),
        fit_effect=0.1, seconds=90,
    ),
    "newsletter_signup": Kind(
        "newsletter_signup", "web", "inbound", 0.008, (0.6, 1.1, 1.1, 1.0, 0.9)
    ),
    "whitepaper_download": Kind(
        "whitepaper_download", "web", "inbound", 0.014, (0.4, 1.0, 1.3, 1.3, 1.1),
        fit_effect=0.1, lift=0.08,
    ),
    "webinar_registration": Kind(
        "webinar_registration", "web", "inbound", 0.014, (0.3, 0.8, 1.3, 1.5, 1.4), fit_effect=0.1
    ),
    "event_attendance": Kind(
        "event_attendance", "event", "inbound", 0.006, (0.4, 0.8, 1.2, 1.4, 1.4), lift=0.25
    ),
    "demo_request": Kind(
        "demo_request", "web", "inbound", 0.008, (0.1, 0.5, 1.2, 2.0, 2.3),
        fit_effect=0.15, lift=0.45,
    ),
    "quote_request": Kind(
        "quote_request", "web", "inbound", 0.004, (0.06, 0.3, 0.9, 2.2, 4.0),
        fit_effect=0.15, lift=0.55,
    ),
    "call_inbound": Kind(
        "call", "phone", "inbound", 0.008, (0.1, 0.4, 0.9, 1.6, 2.2), lift=0.12, seconds=300
    ),
    # only as a consequence
    "email_open": Kind("email_open", "email", "inbound"),
    "email_click": Kind("email_click", "email", "inbound"),
    "email_reply": Kind("email_reply", "email", "inbound", lift=0.06),
    "price_page_visit": Kind("price_page_visit", "web", "inbound", lift=0.03, seconds=60),
    "webinar_attendance": Kind("webinar_attendance", "event", "inbound", lift=0.35, seconds=2_400),
}  # fmt: skip

SPAWNING: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("email_sent", "email_open", (0.15, 0.27, 0.38, 0.48, 0.55)),
    ("email_open", "email_click", (0.06, 0.12, 0.20, 0.27, 0.32)),
    ("email_open", "email_reply", (0.01, 0.04, 0.09, 0.15, 0.20)),
    ("email_click", "website_visit", (0.90, 0.90, 0.90, 0.90, 0.90)),
    ("website_visit", "price_page_visit", (0.03, 0.06, 0.12, 0.19, 0.26)),
    ("webinar_registration", "webinar_attendance", (0.30, 0.42, 0.52, 0.58, 0.60)),
    ("webinar_attendance", "demo_request", (0.01, 0.03, 0.06, 0.09, 0.10)),
    ("call_answered", "quote_request", (0.00, 0.01, 0.03, 0.06, 0.10)),
    ("meeting", "quote_request", (0.01, 0.03, 0.07, 0.12, 0.18)),
    ("price_page_visit", "quote_request", (0.00, 0.01, 0.02, 0.04, 0.06)),
)
"""(parent, child, probability by intent), in topological order."""

KIND_NAMES = tuple(KINDS)
TYPES = tuple(dict.fromkeys(kind.type for kind in KINDS.values()))
TYPE_OF_KIND: IntArray = np.array([TYPES.index(kind.type) for kind in KINDS.values()])
LIFT: FloatArray = np.array([kind.lift for kind in KINDS.values()])
ACTIVE: BoolArray = np.array([kind.active for kind in KINDS.values()])
OUTBOUND: BoolArray = np.array([kind.direction == "outbound" for kind in KINDS.values()])
QUALIFYING: BoolArray = np.array(
    [name in {"call_answered", "call_inbound", "meeting"} for name in KINDS]
)
"""Conversations, in which a salesperson may ask the questions of the grid."""

_RULES = tuple(
    (KIND_NAMES.index(parent), KIND_NAMES.index(child), np.array(probability))
    for parent, child, probability in SPAWNING
)


def no_lift_probability(lift_scale: float) -> FloatArray:
    """Return, per kind and intent, P(neither it nor its descendants lift), shape (K, 5).

    With q_k for kind k and p_kc for its rules, q_k = (1 - lift_k) * prod_c (1 - p_kc * (1 - q_c)).
    """
    return _descend(1.0 - lift_scale * LIFT)


def no_activity_probability() -> FloatArray:
    """Return, per kind and intent, P(the prospect takes no part in it nor its descendants)."""
    return _descend(1.0 - ACTIVE.astype(np.float64))


def _descend(alone: FloatArray) -> FloatArray:
    """Multiply each kind's own probability by those of what it may set off, children first."""
    probability = np.repeat(alone[:, None], N_INTENTS, axis=1)
    for parent, child, chance in reversed(_RULES):
        probability[parent] *= 1.0 - chance * (1.0 - probability[child])
    return probability


@dataclass(frozen=True)
class Events:
    """The interactions of one day, one element each, shape (n_events,).

    Attributes
    ----------
    position : IntArray
        Place of the prospect among the open ones of the day.
    kind : IntArray
        Place of the kind in `KINDS`.
    moment : FloatArray
        Share of the working day gone when it happens, in [0, 1).
    """

    position: IntArray
    kind: IntArray
    moment: FloatArray


def draw_events(
    rates: FloatArray, codes: IntArray, intent: IntArray, rng: np.random.Generator
) -> Events:
    """Draw the interactions of one day.

    Parameters
    ----------
    rates : FloatArray
        Root rates of each class and state, cumulated over the kinds, shape (N, K).
    codes, intent : IntArray
        Class and state, and intent alone, of each open prospect in the morning, shape (n,).
    rng : numpy.random.Generator
        The source of chance.
    """
    roots = _draw_roots(rates, codes, rng)
    positions = [[roots.position[roots.kind == kind]] for kind in range(len(KINDS))]
    moments = [[roots.moment[roots.kind == kind]] for kind in range(len(KINDS))]
    for parent, child, chance in _RULES:
        position = np.concatenate(positions[parent])
        happens = rng.random(len(position)) < chance[intent[position]]
        moment = np.concatenate(moments[parent])[happens]
        positions[child].append(position[happens])
        moments[child].append(moment + (1.0 - moment) * rng.random(len(moment)) ** 2)
    kinds = [np.full(sum(map(len, parts)), kind) for kind, parts in enumerate(positions)]
    return Events(
        np.concatenate([part for parts in positions for part in parts]),
        np.concatenate(kinds),
        np.concatenate([part for parts in moments for part in parts]),
    )


def _draw_roots(rates: FloatArray, codes: IntArray, rng: np.random.Generator) -> Events:
    """Superpose the kinds: one Poisson total per prospect, then a kind for each of its roots."""
    position = np.repeat(np.arange(len(codes)), rng.poisson(rates[codes, -1]))
    cumulated = rates[codes[position]]
    level = rng.random(len(position)) * cumulated[:, -1]
    kind = (level[:, None] >= cumulated).sum(axis=1)
    return Events(position, kind, rng.random(len(position)))
