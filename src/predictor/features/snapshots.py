"""Snapshots: which (prospect, as_of) pairs there are, on a calendar grid or at one instant.

A prospect is at risk from its creation until its outcome. With `lost_after_silence_days` it also
leaves when the CRM has learnt nothing about it for so many days, and comes back when
something happens.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from predictor.crm.contract import FACT_TABLES
from predictor.features.targets import make_target

if TYPE_CHECKING:
    import numpy as np

    from predictor.crm.crm import Crm

#: A Monday; the grid does not depend on the data, nor on the outcomes.
GRID_ANCHOR = datetime(1970, 1, 5)  # noqa: DTZ001 - every instant here is UTC without a zone
DAY_US = 86_400_000_000


def calendar_grid(start: datetime, end: datetime, every_days: int) -> list[datetime]:
    """Return the instants of the grid in ``[start, end)``: midnights UTC, Mondays for whole weeks.

    Examples
    --------
    >>> grid = calendar_grid(datetime(2024, 1, 1), datetime(2024, 1, 15), 7)
    >>> [day.strftime("%a %d") for day in grid]
    ['Mon 01', 'Mon 08']
    """
    step = timedelta(days=every_days)
    steps = -((GRID_ANCHOR - start) // step)  # rounded up
    instants = []
    instant = GRID_ANCHOR + steps * step
    while instant < end:
        if instant >= start:
            instants.append(instant)
        instant += step
    return instants


def observed_snapshots(
    crm: Crm, instants: list[datetime], known_until: datetime, silence_days: int | None = None
) -> pd.DataFrame:
    """Return the prospects at risk at each instant, with what became of them by `known_until`.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `known_until` are used.
    instants : list of datetime
        The instants at which prospects are looked at, all before `known_until`.
    known_until : datetime
        End of the follow-up: what is learnt later does not exist (re-censoring).
    silence_days : int, optional
        `lost_after_silence_days` of the configuration.

    Returns
    -------
    pd.DataFrame
        prospect_id, account_id, as_of, outcome ('open' where it ends at `known_until`),
        duration_days (from as_of). Ordered by as_of and prospect_id.
    """
    known = crm.known_at(known_until)
    grid = ibis.memtable(pd.DataFrame({"as_of": pd.Series(instants, dtype="datetime64[us]")}))
    pairs = known.prospects.select("prospect_id", "account_id", "known_at").cross_join(grid)
    pairs = pairs.filter(pairs.known_at < pairs.as_of).drop("known_at")
    outcomes = known.outcomes.select("prospect_id", "outcome", "closed_at")
    pairs = pairs.left_join(outcomes, "prospect_id").drop("prospect_id_right")
    pairs = pairs.filter(pairs.closed_at.isnull() | (pairs.closed_at >= pairs.as_of))
    if silence_days is not None:
        pairs = _end_by_silence(pairs, known, silence_days, known_until)
    end = pairs.closed_at.fill_null(ibis.literal(known_until))
    pairs = pairs.mutate(
        outcome=pairs.outcome.fill_null("open"),
        duration_days=end.delta(pairs.as_of, unit="microsecond") / DAY_US,
    ).drop("closed_at")
    frame: pd.DataFrame = crm.connection.execute(pairs.order_by(["as_of", "prospect_id"]))
    return frame.astype({"as_of": "datetime64[us]"})


def open_prospects(crm: Crm, as_of: datetime, silence_days: int | None = None) -> pd.DataFrame:
    """Return the prospects that are open as far as anyone knows at an instant.

    Returns
    -------
    pd.DataFrame
        prospect_id, account_id, owner, amount, do_not_contact, as_of, last_interaction_at;
        ordered by prospect_id.
    """
    known = crm.known_at(as_of)
    people = known.prospects.anti_join(known.outcomes, "prospect_id")
    if silence_days is not None:
        last = _knowledge(known).group_by("prospect_id").agg(last_at=lambda t: t.learnt_at.max())
        alive = last.filter(last.last_at + ibis.interval(days=silence_days) >= ibis.literal(as_of))
        people = people.semi_join(alive, "prospect_id")
    interactions = known.interactions
    latest = interactions.group_by("prospect_id").agg(
        last_interaction_at=interactions.occurred_at.max(
            where=interactions.occurred_at < ibis.literal(as_of)
        )
    )
    people = people.left_join(latest, "prospect_id")
    frame: pd.DataFrame = crm.connection.execute(
        people.select(
            "prospect_id",
            "account_id",
            "owner",
            "amount",
            do_not_contact=people.do_not_contact.fill_null(False),
            as_of=ibis.literal(as_of),
            last_interaction_at=people.last_interaction_at,
        ).order_by("prospect_id")
    )
    return frame.astype({"as_of": "datetime64[us]", "last_interaction_at": "datetime64[us]"})


def target_of(snapshots: pd.DataFrame) -> np.ndarray:
    """Return the structured target of observed snapshots."""
    return make_target(
        snapshots["outcome"].to_numpy(str), snapshots["duration_days"].to_numpy(float)
    )


def _knowledge(crm: Crm) -> ir.Table:
    """Return every instant at which the CRM learnt something of an open prospect."""
    tables = [crm.prospects, *(crm.tables[contract.name] for contract in FACT_TABLES)]
    return ibis.union(*(table.select("prospect_id", learnt_at=table.known_at) for table in tables))


def _end_by_silence(
    pairs: ir.Table, crm: Crm, silence_days: int, known_until: datetime
) -> ir.Table:
    """Count a prospect as lost once the CRM has learnt nothing of it for `silence_days`.

    The silence runs between instants of learning, so that no later fact moves an earlier end.
    """
    learnt = _knowledge(crm).distinct()
    following = learnt.learnt_at.lead().over(group_by=learnt.prospect_id, order_by=learnt.learnt_at)
    spells = learnt.mutate(
        silent_at=learnt.learnt_at + ibis.interval(days=silence_days), following=following
    )
    spells = spells.filter(spells.following.isnull() | (spells.following > spells.silent_at))
    joined = pairs.left_join(
        spells.select("prospect_id", "learnt_at", "silent_at", "following"), "prospect_id"
    )
    gone = (joined.silent_at < joined.as_of) & (
        joined.following.isnull() | (joined.following >= joined.as_of)
    )
    grouped = joined.group_by("prospect_id", "account_id", "as_of", "outcome", "closed_at").agg(
        gone=gone.fill_null(False).any(),
        silent_at=joined.silent_at.min(
            where=(joined.silent_at >= joined.as_of)
            & (joined.silent_at < ibis.literal(known_until))
        ),
    )
    grouped = grouped.filter(~grouped.gone)
    first = grouped.silent_at.notnull() & (
        grouped.closed_at.isnull() | (grouped.silent_at < grouped.closed_at)
    )
    return grouped.mutate(
        outcome=first.ifelse("lost", grouped.outcome),
        closed_at=first.ifelse(grouped.silent_at, grouped.closed_at),
    ).drop("gone", "silent_at")
