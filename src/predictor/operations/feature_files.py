"""The feature matrix of a list of (prospect_id, as_of) pairs, from file to file."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

import pandas as pd

from predictor.crm.crm import Crm, read_crm
from predictor.errors import SnapshotError
from predictor.features.families import build_catalogue
from predictor.features.matrix import compute_features
from predictor.features.specification import learn_specification
from predictor.operations.registry import load_predictor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from predictor.config import Config
    from predictor.operations.training import Step

KEYS = ("prospect_id", "as_of")


def write_features(
    config: Config, source: Path, target: Path, step: Step, *, model_uri: str | None = None
) -> tuple[int, int]:
    """Compute the features of the pairs in a file and write them beside the pairs.

    Parameters
    ----------
    config : Config
        The business.
    source : Path
        CSV or Parquet with the columns prospect_id and as_of (UTC).
    target : Path
        CSV or Parquet; written whole or not at all.
    step : callable
        Told what is being done.
    model_uri : str, optional
        Take the frozen features of this model.

    Returns
    -------
    (int, int)
        Numbers of snapshots and of features.

    Raises
    ------
    SnapshotError
        If the files cannot be read or written, or a pair has no meaning; names the row.
    """
    if target.suffix not in {".csv", ".parquet"}:
        raise SnapshotError(f"{target}: the output must end in .csv or .parquet")
    step("reading the source")
    snapshots = read_snapshots(source)
    crm = read_crm(config)
    _check_pairs(crm, snapshots, source)
    step("choosing the features")
    if model_uri is None:
        specification = learn_specification(crm.known_at(crm.last_instant()), config)
    else:
        specification = load_predictor(config, model_uri).predictor.specification
    step("computing the features")
    catalogue = build_catalogue(specification, config.labels)
    features = compute_features(crm, specification, catalogue, snapshots)
    _write(pd.concat([snapshots, features], axis="columns"), target)
    return features.shape


def read_snapshots(path: Path) -> pd.DataFrame:
    """Read (prospect_id, as_of) pairs.

    Raises
    ------
    SnapshotError
        If the file cannot be read, lacks a column, or a value is no instant; names the row.
    """
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        ".csv": lambda file: pd.read_csv(file, dtype="str", index_col=False),
        ".parquet": pd.read_parquet,
    }
    if path.suffix not in readers:
        raise SnapshotError(f"{path}: the snapshots must be a .csv or .parquet file")
    try:
        with warnings.catch_warnings():
            # Pandas only warns of a line with more cells than the heading.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = readers[path.suffix](path)
    except pd.errors.ParserWarning as error:
        raise SnapshotError(f"{path}: a line has more cells than the heading; mend it") from error
    except (OSError, ValueError) as error:
        raise SnapshotError(f"{path}: cannot be read: {str(error).splitlines()[0]}") from error
    for key in KEYS:
        if key not in frame:
            raise SnapshotError(
                f"{path}: no column '{key}'; it has {', '.join(frame.columns)}; "
                f"the snapshots need {' and '.join(KEYS)}"
            )
    for row in frame.index[frame["prospect_id"].isna()][:1]:
        raise SnapshotError(f"{path}: row {row + 1}: prospect_id is empty; fill it in")
    as_of = pd.to_datetime(frame["as_of"], errors="coerce", utc=True, format="ISO8601")
    for row in frame.index[as_of.isna()][:1]:
        raise SnapshotError(
            f"{path}: row {row + 1}: as_of '{frame.loc[row, 'as_of']}' is no date; "
            "write it as 2024-01-31 or 2024-01-31T09:30:00"
        )
    return pd.DataFrame(
        {
            "prospect_id": frame["prospect_id"].astype("str"),
            "as_of": as_of.dt.tz_localize(None).astype("datetime64[us]"),
        }
    )


def _check_pairs(crm: Crm, snapshots: pd.DataFrame, path: Path) -> None:
    people = crm.connection.execute(crm.prospects.select("prospect_id", "created_at"))
    created_at = snapshots["prospect_id"].map(people.set_index("prospect_id")["created_at"])
    for row in snapshots.index[created_at.isna()][:1]:
        raise SnapshotError(
            f"{path}: row {row + 1}: no usable prospect '{snapshots.loc[row, 'prospect_id']}' "
            "in the source; 'predictor check' says what was quarantined"
        )
    for row in snapshots.index[created_at >= snapshots["as_of"]][:1]:
        raise SnapshotError(
            f"{path}: row {row + 1}: as_of {snapshots.loc[row, 'as_of']} does not lie after the "
            f"creation of prospect '{snapshots.loc[row, 'prospect_id']}' ({created_at[row]})"
        )


def _write(frame: pd.DataFrame, path: Path) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        if path.suffix == ".csv":
            frame.to_csv(partial, index=False)
        else:
            frame.to_parquet(partial, index=False)
        os.replace(partial, path)  # noqa: PTH105 - atomic on every system
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise SnapshotError(f"{path}: cannot be written: {error.strerror or error}") from error
