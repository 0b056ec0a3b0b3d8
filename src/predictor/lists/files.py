"""Files of a scoring run: written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

from predictor.errors import RunFileError
from predictor.lists.csv_files import to_csv
from predictor.lists.schema import table_schema
from predictor.lists.swap import locked, put_in_place, recover

if TYPE_CHECKING:
    import pandas as pd

    from predictor.lists.bands import Language
    from predictor.lists.ranking import Ranked

SCHEMA_FILE = "ranked.schema.json"
RUN_FILES = (
    "ranked.csv",
    SCHEMA_FILE,
    "ranked.parquet",
    "explanations.parquet",
    "quarantine.csv",
    "manifest.json",
)
"""Files that every run has; the manifest is written last and vouches for the others."""

Writer = Callable[[Path], None]
"""Writes a file at a path."""

_RESERVED = ("rows", "files")


def write_run(
    folder: Path,
    ranked: Ranked,
    explanations: pd.DataFrame | Path,
    quarantine: pd.DataFrame,
    manifest: Mapping[str, Any],
    companions: Mapping[str, Writer] | None = None,
) -> None:
    r"""Write a scoring run, replacing the one that stood in `folder`.

    All files go to a hidden sibling of `folder`, which then takes its place in one step: whoever
    reads `folder` finds the previous run or the new one, also when this process is killed. What
    earlier killed runs left behind is removed, and so is whatever else lay in the previous run.

    ``ranked.csv`` and ``quarantine.csv`` are UTF-8 with ``\n`` line ends, missing values empty,
    instants as ``YYYY-MM-DD HH:MM:SS`` in UTC, and text made safe against formula injection (see
    `predictor.lists.cells`); ``ranked.schema.json`` describes the list. Parquet files keep types,
    text and full precision.

    Parameters
    ----------
    folder : Path
        The run's folder; parents are made.
    ranked : Ranked
        The list, from `predictor.lists.ranking.rank`.
    explanations : DataFrame or Path
        One row per prospect and signal: prospect_id, as_of, signal, contribution, reason,
        probability, portfolio_probability. Rows of prospects that are not in the list (such as
        do_not_contact ones) are left out. Or a Parquet file of such rows, of prospects in the
        list only, that is moved to its place.
    quarantine : DataFrame
        Rows of the source that were refused, with their reasons; any columns.
    manifest : mapping
        What the run was made from. ``rows`` (counts) and ``files`` (size and SHA-256 of each file)
        are added. Numbers that JSON cannot hold (NaN, infinity) become null.
    companions : mapping of str to callable, optional
        What else the run has: the path of each file in the folder (``owners/Ana.csv``), and what
        writes it.

    Raises
    ------
    RunFileError
        Where `folder` cannot be written, or holds other files and no scoring run.
    ValueError
        Where `manifest` already has ``rows`` or ``files``.
    """
    taken = [key for key in _RESERVED if key in manifest]
    if taken:
        msg = f"the manifest's keys {taken} are written by write_run"
        raise ValueError(msg)
    folder = _writable(folder)
    if not isinstance(explanations, Path):
        listed = explanations["prospect_id"].isin(ranked.frame["prospect_id"])
        explanations = explanations.loc[listed]
    with locked(folder.parent):
        _tidy(folder)
        partial = _sibling(folder, f"partial-{secrets.token_hex(4)}")
        partial.mkdir()
        try:
            language = manifest.get("language", "en")
            _write_tables(partial, ranked, explanations, quarantine, language)
            for name, write in (companions or {}).items():
                (partial / name).parent.mkdir(parents=True, exist_ok=True)
                write(partial / name)
            rows = _row_counts(partial, ranked, quarantine)
            _write_manifest(partial, {**manifest, "rows": rows})
            _flush(partial)
            put_in_place(partial, folder, _sibling(folder, "retired"))
        finally:
            _tidy(folder)


def _writable(folder: Path) -> Path:
    """Give the real path of `folder`, with its parents made, or refuse what is not a run's."""
    folder = Path(folder).resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        strange = folder.exists() and not (folder / "manifest.json").exists()
        if strange and any(folder.iterdir()):
            msg = f"{folder} holds other files than a scoring run: choose another output folder"
            raise RunFileError(msg)
    except OSError as error:
        msg = f"{folder}: cannot write a scoring run there ({error.strerror or error})"
        raise RunFileError(msg) from error
    return folder


def _write_tables(
    folder: Path,
    ranked: Ranked,
    explanations: pd.DataFrame | Path,
    quarantine: pd.DataFrame,
    language: Language,
) -> None:
    to_csv(ranked.frame, folder / "ranked.csv")
    _write_json(folder / SCHEMA_FILE, table_schema(ranked.frame, language))
    to_csv(quarantine, folder / "quarantine.csv")
    ranked.frame.to_parquet(folder / "ranked.parquet", index=False)
    place = folder / "explanations.parquet"
    if isinstance(explanations, Path):
        shutil.move(explanations, place)
    else:
        # Reasons repeat from prospect to prospect: zstd halves what the default makes of them.
        explanations.to_parquet(place, index=False, compression="zstd")


def _row_counts(folder: Path, ranked: Ranked, quarantine: pd.DataFrame) -> dict[str, int]:
    return {
        "ranked": len(ranked.frame),
        "do_not_contact": ranked.n_do_not_contact,
        "explanations": pq.read_metadata(folder / "explanations.parquet").num_rows,
        "quarantine": len(quarantine),
    }


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    files = {
        path.relative_to(folder).as_posix(): {
            "bytes": path.stat().st_size,
            "sha256": file_sha256(path),
        }
        for path in _files_in(folder)
    }
    _write_json(folder / "manifest.json", _json_value({**manifest, "files": files}))


def _write_json(path: Path, value: Any) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def file_sha256(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json_value(value: Any) -> Any:
    """Turn what manifests hold (paths, instants, NumPy numbers) into what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_value(item) for item in value]
    if isinstance(value, np.generic):
        return _json_value(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return value.as_posix() if isinstance(value, Path) else value


def _flush(folder: Path) -> None:
    """Have the files on the disk before the folder takes its place: a power cut loses nothing."""
    for path in _files_in(folder):
        with path.open("r+b") as file:
            os.fsync(file.fileno())


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


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
