"""Small CRMs written as files, for tests of what reads them."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from predictor.config_file import parse_config
from predictor.crm.crm import Crm, read_crm

if TYPE_CHECKING:
    from predictor.config import Config

Row = Mapping[str, str | None]
Tables = Mapping[str, Sequence[Row]]


def csv_text(rows: Sequence[Row], columns: Sequence[str] = ()) -> str:
    """Return rows as CSV text; None is an empty cell."""
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name) or "" for name in names] for row in rows)]
    with tempfile.TemporaryFile("w+", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(lines)
        stream.seek(0)
        return stream.read()


def write_config(
    folder: Path, files: Mapping[str, str | bytes], source: str, rest: str = ""
) -> Config:
    """Write files into a folder and return the configuration that names them."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return parse_config(f"source: {source}\n{rest}", folder / "config.yaml")


def read_tables(tables: Tables, data_until: str = "2024-06-30", rest: str = "") -> Crm:
    """Read contract tables given as rows, through CSV files and the contract."""
    with tempfile.TemporaryDirectory() as name:
        files = {f"{table}.csv": csv_text(rows) for table, rows in tables.items()}
        inputs = ", ".join(f"{table}: {table}.csv" for table in tables)
        source = f"{{inputs: {{{inputs}}}, data_until: {data_until}}}"
        return read_crm(write_config(Path(name), files, source, rest))


def reasons(crm: Crm) -> dict[tuple[str, int], str]:
    """Return why each quarantined row cannot be used, by table and row."""
    frame = crm.connection.execute(crm.quarantine)
    return {(row.table, row.row): row.reason for row in frame.itertuples()}


def counted(crm: Crm, table: str) -> dict[str, int]:
    """Return the rows of a table by reason; 'used' for the usable ones."""
    frame = crm.counts[crm.counts["table"] == table]
    return dict(zip(frame["reason"], frame["rows"], strict=True))
