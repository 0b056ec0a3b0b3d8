"""pandas: merge, then group by snapshot and type."""

from __future__ import annotations

import numpy as np
import pandas as pd

from feature_engines.task import (
    DAY_US,
    DECAY_PER_US,
    EARLIER_DAYS,
    EARLIER_PRIOR,
    FEATURES,
    RECENT_DAYS,
    RECENT_PRIOR,
    TYPES,
    WINDOWS_DAYS,
    Task,
)


def compute(task: Task) -> None:
    """Compute the features in memory."""
    task.output.mkdir(parents=True)
    snapshots = pd.read_parquet(task.snapshots)
    pairs = _pairs(task, snapshots)
    tallies = _tallies(pairs)
    days = _days(pairs)
    del pairs
    features = _features(tallies, days, snapshots["snapshot_id"])
    features.to_parquet(task.output / "part.parquet", compression="snappy")


def _pairs(task: Task, snapshots: pd.DataFrame) -> pd.DataFrame:
    """One row per snapshot and interaction known before it."""
    columns = ["prospect_id", "occurred_at", "known_at", "type"]
    interactions = pd.read_parquet(task.interactions, columns=columns)
    interactions["type"] = pd.Categorical(interactions["type"], categories=TYPES)
    pairs = interactions.merge(snapshots, on="prospect_id")
    pairs = pairs[pairs["known_at"] < pairs["as_of"]]
    age_us = (pairs["as_of"] - pairs["occurred_at"]).astype("timedelta64[us]").astype("int64")
    pairs = pairs[["snapshot_id", "type"]].assign(age_us=age_us, day=(age_us - 1) // DAY_US)
    pairs["decayed"] = np.exp(pairs["age_us"] * DECAY_PER_US)
    for window_days in WINDOWS_DAYS:
        pairs[f"n{window_days}"] = pairs["age_us"] <= window_days * DAY_US
    return pairs


def _tallies(pairs: pd.DataFrame) -> pd.DataFrame:
    """One row per snapshot and type."""
    grouped = pairs.groupby(["snapshot_id", "type"], observed=True, sort=False)
    windows = {f"n{days}": (f"n{days}", "sum") for days in WINDOWS_DAYS}
    return grouped.agg(
        n=("age_us", "size"),
        last_us=("age_us", "min"),
        first_us=("age_us", "max"),
        decayed=("decayed", "sum"),
        **windows,
    )


def _days(pairs: pd.DataFrame) -> pd.DataFrame:
    """Active days and the longest silence of each snapshot."""
    by_day = pairs[["snapshot_id", "day"]].drop_duplicates().sort_values(["snapshot_id", "day"])
    by_day["silence"] = by_day.groupby("snapshot_id")["day"].diff() - 1
    for window_days in WINDOWS_DAYS:
        by_day[f"days{window_days}"] = by_day["day"] < window_days
    sums = {f"days{days}": "sum" for days in WINDOWS_DAYS}
    return by_day.groupby("snapshot_id").agg({"silence": "max", **sums}).fillna({"silence": 0.0})


def _features(tallies: pd.DataFrame, days: pd.DataFrame, snapshots: pd.Series) -> pd.DataFrame:
    ids = pd.Index(snapshots, name="snapshot_id")
    columns = _total_features(tallies, days.reindex(ids), ids)
    for type_ in TYPES:
        columns |= _amounts(type_, tallies.xs(type_, level="type").reindex(ids))
    features = pd.DataFrame(columns)[list(FEATURES)].astype("float64")
    return features.reset_index()


def _total_features(
    tallies: pd.DataFrame, days: pd.DataFrame, ids: pd.Index
) -> dict[str, pd.Series]:
    counts = [f"n{window_days}" for window_days in WINDOWS_DAYS]
    sums = dict.fromkeys(["n", "decayed", *counts], "sum")
    some = tallies[counts] > 0
    totals = tallies.groupby("snapshot_id").agg({**sums, "last_us": "min", "first_us": "max"})
    totals, types = totals.reindex(ids), some.groupby("snapshot_id").sum().reindex(ids)
    gap_days = (totals["first_us"] - totals["last_us"]) / DAY_US / (totals["n"] - 1)
    columns = _amounts("activity", totals)
    for count, window_days in zip(counts, WINDOWS_DAYS, strict=True):
        columns[f"activity_types_{window_days}d"] = types[count].fillna(0)
        active = days[f"days{window_days}"].fillna(0)
        columns[f"activity_active_days_{window_days}d"] = active
    columns["rhythm_longest_silence_days"] = days["silence"]
    columns["rhythm_usual_gap_days"] = gap_days.where(totals["n"] > 1)
    return columns


def _amounts(name: str, tallies: pd.DataFrame) -> dict[str, pd.Series]:
    counts = {days: tallies[f"n{days}"].fillna(0) for days in WINDOWS_DAYS}
    n1, n2 = (counts[days] for days in WINDOWS_DAYS[:2])
    recent = (n1 + RECENT_PRIOR) / RECENT_DAYS
    earlier = (n2 - n1 + EARLIER_PRIOR) / EARLIER_DAYS
    return {
        **{f"{name}_count_{days}d": count for days, count in counts.items()},
        f"{name}_count": tallies["n"].fillna(0),
        f"{name}_days_since_last": tallies["last_us"] / DAY_US,
        f"{name}_days_since_first": tallies["first_us"] / DAY_US,
        f"{name}_decayed_count": tallies["decayed"].fillna(0.0),
        f"{name}_trend": np.log(recent / earlier),
    }
