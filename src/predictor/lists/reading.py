"""Files of a scoring run read back, where the manifest vouches for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from predictor.errors import RunFileError
from predictor.lists.files import file_sha256

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest, or raise RunFileError."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        manifest["files"]["ranked.parquet"]["sha256"]
    except (ValueError, LookupError, TypeError) as error:
        msg = f"{path}: not the manifest of a scoring run; score again"
        fr = f"{path} : ce n'est pas le manifeste d'une liste ; refaites le calcul"
        raise RunFileError(msg, fr=fr) from error
    else:
        return dict(manifest)


def read_table(
    path: Path, manifest: dict[str, Any], prospect_ids: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read a Parquet file that the manifest vouches for, or raise RunFileError.

    With `prospect_ids`, only the rows of these prospects; others take no memory.
    """
    wanted = None if prospect_ids is None else [("prospect_id", "in", set(prospect_ids))]
    return pd.read_parquet(vouched(path, manifest), filters=wanted)


def read_texts(path: Path, manifest: dict[str, Any]) -> pd.DataFrame | None:
    """Read a CSV file that the manifest vouches for, all as text; None where the run has none."""
    if path.name not in manifest["files"]:
        return None
    return pd.read_csv(vouched(path, manifest), dtype="str", keep_default_na=False)


def vouched(path: Path, manifest: dict[str, Any]) -> Path:
    """Return the path of a file that is as the manifest says, or raise RunFileError."""
    known = manifest["files"].get(path.name, {}).get("sha256")
    if not path.is_file() or known != file_sha256(path):
        msg = f"{path}: cut short or changed since the run wrote it; score again"
        fr = f"{path} : tronqué ou modifié depuis que la liste a été écrite ; refaites le calcul"
        raise RunFileError(msg, fr=fr)
    return path


def read_quarantine(path: Path) -> pd.DataFrame:
    """Read the rows that were set aside, all as text."""
    try:
        return pd.read_csv(path, dtype="str", keep_default_na=False)
    except pd.errors.EmptyDataError:  # a run without quarantined rows has no columns to name
        return pd.DataFrame()
