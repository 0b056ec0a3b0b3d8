"""Audit of days on which outcomes, or prospects, were entered in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from predictor.evaluation.leakage.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection

#: A day of mass closings has this share of all, this many, and so many times the median day's. The
#: busiest honest days have 4.2% (drivers, all of two months) and 4.5 times (simulated long cycle).
MASS_SHARE, MASS_TIMES_MEDIAN, MASS_MIN_CLOSINGS = 0.02, 10, 20
#: The same for creations. Honest: 4.5% (drivers, all of one month) and 5 times (simulated long).
IMPORT_SHARE, IMPORT_TIMES_MEDIAN, IMPORT_MIN_PROSPECTS = 0.05, 10, 100
#: With this share on one day there is no usual day to compare with.
ONE_DAY_SHARE = 0.5


def audit_closings(outcomes: pd.DataFrame, accepted: Collection[str] = ()) -> list[Finding]:
    """Warn of days on which closings were entered in bulk, wherever they happened.

    Parameters
    ----------
    outcomes : DataFrame
        closed_at (naive UTC) and outcome.
    accepted : collection of str
        Names of findings that the configuration accepts.

    Returns
    -------
    list of Finding
        'closings:YYYY-MM-DD' for each day with at least 20 closings, 2% of all and ten times the
        median of the days with any; or with half of all.
    """
    closed = outcomes.dropna(subset=["closed_at"])
    per_day = pd.crosstab(closed["closed_at"].dt.normalize(), closed["outcome"])
    total = per_day.sum(axis=1)
    return [
        _mass_closing(
            day, pd.Series(per_day.loc[day]), float(total.sum()), total.median(), accepted
        )
        for day in _bulks(total, MASS_SHARE, MASS_TIMES_MEDIAN, MASS_MIN_CLOSINGS)
    ]


def audit_creations(created_at: pd.Series, accepted: Collection[str] = ()) -> list[Finding]:
    """Warn of days on which prospects were entered in bulk: an import dates them to itself.

    Parameters
    ----------
    created_at : Series of datetime, shape (n,)
        Naive UTC.
    accepted : collection of str
        Names of findings that the configuration accepts.

    Returns
    -------
    list of Finding
        'created_at:YYYY-MM-DD' for each day with at least 100 prospects, 5% of all and ten times
        the median of the days with any; or with half of all.
    """
    per_day = created_at.dropna().dt.normalize().value_counts()
    found = []
    for day in _bulks(per_day, IMPORT_SHARE, IMPORT_TIMES_MEDIAN, IMPORT_MIN_PROSPECTS):
        name = f"created_at:{day:%Y-%m-%d}"
        found.append(
            Finding(
                name,
                "warning",
                "created_at",
                f"{per_day[day]:,} of {len(created_at):,} prospects "
                f"({per_day[day] / len(created_at):.0%}) were created on {day:%Y-%m-%d}.",
                "If this was an import, created_at is not when they came, and their age says "
                "nothing; give the date of the first contact in prospects.sql, or leave them out.",
                name in accepted,
            )
        )
    return found


def _bulks(
    per_day: pd.Series, share: float, times_median: float, at_least: int
) -> list[pd.Timestamp]:
    """Return the days that hold far more than a usual day."""
    total = per_day.sum()
    usual = (per_day >= share * total) & (per_day > times_median * per_day.median())
    return [*per_day.index[(per_day >= at_least) & (usual | (per_day >= ONE_DAY_SHARE * total))]]


def _mass_closing(
    day: pd.Timestamp,
    counts: pd.Series,
    n_closings: float,
    median: float,
    accepted: Collection[str],
) -> Finding:
    name = f"closings:{day:%Y-%m-%d}"
    words = " and ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    usual = "" if counts.sum() == n_closings else f"; a usual day has {median:.0f}"
    return Finding(
        name,
        "warning",
        f"{day:%Y-%m-%d}",
        f"{counts.sum() / n_closings:.0%} of all closings ({words}) bear the date "
        f"{day:%Y-%m-%d}{usual}.",
        "If this was a clean-up, leave these outcomes out in outcomes.sql or give them the date of "
        "the last contact.",
        name in accepted,
    )
