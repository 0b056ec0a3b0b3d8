"""The random slices of past lists, read back with what became of the prospects."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from predictor.errors import RunFileError
from predictor.evaluation.explored import Explored, explored
from predictor.lists.folders import find_runs
from predictor.lists.reading import read_manifest, read_table
from predictor.operations.work_companions import EXPLORATION_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from predictor.crm.crm import Crm


def read_explored(folder: Path, crm: Crm, until: datetime) -> Explored | None:
    """Say what the cold prospects of past lists came to, drawn at random or not.

    Parameters
    ----------
    folder : Path
        Of the runs. Those without a random slice, those whose horizon had not passed, and those
        that cannot be read are passed over.
    crm : Crm
        The facts; outcomes known before `until` count.
    until : datetime
        End of the follow-up, UTC.

    Returns
    -------
    Explored or None
        None where nobody was drawn.
    """
    try:
        runs = find_runs(folder)
    except RunFileError:
        return None
    outcomes = crm.known_at(until).outcomes.select("prospect_id", "closed_at", "outcome")
    ends: pd.DataFrame = crm.connection.execute(outcomes).set_index("prospect_id")
    parts = [_candidates(run, ends, until) for run in runs]
    found = [part for part in parts if part is not None and len(part)]
    return explored(pd.concat(found, ignore_index=True)) if found else None


def _candidates(run: Path, ends: pd.DataFrame, until: datetime) -> pd.DataFrame | None:
    """Return the cold prospects of a list that is old enough, with what was foretold and came."""
    try:
        manifest = read_manifest(run / "manifest.json")
        if EXPLORATION_FILE not in manifest["files"]:
            return None
        as_of = datetime.fromisoformat(str(manifest["as_of"]))
        end = as_of + timedelta(days=float(manifest["horizon_days"]))
        if end > until:
            return None
        table = read_table(run / EXPLORATION_FILE, manifest)
        ranked = read_table(run / "ranked.parquet", manifest).set_index("prospect_id")
    except (RunFileError, KeyError, ValueError):
        return None
    foretold = ranked["conversion_probability"].reindex(table["prospect_id"]).to_numpy()
    then = ends.reindex(table["prospect_id"]).set_axis(table.index)
    won = (then["outcome"] == "won") & (then["closed_at"] <= end)
    # Whose outcome came before the list, and was recorded after it, had nothing left to foretell.
    still_open = ~(then["closed_at"] < as_of)
    return table.assign(foretold=foretold, won=won)[still_open]
