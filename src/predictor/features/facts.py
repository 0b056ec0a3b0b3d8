"""The facts that each snapshot may use: the one place where the rule of time stands.

A fact enters only if ``known_at < as_of``; `known_at` is the later of the fact's own time and the
time at which the CRM learnt it. The comparison is strict, and the same for training and scoring.

Here every instant is a whole number of microseconds since 1970 (UTC), so that all engines that Ibis
reaches agree on what lies before what.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

if TYPE_CHECKING:
    from predictor.crm.crm import Crm

DAY_US = 86_400_000_000
_EPOCH = ibis.timestamp("1970-01-01T00:00:00")
#: The instant of each table, which becomes `at_us`.
_INSTANTS = {
    "prospects": "created_at",
    "interactions": "occurred_at",
    "answers": "answered_at",
    "stages": "entered_at",
    "outcomes": "closed_at",
}


@dataclass(frozen=True)
class Facts:
    """The tables of a CRM with whole microseconds for instants: `at_us` and `known_us`.

    `coded_interactions`, where there, stand in for the interactions: as of
    `predictor.features.relations.interactions.coded`, with the number of the prospect for its id.
    """

    prospects: ir.Table
    interactions: ir.Table
    answers: ir.Table
    stages: ir.Table
    outcomes: ir.Table
    coded_interactions: ir.Table | None = None

    @property
    def tables(self) -> dict[str, ir.Table]:
        """The tables that are there, by name."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: table for name, table in named.items() if table is not None}


def facts_of(crm: Crm) -> Facts:
    """Return the facts of a CRM."""
    return Facts(
        **{name: _whole_microseconds(table, _INSTANTS[name]) for name, table in crm.tables.items()}
    )


def microseconds(instant: ir.TimestampValue) -> ir.IntegerValue:
    """Return the whole microseconds since 1970 of an instant (DuckDB, Spark; not DataFusion)."""
    return instant.delta(_EPOCH, unit="microsecond")


def _whole_microseconds(table: ir.Table, instant: str) -> ir.Table:
    at_us, known_us = microseconds(table[instant]), microseconds(table.known_at)
    return table.mutate(at_us=at_us, known_us=known_us).drop(instant, "known_at")


def known_before(snapshots: ir.Table, facts: ir.Table) -> ir.Table:
    """Join to each snapshot the facts of its prospect that were known strictly before as_of.

    Parameters
    ----------
    snapshots : ir.Table
        Columns snapshot_id, prospect_id, number, as_of_us.
    facts : ir.Table
        Columns prospect_id (or, in its place, the number of the prospect), at_us, known_us and
        more.

    Returns
    -------
    ir.Table
        snapshot_id, as_of_us, the columns of the facts, and `age_us`, from the fact to as_of.
    """
    key = "number" if facts.prospect_id.type().is_integer() else "prospect_id"
    keys = snapshots.select("snapshot_id", "as_of_us", prospect_id=key)
    joined = keys.join(facts, "prospect_id")
    joined = joined.filter(joined.known_us < joined.as_of_us)
    return joined.mutate(age_us=joined.as_of_us - joined.at_us)


def totals_before(
    queries: ir.Table, events: ir.Table, key: str, sums: tuple[str, ...], latest: str | None = None
) -> ir.Table:
    """Sum the events of each key that were known strictly before an instant.

    Parameters
    ----------
    queries : ir.Table
        Columns `key` and as_of_us, each pair once.
    events : ir.Table
        Columns `key`, known_us, those of `sums` (integers), and `latest`.
    key : str
        The column that queries and events share.
    sums : tuple of str
        Columns to add up.
    latest : str, optional
        A column of which to take the greatest value.

    Returns
    -------
    ir.Table
        `key`, as_of_us and the totals, 0 without an event (`latest`: null).
    """
    nothing = {name: ibis.literal(0, "int64") for name in sums}
    most = {} if latest is None else {latest: ibis.null("int64")}
    asked = queries.select(key, instant_us="as_of_us", event=ibis.literal(0), **nothing, **most)
    told = events.select(
        key,
        instant_us="known_us",
        event=ibis.literal(1),
        **{name: events[name].cast("int64") for name in (*sums, *most)},
    )
    both = ibis.union(asked, told)
    # At the same instant the queries come first, so that what is learnt at as_of does not count.
    order = [both.instant_us, both.event]
    window = ibis.window(group_by=both[key], order_by=order, preceding=None, following=0)
    totals = both.mutate(
        **{name: both[name].sum().over(window) for name in sums},
        **{name: both[name].max().over(window) for name in most},
    )
    totals = totals.filter(totals.event == 0)
    return totals.select(key, "instant_us", *sums, *most).rename(as_of_us="instant_us")
