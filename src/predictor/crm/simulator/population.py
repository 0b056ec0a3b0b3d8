"""Who the prospects are: accounts, owners, attributes, and the fit that they only partly show.

    fit = sum of the effects of industry, company size, country, source, campaign and deciders
          + what no attribute shows (a part shared by the account, a part of the prospect's own)

rounded to `scenario.FIT_LEVELS`. The source and the fit also set the intent on the first day. The
mix of sources drifts over the years, and prospects are created at a rate that follows
`seasons.CREATION`. Some values are missing, at random; the effect stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from predictor.crm.simulator.scenario import (
    DILIGENCE_LEVELS,
    FIT_LEVELS,
    N_INTENTS,
    BoolArray,
    FloatArray,
    IntArray,
    Scenario,
)
from predictor.crm.simulator.seasons import CREATION

DAY_US = 86_400_000_000
HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Attribute:
    """A text attribute: values, shares early and late in the history, effects on the fit."""

    values: tuple[str | None, ...]
    shares: tuple[float, ...]
    effects: tuple[float, ...]
    late_shares: tuple[float, ...] | None = None
    missing: float = 0.0


INDUSTRY = Attribute(
    ("software", "manufacturing", "retail", "healthcare", "construction", "logistics", "finance"),
    (0.20, 0.22, 0.17, 0.12, 0.12, 0.10, 0.07),
    (0.35, 0.0, -0.25, 0.15, -0.35, -0.05, 0.20),
    missing=0.04,
)
COMPANY_SIZE = Attribute(
    ("1-9", "10-49", "50-249", "250-999", "1000+"),
    (0.30, 0.32, 0.22, 0.11, 0.05),
    (-0.40, 0.0, 0.30, 0.35, 0.05),
    missing=0.06,
)
COUNTRY = Attribute(
    ("France", "Germany", "Belgium", "Spain", "Italy", "Switzerland"),
    (0.42, 0.18, 0.12, 0.11, 0.10, 0.07),
    (0.10, 0.05, 0.0, -0.10, -0.15, 0.20),
)
SOURCE = Attribute(
    ("website", "referral", "partner", "paid search", "trade show", "outbound list"),
    (0.30, 0.12, 0.12, 0.12, 0.12, 0.22),
    (0.15, 0.65, 0.30, -0.25, 0.05, -0.45),
    late_shares=(0.27, 0.10, 0.13, 0.24, 0.10, 0.16),
)
CAMPAIGN = Attribute(
    (None, "customer stories", "product launch", "discount offer", "expert talks"),
    (0.40, 0.18, 0.16, 0.14, 0.12),
    (0.0, 0.20, 0.10, -0.20, 0.10),
)
_FIRST_INTENT = np.array([0.6, 0.9, 0.7, 0.3, 0.5, -0.7])  # by source: inbound ones start warmer
_INTENT_EDGES = np.array([-0.4, 0.9, 1.9, 2.8])
_DECIDER_EFFECT = -0.07
_ACCOUNT_SD, _OWN_SD = 0.35, 0.40
_DO_NOT_CONTACT = 0.03

OWNERS: tuple[tuple[str, str, int], ...] = (
    ("Alice Martin", "North", 3),
    ("Bruno Keller", "North", 2),
    ("Chloe Dubois", "North", 1),
    ("David Moreau", "South", 2),
    ("Elena Rossi", "South", 3),
    ("Farid Benali", "South", 2),
    ("Greta Lindt", "Key accounts", 2),
    ("Hugo Lambert", "Key accounts", 1),
)
"""Name, team, place in `DILIGENCE_LEVELS`."""
TEAMS = ("North", "South", "Key accounts")


@dataclass(frozen=True)
class Population:
    """The prospects in order of creation, one element each, shape (n,).

    Attributes
    ----------
    ids, account_ids : array of str
        In an order that tells nothing about time.
    created_us : IntArray
        Microseconds since 1970-01-01 UTC.
    choices : dict of str to IntArray
        Attribute -> place of its value; -1 where the CRM does not know it.
    deciders, owner, team, classes, first_intent : IntArray
        Number of people; places in `OWNERS` and `TEAMS`; class and intent of the story.
    fit : FloatArray
        The level of the class.
    amount : FloatArray
        Expected when created, in EUR.
    do_not_contact : BoolArray
        Whether nobody may touch the prospect.
    """

    ids: npt.NDArray[np.str_]
    account_ids: npt.NDArray[np.str_]
    created_us: IntArray
    choices: dict[str, IntArray]
    deciders: IntArray
    owner: IntArray
    team: IntArray
    classes: IntArray
    first_intent: IntArray
    fit: FloatArray
    amount: FloatArray
    do_not_contact: BoolArray


ATTRIBUTES = {
    "industry": INDUSTRY,
    "company_size": COMPANY_SIZE,
    "country": COUNTRY,
    "source": SOURCE,
    "campaign": CAMPAIGN,
}
_OF_ACCOUNT = ("industry", "company_size", "country")


def draw_population(
    n: int, scenario: Scenario, end_day: int, rng: np.random.Generator
) -> Population:
    """Draw `n` prospects created in the history before `end_day` (days since 1970-01-01)."""
    created_us = _draw_creations(n, scenario, end_day, rng)
    account = _draw_accounts(n, scenario, rng)
    age = (end_day - created_us / DAY_US) / scenario.history_days
    true_choices = {
        name: _choose(attribute, 1.0 - age, rng)[account if name in _OF_ACCOUNT else slice(None)]
        for name, attribute in ATTRIBUTES.items()
    }
    deciders = rng.integers(scenario.deciders[0], scenario.deciders[1] + 1, n)[account]
    predictor = _fit_predictor(true_choices, deciders, account, rng)
    level = np.abs(predictor[:, None] - FIT_LEVELS).argmin(axis=1)
    owner = rng.integers(0, len(OWNERS), n)[account]
    do_not_contact = rng.random(n) < _DO_NOT_CONTACT
    diligence = np.where(do_not_contact, 0, np.array([place for _, _, place in OWNERS])[owner])
    tendency = (
        _FIRST_INTENT[true_choices["source"]] + 0.3 * FIT_LEVELS[level] + rng.normal(0.0, 0.9, n)
    )
    return Population(
        ids=_names("P", rng.permutation(n)),
        account_ids=_names("A", account),
        created_us=created_us,
        choices={
            name: _forget(places, ATTRIBUTES[name], rng) for name, places in true_choices.items()
        },
        deciders=deciders,
        owner=owner,
        team=np.array([TEAMS.index(team) for _, team, _ in OWNERS])[owner],
        classes=level * len(DILIGENCE_LEVELS) + diligence,
        first_intent=np.minimum(np.searchsorted(_INTENT_EDGES, tendency), N_INTENTS - 1),
        fit=FIT_LEVELS[level],
        amount=_draw_amounts(true_choices["company_size"], scenario, rng),
        do_not_contact=do_not_contact,
    )


def _draw_creations(n: int, scenario: Scenario, end_day: int, rng: np.random.Generator) -> IntArray:
    """Draw the instants of creation, rising, between 07:30 and 18:30."""
    days = np.arange(end_day - scenario.history_days, end_day)
    weight = CREATION.factor(days, end_day)
    day = rng.choice(days, size=n, p=weight / weight.sum())
    moment = rng.integers(int(7.5 * HOUR_US), int(18.5 * HOUR_US), n)
    created_us: IntArray = np.sort(day * DAY_US + moment)
    return created_us


def _draw_accounts(n: int, scenario: Scenario, rng: np.random.Generator) -> IntArray:
    """Draw an account number in [0, n) for each prospect; the prospects of one come at any time."""
    sizes = rng.choice([1, 2, 3], size=n, p=scenario.deals_per_account)
    return rng.permutation(np.repeat(rng.permutation(n), sizes)[:n])


def _choose(attribute: Attribute, progress: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw the place of a value for each prospect; shares move linearly from early to late."""
    early = np.array(attribute.shares)
    late = np.array(attribute.late_shares or attribute.shares)
    shares = early + progress[:, None] * (late - early)
    places: IntArray = (
        rng.random(len(progress))[:, None] >= np.cumsum(shares, axis=1)[:, :-1]
    ).sum(axis=1)
    return places


def _fit_predictor(
    choices: dict[str, IntArray], deciders: IntArray, account: IntArray, rng: np.random.Generator
) -> FloatArray:
    """Add up the effects of the attributes and the two parts that nobody sees, shape (n,)."""
    n = len(account)
    shown = sum(np.array(ATTRIBUTES[name].effects)[places] for name, places in choices.items())
    shown = shown + _DECIDER_EFFECT * (deciders - deciders.mean())
    hidden = _ACCOUNT_SD * rng.standard_normal(n)[account] + _OWN_SD * rng.standard_normal(n)
    predictor: FloatArray = shown + hidden
    return predictor


def _forget(places: IntArray, attribute: Attribute, rng: np.random.Generator) -> IntArray:
    """Replace some places by -1: values that the CRM does not hold."""
    unknown = rng.random(len(places)) < attribute.missing
    return np.where(unknown, -1, places)


def _draw_amounts(size: IntArray, scenario: Scenario, rng: np.random.Generator) -> FloatArray:
    """Draw amounts, log-scaled between the scenario's bounds, larger for larger companies."""
    low, high = scenario.amounts
    share = rng.beta(1.5 + 0.6 * size, 3.0, len(size))
    return np.round(low * (high / low) ** share / scenario.amount_step) * scenario.amount_step


def _names(letter: str, numbers: IntArray) -> npt.NDArray[np.str_]:
    """Return ids such as P000042."""
    return np.char.add(letter, np.char.zfill((numbers + 1).astype(np.str_), 6))
