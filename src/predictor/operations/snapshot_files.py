"""Files of (prospect_id, as_of) pairs: read in batches, so that millions stay small in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from predictor.errors import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from predictor.crm.crm import Crm

KEYS = ("prospect_id", "as_of")
_BATCH_ROWS = 131_072


def read_pairs(path: Path) -> pa.Table:
    """Read (prospect_id, as_of) pairs.

    Parameters
    ----------
    path : Path
        CSV or Parquet with the columns prospect_id and as_of; others are not read.

    Returns
    -------
    pa.Table
        prospect_id (text), as_of (UTC, microseconds, no zone) and row (counted from 1), ordered by
        prospect_id and as_of.

    Raises
    ------
    SnapshotError
        If the file cannot be read, lacks a column, or a value is no instant; names the row.
    """
    if path.suffix not in _READERS:
        raise SnapshotError(f"{path}: the snapshots must be a .csv or .parquet file")
    if not path.is_file():
        raise SnapshotError(f"{path}: no such file")
    try:
        batches = list(_pairs(_READERS[path.suffix](path), path))
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise SnapshotError(f"{path}: cannot be read: {reason}") from error
    table = pa.concat_tables([_SCHEMA.empty_table(), *batches])
    return table.sort_by([(name, "ascending") for name in (*KEYS, "row")])


def check_pairs(crm: Crm, pairs: pa.Table, path: Path) -> None:
    """Refuse a pair whose prospect the source does not have, or not yet at as_of.

    Raises
    ------
    SnapshotError
        Naming the first such row.
    """
    asked = ibis.memtable(pairs)
    people = crm.prospects.select(id="prospect_id", created_at="created_at")
    found = asked.left_join(people, asked.prospect_id == people.id)
    wrong = found.filter(found.created_at.isnull() | (found.created_at >= found.as_of))
    first = crm.connection.execute(wrong.order_by("row").limit(1))
    for row in first.itertuples():
        if row.created_at is None or pd.isna(row.created_at):
            raise SnapshotError(
                f"{path}: row {row.row}: no usable prospect '{row.prospect_id}' in the source; "
                "'predictor check' says what was quarantined"
            )
        raise SnapshotError(
            f"{path}: row {row.row}: as_of {row.as_of} does not lie after the creation of prospect "
            f"'{row.prospect_id}' ({row.created_at})"
        )


def _from_parquet(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        _check_columns(file.schema_arrow.names, path)
        yield from file.iter_batches(_BATCH_ROWS, columns=list(KEYS))


def _from_csv(path: Path) -> Iterator[pa.RecordBatch]:
    def refuse(row: pa_csv.InvalidRow) -> str:
        wrong.append(row)
        return "error"

    wrong: list[pa_csv.InvalidRow] = []
    parsing = pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=refuse)
    text = pa_csv.ConvertOptions(
        include_columns=KEYS, column_types=dict.fromkeys(KEYS, pa.string())
    )
    reading = pa_csv.ReadOptions(use_threads=False)
    try:
        with pa_csv.open_csv(path, reading, parsing) as file:
            _check_columns(file.schema.names, path)
        with pa_csv.open_csv(path, reading, parsing, text) as file:
            yield from file
    except pa.ArrowInvalid as error:
        for row in wrong[:1]:
            raise SnapshotError(
                f"{path}: row {row.number - 1}: has {row.actual_columns} cells, the heading "
                f"{row.expected_columns}; mend it"
            ) from error
        raise


_READERS = {".csv": _from_csv, ".parquet": _from_parquet}
_SCHEMA = pa.schema(
    [("prospect_id", pa.string()), ("as_of", pa.timestamp("us")), ("row", pa.int64())]
)


def _check_columns(names: list[str], path: Path) -> None:
    for key in KEYS:
        if key not in names:
            raise SnapshotError(
                f"{path}: no column '{key}'; it has {', '.join(names)}; "
                f"the snapshots need {' and '.join(KEYS)}"
            )
        if names.count(key) > 1:
            raise SnapshotError(f"{path}: two columns '{key}'; keep one")


def _pairs(batches: Iterable[pa.RecordBatch], path: Path) -> Iterator[pa.Table]:
    before = 0
    for batch in batches:
        people = pc.utf8_trim_whitespace(batch.column("prospect_id").cast(pa.string()))
        empty = pc.fill_null(pc.equal(people, ""), fill_value=True).to_numpy(zero_copy_only=False)
        for place in empty.nonzero()[0][:1]:
            raise SnapshotError(
                f"{path}: row {before + place + 1}: prospect_id is empty; fill it in"
            )
        said = batch.column("as_of").to_pandas()
        as_of = pd.to_datetime(said, errors="coerce", utc=True, format="ISO8601")
        for place in as_of.isna().to_numpy().nonzero()[0][:1]:
            value = "" if pd.isna(said[place]) else said[place]
            raise SnapshotError(
                f"{path}: row {before + place + 1}: as_of '{value}' is no date; "
                "write it as 2024-01-31 or 2024-01-31T09:30:00"
            )
        instants = as_of.dt.tz_localize(None).astype("datetime64[us]")
        rows = pa.array(range(before + 1, before + len(batch) + 1), pa.int64())
        yield pa.table([people, pa.array(instants), rows], schema=_SCHEMA)
        before += len(batch)
