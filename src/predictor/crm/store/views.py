"""The files of a store as tables of the engine: read in place, nothing is copied into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from predictor.crm.contract import TABLES
from predictor.crm.raw_files import literal, one_line
from predictor.crm.source import own_name
from predictor.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend as DuckDB

QUARANTINE = "quarantine"
STORED_TABLES = (*(contract.name for contract in TABLES), QUARANTINE)


def file_name(table: str) -> str:
    """Return the name of a table's file in a store."""
    return f"{table}.parquet"


def open_views(
    connection: DuckDB, folder: Path, types: dict[str, dict[str, str]]
) -> dict[str, ir.Table]:
    """Make the files of a store views of the engine.

    Parameters
    ----------
    connection : DuckDB
        The engine.
    folder : Path
        The store.
    types : dict of str to dict
        Per table the type of each column.

    Returns
    -------
    dict of str to ir.Table
        The five tables and ``quarantine``, by name.

    Raises
    ------
    SourceError
        If a file cannot be read.
    """
    return {
        name: _view(connection, folder / file_name(name), types[name]) for name in STORED_TABLES
    }


def _view(connection: DuckDB, file: Path, types: dict[str, str]) -> ir.Table:
    # The casts bring back types that Parquet does not have; those that it has cost nothing.
    columns = ", ".join(
        f"CAST({_quoted(name)} AS {kind}) AS {_quoted(name)}" for name, kind in types.items()
    )
    name = own_name(file.stem)
    try:
        connection.raw_sql(
            f"CREATE VIEW {name} AS SELECT {columns} FROM read_parquet({literal(file)})"
        )
    except duckdb.Error as error:
        raise SourceError(
            f"{file}: cannot be read: {one_line(error)}; write the store again with "
            "'predictor cluster'"
        ) from error
    return connection.table(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
