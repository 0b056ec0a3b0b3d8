"""Files that are written some rows at a time, and are there whole or not at all."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from predictor.errors import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

FORMATS = (".csv", ".parquet")
#: Measured on features: smaller files than with larger dictionaries, in half the time.
_DICTIONARY_BYTES = 2**13


@contextmanager
def writing_matrix(path: Path, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    """Write a table some rows at a time; the file appears when the block ends well.

    Parameters
    ----------
    path : Path
        A file with one of the endings `FORMATS`. In CSV instants are text such as
        ``2024-01-31 09:30:00``, and missing values are empty.
    schema : pa.Schema
        Columns of the tables to come.

    Yields
    ------
    callable
        Appends a table.

    Raises
    ------
    SnapshotError
        If the file cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with _writer(partial, path.suffix, schema) as write, _beside(write) as write_beside:
            yield write_beside
        os.replace(partial, path)  # noqa: PTH105 - atomic on every system
    except OSError as error:
        raise SnapshotError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _beside(write: Callable[[pa.Table], None]) -> Iterator[Callable[[pa.Table], None]]:
    """Write each table in a thread while the next one is made; one waits at most."""
    with ThreadPoolExecutor(1) as pool:
        pending: list[Future[None]] = []

        def write_beside(table: pa.Table) -> None:
            while pending:
                pending.pop().result()
            pending.append(pool.submit(write, table))

        yield write_beside
        while pending:
            pending.pop().result()


@contextmanager
def _writer(path: Path, kind: str, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    if kind == ".parquet":
        with pq.ParquetWriter(path, schema, dictionary_pagesize_limit=_DICTIONARY_BYTES) as parquet:
            yield parquet.write_table
    else:
        as_text = _instants_as_text(schema.empty_table()).schema
        with pa_csv.CSVWriter(path, as_text) as writer:
            yield lambda table: writer.write(_instants_as_text(table))


def _instants_as_text(table: pa.Table) -> pa.Table:
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.replace_substring(table.column(place).cast(pa.string()), ".000000", "")
            table = table.set_column(place, field.name, text)
    return table
