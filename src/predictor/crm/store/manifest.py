"""What a store says of itself, and whether its files are still those that were written."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from predictor.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

#: Version of the files' layout; a store of another one is refused.
FORMAT = 1
MANIFEST = "store.json"


@dataclass(frozen=True)
class Manifest:
    """What stands in ``store.json``.

    Attributes
    ----------
    software : str
        Version of the predictor that wrote the store.
    data_until : datetime
        The end of the data by which rows were judged.
    last_instant : datetime or None
        `Crm.last_instant` of the whole store; None without a usable prospect.
    fingerprints : dict of str to str
        `Crm.fingerprints` of the whole store.
    counts, unreadable : list of dict
        Rows of the frames of `Crm`.
    types : dict of str to dict
        Per table the type of each column in DuckDB.
    files : dict of str to dict
        Per file its `bytes` and `rows`.
    """

    software: str
    data_until: datetime
    last_instant: datetime | None
    fingerprints: dict[str, str]
    counts: list[dict[Hashable, Any]]
    unreadable: list[dict[Hashable, Any]]
    types: dict[str, dict[str, str]]
    files: dict[str, dict[str, int]]

    def write(self, folder: Path) -> None:
        """Write the manifest into the folder of its store."""
        document = {"format": FORMAT, **asdict(self)}
        text = json.dumps(document, indent=2, ensure_ascii=False, default=datetime.isoformat)
        (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8", newline="\n")

    @property
    def counts_frame(self) -> pd.DataFrame:
        """`Crm.counts`."""
        return pd.DataFrame(self.counts, columns=["table", "reason", "rows"])

    @property
    def unreadable_frame(self) -> pd.DataFrame:
        """`Crm.unreadable`."""
        return pd.DataFrame(self.unreadable, columns=["table", "column", "cells", "example"])


def read_manifest(folder: Path) -> Manifest:
    """Read what a store says of itself, and check its files against it.

    Raises
    ------
    SourceError
        If there is no store, it has another format, or a file is missing or has another size.
    """
    again = "write it again with 'predictor cluster'"
    try:
        document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise SourceError(
                f"{folder}: the store has format {document['format']}, this version reads format "
                f"{FORMAT}; {again}"
            )
        manifest = _manifest(document)
    except FileNotFoundError as error:
        raise SourceError(
            f"{folder}: no store there (source.store); 'predictor cluster' writes one"
        ) from error
    except OSError as error:
        raise SourceError(f"{folder}: cannot be read: {error.strerror or error}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise SourceError(
            f"{folder / MANIFEST}: is not the manifest of a store; {again}"
        ) from error
    for name, stated in manifest.files.items():
        _check_file(folder / name, stated["bytes"], again)
    return manifest


def _manifest(document: dict[str, Any]) -> Manifest:
    values = {field.name: document[field.name] for field in fields(Manifest)}
    for name in ("data_until", "last_instant"):
        if values[name] is not None:
            values[name] = datetime.fromisoformat(values[name])
    return Manifest(**values)


def _check_file(file: Path, n_bytes: int, again: str) -> None:
    if not file.is_file():
        raise SourceError(f"{file}: is missing from the store; {again}")
    found = file.stat().st_size
    if found != n_bytes:
        raise SourceError(
            f"{file}: has changed since the store was written ({found:,} bytes, not {n_bytes:,}); "
            f"{again}"
        )
