"""Lists as XLSX: sheets that can be filtered, and a last one that explains their columns.

Cells have types, so that no text is run as a formula or turned into a number or a date, whatever
the spreadsheet's language. Rows are written as they come, in constant memory.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from predictor.lists.alert_columns import ALERT_ONLY
from predictor.lists.bands import BAND_NAMES, Language
from predictor.lists.cells import safe_cells, text_columns
from predictor.lists.column_kinds import BAND, COUNT, FLAG, INSTANT, TEXT, Column, Kind
from predictor.lists.columns import COLUMN_NAMED
from predictor.lists.csv_files import as_described, titles
from predictor.lists.schema import type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 1_048_575
"""Rows of a sheet below its header: Excel's limit."""
MAX_CELL = 32_767
"""Characters of a cell: Excel's limit, counted in UTF-16 units."""

_MAX_SHEET_NAME = 31

_SHEETS: dict[Language, tuple[str, str]] = {
    "en": ("Prospects", "Columns"),
    "fr": ("Prospects", "Colonnes"),
}
_ABOUT_HEADERS: dict[Language, tuple[str, ...]] = {
    "en": ("Column", "Unit", "Meaning", "An empty cell means", "Name in ranked.csv"),
    "fr": ("Colonne", "Unité", "Sens", "Une case vide veut dire", "Nom dans ranked.csv"),
}
_NEVER_EMPTY: dict[Language, str] = {"en": "Never empty.", "fr": "Jamais vide."}
_ABOUT_WIDTHS = (34, 22, 90, 60, 30)
# Dark enough to be read, light enough for black text: also apart when printed in grey.
_BAND_COLOURS = ("#F4B183", "#FFE699", "#DDEBF7")
_BAR_COLOUR = "#9BC2E6"
_HEADER = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#D9E1F2", "bottom": 1}
_HEADER_HEIGHT = 48
_LINE_HEIGHT = 15
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_UNKNOWN_NUMBER = Kind("number", TEXT.unit, 14, "1.5")
_KINDS = {"integer": COUNT, "number": _UNKNOWN_NUMBER, "boolean": FLAG, "datetime": INSTANT}
_CHUNK = 10_000
_EPOCH = datetime(1900, 1, 1)  # noqa: DTZ001 - Excel's dates have no zone
# XML 1.0 has no place for these, escaped or not.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write_workbook(
    frame: pd.DataFrame,
    path: Path,
    language: Language = "en",
    sheet: str | None = None,
    more: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """Write a list as XLSX.

    The same list gives the same bytes: the date of making is the list's as_of.

    Parameters
    ----------
    frame : DataFrame
        A list; columns that `predictor.lists.columns` does not know keep their names. More rows
        than a sheet can hold go to further sheets.
    path : Path
        The file.
    language : {"en", "fr"}
        Of titles and explanations.
    sheet : str, optional
        Name of the sheet; signs that Excel refuses there are left out.
    more : mapping of str to DataFrame, optional
        Further lists, by the names of their sheets.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - only who asks for XLSX waits for it

    name = sheet_name(sheet or _SHEETS[language][0], _SHEETS[language][0])
    lists = {title: as_described(table) for title, table in {name: frame, **(more or {})}.items()}
    known = dict.fromkeys(str(column) for table in lists.values() for column in table)
    with Workbook(str(path), dict(_OPTIONS)) as book:
        book.set_properties({"created": _made_at(lists[name]), "title": name})
        for title, table in lists.items():
            parts = _parts(table)
            for number, part in enumerate(parts, start=1):
                numbered = title if len(parts) == 1 else f"{_cut(title, 24)} {number}"
                _write_sheet(book, book.add_worksheet(numbered), part, language)
        _write_columns(book, book.add_worksheet(_SHEETS[language][1]), list(known), language)


def sheet_name(text: str, fallback: str = "Prospects") -> str:
    """Make a name that Excel takes for a sheet: without its signs, of 31 characters at most.

    Examples
    --------
    >>> sheet_name("=cmd|' /C calc'!A0"), sheet_name("'[]:*?"), sheet_name("History")
    ("=cmd|' C calc'!A0", 'Prospects', 'Prospects')
    """
    kept = re.sub(r"[\[\]:*?/\\]", "", _ILLEGAL.sub("", text))
    kept = _cut(kept, _MAX_SHEET_NAME).strip(" '\t\r\n")
    taken = {"", "history", *(names[1].casefold() for names in _SHEETS.values())}
    return fallback if kept.casefold() in taken else kept


def cell_text(text: str) -> str:
    """Give what can stand in a cell: legal in XML, no longer than Excel allows.

    Examples
    --------
    >>> cell_text("a" + chr(0) + "b") == "a" + chr(0xFFFD) + "b"
    True
    """
    text = _ILLEGAL.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if _cut(text, MAX_CELL) != text:
        text = _cut(text, MAX_CELL - 1) + "…"
    # XlsxWriter takes such text for XML of its own, and writes it unescaped.
    return text + " " if text.startswith("<r>") and text.endswith("</r>") else text


def _cut(text: str, most: int) -> str:
    """Give the first characters, at most so many as Excel counts: UTF-16 units."""
    if len(text) <= most // 2:  # no character has more than two
        return text
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", errors="ignore")


def _parts(frame: pd.DataFrame) -> list[pd.DataFrame]:
    return [frame.iloc[at : at + MAX_ROWS] for at in range(0, max(len(frame), 1), MAX_ROWS)]


def _made_at(frame: pd.DataFrame) -> datetime:
    if "as_of" not in frame or not len(frame):
        return _EPOCH
    made_at: datetime = frame["as_of"].iloc[0].to_pydatetime().replace(microsecond=0)
    return made_at


def _write_sheet(book: Workbook, sheet: Worksheet, frame: pd.DataFrame, language: Language) -> None:
    """Write header and rows; what depends on the whole sheet is declared before them."""
    kinds = [_kind_of(frame[name]) for name in frame.columns]
    last = len(frame)
    sheet.freeze_panes(1, 2)
    _lay_out(sheet)
    sheet.autofilter(0, 0, last, len(kinds) - 1)
    for position, kind in enumerate(kinds):
        sheet.set_column(position, position, kind.width)
        if last:
            _draw(book, sheet, kind, (1, position, last, position))
    header = book.add_format(_HEADER)
    for position, title in enumerate(titles(frame, language)):
        sheet.write_string(0, position, cell_text(title), header)
    writers = [_writer(book, sheet, kind) for kind in kinds]
    for row, values in enumerate(_rows(frame), start=1):
        for position, value in enumerate(values):
            if value is not None:
                writers[position](row, position, value)


def _lay_out(sheet: Worksheet) -> None:
    """Lay it out for A4: on its side, two pages wide, the header on each."""
    sheet.set_row(0, _HEADER_HEIGHT)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(2, 0)
    sheet.repeat_rows(0)


def _draw(book: Workbook, sheet: Worksheet, kind: Kind, where: tuple[int, int, int, int]) -> None:
    if kind.bar:
        bar = {"type": "data_bar", "bar_solid": True, "bar_color": _BAR_COLOUR}
        limits = {"min_type": "num", "max_type": "num", "min_value": 0, "max_value": 1}
        sheet.conditional_format(*where, bar | limits)
    if kind is BAND:
        for names in BAND_NAMES.values():
            for name, colour in zip(names, _BAND_COLOURS, strict=True):
                rule = {"type": "cell", "criteria": "==", "value": f'"{name}"'}
                colours = book.add_format({"bg_color": colour})
                sheet.conditional_format(*where, rule | {"format": colours})


def _writer(book: Workbook, sheet: Worksheet, kind: Kind) -> Callable[[int, int, Any], object]:
    """Return what writes a value of a kind; a text comes with whether it must be marked."""
    look: dict[str, Any] = {"num_format": kind.number_format}
    look |= {"align": "center"} if kind is COUNT else {}
    look |= {"indent": 1} if kind.type == "string" else {}
    style = book.add_format(look)
    if kind.type == "string":
        # The apostrophe of spreadsheets, as a property: editing the cell does not arm it.
        marked = book.add_format(look | {"quote_prefix": True})

        def write(row: int, position: int, value: tuple[str, bool]) -> None:
            text, suspect = value
            sheet.write_string(row, position, cell_text(text), marked if suspect else style)

        return write
    write_value: Callable[..., object] = {
        "boolean": sheet.write_boolean,
        "datetime": sheet.write_datetime,
    }.get(kind.type, sheet.write_number)
    return lambda row, position, value: write_value(row, position, value, style)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of each row; None where a value is missing."""
    for at in range(0, len(frame), _CHUNK):
        chunk = frame.iloc[at : at + _CHUNK]
        texts = set(text_columns(chunk))
        columns = [
            _text_cells(chunk[name]) if name in texts else _cells(chunk[name])
            for name in chunk.columns
        ]
        yield from zip(*columns, strict=True)


def _text_cells(column: pd.Series) -> list[tuple[str, bool] | None]:
    text = column.astype("str")
    suspect = safe_cells(text.to_frame()).iloc[:, 0] != text
    return [
        (value, mark) if isinstance(value, str) and value else None
        for value, mark in zip(text.tolist(), suspect.tolist(), strict=True)
    ]


def _cells(column: pd.Series) -> list[Any]:
    if type_of(column) == "datetime":
        known = column.notna() & (column >= _EPOCH)
        return [
            value.to_pydatetime(warn=False) if there else None
            for value, there in zip(column, known, strict=True)
        ]
    finite = column.replace([float("inf"), float("-inf")], float("nan"))
    return finite.astype("object").where(finite.notna(), None).tolist()


def _kind_of(column: pd.Series) -> Kind:
    if column.name in COLUMN_NAMED:
        return COLUMN_NAMED[str(column.name)].kind
    return _KINDS.get(type_of(column), TEXT)


def _write_columns(
    book: Workbook, sheet: Worksheet, names: Sequence[str], language: Language
) -> None:
    """Write the sheet that explains the columns."""
    header = book.add_format(_HEADER)
    text = book.add_format({"text_wrap": True, "valign": "top"})
    for position, width in enumerate(_ABOUT_WIDTHS):
        sheet.set_column(position, position, width)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    known = [COLUMN_NAMED[name] for name in names if name in COLUMN_NAMED]
    rows: list[tuple[str, ...]] = [_ABOUT_HEADERS[language]]
    rows += [_about(column, language) for column in known]
    for row, cells in enumerate(rows):
        style: Format = text if row else header
        sheet.set_row(row, _LINE_HEIGHT * _lines(cells))
        for position, cell in enumerate(cells):
            sheet.write_string(row, position, cell, style)


def _lines(cells: tuple[str, ...]) -> int:
    """Count the lines that a row needs: not every spreadsheet finds out by itself."""
    widths = zip(cells, _ABOUT_WIDTHS, strict=True)
    return max(math.ceil(1.1 * len(cell) / width) for cell, width in widths)


def _about(column: Column, language: Language) -> tuple[str, ...]:
    told = [column.title, column.shown_unit, column.meaning]
    missing = getattr(column.missing, language) if column.missing else _NEVER_EMPTY[language]
    name = f"alerts.csv: {column.name}" if column in ALERT_ONLY else column.name
    return (*(_in_titles(getattr(text, language), language) for text in told), missing, name)


def _in_titles(text: str, language: Language) -> str:
    """Name other columns by their titles, in the language's quotation marks."""
    marks = ("«\u202f", "\u202f»") if language == "fr" else ("“", "”")

    def title(found: re.Match[str]) -> str:
        column = COLUMN_NAMED.get(found[1])
        return (getattr(column.title, language) if column else found[1]).join(marks)

    return re.sub(r"`(\w+)`", title, text)
