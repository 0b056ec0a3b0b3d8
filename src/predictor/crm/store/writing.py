"""Writes a store: a source read once through the contract, some prospects at a time.

Facts are first sorted by prospect, on disk and as they are. Then they are judged in parts: no rule
looks beyond a prospect. So the memory does not grow with the number of facts.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq

from predictor.crm.contract import FACT_TABLES, OUTCOMES, PROSPECTS, TableContract
from predictor.crm.judging import Judge
from predictor.crm.raw_files import literal
from predictor.crm.source import (
    DIALECT,
    column_types,
    connect,
    for_parquet,
    limit_memory,
    load_raw_tables,
    spool_file,
)
from predictor.crm.store.views import QUARANTINE, file_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    import pandas as pd
    from ibis.backends.duckdb import Backend as DuckDB

    from predictor.config import Config

    Part = Callable[[ir.Table], ir.Table]

#: Facts that are judged at a time.
ROWS_PER_PART = 1_000_000
#: So few that statistics leave little to read beside one prospect, and so many that the footer of a
#: file stays small.
ROWS_PER_GROUP = 65_536
#: Share of the whole work that is done when the source is read and sorted.
_READ = 0.4


@dataclass(frozen=True)
class Written:
    """What was found while the tables of a store were written.

    Attributes
    ----------
    data_until : datetime
        The end of the data by which rows were judged.
    counts, unreadable : pd.DataFrame
        As those of `Crm`.
    types : dict of str to dict
        Per table the type of each column in DuckDB.
    """

    data_until: datetime
    counts: pd.DataFrame
    unreadable: pd.DataFrame
    types: dict[str, dict[str, str]]


def write_tables(config: Config, folder: Path, tell: Callable[[str, float], None]) -> Written:
    """Read a source through the contract; write its five tables and the quarantine.

    Parameters
    ----------
    config : Config
        Names the source.
    folder : Path
        Receives the files; it exists and is empty.
    tell : callable
        Told what is being done, and which share of the work, from 0 to 1, is done before.

    Raises
    ------
    SourceError, ContractError
        If the source cannot be read or a table breaks the contract as a whole.
    """
    tell("reading and sorting the source", 0.0)
    spool = folder / "spool"
    spool.mkdir()
    connection = connect()
    limit_memory(connection, spool)
    judge = Judge(connection, load_raw_tables(config, connection, spool), config.source.data_until)
    tell("judging prospects and outcomes", _READ)
    with judge.people() as (prospects, outcomes):
        types = {
            PROSPECTS.name: _write(connection, folder, PROSPECTS.name, prospects),
            OUTCOMES.name: _write(connection, folder, OUTCOMES.name, outcomes),
        }
    types |= _write_facts(connection, judge, folder, tell)
    types[QUARANTINE] = _write(connection, folder, QUARANTINE, judge.quarantine)
    written = Written(judge.data_until, judge.counts, judge.unreadable, types)
    connection.disconnect()
    shutil.rmtree(spool)
    return written


def _write(connection: DuckDB, folder: Path, name: str, table: ir.Table) -> dict[str, str]:
    ordered = table if name == QUARANTINE else table.order_by("prospect_id")
    with closing(_TableFile(folder / file_name(name))) as target:
        return target.append(connection, ordered)


def _write_facts(
    connection: DuckDB, judge: Judge, folder: Path, tell: Callable[[str, float], None]
) -> dict[str, dict[str, str]]:
    spooled = {c: spool_file(folder / "spool", c) for c in FACT_TABLES}
    rows = {c: pq.read_metadata(f).num_rows if f.exists() else 0 for c, f in spooled.items()}
    types, done, total = {}, 0.0, max(sum(rows.values()), 1)
    for contract, file in spooled.items():
        parts = _parts(connection, file) if rows[contract] else [_without_prospect]
        with closing(_TableFile(folder / file_name(contract.name))) as target:
            for part in parts:
                tell(f"judging {contract.name}", _READ + (1 - _READ) * done / total)
                with judge.facts(contract, part) as usable:
                    types[contract.name] = target.append(connection, _sorted(usable, contract))
                done += rows[contract] / len(parts)
        file.unlink(missing_ok=True)
    return types


class _TableFile:
    """A Parquet file to which tables are appended, one row group after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def append(self, connection: DuckDB, table: ir.Table) -> dict[str, str]:
        """Append the rows of a table in their order, and return the types of its columns."""
        types = column_types(connection, table)
        rows = connection.con.sql(ibis.to_sql(for_parquet(table, types), dialect=DIALECT))
        reader: Any = rows.to_arrow_reader(ROWS_PER_GROUP)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, reader.schema, compression="zstd")
        for batch in reader:
            self._writer.write_batch(batch, row_group_size=ROWS_PER_GROUP)
        return types

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _sorted(usable: ir.Table, contract: TableContract) -> ir.Table:
    """Sort facts by prospect and time; the other columns settle ties."""
    first = ["prospect_id", contract.instant]
    return usable.order_by(*first, *(name for name in usable.columns if name not in first))


def _parts(connection: DuckDB, file: Path) -> list[Part]:
    """Cut sorted facts between prospects into parts of about `ROWS_PER_PART` rows."""
    ids = connection.raw_sql(
        "SELECT DISTINCT prospect_id "
        f"FROM read_parquet({literal(file)}, file_row_number = true) "
        f"WHERE file_row_number % {ROWS_PER_PART} = 0 AND prospect_id IS NOT NULL "
        "ORDER BY prospect_id"
    ).fetchall()
    starts = [prospect_id for (prospect_id,) in ids]
    ends = [*starts[1:], None]
    ranges = [_between(start, end) for start, end in zip(starts, ends, strict=True)]
    return [*ranges, _without_prospect]


def _between(start: str, end: str | None) -> Part:
    def part(table: ir.Table) -> ir.Table:
        later = table.filter(table.prospect_id >= start)
        return later if end is None else later.filter(later.prospect_id < end)

    return part


def _without_prospect(table: ir.Table) -> ir.Table:
    return table.filter(table.prospect_id.isnull())
