"""Audit of dated facts: what happened, or was written down, at times that cannot be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from predictor.evaluation.leakage.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    import ibis.expr.types as ir

DAY_SECONDS = 86_400
AFTER_OUTCOME_SHARE = 0.05
BULK_LAG_DAYS, BULK_SHARE = 7, 0.05
#: Facts of one minute that are a bulk: 1% of the table, but at least 20, and 100 always are.
BULK_ROWS_SHARE, BULK_MIN_FACTS, BULK_MAX_FACTS = 0.01, 20, 100


def audit_after_outcome(
    table: str, after_outcome: int, rows: int, accepted: Collection[str] = ()
) -> list[Finding]:
    """Warn where many facts are later than their prospect's outcome.

    Snapshots end at the outcome, so that they are never used; but many of them say that outcomes
    are dated too early, or that a prospect's history goes on under the same id.

    Parameters
    ----------
    table : str
        Name of the table, e.g. 'interactions'.
    after_outcome, rows : int
        Facts later than the outcome, and all facts.
    accepted : collection of str
        Names of findings that the configuration accepts.

    Returns
    -------
    list of Finding
        '<table>:after_outcome', or none up to 5%.
    """
    share = after_outcome / rows if rows else 0.0
    if share <= AFTER_OUTCOME_SHARE:
        return []
    name = f"{table}:after_outcome"
    return [
        Finding(
            name,
            "warning",
            table,
            f"{after_outcome:,} of {rows:,} {table} ({share:.0%}) are later than the outcome of "
            "their prospect.",
            "Check that closed_at is the day of the outcome, and that a second deal has its own "
            "prospect_id.",
            name in accepted,
        )
    ]


@dataclass(frozen=True)
class Bulks:
    """Facts of a table that were written down in bulk, long after they happened.

    Attributes
    ----------
    rows : int
        All facts of the table.
    late : int
        Those in bulks.
    count : int
        Number of bulks.
    largest : datetime
        The minute of the largest one; the first of several.
    median_days : float
        How late the facts in bulks are, at the median.
    """

    rows: int
    late: int = 0
    count: int = 0
    largest: datetime | None = None
    median_days: float = math.nan


def count_bulks(times: ir.Table, execute: Callable[[ir.Expr], Any]) -> Bulks:
    """Count the facts recorded more than 7 days late, in one minute with 1% of the table.

    Parameters
    ----------
    times : ibis Table
        occurred_at and recorded_at of each fact, naive UTC. They stay in the database: a table of
        facts may be larger than the memory.
    execute : callable
        Runs an Ibis expression.
    """
    rows = int(execute(times.count()))
    least = min(max(BULK_ROWS_SHARE * rows, BULK_MIN_FACTS), BULK_MAX_FACTS)
    lag = ibis.interval(days=BULK_LAG_DAYS)
    late = times.filter(times.recorded_at > times.occurred_at + lag)
    late = late.mutate(
        minute=late.recorded_at.truncate("m"),
        lag_seconds=late.recorded_at.delta(late.occurred_at, unit="second"),
    )
    minutes = late.group_by("minute").agg(facts=late.count())
    bulks = minutes.filter(minutes.facts >= least)
    summed = execute(bulks.aggregate(late=bulks.facts.sum(), count=bulks.count())).iloc[0]
    if not summed["count"]:
        return Bulks(rows)
    largest = execute(bulks.order_by([ibis.desc("facts"), "minute"]).limit(1))["minute"].iloc[0]
    inside = late.semi_join(bulks, "minute")
    median_days = float(execute(inside.lag_seconds.median())) / DAY_SECONDS
    return Bulks(rows, int(summed["late"]), int(summed["count"]), largest, median_days)


def audit_recording(table: str, bulks: Bulks, accepted: Collection[str] = ()) -> list[Finding]:
    """Warn of facts written down in bulk long after they happened.

    Parameters
    ----------
    table : str
        Name of the table, e.g. 'interactions'.
    bulks : Bulks
        What `count_bulks` found.
    accepted : collection of str

    Returns
    -------
    list of Finding
        'recording:<table>', where over 5% of the facts were recorded more than 7 days late, in
        one minute with 1% of the table (20 to 100 facts).
    """
    if bulks.late <= BULK_SHARE * bulks.rows:
        return []
    name = f"recording:{table}"
    return [
        Finding(
            name,
            "warning",
            table,
            f"{bulks.late:,} of {bulks.rows:,} {table} ({bulks.late / bulks.rows:.0%}) were "
            f"recorded in {bulks.count} bulks, {bulks.median_days:.0f} days late at the median; "
            f"the largest at {bulks.largest:%Y-%m-%d %H:%M}.",
            f"Nothing knows them any earlier; if this was an import of {table} that the sales team "
            f"knew in time, set recorded_at to null in {table}.sql.",
            name in accepted,
        )
    ]
