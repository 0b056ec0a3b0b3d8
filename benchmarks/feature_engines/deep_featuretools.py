"""featuretools: its own cutoff times for the rule of time, and primitives for the features.

Runs in an environment of its own (see benchmarks/README.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import featuretools as ft
import numpy as np
import pandas as pd
from featuretools.primitives import AggregationPrimitive
from woodwork.column_schema import ColumnSchema
from woodwork.logical_types import Categorical, Datetime

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

if TYPE_CHECKING:
    from collections.abc import Callable

_INSTANT = ColumnSchema(logical_type=Datetime)
_NUMBER = ColumnSchema(semantic_tags={"numeric"})


class Amounts(AggregationPrimitive):
    """Counts in windows and ever, days since last and first, decayed count, trend."""

    name = "amounts"
    input_types = [_INSTANT]  # noqa: RUF012 - featuretools reads class attributes
    return_type = _NUMBER
    uses_calc_time = True
    number_output_features = 8

    def get_function(self) -> Callable[..., list[float]]:
        """Return what featuretools calls for each prospect and cutoff."""
        return lambda values, time=None: _amounts(_ages_us(values, time))


class Types(AggregationPrimitive):
    """How many different types there are in each window."""

    name = "types"
    input_types = [_INSTANT, ColumnSchema(logical_type=Categorical)]  # noqa: RUF012 - as above
    return_type = _NUMBER
    uses_calc_time = True
    number_output_features = 3

    def get_function(self) -> Callable[..., list[int]]:
        """Return what featuretools calls for each prospect and cutoff."""

        def types(values: pd.Series, kinds: pd.Series, time: pd.Timestamp = None) -> list[int]:
            ages_us, kinds = _ages_us(values, time), kinds.to_numpy()
            return [len(set(kinds[ages_us <= days * DAY_US])) for days in WINDOWS_DAYS]

        return types


class Days(AggregationPrimitive):
    """Active days in each window, the longest silence, the usual gap."""

    name = "days"
    input_types = [_INSTANT]  # noqa: RUF012 - as above
    return_type = _NUMBER
    uses_calc_time = True
    number_output_features = 5

    def get_function(self) -> Callable[..., list[float]]:
        """Return what featuretools calls for each prospect and cutoff."""
        return lambda values, time=None: _days(_ages_us(values, time))


def compute(task: Task) -> None:
    """Compute the features as of the cutoff time of each snapshot."""
    task.output.mkdir(parents=True)
    snapshots = pd.read_parquet(task.snapshots).rename(columns={"as_of": "time"})
    # Rows of the same prospect and instant are computed once, so they are told apart afterwards.
    cutoffs = snapshots[["prospect_id", "time"]].drop_duplicates()
    entities = _entities(task, snapshots)
    names, features = _features(entities)
    matrix = ft.calculate_feature_matrix(
        features,
        entities,
        cutoff_time=cutoffs,
        include_cutoff_time=False,  # what is learnt at the cutoff itself is not known before it
        cutoff_time_in_index=True,
        n_jobs=1,
    )
    matrix.columns = names
    matrix = snapshots.merge(matrix.reset_index(), on=["prospect_id", "time"])
    matrix = matrix.astype(dict.fromkeys(FEATURES, "float64"))
    zero = [name for name in FEATURES if not name.endswith(_MISSING)]
    matrix[zero] = matrix[zero].fillna(0.0)
    matrix[["snapshot_id", *FEATURES]].to_parquet(task.output / "part.parquet")


_MISSING = ("_days_since_last", "_days_since_first", "_silence_days", "_gap_days")


def _entities(task: Task, snapshots: pd.DataFrame) -> ft.EntitySet:
    columns = ["prospect_id", "occurred_at", "known_at", "type"]
    interactions = pd.read_parquet(task.interactions, columns=columns).reset_index(names="row")
    interactions["known_at"] = interactions["known_at"].astype("datetime64[ns]")
    people = snapshots[["prospect_id"]].drop_duplicates()
    ids = {"prospect_id": "Unknown"}
    entities = ft.EntitySet("crm")
    entities.add_dataframe(
        dataframe_name="prospects", dataframe=people, index="prospect_id", logical_types=ids
    )
    entities.add_dataframe(
        dataframe_name="interactions",
        dataframe=interactions,
        index="row",
        time_index="known_at",
        logical_types=ids | {"type": "Categorical", "occurred_at": "Datetime"},
    )
    entities.add_relationship("prospects", "prospect_id", "interactions", "prospect_id")
    return entities


def _features(entities: ft.EntitySet) -> tuple[list[str], list[ft.FeatureBase]]:
    """Return the names of the columns, and the features that yield them."""
    interactions = entities["interactions"].ww
    instant, kind = ft.Feature(interactions["occurred_at"]), ft.Feature(interactions["type"])
    features = [
        ft.Feature(instant, parent_dataframe_name="prospects", primitive=Amounts, where=kind == t)
        for t in TYPES
    ]
    features += [
        ft.Feature(base, parent_dataframe_name="prospects", primitive=primitive)
        for base, primitive in ((instant, Amounts), ([instant, kind], Types), (instant, Days))
    ]
    return list(FEATURES), features


def _ages_us(values: pd.Series, time: pd.Timestamp) -> np.ndarray:
    as_of = np.datetime64(time, "us")
    return (as_of - values.to_numpy().astype("datetime64[us]")).astype(np.int64)


def _amounts(ages_us: np.ndarray) -> list[float]:
    if len(ages_us) == 0:
        return [*[0.0] * (len(WINDOWS_DAYS) + 1), np.nan, np.nan, 0.0, 0.0]
    counts = [int((ages_us <= days * DAY_US).sum()) for days in WINDOWS_DAYS]
    recent = (counts[0] + RECENT_PRIOR) / RECENT_DAYS
    earlier = (counts[1] - counts[0] + EARLIER_PRIOR) / EARLIER_DAYS
    ages = [ages_us.min() / DAY_US, ages_us.max() / DAY_US]
    decayed = float(np.exp(ages_us * DECAY_PER_US).sum())
    return [*counts, len(ages_us), *ages, decayed, float(np.log(recent / earlier))]


def _days(ages_us: np.ndarray) -> list[float]:
    if len(ages_us) == 0:
        return [*[0.0] * len(WINDOWS_DAYS), np.nan, np.nan]
    days = np.unique((ages_us - 1) // DAY_US)
    silence = float(np.diff(days).max() - 1) if len(days) > 1 else 0.0
    pairs = len(ages_us) - 1
    gap = (ages_us.max() - ages_us.min()) / DAY_US / pairs if pairs else np.nan
    return [*(float((days < window).sum()) for window in WINDOWS_DAYS), silence, gap]
