"""The run before the one that is being made: what bands, changes and alerts start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from predictor.errors import RunFileError
from predictor.features.catalogue import Text
from predictor.lists.bands import BAND_NAMES
from predictor.lists.folders import find_earlier_runs
from predictor.lists.reading import read_manifest, read_table

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

_NEEDED = ("prospect_id", "conversion_probability")
_TYPES = {
    "prospect_id": "str",
    "rank": "Int64",
    "band": "str",
    "conversion_probability": "float64",
    "days_to_close_median": "float64",
    "last_interaction_at": "datetime64[us]",
}
_BAND_KEYS = {
    name: key
    for names in BAND_NAMES.values()
    for key, name in zip(BAND_NAMES["en"], names, strict=True)
}


@dataclass(frozen=True, eq=False)
class Previous:
    """What the run before said of each prospect of its list.

    Attributes
    ----------
    folder : Path
        Where the run lies.
    as_of : datetime
        The instant of its scoring (UTC).
    table : DataFrame
        One row per prospect of its list: prospect_id, rank, band ('hot', 'warm' or 'cold' in
        whichever language the run was, empty where it is another word), conversion_probability,
        days_to_close_median, last_interaction_at. What an older run lacks is missing.
    manifest : dict
        Its manifest.
    """

    folder: Path
    as_of: datetime
    table: pd.DataFrame
    manifest: dict[str, Any]

    def companion(self, name: str) -> pd.DataFrame | None:
        """Read a Parquet companion of its list; None where it has none, or no sound one."""
        if name not in self.manifest["files"]:
            return None
        try:
            return read_table(self.folder / name, self.manifest)
        except RunFileError:
            return None


def read_previous(
    folder: str | os.PathLike[str],
    horizon_days: float,
    tell: Callable[[Text], None] = lambda _: None,
) -> Previous | None:
    """Read the latest earlier run beside `folder` whose probabilities compare with the new one's.

    Runs about another horizon, and runs that cannot be read, are passed over.

    Parameters
    ----------
    folder : path
        Folder of the run that is being made; it need not exist.
    horizon_days : float
        Its horizon.
    tell : callable
        Is given a note if a run was passed over: which one and why.

    Returns
    -------
    Previous or None
        None where there is no such run.
    """
    found, passed_over = None, []
    for run in find_earlier_runs(folder):
        try:
            found = _read(run, horizon_days)
        except RunFileError as error:
            passed_over.append(Text(str(error), error.fr))
        else:
            break
    if passed_over:
        latest, others = passed_over[0], len(passed_over) - 1
        en, fr = (f" (and {others} more)", f" (et {others} de plus)") if others else ("", "")
        tell(Text(f"not compared with {latest.en}{en}", f"pas de comparaison avec {latest.fr}{fr}"))
    return found


def _read(folder: Path, horizon_days: float) -> Previous:
    manifest = read_manifest(folder / "manifest.json")
    ranked = read_table(folder / "ranked.parquet", manifest)
    lacking = [name for name in _NEEDED if name not in ranked]
    if lacking:
        names = ", ".join(lacking)
        fr = f"{folder} : il manque à sa liste {names}"
        raise RunFileError(f"{folder}: its list lacks {names}", fr=fr)
    horizons = ranked["horizon_days"].unique().tolist() if "horizon_days" in ranked else []
    other = [days for days in horizons if days != horizon_days]
    if other:
        msg = f"{folder}: it is about {other[0]:g} days, this run about {horizon_days:g}"
        fr = f"{folder} : elle porte sur {other[0]:g} jours, celle-ci sur {horizon_days:g}"
        raise RunFileError(msg, fr=fr)
    return Previous(folder, _as_of(folder, manifest), _table(ranked), manifest)


def _as_of(folder: Path, manifest: dict[str, Any]) -> datetime:
    """Return the instant as the manifest gives it; the folder's name is the same to the second."""
    try:
        return datetime.fromisoformat(str(manifest.get("as_of", folder.name)))
    except ValueError as error:
        path = folder / "manifest.json"
        fr = f"{path} : as_of n'est pas un instant"
        raise RunFileError(f"{path}: as_of is no instant", fr=fr) from error


def _table(ranked: pd.DataFrame) -> pd.DataFrame:
    table = ranked.reindex(columns=list(_TYPES))
    table["band"] = table["band"].map(_BAND_KEYS).fillna("")
    return table.astype(_TYPES).reset_index(drop=True)
