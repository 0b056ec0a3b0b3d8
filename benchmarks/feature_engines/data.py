"""Synthetic interactions and snapshots, made with NumPy and written to Parquet in blocks.

Prospects differ in how busy they are, interactions come in sessions, and some are recorded late.
The interactions are written twice: clustered by prospect, and in time order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from feature_engines.task import DAY_US, TYPES, quoted

if TYPE_CHECKING:
    from pathlib import Path

TYPE_SHARES = (0.40, 0.25, 0.12, 0.08, 0.06, 0.05, 0.03, 0.01)
CHANNELS = np.array(["email", "web", "phone", "event"])
DIRECTIONS = np.array(["inbound", "outbound"])
INTERACTIONS_PER_SNAPSHOT = 25
SNAPSHOTS_PER_PROSPECT = 4
INTERACTIONS_PER_SESSION = 3
LATE_SHARE = 0.05
SPAN_DAYS = 3 * 365
START_US = 18_628 * DAY_US  # 2021-01-01
BLOCK_PROSPECTS = 20_000


@dataclass(frozen=True)
class DataSet:
    """Files of one size."""

    folder: Path
    interactions: int

    @property
    def prospects(self) -> int:
        """Number of prospects."""
        return max(1, self.interactions // (INTERACTIONS_PER_SNAPSHOT * SNAPSHOTS_PER_PROSPECT))

    @property
    def snapshots(self) -> Path:
        """Columns snapshot_id, prospect_id, as_of."""
        return self.folder / f"snapshots_{self.interactions}.parquet"

    def layout(self, layout: str) -> Path:
        """Interactions as of the contract, with known_at for recorded_at."""
        return self.folder / f"interactions_{self.interactions}_{layout}.parquet"


def write_data(data: DataSet, layouts: list[str], seed: int = 0) -> None:
    """Write the files that are not there yet."""
    data.folder.mkdir(parents=True, exist_ok=True)
    if not (data.snapshots.exists() and data.layout("clustered").exists()):
        _write_clustered(data, seed)
    if "time" in layouts and not data.layout("time").exists():
        _write_in_time_order(data)


def _write_clustered(data: DataSet, seed: int) -> None:
    rng = np.random.default_rng(seed)
    starts = range(0, data.prospects, BLOCK_PROSPECTS)
    written, facts_to, snapshots_to = 0, None, None
    unfinished = [path.with_suffix(".part") for path in (data.layout("clustered"), data.snapshots)]
    for start in starts:
        prospects = min(BLOCK_PROSPECTS, data.prospects - start)
        upto = round(data.interactions * (start + prospects) / data.prospects)
        created = rng.integers(0, SPAN_DAYS * DAY_US // 2, prospects)
        facts = _interactions(rng, start, created, upto - written)
        snapshots = _snapshots(rng, start, created)
        facts_to = facts_to or pq.ParquetWriter(unfinished[0], facts.schema)
        snapshots_to = snapshots_to or pq.ParquetWriter(unfinished[1], snapshots.schema)
        facts_to.write_table(facts, row_group_size=122_880)
        snapshots_to.write_table(snapshots, row_group_size=122_880)
        written = upto
    for writer in (facts_to, snapshots_to):
        if writer is not None:
            writer.close()
    unfinished[0].rename(data.layout("clustered"))
    unfinished[1].rename(data.snapshots)


def _interactions(rng: np.random.Generator, first: int, created: np.ndarray, rows: int) -> pa.Table:
    busy = rng.gamma(1.5, size=len(created)) + 0.05
    numbers = rng.multinomial(rows, busy / busy.sum())
    owner = np.repeat(np.arange(len(created)), numbers)
    sessions = numbers // INTERACTIONS_PER_SESSION + 1
    session = (np.cumsum(sessions) - sessions)[owner] + rng.integers(0, sessions[owner])
    left_us = SPAN_DAYS * DAY_US - np.repeat(created, sessions)
    begun = np.repeat(created, sessions) + (rng.random(sessions.sum()) * left_us).astype(np.int64)
    occurred = START_US + begun[session] + rng.exponential(1.2e9, rows).astype(np.int64)
    order = np.lexsort((occurred, owner))
    owner, occurred = owner[order], occurred[order]
    late = rng.random(rows) < LATE_SHARE
    known = occurred + late * rng.exponential(2 * DAY_US, rows).astype(np.int64)
    lasts = rng.random(rows) < 0.3
    return pa.table(
        {
            "prospect_id": _names(first + owner),
            "occurred_at": pa.array(occurred, pa.timestamp("us")),
            "known_at": pa.array(known, pa.timestamp("us")),
            "type": pa.array(np.array(TYPES)[rng.choice(len(TYPES), rows, p=TYPE_SHARES)]),
            "channel": pa.array(CHANNELS[rng.integers(0, len(CHANNELS), rows)]),
            "direction": pa.array(DIRECTIONS[rng.integers(0, len(DIRECTIONS), rows)]),
            "duration_seconds": pa.array(rng.exponential(120, rows).round(1), mask=~lasts),
        }
    )


def _snapshots(rng: np.random.Generator, first: int, created: np.ndarray) -> pa.Table:
    owner = np.repeat(np.arange(len(created)), SNAPSHOTS_PER_PROSPECT)
    left_us = SPAN_DAYS * DAY_US - created[owner]
    as_of = START_US + created[owner] + (rng.random(len(owner)) * left_us).astype(np.int64)
    number = first * SNAPSHOTS_PER_PROSPECT + np.arange(len(owner))
    return pa.table(
        {
            "snapshot_id": pa.array(number, pa.int64()),
            "prospect_id": _names(first + owner),
            "as_of": pa.array(as_of, pa.timestamp("us")),
        }
    )


def _names(numbers: np.ndarray) -> pa.Array:
    text = np.char.zfill(numbers.astype(np.str_), 7)
    return pa.array(np.char.add("P", text))


def _write_in_time_order(data: DataSet) -> None:
    unfinished = data.layout("time").with_suffix(".part")
    with duckdb.connect() as connection:
        connection.sql("SET enable_progress_bar = false")
        connection.sql("SET memory_limit = '4GB'")
        connection.sql(f"SET temp_directory = {quoted(data.folder)}")
        connection.execute(
            f"COPY (FROM {quoted(data.layout('clustered'))} ORDER BY occurred_at)"
            f" TO {quoted(unfinished)} (FORMAT parquet)"
        )
    unfinished.rename(data.layout("time"))
