"""Audit of dated facts that come with the outcome: 'contract_signed' the day before the close.

Such a fact is dated, and known before the outcome; but it is no sign of it, it is part of it. A
model that has it predicts what everybody knows, and says little of all the others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ibis

from predictor.evaluation.leakage.finding import Finding, Severity
from predictor.evaluation.leakage.looks import ANSWER, CREATION, INTERACTION, QUESTION, STAGE

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    import ibis.expr.types as ir
    import pandas as pd

    from predictor.config import Config

#: Share of those who had the fact and met the outcome within the days. The strongest honest ones,
#: with at least 50 prospects each: .64 won within 7 days and .78 within 30 (calls about missing
#: papers, loan log), .67 within 30 (a vehicle added, driver sign-ups), .44 within 30 and .50 within
#: 365 (negotiation; top priority; simulated cycles), .71 lost within 30 (unanswered call, school).
WARNING_SHARE, SEVERE_SHARE = 0.9, 0.95
#: The odds must be this many times those of all prospects from their creation on: where nearly
#: everybody is lost within the days, nothing tells it. Honest and over .9: none.
LEAST_ODDS_RATIO = 10.0
#: Days within which a fact is no more than the outcome itself.
SEVERE_DAYS = 7
USUAL_DAYS = (7, 30)
#: Fewer prospects with the fact are not judged; a severe one foretells this share of the cause.
MIN_PROSPECTS, SEVERE_COVER = 50, 0.2
#: The outcome at any time, among those with one.
EVER = math.inf
_WORDS = {INTERACTION: "", STAGE: "stage ", QUESTION: "question ", ANSWER: "answer "}


def audit_consequences(
    counts: pd.DataFrame, n_by_cause: Mapping[str, int], accepted: Collection[str] = ()
) -> list[Finding]:
    """Name the types, stages, questions and answers after which one outcome is nearly certain.

    Parameters
    ----------
    counts : DataFrame
        What `count_looks` returns.
    n_by_cause : mapping of str to int
        How many were 'won' and 'lost'.
    accepted : collection of str
        Names of findings that the configuration accepts.

    Returns
    -------
    list of Finding
        'consequence:<name>', the surest horizon of each.
    """
    rates = _rates(counts)
    sure = rates[
        (rates["n"] >= MIN_PROSPECTS)
        & (rates["share"] >= WARNING_SHARE)
        & (rates["odds_ratio"] >= LEAST_ODDS_RATIO)
        # Of those who say no, all are lost one day: that is honest.
        & ((rates["days"] < EVER) | (rates["cause"] == "won"))
    ]
    sure = sure.assign(cover=sure["hits"] / sure["cause"].map(dict(n_by_cause)).astype(float))
    # What a question says, its answers need not say again.
    asked = set(sure.loc[sure["kind"] == QUESTION, "name"])
    found: dict[str, Finding] = {}
    for row in sure.sort_values(["days", "share"], ascending=[True, False]).to_dict("records"):
        if row["kind"] == ANSWER and row["name"].split("=")[0] in asked:
            continue
        finding = _finding(row, accepted)
        found.setdefault(finding.name, finding)
    return list(found.values())


def count_looks(looks: ir.Table, days: Sequence[float], data_until: datetime) -> ir.Table:
    """Count, for each kind of fact, what followed within some days of its first look.

    Parameters
    ----------
    looks : ir.Table
        As of `first_looks`.
    days : sequence of float
        Days after the look; `EVER` for any number of them.
    data_until : datetime
        Those not followed so long and still open do not count.

    Returns
    -------
    ir.Table
        kind, name, days, n, won, lost.
    """
    parts = []
    for within in days:
        if within == EVER:
            counted = looks.filter(looks.outcome.notnull())
            soon = ibis.literal(True)
        else:
            end = looks.look + ibis.interval(days=int(within))
            # Those who close are left out as well: else only they would count of the latest.
            counted = looks.mutate(end=end).filter(end <= ibis.literal(data_until))
            soon = (counted.closed_at < counted.end).fill_null(False)
        parts.append(
            counted.group_by("kind", "name").agg(
                days=ibis.literal(float(within)),
                n=counted.count(),
                won=counted.count(where=soon & (counted.outcome == "won")),
                lost=counted.count(where=soon & (counted.outcome == "lost")),
            )
        )
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def looked_at_days(config: Config) -> tuple[float, ...]:
    """Return the days within which an outcome is looked for, rising."""
    horizons = (*USUAL_DAYS, *config.evaluated_horizons_days)
    return (*sorted({float(days) for days in horizons}), EVER)


def _rates(counts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per kind, days and cause: n, hits, share, odds ratio against the creation."""
    long = counts.melt(
        id_vars=["kind", "name", "days", "n"],
        value_vars=["won", "lost"],
        var_name="cause",
        value_name="hits",
    )
    long["share"] = long["hits"] / long["n"]
    long["odds"] = (long["hits"] + 0.5) / (long["n"] - long["hits"] + 0.5)
    creation = long[long["kind"] == CREATION].set_index(["days", "cause"])["odds"].rename("usual")
    facts = long[long["kind"] != CREATION].join(creation, on=["days", "cause"])
    facts["usual_share"] = facts["usual"] / (1 + facts["usual"])
    facts["odds_ratio"] = facts["odds"] / facts["usual"]
    return facts


def _finding(row: Mapping[Hashable, Any], accepted: Collection[str]) -> Finding:
    name, days, share = f"consequence:{row['name']}", row["days"], row["share"]
    severe = days <= SEVERE_DAYS and share >= SEVERE_SHARE and row["cover"] >= SEVERE_COVER
    severity: Severity = "severe" if severe else "warning"
    within = "in the end" if days == EVER else f"within {days:.0f} days"
    what = f"{_WORDS[row['kind']]}'{row['name']}'"
    return Finding(
        name,
        severity,
        row["name"],
        f"Of {row['n']:,} prospects with {what} {share:.0%} were {row['cause']} {within}, against "
        f"{row['usual_share']:.0%} from their creation on: it comes with the outcome.",
        f"Leave {what} out in the SQL of the source, or let closed_at be its instant.",
        name in accepted,
    )
