"""Audit of dates that were computed from one another, so that one of them tells the other.

Life does not wait for whole numbers. Where the creation, or the last fact before the outcome, lies
the same time before it again and again, its date was made from the outcome's, or the outcome's by a
clock; the age of a prospect, or its silence, then foretells the outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from predictor.crm.contract import FACT_TABLES, PROSPECTS
from predictor.evaluation.leakage.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis.expr.types as ir
    import pandas as pd

    from predictor.crm.crm import Crm

DAY_SECONDS = 86_400
MIN_OUTCOMES = 50
#: Share of one cause's outcomes that lie the same number of seconds after, where times of day are
#: known. Honest: .007 at most (2 of the 288 won of the school; loan log and simulated below .004).
SAME_SECOND_SHARE = 0.1
#: The same of calendar days, and how far this day stands above the mean of its two neighbours.
#: Honest: .15 and 2.4 times (the last milestone of drivers). Of the lost loan applications .08
#: lapse on the 30th day after their last stage, by a rule of the bank: too few to mislead.
SAME_DAY_SHARE, TIMES_NEIGHBOURS = 0.4, 5.0
#: From this share on, of the won, it stops a training.
SEVERE_SHARE = 0.5
_SUBJECTS = {
    "prospects": ("created_at", "were created"),
    "interactions": ("interactions", "had their last interaction"),
    "answers": ("answers", "gave their last answer"),
    "stages": ("stages", "entered their last stage"),
}


def audit_gaps(crm: Crm, accepted: Collection[str] = ()) -> list[Finding]:
    """Warn where the creation, or the last fact of a table, lies always as long before the outcome.

    Parameters
    ----------
    crm : Crm
        The whole export.
    accepted : collection of str
        Names of findings that the configuration accepts.

    Returns
    -------
    list of Finding
        'dates:created_at', 'dates:interactions', 'dates:answers' or 'dates:stages'; severe for half
        of the won, else a warning. Gaps of less than a day are none: no snapshot lies in them.
    """
    found = []
    for contract in (PROSPECTS, *FACT_TABLES):
        counts = crm.connection.execute(_gaps(crm, contract.name, contract.instant))
        finding = judge_gaps(contract.name, counts, accepted)
        if finding is not None:
            found.append(finding)
    return found


def judge_gaps(table: str, gaps: pd.DataFrame, accepted: Collection[str] = ()) -> Finding | None:
    """Judge how long before the outcome one table ends.

    Parameters
    ----------
    table : str
        Name of a table of the contract.
    gaps : DataFrame
        One row per cause and calendar day of the gap: outcome, days, rows, whole (rows whose gap is
        a whole number of days), same (rows of the most frequent second), seconds (that one).
    accepted : collection of str

    Returns
    -------
    Finding or None
    """
    seen = [
        (cause, *clear)
        for cause in ("won", "lost")
        if (clear := _same_gap(gaps[gaps["outcome"] == cause])) is not None
    ]
    if not seen:
        return None
    cause, share, words = max(seen, key=lambda each: each[1])
    subject, what = _SUBJECTS[table]
    severity: Severity = "severe" if cause == "won" and share >= SEVERE_SHARE else "warning"
    return Finding(
        f"dates:{subject}",
        severity,
        subject,
        f"{share:.0%} of the {cause} {what} {words} before their outcome.",
        "Take the date at which it was written down, not one computed from closed_at; where a "
        "clock closes prospects, leave its outcomes out and set lost_after_silence_days.",
        f"dates:{subject}" in accepted,
    )


def _same_gap(gaps: pd.DataFrame) -> tuple[float, str] | None:
    """Return the share of outcomes with the most frequent gap, and the gap in words."""
    days, rows, seconds, same = (
        gaps[name].to_numpy(np.int64) for name in ("days", "rows", "seconds", "same")
    )
    total = int(rows.sum())
    if total < MIN_OUTCOMES:
        return None
    timed = gaps["whole"].sum() < 0.5 * total
    # Shorter gaps lie in no snapshot.
    exact = np.where(timed & (seconds >= DAY_SECONDS), same, 0)
    if exact.max() >= SAME_SECOND_SHARE * total:
        best = exact.argmax()
        return float(exact[best] / total), f"exactly {seconds[best] / DAY_SECONDS:.6g} days"
    later = np.where(days >= 1, rows, 0)
    day = days[later.argmax()]
    around = rows[np.abs(days - day) == 1].sum() / 2
    share = float(later.max() / total)
    if share < SAME_DAY_SHARE or later.max() < TIMES_NEIGHBOURS * around:
        return None
    return share, f"{day} {'day' if day == 1 else 'days'}"


def _gaps(crm: Crm, name: str, instant: str) -> ir.Table:
    """Count the gaps between a table's last instant before the outcome and the outcome."""
    table = crm.tables[name]
    facts = table.select("prospect_id", at=table[instant])
    facts = facts.join(crm.outcomes.select("prospect_id", "closed_at", "outcome"), "prospect_id")
    facts = facts.filter(facts.at < facts.closed_at)
    last = facts.group_by("prospect_id", "outcome", "closed_at").agg(at=facts["at"].max())
    by_second = last.group_by(
        "outcome",
        days=last.closed_at.truncate("D").delta(last["at"].truncate("D"), unit="day"),
        seconds=last.closed_at.delta(last["at"], unit="second"),
    ).agg(same=last.count())
    whole = by_second.seconds % DAY_SECONDS == 0
    return by_second.group_by("outcome", "days").agg(
        rows=by_second.same.sum(),
        whole=ibis.coalesce(by_second.same.sum(where=whole), 0),
        seconds=by_second.seconds.argmax(by_second.same),
        same=by_second.same.max(),
    )
