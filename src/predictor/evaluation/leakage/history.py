"""Audit of dated facts: what happened, or was written down, at times that cannot be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.evaluation.leakage.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

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


def audit_recording(
    table: str,
    occurred_at: pd.Series,
    recorded_at: pd.Series,
    accepted: Collection[str] = (),
) -> list[Finding]:
    """Warn of facts written down in bulk long after they happened.

    Parameters
    ----------
    table : str
        Name of the table, e.g. 'interactions'.
    occurred_at, recorded_at : Series of datetime, shape (n,)
        Naive UTC; a missing recorded_at equals occurred_at.
    accepted : collection of str

    Returns
    -------
    list of Finding
        'recording:<table>', where over 5% of the facts were recorded more than 7 days late, in
        one minute with 1% of the table (20 to 100 facts).
    """
    lag_days = (recorded_at - occurred_at).dt.total_seconds() / 86_400
    late = recorded_at[lag_days > BULK_LAG_DAYS].dt.floor("min")
    batches = late.value_counts()
    least = min(max(BULK_ROWS_SHARE * len(occurred_at), BULK_MIN_FACTS), BULK_MAX_FACTS)
    batches = batches[batches >= least]
    if batches.sum() <= BULK_SHARE * len(occurred_at):
        return []
    name = f"recording:{table}"
    share = batches.sum() / len(occurred_at)
    median_days = lag_days[late.index[late.isin(batches.index)]].median()
    return [
        Finding(
            name,
            "warning",
            table,
            f"{batches.sum():,} of {len(occurred_at):,} {table} ({share:.0%}) were recorded in "
            f"{len(batches)} bulks, {median_days:.0f} days late at the median; the largest at "
            f"{batches.index[0]:%Y-%m-%d %H:%M}.",
            f"Nothing knows them any earlier; if this was an import of {table} that the sales team "
            f"knew in time, set recorded_at to null in {table}.sql.",
            name in accepted,
        )
    ]
