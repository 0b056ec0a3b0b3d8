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
from predictor.evaluation.leakage.suspicions import (
    amount_suspicions,
    filling_suspicions,
    suspicions,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from predictor.evaluation.leakage.population import Strength

CONTRACT_COLUMNS = frozenset(
    {"prospect_id", "created_at", "account_id", "owner", "amount", "do_not_contact"}
)
ACCOUNT, AMOUNT = "account_id", "amount"
#: Share of prospects for which two columns are both filled or both empty, to be filled together,
#: or both 0 or both not; and the share that must be so, and must not, to tell.
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
    interactions: pd.DataFrame | None = None,
) -> list[Finding]:
    """Judge every attribute: one finding each, none for a declared one that looks sound.

    Parameters
    ----------
    prospects : DataFrame, shape (n, .)
        prospect_id, created_at (naive UTC), amount, and attributes as read: every column that the
        data contract does not know.
    outcomes : DataFrame
        prospect_id, closed_at (naive UTC) and outcome ('won' or 'lost').
    known_at : mapping of str to str
        The declared attributes; the only promise there is, is 'creation'.
    data_until : datetime
        End of the data, naive UTC.
    accepted : collection of str
        Names of findings that the configuration accepts.
    interactions : DataFrame, optional
        How many of each type, and of all (''), followed the day of creation; index prospect_id.

    Returns
    -------
    list of Finding
        In the order of the columns. A declared attribute that looks filled with the outcome is
        severe, one that raises a doubt a warning; an undeclared one, which is not used, is a
        warning where it looks suspicious, else info. The amount, of which no feature is made, is a
        warning where it looks suspicious.
    """
    if prospects.empty:
        return []
    if len(prospects) > MAX_PROSPECTS:
        prospects = prospects.sample(MAX_PROSPECTS, random_state=0)
    population = population_of(prospects, outcomes, data_until, interactions)
    columns = {
        name: _read(prospects[name])
        for name in prospects.columns
        if name not in CONTRACT_COLUMNS or name == AMOUNT or (name == ACCOUNT and name in known_at)
    }
    doubts = {name: _doubts(name, values, population) for name, values in columns.items()}
    doubts = _with_companions(doubts, columns)
    findings = []
    for name, values in columns.items():
        attribute = _Attribute(name, name in known_at, f"attribute:{name}" in accepted)
        finding = _judge(attribute, values, doubts[name])
        if finding is not None:
            findings.append(finding)
    return findings


def _doubts(name: str, values: pd.Series, population: Population) -> list[Suspicion]:
    if name == ACCOUNT:
        return filling_suspicions(values, population)
    if name == AMOUNT:
        return amount_suspicions(values, population)
    return suspicions(name, values, population)


def _with_companions(
    doubts: dict[str, list[Suspicion]], columns: Mapping[str, pd.Series]
) -> dict[str, list[Suspicion]]:
    """Doubt also what is filled, or 0, for the same prospects as a doubtful column."""
    filled = {name: values.notna().to_numpy() for name, values in columns.items()}
    nothing = {name: _zeros(values) for name, values in columns.items()}
    doubtful = [name for name, found in doubts.items() if _is_doubtful(found)]
    return {
        name: found
        if _is_doubtful(found) or name == ACCOUNT
        else [
            *_companion("is filled", filled, name, doubtful),
            *_companion("is 0", nothing, name, doubtful),
        ][:1]
        + found
        for name, found in doubts.items()
    }


def _companion(
    what: str, marked: Mapping[str, NDArray[np.bool_]], name: str, doubtful: Sequence[str]
) -> list[Suspicion]:
    mine = marked[name]
    if not EMPTY_SHARE <= mine.mean() <= 1 - EMPTY_SHARE:
        return []
    for other in doubtful:
        if np.mean(mine == marked[other]) >= SAME_FILLING:
            return [Suspicion("weak", f"{what} for the same prospects as '{other}'")]
    return []


def _zeros(values: pd.Series) -> NDArray[np.bool_]:
    """Mark the numbers that are 0, in a column of others."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return np.zeros(len(values), dtype=np.bool_)
    return np.asarray(values.to_numpy(np.float64, na_value=np.nan) == 0)


def _is_doubtful(found: Sequence[Suspicion]) -> bool:
    return bool(found) and found[0].strength != "note"


def population_of(
    prospects: pd.DataFrame,
    outcomes: pd.DataFrame,
    data_until: datetime,
    interactions: pd.DataFrame | None = None,
) -> Population:
    """Return what became of the prospects, in their order; for the parameters see above."""
    ids = prospects["prospect_id"]
    closed = outcomes.drop_duplicates("prospect_id").set_index("prospect_id")
    outcome = ids.map(closed["outcome"]).astype(object).fillna("open")
    created_at = pd.to_datetime(prospects["created_at"])
    until = closed["closed_at"].reindex(ids).fillna(pd.Timestamp(data_until))
    lived_days = (until.to_numpy() - created_at.to_numpy()) / pd.Timedelta(days=1)
    counts = pd.DataFrame() if interactions is None else interactions
    month = (created_at.dt.year * 12 + created_at.dt.month).fillna(-1).to_numpy()
    age_days = (pd.Timestamp(data_until) - created_at) / pd.Timedelta(days=1)
    return Population(
        outcome=outcome.to_numpy(dtype=np.str_),
        age_days=np.asarray(age_days, dtype=np.float64),
        stratum=np.unique(month, return_inverse=True)[1],
        created_at=created_at.reset_index(drop=True),
        lived_days=np.maximum(np.asarray(lived_days, dtype=np.float64), 0.0),
        interactions=counts.reindex(ids, fill_value=0).reset_index(drop=True),
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
        if attribute.name in (ACCOUNT, AMOUNT):
            return None
        evidence = "is empty" if values.isna().all() else f"always holds {values.iloc[0]!r}"
        return attribute.finding(
            "info", f"'{attribute.name}' {evidence}.", "It teaches nothing; drop it."
        )
    if not found:
        silent = attribute.declared or attribute.name == AMOUNT
        return None if silent else _unsuspicious(attribute)
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
    if name == AMOUNT:
        return (
            "No feature is made of it, but expected_value ranks by it: give what was expected at "
            "creation in prospects.sql, and what was signed in outcomes.sql."
        )
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
