"""One list, in the format that a file's name asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.lists.csv_files import to_csv
from predictor.lists.styles import PLAIN, ListStyle
from predictor.lists.workbook import write_workbook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

FORMATS = (".csv", ".xlsx", ".parquet")


def write_list(
    frame: pd.DataFrame,
    path: Path,
    style: ListStyle = PLAIN,
    *,
    sheet: str | None = None,
    more: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """Write a list, or a part of one, as the suffix of `path` says.

    Parameters
    ----------
    frame : DataFrame
        The list; its columns are known to `predictor.lists.columns`, or written as they are.
    path : Path
        A file named ``.csv``, ``.xlsx`` or ``.parquet``.
    style : ListStyle
        Language, separator and decimal sign; Parquet has none of them.
    sheet : str, optional
        Name of an XLSX file's sheet, such as an owner.
    more : mapping of str to DataFrame, optional
        Further sheets of an XLSX file, by their names.

    Raises
    ------
    ValueError
        Where the suffix is another one.
    """
    suffix = path.suffix
    if suffix not in FORMATS:
        msg = f"{path.name}: lists are written as {', '.join(FORMATS)}"
        raise ValueError(msg)
    if suffix == ".csv":
        to_csv(frame, path, style)
    elif suffix == ".xlsx":
        write_workbook(frame, path, style.language, sheet, more)
    else:
        frame.to_parquet(path, index=False)
