"""Clustering: a source read once through the contract, and kept as a store sorted by prospect."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq

from predictor.crm.crm import crm_of_views
from predictor.crm.raw_files import one_line
from predictor.crm.store.manifest import MANIFEST, Manifest
from predictor.crm.store.writing import write_tables
from predictor.errors import SourceError
from predictor.lists.swap import locked, put_in_place, recover
from predictor.operations.share import Share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from predictor.config import Config
    from predictor.crm.store.writing import Written
    from predictor.operations.training import Step

#: Share of the whole work that is done when the tables are written.
_WRITTEN = 0.9


@dataclass(frozen=True)
class Clustering:
    """A store that was written.

    Attributes
    ----------
    folder : Path
        Where it is.
    rows_used, rows_quarantined : int
        Rows of the source.
    """

    folder: Path
    rows_used: int
    rows_quarantined: int


def cluster(config: Config, folder: Path, step: Step) -> Clustering:
    """Read a source through the contract and write it as a store, whole or not at all.

    Parameters
    ----------
    config : Config
        Names the source.
    folder : Path
        The store; an earlier one there is replaced in one step when the new one is complete.
    step : callable
        A step of a progress bar of `predictor.operations.share.STEPS` steps.

    Raises
    ------
    SourceError, ContractError
        If the source cannot be read, or the folder cannot be written or holds something else.
    """
    if config.source.store is not None:
        raise SourceError(
            f"{config.path(config.source.store)}: is a store already (source.store); cluster the "
            "configuration that names the raw source"
        )
    share = Share(step)
    with _replacing(folder) as partial:
        written = write_tables(config, partial, lambda what, done: share(what, _WRITTEN * done))
        share("taking fingerprints", _WRITTEN)
        _vouch(partial, written)
    used = written.counts["reason"] == "used"
    rows = written.counts["rows"]
    return Clustering(folder, int(rows[used].sum()), int(rows[~used].sum()))


def _vouch(folder: Path, written: Written) -> None:
    """Write the manifest, last, and have every file on the disk before the folder is in place."""
    crm = crm_of_views(folder, written.types)
    files = sorted(folder.glob("*.parquet"))
    usable = crm.connection.execute(crm.prospects.count()) > 0
    Manifest(
        software=version("conversion-predictor"),
        data_until=written.data_until,
        last_instant=crm.last_instant() if usable else None,
        fingerprints=crm.fingerprints(),
        counts=written.counts.to_dict("records"),
        unreadable=written.unreadable.to_dict("records"),
        types=written.types,
        files={
            file.name: {"bytes": file.stat().st_size, "rows": pq.read_metadata(file).num_rows}
            for file in files
        },
    ).write(folder)
    crm.connection.disconnect()
    for file in (*files, folder / MANIFEST):
        with file.open("r+b") as stream:
            os.fsync(stream.fileno())


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Yield a new folder beside `folder` that takes its place at the end, unless something fails.

    What earlier killed runs left is removed.
    """
    target = folder.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not (target / MANIFEST).exists() and any(target.iterdir()):
            raise SourceError(f"{folder} holds other files than a store: choose another folder")
        with locked(target.parent):
            _tidy(target)
            partial = _sibling(target, f"partial-{secrets.token_hex(4)}")
            partial.mkdir()
            try:
                yield partial
                put_in_place(partial, target, _sibling(target, "retired"))
            finally:
                _tidy(target)
    except (OSError, duckdb.Error) as error:  # a full disk, a folder without permission
        reason = getattr(error, "strerror", None) or one_line(error)
        raise SourceError(f"{folder}: cannot write a store there ({reason})") from error


def _sibling(folder: Path, suffix: str) -> Path:
    return folder.with_name(f".{folder.name}.{suffix}")


def _tidy(folder: Path) -> None:
    """Undo or remove what killed runs left; the lock makes sure that they are not at work."""
    retired = _sibling(folder, "retired")
    recover(folder, retired)
    partial = _sibling(folder, "partial-").name
    for entry in folder.parent.iterdir():
        if entry == retired or entry.name.startswith(partial):
            shutil.rmtree(entry, ignore_errors=True)
