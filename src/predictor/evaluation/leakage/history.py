"""Audit of dated facts: what happened, or was written down, at times that cannot be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from predictor.evaluation.leakage.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection

AFTER_OUTCOME_SHARE = 0.05
MASS_SHARE, MASS_TIMES_MEDIAN, MASS_MIN_CLOSINGS = 0.05, 10, 20
BULK_LAG_DAYS, BULK_MIN_FACTS, BULK_SHARE = 7, 100, 0.05


def audit_interactions(
    interactions_after_outcome: int, interactions: int, accepted: Collection[str] = ()
) -> list[Finding]:
    """Warn where many interactions are later than their prospect's outcome.

    Snapshots end at the outcome, so that they are never used; but many of them say that outcomes
    are dated too early, or that a prospect's history goes on under the same id.

    Parameters
    ----------
    interactions_after_outcome, interactions : int
    accepted : collection of str
        Names of findings that the configuration accepts.

    Returns
    -------
    list of Finding
        'interactions:after_outcome', or none up to 5%.
    """
    share = interactions_after_outcome / interactions if interactions else 0.0
    if share <= AFTER_OUTCOME_SHARE:
        return []
    name = "interactions:after_outcome"
    return [
        Finding(
            name,
            "warning",
            "interactions",
            f"{interactions_after_outcome:,} of {interactions:,} interactions ({share:.0%}) are "
            "later than the outcome of their prospect.",
            "Check that closed_at is the day of the outcome, and that a second deal has its own "
            "prospect_id.",
            name in accepted,
        )
    ]


def audit_closings(outcomes: pd.DataFrame, accepted: Collection[str] = ()) -> list[Finding]:
    """Warn of days on which closings were entered in bulk, wherever they happened.

    Parameters
    ----------
    outcomes : DataFrame
        closed_at (naive UTC) and outcome.
    accepted : collection of str

    Returns
    -------
    list of Finding
        'closings:YYYY-MM-DD' for each day with at least 20 closings, over 5% of all and over ten
        times the median of the days with any.
    """
    closed = outcomes.dropna(subset=["closed_at"])
    per_day = pd.crosstab(closed["closed_at"].dt.normalize(), closed["outcome"])
    total = per_day.sum(axis=1)
    limit = max(MASS_MIN_CLOSINGS, MASS_SHARE * total.sum(), MASS_TIMES_MEDIAN * total.median())
    return [
        _mass_closing(day, per_day.loc[day], float(total.sum()), total.median(), accepted)
        for day in total.index[total > limit]
    ]


def _mass_closing(
    day: pd.Timestamp,
    counts: pd.Series,
    n_closings: float,
    median: float,
    accepted: Collection[str],
) -> Finding:
    name = f"closings:{day:%Y-%m-%d}"
    words = " and ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    return Finding(
        name,
        "warning",
        f"{day:%Y-%m-%d}",
        f"{counts.sum() / n_closings:.0%} of all closings ({words}) bear the date "
        f"{day:%Y-%m-%d}; a usual day has {median:.0f}.",
        "If this was a clean-up, leave these outcomes out in outcomes.sql or give them the date of "
        "the last contact.",
        name in accepted,
    )


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
        one minute with at least 100 such others.
    """
    lag_days = (recorded_at - occurred_at).dt.total_seconds() / 86_400
    late = recorded_at[lag_days > BULK_LAG_DAYS].dt.floor("min")
    batches = late.value_counts()
    batches = batches[batches >= BULK_MIN_FACTS]
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
            "Earlier snapshots do not see them; if this was an import of facts that the sales team "
            f"knew in time, set recorded_at to null in {table}.sql.",
            name in accepted,
        )
    ]
