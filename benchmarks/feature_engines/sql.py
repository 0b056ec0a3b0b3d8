"""DuckDB SQL tuned by hand: the yardstick.

What was measured to pay: types as small integers straight after the scan; one integer key for
snapshot and type; tallies by that key first, then eight joins instead of a wide conditional
aggregate; days as bit masks. Chunks of prospects bound the memory and cost nothing. Interactions in
time order are first sorted by prospect, narrow and by an integer; under a memory limit they are
dealt out to files of the chunks, and each chunk sorts its own.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb

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
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_CHUNK_SNAPSHOTS = 100_000
_MASK_DAYS = 62
#: Rows of a Parquet row group: few enough for all threads to write.
_ROW_GROUP = 20_480


def compute(task: Task) -> None:
    """Compute the features, chunk by chunk."""
    task.output.mkdir(parents=True)
    with duckdb.connect() as connection:
        for statement in (*_settings(task), *_number(task)):
            connection.execute(statement)
        people, snapshots = connection.execute(
            "SELECT max(person) + 1, count(*) FROM snapshots"
        ).fetchall()[0]
        chunks = max(1, round(snapshots / (task.chunk_snapshots or _CHUNK_SNAPSHOTS)))
        people_of_chunk = -(-people // chunks)
        if not task.clustered:
            arrange = _deal_out if task.memory_limit else _sort
            connection.execute(arrange(task, people_of_chunk))
        for number in range(-(-people // people_of_chunk)):
            _compute_chunk(connection, task, number, people_of_chunk)
    shutil.rmtree(_dealt(task), ignore_errors=True)


def _compute_chunk(
    connection: duckdb.DuckDBPyConnection, task: Task, number: int, people_of_chunk: int
) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE chunk AS FROM snapshots"
        f" WHERE person // {people_of_chunk} = {number}"
    )
    ids = connection.execute("SELECT min(prospect_id), max(prospect_id) FROM chunk").fetchall()[0]
    pairs = _pairs(task, *ids) if task.clustered else _arranged_pairs(task, number)
    for statement in _chunk(pairs):
        connection.execute(statement)
    part = quoted(task.output / f"part_{number:04}.parquet")
    options = f"FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {_ROW_GROUP}"
    connection.execute(f"COPY ({_features()}) TO {part} ({options})")


def _settings(task: Task) -> list[str]:
    return [
        f"SET threads = {task.threads}",
        "SET preserve_insertion_order = false",
        "SET enable_progress_bar = false",
        f"SET temp_directory = {quoted(task.scratch)}",
        *([f"SET memory_limit = '{task.memory_limit}'"] if task.memory_limit else []),
    ]


def _number(task: Task) -> list[str]:
    """Give numbers to prospects and snapshots."""
    people = (
        "CREATE TEMP TABLE people AS SELECT prospect_id,"
        " (row_number() OVER (ORDER BY prospect_id) - 1)::INTEGER AS person"
        f" FROM (SELECT DISTINCT prospect_id FROM {quoted(task.snapshots)})"
    )
    snapshots = (
        "CREATE TEMP TABLE snapshots AS SELECT snapshot_id, prospect_id, person,"
        " epoch_us(as_of) AS as_of_us,"
        " (row_number() OVER (ORDER BY person) - 1)::INTEGER AS place"
        f" FROM {quoted(task.snapshots)} JOIN people USING (prospect_id)"
    )
    return [people, snapshots]


def _dealt(task: Task) -> Path:
    return task.scratch / "interactions_of_chunks"


def _sort(task: Task, people_of_chunk: int) -> str:
    """Keep the interactions by prospect; a chunk reads its stretch only."""
    return f"CREATE TEMP TABLE arranged AS {_arranged(task, people_of_chunk)} ORDER BY person"


def _deal_out(task: Task, people_of_chunk: int) -> str:
    """Write the interactions to one folder per chunk, so that no chunk reads those of others."""
    return (
        f"COPY ({_arranged(task, people_of_chunk)})"
        f" TO {quoted(_dealt(task))} (FORMAT parquet, PARTITION_BY (chunk))"
    )


def _arranged(task: Task, people_of_chunk: int) -> str:
    return (
        f"SELECT person, at_us, known_us, code, (person // {people_of_chunk})::SMALLINT AS chunk"
        f" FROM ({_events(task)}) JOIN people USING (prospect_id)"
    )


def _events(task: Task) -> str:
    codes = " ".join(f"WHEN '{type_}' THEN {code}" for code, type_ in enumerate(TYPES))
    return (
        "SELECT prospect_id, epoch_us(occurred_at) AS at_us, epoch_us(known_at) AS known_us,"
        f" (CASE type {codes} END)::TINYINT AS code FROM {quoted(task.interactions)}"
    )


def _pairs(task: Task, first: str, last: str) -> str:
    """Join a range of prospects in the file; row groups of others are passed over."""
    return (
        "SELECT place, as_of_us, at_us, code FROM chunk JOIN"
        f" (FROM ({_events(task)}) WHERE prospect_id >= '{first}' AND prospect_id <= '{last}')"
        " AS events ON events.prospect_id = chunk.prospect_id AND known_us < as_of_us"
    )


def _arranged_pairs(task: Task, number: int) -> str:
    """Join the interactions that were put in order for a chunk."""
    files = quoted(_dealt(task) / f"chunk={number}" / "*.parquet")
    dealt, kept = f"FROM {files} ORDER BY person", f"FROM arranged WHERE chunk = {number}"
    return (
        "SELECT place, as_of_us, at_us, code FROM chunk"
        f" JOIN ({dealt if task.memory_limit else kept}) AS events"
        " ON events.person = chunk.person AND known_us < as_of_us"
    )


def _chunk(events: str) -> Iterable[str]:
    """Build the tables of a chunk from its snapshots joined with their interactions."""
    age_us = "as_of_us - at_us"
    yield (
        f"CREATE OR REPLACE TEMP TABLE pairs AS SELECT place * {len(TYPES)} + code AS key,"
        f" {age_us} AS age_us, (({age_us} - 1) // {DAY_US})::SMALLINT AS day FROM ({events})"
    )
    yield f"CREATE OR REPLACE TEMP TABLE tallies AS {_tallies()}"
    yield f"CREATE OR REPLACE TEMP TABLE days AS {_days()}"
    yield f"CREATE OR REPLACE TEMP TABLE totals AS {_totals()}"


def _tallies() -> str:
    """One row per snapshot and type."""
    windows = ", ".join(
        f"count(*) FILTER (age_us <= {days * DAY_US})::INTEGER AS n{days}" for days in WINDOWS_DAYS
    )
    decayed = f"sum(exp(age_us::DOUBLE * {_real(DECAY_PER_US)}))"
    by_key = (
        f"SELECT key, count(*)::INTEGER AS n, {windows}, min(age_us) AS last_us,"
        f" max(age_us) AS first_us, {decayed} AS decayed FROM pairs GROUP BY key"
    )
    shift = len(TYPES).bit_length() - 1
    return (
        f"SELECT (key >> {shift})::INTEGER AS place, (key & {len(TYPES) - 1})::TINYINT AS code,"
        f" * EXCLUDE (key) FROM ({by_key})"
    )


def _totals() -> str:
    """One row per snapshot: all types together."""
    sums = ", ".join(
        f"sum(n{days})::INTEGER AS n{days}, count(*) FILTER (n{days} > 0) AS types{days}"
        for days in WINDOWS_DAYS
    )
    return (
        f"SELECT place, sum(n)::INTEGER AS n, {sums}, min(last_us) AS last_us,"
        " max(first_us) AS first_us, sum(decayed) AS decayed FROM tallies GROUP BY place"
    )


def _days() -> str:
    """Active days and the longest silence of each snapshot.

    The days of a snapshot are marked in masks of 62 bits. A silence lies within a mask, or between
    the last day of one and the first of the next.
    """
    masks = (
        f"SELECT key // {len(TYPES)} AS place, (day // {_MASK_DAYS})::SMALLINT AS block,"
        f" bit_or(1::BIGINT << (day % {_MASK_DAYS})::INTEGER) AS mask,"
        " min(day) AS first, max(day) AS last FROM pairs GROUP BY ALL"
    )
    between = "first - 1 - lag(last) OVER (PARTITION BY place ORDER BY block)"
    windows = ", ".join(
        f"sum(bit_count({_mask_within(days)})) AS days{days}" for days in WINDOWS_DAYS
    )
    return (
        f"SELECT place, {windows}, greatest(max(within), max(between_masks), 0) AS silence"
        f" FROM (SELECT place, block, mask, run AS within, {between} AS between_masks"
        f" FROM ({_longest_run_of_zeros(masks)})) GROUP BY place"
    )


def _mask_within(days: int) -> str:
    """Return the bits of a mask whose days lie within a window."""
    bits = f"greatest(0, least({_MASK_DAYS}, {days} - block * {_MASK_DAYS}))"
    return f"mask & ((1::BIGINT << {bits}) - 1)"


def _longest_run_of_zeros(masks: str) -> str:
    """Add `run`, the longest run of zeros between two ones of `mask`.

    With ones for the zeros in question, ``z & (z >> 1)`` marks where runs of two start, and so on
    for 4 to 32; then the length of the longest run is found bit by bit, from above.
    """
    lowest, highest = (
        f"(1::BIGINT << ({day} - block * {_MASK_DAYS})) - 1" for day in ("first", "last")
    )
    query = f"SELECT *, ({highest}) & ~mask & ~({lowest}) AS z0 FROM ({masks})"
    for power in range(5):
        step = f"z{power} & (z{power} >> {2**power})"
        query = f"SELECT *, {step} AS z{power + 1} FROM ({query})"
    query = f"SELECT *, 0 AS run, -1::BIGINT AS starts FROM ({query})"
    for power in range(5, -1, -1):
        query = f"SELECT *, starts & (z{power} >> run) AS longer FROM ({query})"
        found = f"CASE WHEN longer <> 0 THEN run + {2**power} ELSE run END AS run"
        starts = "CASE WHEN longer <> 0 THEN longer ELSE starts END AS starts"
        query = f"SELECT * EXCLUDE (longer) REPLACE ({found}, {starts}) FROM ({query})"
    return query


def _features() -> str:
    """One row per snapshot with the features, by joins with the tallies of each type."""
    columns = _total_features()
    joins = ["LEFT JOIN totals USING (place)", "LEFT JOIN days USING (place)"]
    for code, type_ in enumerate(TYPES):
        columns |= _amounts(type_, f"t{code}")
        joins.append(
            f"LEFT JOIN (FROM tallies WHERE code = {code}) AS t{code}"
            f" ON t{code}.place = chunk.place"
        )
    chosen = ", ".join(f"({columns[name]})::DOUBLE AS {name}" for name in FEATURES)
    return f"SELECT snapshot_id, {chosen} FROM chunk {' '.join(joins)}"


def _total_features() -> dict[str, str]:
    span_days = f"(totals.first_us - totals.last_us) / {_real(DAY_US)}"
    return {
        **_amounts("activity", "totals"),
        **{f"activity_types_{days}d": f"coalesce(types{days}, 0)" for days in WINDOWS_DAYS},
        **{f"activity_active_days_{days}d": f"coalesce(days{days}, 0)" for days in WINDOWS_DAYS},
        "rhythm_longest_silence_days": "silence",
        "rhythm_usual_gap_days": f"CASE WHEN totals.n > 1 THEN {span_days} / (totals.n - 1) END",
    }


def _amounts(name: str, table: str) -> dict[str, str]:
    n1, n2 = (f"coalesce({table}.n{days}, 0)" for days in WINDOWS_DAYS[:2])
    recent = f"({n1} + {_real(RECENT_PRIOR)}) / {_real(RECENT_DAYS)}"
    earlier = f"({n2} - {n1} + {_real(EARLIER_PRIOR)}) / {_real(EARLIER_DAYS)}"
    return {
        **{f"{name}_count_{days}d": f"coalesce({table}.n{days}, 0)" for days in WINDOWS_DAYS},
        f"{name}_count": f"coalesce({table}.n, 0)",
        f"{name}_days_since_last": f"{table}.last_us / {_real(DAY_US)}",
        f"{name}_days_since_first": f"{table}.first_us / {_real(DAY_US)}",
        f"{name}_decayed_count": f"coalesce({table}.decayed, 0)",
        f"{name}_trend": f"CASE WHEN {n2} > 0 THEN ln(({recent}) / ({earlier})) ELSE 0 END",
    }


def _real(number: float) -> str:
    """Write a number as a double; DuckDB would read it as a decimal, which is slower."""
    return f"{float(number)!r}::DOUBLE"
