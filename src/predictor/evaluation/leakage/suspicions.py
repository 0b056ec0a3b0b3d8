"""The checks on one attribute: each returns what it saw, or nothing."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from predictor.evaluation.leakage.association import fill_gap, value_auc

if TYPE_CHECKING:
    from numpy.typing import NDArray

Strength = Literal["strong", "weak", "note"]
STRENGTHS: tuple[Strength, ...] = ("strong", "weak", "note")
STRONG_ODDS_RATIO, WEAK_ODDS_RATIO = 8.0, 3.0
STRONG_AUC, WEAK_AUC = 0.9, 0.8
MIN_FILL_GAP = 0.05
MIN_Z = 5.0
MIN_OUTCOMES = 20
MIN_ROWS = 50
LATE_FILL_GAP, PERIOD_FILL_GAP = 0.2, 0.5
IDENTIFIER_SHARE = 0.8
# Words in the names of fields that CRMs rewrite by themselves (Salesforce, HubSpot, Pipedrive,
# Marketo, Zoho): latest values, scores and what closing writes.
REWRITTEN_WORDS = {
    *("last", "latest", "status", "stage", "closing", "closed", "close", "won", "lost", "reason"),
    *("paid", "payment", "probability", "forecast", "score", "scoring", "activity"),
    *("modified", "updated"),
}


@dataclass(frozen=True)
class Suspicion:
    """One reason to doubt that an attribute was known at creation.

    Attributes
    ----------
    strength : {'strong', 'weak', 'note'}
        'strong' is enough to refuse it, 'note' is no doubt but worth to know.
    evidence : str
        A clause with figures, to follow the attribute's name.
    """

    strength: Strength
    evidence: str


@dataclass(frozen=True, eq=False)
class Population:
    """The prospects that the attributes describe, all of shape (n,).

    Attributes
    ----------
    outcome : ndarray of str
        'open', 'won' or 'lost' at the end of the data.
    age_days : ndarray of float
        From creation to the end of the data.
    stratum : ndarray of int
        0, 1, ...: prospects of one number were created in the same month.
    created_at : Series of datetime
    """

    outcome: NDArray[np.str_]
    age_days: NDArray[np.float64]
    stratum: NDArray[np.intp]
    created_at: pd.Series


def suspicions(name: str, values: pd.Series, population: Population) -> list[Suspicion]:
    """Run every check on one attribute.

    Parameters
    ----------
    name : str
    values : Series, shape (n,)
    population : Population

    Returns
    -------
    list of Suspicion
        The strongest first.
    """
    found = [
        filled_with_outcome(values, population),
        value_tells_outcome(values, population),
        later_than_creation(values, population),
        filled_over_time(values, population),
        identifier(values, population),
        rewritten_by_name(name),
    ]
    seen = [each for each in found if each is not None]
    return sorted(seen, key=lambda each: STRENGTHS.index(each.strength))


def filled_with_outcome(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether it is filled far more, or less, for one outcome, by month of creation."""
    filled = values.notna().to_numpy()
    worst: Suspicion | None = None
    worst_size = math.log(WEAK_ODDS_RATIO)
    for cause in ("won", "lost"):
        target = population.outcome == cause
        gap = fill_gap(filled, target, population.stratum)
        size = abs(math.log(gap.odds_ratio))
        clear = abs(gap.rate_in - gap.rate_out) >= MIN_FILL_GAP and abs(gap.z) >= MIN_Z
        if clear and target.sum() >= MIN_OUTCOMES and size > worst_size:
            worst_size = size
            worst = Suspicion(
                "strong" if size >= math.log(STRONG_ODDS_RATIO) else "weak",
                f"is filled for {_rates(filled, population)}: odds {_times(gap.odds_ratio)} for "
                f"the {cause} against the rest created in the same month",
            )
    return worst


def value_tells_outcome(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether it alone tells one outcome from the rest too well to be true."""
    best, best_cause = 0.0, ""
    for cause in ("won", "lost"):
        target = population.outcome == cause
        if MIN_OUTCOMES <= target.sum() <= len(target) - MIN_OUTCOMES:
            auc = value_auc(values, target, population.stratum)
            if auc > best:
                best, best_cause = auc, cause
    if best < WEAK_AUC:
        return None
    evidence = f"alone tells the {best_cause} from the rest with an AUC of {best:.2f}"
    return Suspicion("strong" if best >= STRONG_AUC else "weak", evidence)


def later_than_creation(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether it holds instants, most of them later than the day of creation."""
    instants = _instants(values)
    if instants is None:
        return None
    day_after = population.created_at.dt.normalize() + pd.Timedelta(days=1)
    later = (instants >= day_after)[instants.notna() & population.created_at.notna()]
    if len(later) < MIN_ROWS or later.mean() < 0.5:
        return None
    evidence = f"holds dates, and {later.mean():.0%} of them lie after the day of creation"
    return Suspicion("strong", evidence)


def filled_over_time(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether, among the open, it is filled the more the older, or in some periods only.

    What the closed of the same creation time show as well is a change of habits over the calendar
    (other campaigns, other forms), not filling along the way; lateness is what remains.
    """
    groups = _age_groups(population)
    if groups is None:
        return None
    is_open = population.outcome == "open"
    filled = pd.Series(values.notna().to_numpy())
    rates = filled[is_open].groupby(groups[is_open]).mean()
    beyond_habit = rates - _closed_rates(filled[~is_open], groups[~is_open], rates.index)
    youngest, oldest = rates.iloc[0], rates.iloc[-1]
    if min(oldest - youngest, beyond_habit.iloc[-1] - beyond_habit.iloc[0]) >= LATE_FILL_GAP:
        evidence = (
            f"is filled late: for {youngest:.0%} of the youngest open prospects, for "
            f"{oldest:.0%} of the oldest"
        )
        return Suspicion("weak", evidence)
    if rates.max() - rates.min() >= PERIOD_FILL_GAP:
        evidence = (
            f"is filled in some periods only: for {rates.min():.0%} to {rates.max():.0%} of the "
            "open prospects by age"
        )
        return Suspicion("note", evidence)
    return None


def _age_groups(population: Population) -> NDArray[np.intp] | None:
    """Return up to 8 age groups, 0 the youngest, with equally many open prospects in each."""
    age = population.age_days[population.outcome == "open"]
    n_groups = min(8, len(age) // MIN_ROWS)
    if n_groups < 2 or not np.isfinite(age).all():
        return None
    edges = np.unique(np.quantile(age, np.arange(1, n_groups) / n_groups))
    edges = edges[edges > age.min()]
    return np.searchsorted(edges, population.age_days, side="right") if len(edges) else None


def _closed_rates(
    filled: pd.Series, group: NDArray[np.intp], all_groups: pd.Index[int]
) -> pd.Series:
    """Share of the closed filled, by age group; where they are too few, its neighbour's."""
    per_group = filled.groupby(group).agg(["mean", "size"]).reindex(all_groups)
    enough = per_group["mean"].where(per_group["size"] >= MIN_OUTCOMES)
    return enough.astype(float).bfill().ffill().fillna(0.0)


def identifier(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether nearly every prospect has its own value, which may carry time."""
    filled = values.dropna()
    is_number = pd.api.types.is_numeric_dtype(values)
    if len(filled) < MIN_ROWS or filled.nunique() < IDENTIFIER_SHARE * len(filled):
        return None
    if is_number and not bool((filled.astype(float) % 1 == 0).all()):
        return None
    share = filled.nunique() / len(filled)
    evidence = f"names single prospects: {share:.0%} of its values are different"
    drift = _rank_correlation_with_creation(filled, population) if is_number else 0.0
    if is_number and share < 0.95 and abs(drift) < 0.9:
        return None
    if abs(drift) >= 0.9:
        evidence += f", and it carries time (rank correlation with created_at {drift:.2f})"
    return Suspicion("weak", evidence)


def rewritten_by_name(name: str) -> Suspicion | None:
    """See whether its name is that of a field which CRMs rewrite by themselves."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    hits = [word for word in words if word in REWRITTEN_WORDS]
    if not hits:
        return None
    return Suspicion("weak", f"has a name ('{hits[0]}') of fields that hold the latest value")


def _rates(filled: NDArray[np.bool_], population: Population) -> str:
    parts = []
    for word in ("won", "lost", "open"):
        chosen = population.outcome == word
        if chosen.any():
            parts.append(f"{filled[chosen].mean():.0%} of the {word}")
    return ", ".join(parts)


def _times(odds_ratio: float) -> str:
    """Say an odds ratio: '12 times', '1/12'; beyond 100 the exact size says nothing."""
    size = max(odds_ratio, 1 / odds_ratio)
    number = "over 100" if size > 100 else f"{size:.0f}"
    return f"{number} times higher" if odds_ratio >= 1 else f"{number} times lower"


def _instants(values: pd.Series) -> pd.Series | None:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None) if values.dt.tz is not None else values
    text = values.dropna()
    if pd.api.types.is_numeric_dtype(values) or text.empty:
        return None
    if not text.astype(str).str.match(r"\s*\d{4}-\d{2}-\d{2}").all():
        return None
    return pd.to_datetime(values, errors="coerce", format="mixed", utc=True).dt.tz_localize(None)


def _rank_correlation_with_creation(filled: pd.Series, population: Population) -> float:
    """Spearman correlation; 0 where creation does not vary."""
    created = population.created_at.loc[filled.index]
    if created.nunique() < 2:
        return 0.0
    ranks = pd.DataFrame({"value": filled.rank(), "created": created.rank()})
    return float(ranks["value"].corr(ranks["created"]))
