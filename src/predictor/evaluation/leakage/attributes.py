"""Audit of the attributes of prospects, which have no history.

CRMs keep only the latest value of a field. One that sales fill in along the way, or that closing
fills in, tells the outcome backwards. Nothing is told in advance: the checks compare prospects
created in the same month that were won, lost, or are still open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.evaluation.leakage.finding import Finding, Severity
from predictor.evaluation.leakage.suspicions import Population, suspicions

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from predictor.evaluation.leakage.suspicions import Strength

CONTRACT_COLUMNS = frozenset(
    {"prospect_id", "created_at", "account_id", "owner", "amount", "do_not_contact"}
)
# Far more than a judgement needs; figures of larger portfolios are those of a random sample.
MAX_PROSPECTS = 200_000


@dataclass(frozen=True)
class _Attribute:
    name: str
    declared: bool
    accepted: bool

    def finding(self, severity: Severity, evidence: str, mend: str) -> Finding:
        return Finding(
            f"attribute:{self.name}",
            severity,
            self.name,
            evidence,
            mend,
            self.accepted,
        )


def audit_attributes(
    prospects: pd.DataFrame,
    outcomes: pd.DataFrame,
    known_at: Mapping[str, str],
    data_until: datetime,
    accepted: Collection[str] = (),
) -> list[Finding]:
    """Judge every attribute: one finding each, none for a declared one that looks sound.

    Parameters
    ----------
    prospects : DataFrame, shape (n, .)
        prospect_id, created_at (naive UTC), and attributes as read: every column that the data
        contract does not know.
    outcomes : DataFrame
        prospect_id and outcome ('won' or 'lost').
    known_at : mapping of str to str
        The declared attributes; the only promise there is, is 'creation'.
    data_until : datetime
        End of the data, naive UTC.
    accepted : collection of str
        Names of findings that the configuration accepts.

    Returns
    -------
    list of Finding
        In the order of the columns. A declared attribute that looks filled with the outcome is
        severe, one that raises a doubt a warning; an undeclared one, which is not used, is a
        warning where it looks suspicious, else info.
    """
    if prospects.empty:
        return []
    if len(prospects) > MAX_PROSPECTS:
        prospects = prospects.sample(MAX_PROSPECTS, random_state=0)
    population = _population(prospects, outcomes, data_until)
    findings = []
    for name in prospects.columns:
        if name not in CONTRACT_COLUMNS:
            attribute = _Attribute(name, name in known_at, f"attribute:{name}" in accepted)
            finding = _judge(attribute, _read(prospects[name]), population)
            if finding is not None:
                findings.append(finding)
    return findings


def _population(
    prospects: pd.DataFrame, outcomes: pd.DataFrame, data_until: datetime
) -> Population:
    closed = outcomes.drop_duplicates("prospect_id").set_index("prospect_id")
    outcome = prospects["prospect_id"].map(closed["outcome"]).astype(object).fillna("open")
    created_at = pd.to_datetime(prospects["created_at"])
    month = (created_at.dt.year * 12 + created_at.dt.month).fillna(-1).to_numpy()
    age_days = (pd.Timestamp(data_until) - created_at) / pd.Timedelta(days=1)
    return Population(
        outcome=outcome.to_numpy(dtype=np.str_),
        age_days=np.asarray(age_days, dtype=np.float64),
        stratum=np.unique(month, return_inverse=True)[1],
        created_at=created_at.reset_index(drop=True),
    )


def _read(column: pd.Series) -> pd.Series:
    """Return the column with blank text and infinite numbers as missing."""
    values = column.reset_index(drop=True)
    if pd.api.types.is_float_dtype(values):
        return values.where(values.abs() != np.inf)
    if pd.api.types.is_string_dtype(values):
        return values.mask(values.str.strip().eq("").fillna(value=False))
    return values


def _judge(attribute: _Attribute, values: pd.Series, population: Population) -> Finding | None:
    if len(values.drop_duplicates()) <= 1:
        evidence = "is empty" if values.isna().all() else f"always holds {values.iloc[0]!r}"
        return attribute.finding(
            "info", f"'{attribute.name}' {evidence}.", "It teaches nothing; drop it."
        )
    found = suspicions(attribute.name, values, population)
    if not found:
        return None if attribute.declared else _unsuspicious(attribute)
    worst = found[0].strength
    severity: Severity = "info" if worst == "note" else "warning"
    if worst == "strong" and attribute.declared:
        severity = "severe"
    evidence = "; ".join(each.evidence for each in found[:2])
    return attribute.finding(severity, f"'{attribute.name}' {evidence}.", _mend(attribute, worst))


def _unsuspicious(attribute: _Attribute) -> Finding:
    return attribute.finding(
        "info",
        f"'{attribute.name}' is not used, as it is undeclared; nothing suspicious seen.",
        f"Declare 'known_at: creation' for '{attribute.name}' if it is set when the prospect is "
        "created and never changed.",
    )


def _mend(attribute: _Attribute, worst: Strength) -> str:
    name = attribute.name
    if attribute.declared and worst == "strong":
        return (
            f"Withdraw 'known_at: creation' from '{name}', or, if it truly never changes, add "
            f"'attribute:{name}' to accept_findings."
        )
    if attribute.declared:
        return f"Make sure that '{name}' never changes after creation, or withdraw it."
    return (
        f"Not used as a feature; leave '{name}' undeclared unless you know that it is set at "
        "creation and never changed."
    )
