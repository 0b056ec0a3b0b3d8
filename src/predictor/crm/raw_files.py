"""Raw files as tables of the embedded DuckDB: CSV as text, Parquet as it is.

The dialect of a CSV file is read from its heading and then fixed. DuckDB's own guessing drops lines
that begin with #, and takes a file with one ragged row for a file of a single column.
"""

from __future__ import annotations

import csv
import glob
import gzip
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from predictor.errors import SourceError

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend as DuckDB

DELIMITERS = (",", ";", "\t", "|")
_NAMES = re.compile(r"\.((csv|tsv|txt)(\.gz)?|parquet)$", re.IGNORECASE)
_EXPECTED = "must end in .csv, .tsv, .txt (each also with .gz), or all in .parquet"


def register_file(connection: DuckDB, name: str, path: Path) -> None:
    """Make a file, or the files of a pattern, a view of the engine.

    Parameters
    ----------
    connection : DuckDB
        The engine.
    name : str
        The view's name.
    path : Path
        A CSV or Parquet file, or a pattern with ``*``, ``?`` or ``**``; several files are put one
        below the other by the names of their columns.

    Raises
    ------
    SourceError
        If there is no such file or its heading cannot be read.
    """
    files = _files(name, path)
    parquet = [file for file in files if file.suffix.lower() == ".parquet"]
    for file in files:
        if not _NAMES.search(file.name) or (parquet and file not in parquet):
            raise SourceError(f"{file}: source.inputs.{name} {_EXPECTED}")
    if parquet:
        paths = ", ".join(literal(file) for file in files)
        select = f"FROM read_parquet([{paths}], union_by_name = true)"
    else:
        select = " UNION ALL BY NAME ".join(f"({_csv_select(file)})" for file in files)
    try:
        connection.raw_sql(f"CREATE VIEW {_identifier(name)} AS {select}")
    except duckdb.Error as error:
        raise SourceError(f"{path}: cannot be read: {one_line(error)}") from error


def _files(name: str, path: Path) -> list[Path]:
    if path.is_dir():
        raise SourceError(
            f"{path}: is a folder; name its files in source.inputs.{name}, for example "
            f"{path.name}/*.parquet"
        )
    if path.exists():
        return [path]
    files = sorted(Path(file) for file in glob.glob(str(path), recursive=True))  # noqa: PTH207 - Path has no absolute patterns
    if not files:
        raise SourceError(f"{path}: no such file (source.inputs.{name})")
    return files


def _csv_select(path: Path) -> str:
    header, delimiter = _heading(path)
    columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in _distinct(header))
    return (
        f"FROM read_csv({literal(path)}, auto_detect = false, header = true, "
        f"columns = {{{columns}}}, delim = {literal(delimiter)}, quote = '\"', escape = '\"', "
        "comment = '', nullstr = '')"
    )


def _heading(path: Path) -> tuple[list[str], str]:
    """Return the column names and the delimiter: the one that splits the heading most."""
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            while first.count('"') % 2 and (
                line := stream.readline()
            ):  # a heading of several lines
                first += line
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not first.strip():
        raise SourceError(f"{path}:1: has no heading with the names of the columns")
    splits = {
        delimiter: next(csv.reader(io.StringIO(first, newline=""), delimiter=delimiter))
        for delimiter in DELIMITERS
    }
    delimiter = max(DELIMITERS, key=lambda candidate: len(splits[candidate]))
    return splits[delimiter], delimiter


def _distinct(header: list[str]) -> list[str]:
    """Give numbers to columns without a heading and to repeated ones (DuckDB ignores case)."""
    names: list[str] = []
    for place, heading in enumerate(header):
        name = heading.strip() or f"column{place}"
        taken = {other.lower() for other in names}
        number = 1
        while name.lower() in taken:
            name, number = f"{heading.strip()}_{number}", number + 1
        names.append(name)
    return names


def literal(value: str | Path) -> str:
    """Return a string of SQL; a path is escaped against DuckDB's patterns."""
    text = glob.escape(str(value)) if isinstance(value, Path) else value
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def csv_mistake(error: Exception) -> str | None:
    """Return file, line and mistake as one line, if DuckDB complains of a CSV file."""
    text = str(error)
    file = re.search(r"^\s*file = (.+)$", text, re.MULTILINE)
    if file is None:
        return None
    line = re.search(r"CSV Error on Line: (\d+)", text)
    place = f"{file[1].strip()}:{line[1]}" if line else file[1].strip()
    return f"{place}: {_csv_reason(text) or one_line(error)}"


def _csv_reason(text: str) -> str:
    fields = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if fields:
        return f"the row has {fields[2]} fields, the heading {fields[1]}"
    cast = re.search(r'column "(.*?)"\. Could not convert string "(.*?)" to \'(\w+)\'', text)
    if cast:
        return f"'{cast[2]}' in column {cast[1]} is no {cast[3]}; the SQL may use TRY_CAST"
    reasons = {
        "not utf-8": "is not UTF-8 text; save the file as UTF-8",
        "unterminated quote": "a quote is opened and not closed as CSV asks",
        "invalid state": "is not regular CSV; are its line ends mixed? save it with one kind",
    }
    return next((reason for sign, reason in reasons.items() if sign in text.lower()), "")


def one_line(error: Exception) -> str:
    """Return what a driver says before it quotes the SQL, as one line."""
    text = re.split(r"^LINE \d+:", str(error), flags=re.MULTILINE)[0]
    return " ".join(text.split())[:300] or type(error).__name__
