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
from predictor.evaluation.leakage.population import Population, Suspicion
from predictor.evaluation.leakage.suspicions import filling_suspicions, suspicions

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from predictor.evaluation.leakage.population import Strength

CONTRACT_COLUMNS = frozenset(
    {"prospect_id", "created_at", "account_id", "owner", "amount", "do_not_contact"}
)
ACCOUNT = "account_id"
#: Share of prospects for which two columns are both filled or both empty, to be filled together;
#: and the share that must be filled, and must be empty, to tell.
SAME_FILLING, EMPTY_SHARE = 0.99, 0.05
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
    population = population_of(prospects, outcomes, data_until)
    columns = {
        name: _read(prospects[name])
        for name in prospects.columns
        if name not in CONTRACT_COLUMNS or (name == ACCOUNT and name in known_at)
    }
    doubts = {
        name: filling_suspicions(values, population)
        if name == ACCOUNT
        else suspicions(name, values, population)
        for name, values in columns.items()
    }
    doubts = _with_companions(doubts, columns)
    findings = []
    for name, values in columns.items():
        attribute = _Attribute(name, name in known_at, f"attribute:{name}" in accepted)
        finding = _judge(attribute, values, doubts[name])
        if finding is not None:
            findings.append(finding)
    return findings


def _with_companions(
    doubts: dict[str, list[Suspicion]], columns: Mapping[str, pd.Series]
) -> dict[str, list[Suspicion]]:
    """Doubt also what is filled for the same prospects as a doubtful column: written with it."""
    filled = {name: values.notna().to_numpy() for name, values in columns.items()}
    doubtful = [name for name, found in doubts.items() if _is_doubtful(found)]
    return {
        name: found
        if _is_doubtful(found) or name == ACCOUNT
        else [*_companion(filled, name, doubtful), *found]
        for name, found in doubts.items()
    }


def _companion(
    filled: Mapping[str, NDArray[np.bool_]], name: str, doubtful: Sequence[str]
) -> list[Suspicion]:
    mine = filled[name]
    if not EMPTY_SHARE <= mine.mean() <= 1 - EMPTY_SHARE:
        return []
    for other in doubtful:
        if np.mean(mine == filled[other]) >= SAME_FILLING:
            return [Suspicion("weak", f"is filled for the same prospects as '{other}'")]
    return []


def _is_doubtful(found: Sequence[Suspicion]) -> bool:
    return bool(found) and found[0].strength != "note"


def population_of(
    prospects: pd.DataFrame, outcomes: pd.DataFrame, data_until: datetime
) -> Population:
    """Return what became of the prospects, in their order; for the parameters see above."""
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


def _judge(attribute: _Attribute, values: pd.Series, found: list[Suspicion]) -> Finding | None:
    if len(values.drop_duplicates()) <= 1:
        if attribute.name == ACCOUNT:
            return None
        evidence = "is empty" if values.isna().all() else f"always holds {values.iloc[0]!r}"
        return attribute.finding(
            "info", f"'{attribute.name}' {evidence}.", "It teaches nothing; drop it."
        )
    if not found:
        return None if attribute.declared else _unsuspicious(attribute)
    worst = _worst(found)
    severity: Severity = "info" if worst == "note" else "warning"
    if worst == "strong" and attribute.declared:
        severity = "severe"
    evidence = "; ".join(each.evidence for each in found[:2])
    return attribute.finding(severity, f"'{attribute.name}' {evidence}.", _mend(attribute, worst))


def _worst(found: Sequence[Suspicion]) -> Strength:
    """Two weak doubts that do not hang on each other make a strong one."""
    weak = sum(each.strength == "weak" for each in found)
    return "strong" if found[0].strength == "strong" or weak >= 2 else found[0].strength


def _unsuspicious(attribute: _Attribute) -> Finding:
    return attribute.finding(
        "info",
        f"'{attribute.name}' is not used, as it is undeclared; nothing suspicious seen.",
        "Declare 'known_at: creation' for what is set when the prospect is created and never "
        "changed.",
    )


def _mend(attribute: _Attribute, worst: Strength) -> str:
    name = attribute.name
    if attribute.declared and worst == "strong":
        return (
            f"Withdraw 'known_at: creation' from '{name}', or, if it truly never changes, add "
            f"'attribute:{name}' to accept_findings."
        )
    if attribute.declared:
        return "Make sure that it never changes after creation, or withdraw 'known_at: creation'."
    return (
        "Not used as a feature; leave it undeclared unless you know that it is set at creation "
        "and never changed."
    )
