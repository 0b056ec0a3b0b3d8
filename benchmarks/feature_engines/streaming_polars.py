"""Polars, streaming, in the same two stages as the SQL."""

from __future__ import annotations

import polars as pl

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
    """Compute tallies and days in one streaming run over the pairs, and the features in another."""
    task.output.mkdir(parents=True)
    snapshots = pl.scan_parquet(task.snapshots)
    pairs = _pairs(task, snapshots)
    tallies, days = pl.collect_all([_tallies(pairs), _days(pairs)], engine="streaming")
    features = _features(snapshots, tallies.lazy(), days.lazy())
    features.sink_parquet(task.output / "part.parquet", compression="snappy", engine="streaming")


def _pairs(task: Task, snapshots: pl.LazyFrame) -> pl.LazyFrame:
    """One row per snapshot and interaction known before it."""
    codes = {type_: code for code, type_ in enumerate(TYPES)}
    interactions = pl.scan_parquet(task.interactions).select(
        "prospect_id",
        "known_at",
        at_us=pl.col("occurred_at").to_physical(),
        code=pl.col("type").replace_strict(codes, return_dtype=pl.Int8),
    )
    joined = interactions.join(snapshots, on="prospect_id")
    age_us = pl.col("as_of").to_physical() - pl.col("at_us")
    return joined.filter(pl.col("known_at") < pl.col("as_of")).select(
        "snapshot_id",
        key=pl.col("snapshot_id") * len(TYPES) + pl.col("code"),
        age_us=age_us,
        day=((age_us - 1) // DAY_US).cast(pl.Int16),
    )


def _tallies(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """One row per snapshot and type."""
    age_us, key = pl.col("age_us"), pl.col("key")
    windows = {f"n{days}": (age_us <= days * DAY_US).sum() for days in WINDOWS_DAYS}
    tallies = pairs.group_by("key").agg(
        n=pl.len(),
        last_us=age_us.min(),
        first_us=age_us.max(),
        decayed=(age_us.cast(pl.Float64) * DECAY_PER_US).exp().sum(),
        **windows,
    )
    ids = {"snapshot_id": key // len(TYPES), "code": key % len(TYPES)}
    return tallies.select(pl.all().exclude("key"), **ids)


def _days(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """Active days and the longest silence of each snapshot."""
    day = pl.col("day")
    return pairs.group_by("snapshot_id").agg(
        silence=(day.unique().sort().diff().max() - 1).fill_null(0),
        **{f"days{days}": day.filter(day < days).n_unique() for days in WINDOWS_DAYS},
    )


def _features(snapshots: pl.LazyFrame, tallies: pl.LazyFrame, days: pl.LazyFrame) -> pl.LazyFrame:
    totals = _totals(tallies)
    joined = snapshots.select("snapshot_id").join(days, on="snapshot_id", how="left")
    tables = {"activity": totals}
    tables |= {type_: tallies.filter(code=code).drop("code") for code, type_ in enumerate(TYPES)}
    columns = _total_features()
    for name, table in tables.items():
        own_names = table.select(pl.all().name.prefix(f"{name}_"))
        own_id = f"{name}_snapshot_id"
        joined = joined.join(own_names, left_on="snapshot_id", right_on=own_id, how="left")
        columns |= _amounts(name)
    chosen = [columns[name].cast(pl.Float64).alias(name) for name in FEATURES]
    return joined.select("snapshot_id", *chosen)


def _totals(tallies: pl.LazyFrame) -> pl.LazyFrame:
    """One row per snapshot: all types together."""
    sums = [pl.col("n", "decayed", *(f"n{days}" for days in WINDOWS_DAYS)).sum()]
    types = {f"types{days}": (pl.col(f"n{days}") > 0).sum() for days in WINDOWS_DAYS}
    ages = [pl.col("last_us").min(), pl.col("first_us").max()]
    return tallies.group_by("snapshot_id").agg(*sums, *ages, **types)


def _total_features() -> dict[str, pl.Expr]:
    n = pl.col("activity_n")
    gap_days = (pl.col("activity_first_us") - pl.col("activity_last_us")) / DAY_US / (n - 1)
    features = {
        "rhythm_longest_silence_days": pl.col("silence"),
        "rhythm_usual_gap_days": pl.when(n > 1).then(gap_days),
    }
    for days in WINDOWS_DAYS:
        features[f"activity_types_{days}d"] = pl.col(f"activity_types{days}").fill_null(0)
        features[f"activity_active_days_{days}d"] = pl.col(f"days{days}").fill_null(0)
    return features


def _amounts(name: str) -> dict[str, pl.Expr]:
    def column(tally: str) -> pl.Expr:
        return pl.col(f"{name}_{tally}")

    n1, n2 = (column(f"n{days}").fill_null(0).cast(pl.Float64) for days in WINDOWS_DAYS[:2])
    recent = (n1 + RECENT_PRIOR) / RECENT_DAYS
    earlier = (n2 - n1 + EARLIER_PRIOR) / EARLIER_DAYS
    return {
        **{f"{name}_count_{days}d": column(f"n{days}").fill_null(0) for days in WINDOWS_DAYS},
        f"{name}_count": column("n").fill_null(0),
        f"{name}_days_since_last": column("last_us") / DAY_US,
        f"{name}_days_since_first": column("first_us") / DAY_US,
        f"{name}_decayed_count": column("decayed").fill_null(0.0),
        f"{name}_trend": (recent / earlier).log(),
    }
