"""Folders of scoring runs: which there are, and which came before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from predictor.errors import RunFileError

if TYPE_CHECKING:
    import os
    from datetime import datetime

_RUN_NAME = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{6})?")


def run_name(as_of: datetime) -> str:
    """Return the folder's name of a run.

    Examples
    --------
    >>> from datetime import datetime
    >>> run_name(datetime(2024, 1, 1)), run_name(datetime(2024, 1, 1, 9, 30))
    ('2024-01-01', '2024-01-01T093000')
    """
    midnight = as_of == as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    return as_of.strftime("%Y-%m-%d" if midnight else "%Y-%m-%dT%H%M%S")


def find_runs(folder: str | os.PathLike[str]) -> list[Path]:
    """Find the scoring runs in a folder, newest first.

    Parameters
    ----------
    folder : path
        Folder that holds one folder per run, named by its as_of (``2024-03-01`` or
        ``2024-03-01T120000``).

    Returns
    -------
    list of Path
        Folders of runs, newest first; never empty.

    Raises
    ------
    RunFileError
        Where the folder does not exist or holds no run.

    Examples
    --------
    >>> [path.name for path in find_runs("runs")]
    ['2024-03-01', '2024-02-23']
    """
    path = Path(folder)
    runs = _runs_in(path)
    if not runs:
        msg = f"{path}: no scoring runs there; make one with `predictor score` or `make demo`"
        raise RunFileError(msg)
    return runs


def find_previous_run(folder: str | os.PathLike[str]) -> Path | None:
    """Find the run before the one in `folder`, or None where it is the first.

    Parameters
    ----------
    folder : path
        Folder of a run; earlier runs are looked for beside it.

    Returns
    -------
    Path or None

    Examples
    --------
    >>> find_previous_run("runs/2024-03-01").name
    '2024-02-23'
    >>> find_previous_run("runs/2024-02-23") is None
    True
    """
    return next(iter(find_earlier_runs(folder)), None)


def find_earlier_runs(folder: str | os.PathLike[str]) -> list[Path]:
    """Find the runs before the one in `folder`, newest first; none where it is the first.

    Parameters
    ----------
    folder : path
        Folder of a run, which need not exist yet; earlier runs are looked for beside it.

    Returns
    -------
    list of Path
    """
    path = Path(folder).resolve()
    return [run for run in _runs_in(path.parent) if run.name < path.name]


def _runs_in(folder: Path) -> list[Path]:
    """Newest first: the names are instants in ISO 8601, so that their order is that of time."""
    runs = [manifest.parent for manifest in folder.glob("*/manifest.json")]
    named = [run for run in runs if _RUN_NAME.fullmatch(run.name)]
    return sorted(named, key=lambda run: run.name, reverse=True)
