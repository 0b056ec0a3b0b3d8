"""Lists as CSV: for imports, and for people who open them in a spreadsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.lists.cells import safe_cells
from predictor.lists.column_kinds import VALUE
from predictor.lists.columns import COLUMN_NAMED, CSV_DECIMALS
from predictor.lists.look_alikes import mark_look_alikes
from predictor.lists.styles import PLAIN, ListStyle

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from predictor.lists.bands import Language

INSTANT_FORMAT = "%Y-%m-%d %H:%M:%S"
MINUTE_FORMAT = "%Y-%m-%d %H:%M"
_VALUES = {
    text for column in COLUMN_NAMED.values() if column.kind is VALUE for text in column.title
}
YES_NO: dict[Language, dict[bool, str]] = {
    "en": {True: "yes", False: "no"},
    "fr": {True: "oui", False: "non"},
}


def to_csv(frame: pd.DataFrame, path: Path, style: ListStyle = PLAIN) -> None:
    r"""Write a table as CSV: safe text, UTF-8, ``\n``, instants in UTC, missing values empty.

    Numbers of `predictor.lists.columns.CSV_DECIMALS` are rounded; others keep what they have.

    Parameters
    ----------
    frame : DataFrame
        Any table; its index is not written.
    path : Path
        The file.
    style : ListStyle
        Separator, decimal sign, byte order mark, and whether it is for people.
    """
    table = as_described(frame).round(CSV_DECIMALS)
    table = _for_people(table, style.language) if style.for_people else table
    safe = safe_cells(table, style.separator)
    safe = mark_look_alikes(safe, _VALUES) if style.for_people else safe
    safe.to_csv(
        path,
        index=False,
        sep=style.separator,
        decimal=style.decimal,
        lineterminator="\n",
        encoding="utf-8-sig" if style.bom else "utf-8",
        date_format=MINUTE_FORMAT if style.for_people else INSTANT_FORMAT,
    )


def as_described(frame: pd.DataFrame) -> pd.DataFrame:
    """Give instants as UTC without a zone, and whole numbers whole where some are missing."""
    table = frame.reset_index(drop=True)
    for name in table.select_dtypes("datetimetz").columns:
        table[name] = table[name].dt.tz_convert("UTC").dt.tz_localize(None)
    for name in table.select_dtypes("float").columns:
        if name in COLUMN_NAMED and COLUMN_NAMED[name].kind.type == "integer":
            table[name] = table[name].astype("Int64")
    return table


def titles(frame: pd.DataFrame, language: Language) -> list[str]:
    """Give what people call the columns of a list; those that are not known keep their names."""
    return [
        getattr(COLUMN_NAMED[name].title, language) if name in COLUMN_NAMED else str(name)
        for name in frame.columns
    ]


def _for_people(frame: pd.DataFrame, language: Language) -> pd.DataFrame:
    flags = frame.select_dtypes("bool").columns
    said = frame.assign(**{str(name): frame[name].map(YES_NO[language]) for name in flags})
    return said.set_axis(titles(said, language), axis="columns")
