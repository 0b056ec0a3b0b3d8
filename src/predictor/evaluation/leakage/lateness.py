"""The checks that ask whether an attribute was set after the creation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.evaluation.leakage.population import MIN_OUTCOMES, MIN_ROWS, Population, Suspicion

if TYPE_CHECKING:
    from numpy.typing import NDArray

LATE_FILL_GAP, PERIOD_FILL_GAP = 0.2, 0.5


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


def _instants(values: pd.Series) -> pd.Series | None:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None) if values.dt.tz is not None else values
    text = values.dropna()
    if pd.api.types.is_numeric_dtype(values) or text.empty:
        return None
    if not text.astype(str).str.match(r"\s*\d{4}-\d{2}-\d{2}").all():
        return None
    return pd.to_datetime(values, errors="coerce", format="mixed", utc=True).dt.tz_localize(None)
