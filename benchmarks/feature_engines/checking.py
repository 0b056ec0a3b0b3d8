"""Whether two engines computed the same numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.dataset as ds

from feature_engines.task import FEATURES

if TYPE_CHECKING:
    from pathlib import Path

_RELATIVE = 1e-9
_ABSOLUTE = 1e-12
#: The project's engine rounds the weight of each interaction to a multiple of 2**-32.
_DECAYED_ROUNDING = 2.0**-33
_EXACT = ("_count", "_types", "_active_days", "_longest_silence_days")


def disagreements(found: Path, expected: Path) -> list[str]:
    """Compare two folders of features, one column at a time.

    Returns
    -------
    list of str
        One line for each feature that differs; empty if all agree.
    """
    ids, order = _ids(found)
    expected_ids, expected_order = _ids(expected)
    if not np.array_equal(ids, expected_ids):
        return [f"other snapshots: {len(ids)} rows, expected {len(expected_ids)}"]
    lines = []
    for name in FEATURES:
        values = _column(found, name)[order]
        wanted = _column(expected, name)[expected_order]
        slack = _slack(name, wanted, expected, expected_order)
        with np.errstate(invalid="ignore"):
            same = (np.abs(values - wanted) <= slack) | (np.isnan(values) & np.isnan(wanted))
        if not same.all():
            worst = int(np.argmin(same))
            lines.append(
                f"{name}: {np.count_nonzero(~same)} of {len(same)} differ, snapshot {ids[worst]}"
                f" has {float(values[worst])!r}, expected {float(wanted[worst])!r}"
            )
    return lines


def _slack(name: str, wanted: np.ndarray, folder: Path, order: np.ndarray) -> np.ndarray:
    if name.endswith("_decayed_count"):
        count = _column(folder, name.replace("decayed_count", "count"))[order]
        return _RELATIVE * wanted + _DECAYED_ROUNDING * count
    if _is_exact(name):
        return np.zeros_like(wanted)
    return _RELATIVE * np.abs(wanted) + _ABSOLUTE


def _is_exact(name: str) -> bool:
    stem, _, window = name.rpartition("_")
    return (stem if window[:-1].isdigit() else name).endswith(_EXACT)


def _ids(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    ids = _column(folder, "snapshot_id", np.int64)
    order = np.argsort(ids)
    return ids[order], order


def _column(folder: Path, name: str, kind: type = np.float64) -> np.ndarray:
    files = sorted(str(path) for path in folder.glob("*.parquet"))
    column = ds.dataset(files).to_table(columns=[name])[name]
    return column.to_numpy().astype(kind)
