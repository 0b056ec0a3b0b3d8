"""Reads the raw tables of a source and runs its SQL: one SELECT per contract table.

Files are read by DuckDB; the tables of a database are reached through Ibis, and the SQL runs there.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import ibis
import sqlglot
from sqlglot import TokenType
from sqlglot.errors import SqlglotError

from predictor.crm.contract import FACT_TABLES, TABLES, TableContract, as_text, check_columns
from predictor.crm.interruption import make_interruptible
from predictor.crm.raw_files import csv_mistake, literal, one_line, register_file
from predictor.errors import ContractError, SourceError

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir
    import pyarrow as pa
    from ibis.backends.duckdb import Backend as DuckDB

    from predictor.config import Config

#: Position of a row in what its SELECT yields, counted from 1; it stands in the quarantine.
ROW = "_row"
CONTRACT = [table.name for table in TABLES]
DIALECT = "duckdb"
#: Catalogue and schema of the embedded engine's own tables.
MAIN = ("memory", "main")
#: What the engine may hold where memory is limited; Python and its libraries come on top.
MEMORY_LIMIT = "1GB"
#: Types that Parquet gives back as they were. Others do not: numbers of 128 bits become floats.
_PARQUET_TYPES = re.compile(
    "VARCHAR|BOOLEAN|U?(TINY|SMALL|BIG)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL|DATE|TIMESTAMP"
)


def own_name(table: str) -> str:
    """Name a table of ours so that it cannot meet one of the user's inputs."""
    return f"_predictor_{table}"


def connect() -> DuckDB:
    """Open the embedded DuckDB in which everything is computed; all instants are UTC there."""
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET TimeZone = 'UTC'")
    # In Jupyter without ipywidgets it is off, and DuckDB 2 refuses even to switch it off.
    if connection.raw_sql("SELECT current_setting('enable_progress_bar')").fetchone()[0]:
        connection.raw_sql("SET enable_progress_bar = false")
    make_interruptible(connection)
    return connection


def limit_memory(connection: DuckDB, folder: Path) -> None:
    """Have the engine keep to `MEMORY_LIMIT`; what does not fit goes to files in a folder."""
    connection.raw_sql(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.raw_sql(f"SET temp_directory = {literal(str(folder))}")


def load_raw_tables(
    config: Config, connection: DuckDB, spool: Path | None = None
) -> dict[str, str]:
    """Load what each SELECT of the source yields into DuckDB.

    Parameters
    ----------
    config : Config
        Names the inputs, or the database, and the folder of SQL files.
    connection : DuckDB
        Where the tables go; ``own_name("raw_<table>")`` gets a column `ROW` beside the SELECT's.
    spool : Path, optional
        Folder to which facts go, as Parquet files sorted by prospect_id, with a view on each in
        place of a table. Their prospect_id is text already.

    Returns
    -------
    dict of str to str
        Name of each contract table that the source has, and the place that yields it.

    Raises
    ------
    SourceError
        If a file cannot be read or SQL fails; the message names the file.
    ContractError
        If a table lacks a column or yields one that the contract does not know.
    """
    remote = _open(config, connection)
    try:
        selects = _selects(config, connection, remote)
        for contract in TABLES:
            if contract.name in selects:
                place, select = selects[contract.name]
                facts = spool if contract in FACT_TABLES else None
                _load(contract, place, select, connection, remote, facts)
    finally:
        connection.raw_sql("RESET search_path")
        connection.raw_sql("DETACH DATABASE IF EXISTS source")
        if remote is not None:
            remote.disconnect()
    return {name: place for name, (place, _) in selects.items()}


def _open(config: Config, connection: DuckDB) -> ibis.BaseBackend | None:
    """Make the raw tables reachable: in the engine, or in the database that is returned."""
    url = config.source.connection
    if url is None:
        for name, pattern in config.source.inputs.items():
            register_file(connection, name, config.path(pattern))
        return None
    scheme, _, rest = url.partition("://")
    file = config.path(rest.partition("?")[0])
    if scheme in {"duckdb", "sqlite"} and not file.is_file():
        raise SourceError(f"{file}: no such database (source.connection)")
    try:
        if scheme == "duckdb":
            connection.raw_sql(f"ATTACH {literal(str(file))} AS source (READ_ONLY)")
            connection.raw_sql("SET search_path = 'source'")
            return None
        return ibis.connect(f"sqlite://{file}" if scheme == "sqlite" else url)
    except Exception as error:  # each backend of Ibis raises errors of its own driver
        # The URL may hold a password: only its scheme is shown.
        raise SourceError(f"source.connection '{scheme}://...': {one_line(error)}") from error


def _selects(
    config: Config, connection: DuckDB, remote: ibis.BaseBackend | None
) -> dict[str, tuple[str, str]]:
    """Return place and SELECT of each contract table that the source has."""
    if config.source.sql is not None:
        folder = config.path(config.source.sql)
        found = _sql_files(folder, DIALECT if remote is None else remote.dialect)
        place = str(folder)
    elif config.source.inputs:
        found, place = _whole_files(config), "source.inputs"
    else:
        place = "source.connection"
        names = _names(connection) if remote is None else remote.list_tables()
        found = {name: (f"{place}: {name}", _whole(name)) for name in CONTRACT if name in names}
    for needed in ("prospects", "outcomes"):
        if needed not in found:
            raise SourceError(f"{place}: no table '{needed}'; only the other tables may be missing")
    return found


def _whole(name: str) -> str:
    return f"SELECT * FROM {name}"


def _names(connection: DuckDB) -> list[str]:
    rows = connection.raw_sql(
        "SELECT table_name FROM information_schema.tables WHERE table_catalog = 'source'"
    ).fetchall()
    return [name for (name,) in rows]


def _whole_files(config: Config) -> dict[str, tuple[str, str]]:
    """Take raw files for contract tables as they are."""
    for name in config.source.inputs:  # a misspelt table would be left out without a word
        if name not in CONTRACT:
            raise SourceError(
                f"source.inputs.{name}: {_not_of_the_contract(name)}; a raw table under another "
                "name needs SQL (source.sql)"
            )
    return {
        name: (str(config.path(file)), _whole(name)) for name, file in config.source.inputs.items()
    }


def _sql_files(folder: Path, dialect: str) -> dict[str, tuple[str, str]]:
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder of SQL files; mend source.sql")
    files = sorted(folder.glob("*.sql"))
    for file in files:
        if file.stem not in CONTRACT:
            raise SourceError(f"{file}: {_not_of_the_contract(file.stem, '.sql')}")
    return {file.stem: (str(file), _read_select(file, dialect)) for file in files}


def _not_of_the_contract(name: str, suffix: str = "") -> str:
    close = difflib.get_close_matches(name.lower(), CONTRACT, n=1)
    hint = f"did you mean {close[0]}{suffix}? " if close else ""
    return f"not a table of the contract; {hint}valid: {', '.join(CONTRACT)}"


def _read_select(file: Path, dialect: str) -> str:
    """Return the one statement of a SQL file without its semicolon."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        tokens = sqlglot.tokenize(text, read=dialect)
    except UnicodeDecodeError as error:
        raise SourceError(f"{file}: is not UTF-8 text; save it as UTF-8") from error
    except (OSError, SqlglotError) as error:
        raise SourceError(f"{file}: cannot be read: {one_line(error)}") from error
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        text = text[: tokens.pop().start]
    if not tokens:
        raise SourceError(f"{file}: is empty; it needs one SELECT")
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            raise SourceError(f"{file}:{token.line}: a second statement; keep one SELECT")
    if tokens[0].text.upper() not in {"SELECT", "WITH", "FROM", "VALUES", "("}:
        raise SourceError(f"{file}:{tokens[0].line}: '{tokens[0].text}' is no SELECT")
    return text


def _load(
    contract: TableContract,
    place: str,
    select: str,
    connection: DuckDB,
    remote: ibis.BaseBackend | None,
    spool: Path | None,
) -> None:
    relation, own = f"(\n{select}\n)", own_name(f"raw_{contract.name}")
    kind = "TABLE" if spool is None else "VIEW"
    try:
        if remote is not None:
            relation = own_name(f"remote_{contract.name}")
            connection.con.register(relation, _arrow(remote, select))
        connection.raw_sql(
            f"CREATE {kind} {'.'.join(MAIN)}.{own} AS "
            f"SELECT row_number() OVER () AS {ROW}, selected.* FROM {relation} AS selected"
        )
        columns = connection.table(own, database=MAIN).columns
        check_columns(contract, [name for name in columns if name != ROW], place)
        if spool is not None:
            _spool(connection, own, spool_file(spool, contract))
    except ContractError:
        raise
    except Exception as error:  # SQL errors differ from driver to driver
        mistake = csv_mistake(error) or f"{place}{_line(error)}: {one_line(error)}"
        raise SourceError(mistake) from error


def spool_file(spool: Path, contract: TableContract) -> Path:
    """Return the file to which `load_raw_tables` writes a table of facts."""
    return spool / f"{contract.name}.parquet"


def _spool(connection: DuckDB, own: str, file: Path) -> None:
    """Write what a view yields to a file, sorted by prospect_id, and have the view read that."""
    name = f"{'.'.join(MAIN)}.{own}"
    view = connection.table(own, database=MAIN)
    ready = for_parquet(view, column_types(connection, view))
    rows = ibis.to_sql(
        ready.mutate(prospect_id=as_text(view.prospect_id)).order_by("prospect_id"),
        dialect=DIALECT,
    )
    connection.raw_sql(f"COPY ({rows}) TO {literal(str(file))} (FORMAT parquet)")
    connection.raw_sql(f"CREATE OR REPLACE VIEW {name} AS FROM read_parquet({literal(file)})")


def column_types(connection: DuckDB, table: ir.Table) -> dict[str, str]:
    """Return the type of each column of a table, as DuckDB writes it."""
    rows = connection.raw_sql(f"DESCRIBE {ibis.to_sql(table, dialect=DIALECT)}").fetchall()
    return {name: kind for name, kind, *_ in rows}


def for_parquet(table: ir.Table, types: dict[str, str]) -> ir.Table:
    """Turn columns of types that Parquet does not give back as they were into text."""
    lost = [name for name, kind in types.items() if not _PARQUET_TYPES.match(kind)]
    return table.mutate(**{name: table[name].cast("string") for name in lost})


def _line(error: Exception) -> str:
    """Return the line at which DuckDB stumbles; the SELECT of a file begins on line 2 of ours."""
    found = re.search(r"^LINE (\d+):", str(error), re.MULTILINE)
    return f":{int(found[1]) - 1}" if found else ""


def _arrow(remote: ibis.BaseBackend, select: str) -> pa.RecordBatchReader:
    return remote.sql(select).to_pyarrow_batches()
