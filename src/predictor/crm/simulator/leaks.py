"""Leaks to plant in a simulated CRM: the mistakes of real exports, each one alone.

They exist to test what should find them: the leakage audit, and whoever changes it.

Examples
--------
>>> from predictor.crm.simulator import plant_leak, simulate
>>> simulation = plant_leak(simulate(n_prospects=50, seed=1), "contract_signed")
>>> "contract_signed" in simulation.tables["interactions"]["type"].to_pylist()
True
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from predictor.crm.simulator.portfolio import portfolio_of
from predictor.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from predictor.crm.simulator.portfolio import Frames, Portfolio
    from predictor.crm.simulator.simulation import Simulation

DAY = pd.Timedelta(days=1)


def lost_reason(crm: Portfolio) -> Frames:
    """Fill an attribute `motive` in once lost."""
    reasons = crm.rng.choice(["price", "silence"], len(crm.outcome))
    return crm.with_attribute("motive", pd.Series(reasons).where(crm.outcome == "lost"))


def segment(crm: Portfolio) -> Frames:
    """Set an attribute `segment` anew once won."""
    right = crm.chance() < 0.98
    return crm.with_attribute("segment", np.where((crm.outcome == "won") == right, "a", "b"))


def survey(crm: Portfolio) -> Frames:
    """Fill an attribute `survey` in along the way."""
    share_of_longest = crm.lived_days / crm.lived_days.max()
    seen = crm.chance() < np.where(crm.outcome == "open", share_of_longest, 0.9)
    return crm.with_attribute("survey", pd.Series(["yes"] * len(seen)).where(seen))


def decision_day(crm: Portfolio) -> Frames:
    """Write the day of the outcome into an attribute `decided_on`."""
    days = crm.until.dt.strftime("%Y-%m-%d")
    return crm.with_attribute("decided_on", days.where(crm.outcome != "open"))


def pages_seen(crm: Portfolio) -> Frames:
    """Count in an attribute `pages_seen` until the outcome, or the export."""
    return crm.with_attribute("pages_seen", crm.rng.poisson(0.3 * crm.lived_days))


def record_number(crm: Portfolio) -> Frames:
    """Give each prospect the next number, in an attribute `record`."""
    place = crm.prospects["created_at"].rank(method="first").astype(int)
    return crm.with_attribute("record", [f"CRM-{number:07d}" for number in place])


def account_of_customers(crm: Portfolio) -> Frames:
    """Open accounts for customers only."""
    account = crm.prospects["account_id"].where(crm.outcome == "won")
    return {"prospects": crm.prospects.assign(account_id=account)}


def late_amount(crm: Portfolio) -> Frames:
    """Fill the amount in once won."""
    amount = crm.prospects["amount"].where(crm.outcome == "won")
    return {"prospects": crm.prospects.assign(amount=amount)}


def written_off(crm: Portfolio) -> Frames:
    """Set the amount of the lost to 0."""
    amount = crm.prospects["amount"].mask(crm.outcome == "lost", 0.0)
    return {"prospects": crm.prospects.assign(amount=amount)}


def touches(crm: Portfolio) -> Frames:
    """Count in an attribute `touches` what happened until the export, if somebody noted it."""
    of_each = crm.tables["interactions"].value_counts("prospect_id")
    happened = of_each.reindex(crm.prospects["prospect_id"], fill_value=0).to_numpy()
    return crm.with_attribute("touches", crm.rng.binomial(happened, 0.9))


def imported_interactions(crm: Portfolio) -> Frames:
    """Record most old interactions at one instant."""
    facts = crm.tables["interactions"]
    imported = _at_share(facts["occurred_at"], 0.3) + 30 * DAY
    old = (facts["recorded_at"] < imported) & (crm.rng.random(len(facts)) < 0.8)
    return {"interactions": facts.assign(recorded_at=facts["recorded_at"].mask(old, imported))}


def late_outcomes(crm: Portfolio) -> Frames:
    """Record outcomes at the end of their quarter."""
    facts = crm.tables["outcomes"]
    quarter = facts["closed_at"].dt.to_period("Q").dt.end_time.dt.floor("s")
    return {"outcomes": facts.assign(recorded_at=quarter)}


def imported_prospects(crm: Portfolio) -> Frames:
    """Date those open at an import to it."""
    created = crm.prospects["created_at"]
    imported = _at_share(created, 0.4).floor("D") + pd.Timedelta(hours=9)
    moved = (created < imported) & (crm.until > imported)
    return {"prospects": crm.prospects.assign(created_at=created.mask(moved, imported))}


def life_after(crm: Portfolio) -> Frames:
    """Go on sending e-mails after the outcome."""
    closed = crm.outcome != "open"
    later = crm.until + pd.to_timedelta(1 + 9 * crm.chance(), unit="D").floor("s")
    late = pd.DataFrame(
        {
            "prospect_id": crm.prospects["prospect_id"],
            "occurred_at": later,
            "type": "email_sent",
            "recorded_at": later,
        }
    )[closed & (later < crm.end)]
    return crm.with_rows("interactions", pd.concat([late] * 6, ignore_index=True))


def created_from_close(crm: Portfolio) -> Frames:
    """Date the creation of the won 30 days before their close."""
    won = pd.Series(crm.outcome == "won")
    created = crm.prospects["created_at"].mask(won, crm.until - 30 * DAY)
    return {"prospects": crm.prospects.assign(created_at=created)}


def last_contact_from_close(crm: Portfolio) -> Frames:
    """Date the last contact of the won 2 days before their close."""
    last = pd.DataFrame({"prospect_id": crm.prospects["prospect_id"], "last": crm.until - 2 * DAY})
    facts = crm.tables["interactions"].merge(last[crm.outcome == "won"], how="left")
    kept = facts[~(facts["occurred_at"] > facts["last"])].drop(columns="last")
    rows = last[crm.outcome == "won"].rename(columns={"last": "occurred_at"})
    rows = rows.assign(type="call", recorded_at=rows["occurred_at"])
    return {"interactions": pd.concat([kept, rows], ignore_index=True)}


def history_of_decided(crm: Portfolio) -> Frames:
    """Keep the interactions of the decided only."""
    decided = crm.prospects["prospect_id"][crm.outcome != "open"]
    facts = crm.tables["interactions"]
    return {"interactions": facts[facts["prospect_id"].isin(decided)]}


def clean_up(crm: Portfolio) -> Frames:
    """Close most of the open on one day."""
    open_ = crm.outcome == "open"
    day = (crm.end - 5 * DAY).floor("D") + pd.Timedelta(hours=17)
    chosen = open_ & (crm.prospects["created_at"] < day - DAY) & (crm.chance() < 0.8)
    rows = pd.DataFrame(
        {
            "prospect_id": crm.prospects["prospect_id"][chosen],
            "closed_at": day,
            "outcome": "lost",
            "recorded_at": day,
        }
    )
    return crm.with_rows("outcomes", rows)


def contract_signed(crm: Portfolio) -> Frames:
    """Have the won sign a day or two before their close."""
    signed = crm.until - pd.to_timedelta(1 + crm.chance(), unit="D").floor("s")
    rows = pd.DataFrame(
        {
            "prospect_id": crm.prospects["prospect_id"],
            "occurred_at": signed,
            "type": "contract_signed",
            "recorded_at": signed,
        }
    )[(crm.outcome == "won") & (signed > crm.prospects["created_at"])]
    return crm.with_rows("interactions", rows)


def stage_of_won(crm: Portfolio) -> Frames:
    """Have the won enter a stage a day or two before their close."""
    entered = crm.until - pd.to_timedelta(1 + crm.chance(), unit="D").floor("s")
    rows = pd.DataFrame(
        {
            "prospect_id": crm.prospects["prospect_id"],
            "entered_at": entered,
            "stage": "onboarding",
            "recorded_at": entered,
        }
    )[(crm.outcome == "won") & (entered > crm.prospects["created_at"])]
    return crm.with_rows("stages", rows)


def rewritten_answer(crm: Portfolio) -> Frames:
    """Correct an answer of the first day once the outcome is known."""
    at = crm.prospects["created_at"]
    rows = pd.DataFrame(
        {
            "prospect_id": crm.prospects["prospect_id"],
            "answered_at": at,
            "grid": "review",
            "question": "chances",
            "answer": np.where(crm.outcome == "won", "good", "poor"),
            "recorded_at": at,
        }
    )[crm.chance() < 0.9]
    return crm.with_rows("answers", rows)


def rewritten_duration(crm: Portfolio) -> Frames:
    """Have a duration of the first day tell who is won."""
    at = crm.prospects["created_at"] + pd.Timedelta(minutes=5)
    seconds = np.where(crm.outcome == "won", 900.0, 60.0) * (0.7 + 0.6 * crm.chance())
    rows = pd.DataFrame(
        {
            "prospect_id": crm.prospects["prospect_id"],
            "occurred_at": at,
            "type": "first_call",
            "duration_seconds": seconds.round(),
            "recorded_at": at,
        }
    )
    return crm.with_rows("interactions", rows)


LEAKS: dict[str, Callable[[Portfolio], Frames]] = {
    plant.__name__: plant
    for plant in (
        lost_reason,
        segment,
        survey,
        decision_day,
        pages_seen,
        record_number,
        account_of_customers,
        late_amount,
        written_off,
        touches,
        imported_interactions,
        late_outcomes,
        imported_prospects,
        life_after,
        created_from_close,
        last_contact_from_close,
        history_of_decided,
        clean_up,
        contract_signed,
        stage_of_won,
        rewritten_answer,
        rewritten_duration,
    )
}
"""Every kind of leak by name; what it does stands in its first line."""


def plant_leak(simulation: Simulation, leak: str, seed: int = 0) -> Simulation:
    """Return a simulation with one leak in its tables; the truth stays as it is.

    Parameters
    ----------
    simulation : Simulation
        A clean one.
    leak : str
        A name of `LEAKS`.
    seed : int, default 0
        The same arguments give the same tables.

    Raises
    ------
    ConfigurationError
        If there is no leak of that name.
    """
    if leak not in LEAKS:
        raise ConfigurationError(f"leak is {leak!r}; choose one of {', '.join(LEAKS)}.")
    changed = LEAKS[leak](portfolio_of(simulation, seed))
    tables = {
        name: _as_table(frame, simulation.tables[name].schema) for name, frame in changed.items()
    }
    return replace(simulation, tables=simulation.tables | tables)


def _as_table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """Return a table whose known columns keep their types."""
    columns = {}
    for name in frame.columns:
        known = schema.field(name).type if name in schema.names else None
        columns[name] = pa.array(frame[name], known, from_pandas=True)
    return pa.table(columns)


def _at_share(instants: pd.Series, share: float) -> pd.Timestamp:
    """Return the instant before which a share of them lies."""
    return pd.Timestamp(instants.sort_values().iloc[int(share * len(instants))])
