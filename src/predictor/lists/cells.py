r"""Text made safe for spreadsheets: no cell of a CSV file is run as a formula.

What spreadsheets take for a formula follows OWASP, "CSV Injection"
(https://owasp.org/www-community/attacks/CSV_Injection): a cell that begins with ``=``, ``+``,
``-``, ``@``, a tab or a line break, also in the full-width and small forms of these signs. Two
things are added: white space and invisible characters before the sign do not hide it, and what
follows a ``;``, a tab or a line break *inside* a cell is treated as the start of a cell, because a
spreadsheet of a locale whose separator is ``;`` splits a comma-separated file there; in files that
are not separated by commas, so is what follows a comma. ``|`` and ``%``, which older spreadsheets
understood, are covered as well.

Such a cell gets an apostrophe, which spreadsheets read as "this is text". Four kinds of text begin
with a sign, occur in every CRM and can call nothing, so they stay as they are:

- numbers: ``-5``, ``+3.2e4``, ``-1 234,56``, ``-5%``;
- telephone numbers written with spaces, dots or parentheses: ``+33 6 12 34 56 78``. With hyphens
  (``+1-555-0100``) they are a subtraction to a spreadsheet, and the apostrophe keeps them whole;
- e-mail addresses: ``+sales@example.com``;
- dashes alone, which stand for "nothing".

Numeric columns are never touched, and Parquet files keep the original text.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

# Spelt as numbers: many of these characters cannot be seen in a source file.
_BLANK_RANGES = (
    (0x00, 0x20),  # controls and the space
    (0x7F, 0xA0),  # delete, C1 controls, no-break space
    (0xAD, 0xAD),  # soft hyphen
    (0x1680, 0x1680),
    (0x180E, 0x180E),
    (0x2000, 0x200F),  # typographic spaces, zero-width characters, direction marks
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x3000, 0x3000),  # ideographic space
    (0xFEFF, 0xFEFF),  # byte order mark
)
_SIGN_CODES = (
    *map(ord, "=+@%|-"),
    *(0xFF1D, 0xFF0B, 0xFF0D, 0xFF20),  # full width: = + - @
    *(0xFE66, 0xFE62, 0xFE63, 0xFE6B),  # small forms: = + - @
    0x2212,  # the mathematical minus
)


_BREAKS = "\t\r\n"
_BLANKS = "".join(chr(code) for first, last in _BLANK_RANGES for code in range(first, last + 1))
_SIGN = f"[{re.escape(''.join(map(chr, _SIGN_CODES)))}]"
_BLANK = f"[{re.escape(_BLANKS)}]"
_BLANK_IN_LINE = f"[{re.escape(''.join(c for c in _BLANKS if c not in _BREAKS))}]"


def _cell_start(splitters: str) -> re.Pattern[str]:
    """Match each place before a sign at which a spreadsheet may begin to read a cell."""
    return re.compile(rf"\A(?={_BLANK}*{_SIGN})|[{splitters}](?={_BLANK_IN_LINE}*{_SIGN})")


def _suspect(splitters: str) -> str:
    """Find, at the speed of Arrow, the cells worth a closer look: all that may be changed."""
    return rf"\A{_BLANK}*{_SIGN}|[{splitters}]"


# What splits a cell in spreadsheets of other locales, where the file is separated by commas or not.
_COMMA_FILE, _OTHER_FILE = f";{_BREAKS}", f",;{_BREAKS}"
_CELL_START = {splitters: _cell_start(splitters) for splitters in (_COMMA_FILE, _OTHER_FILE)}
_BREAK_START = re.compile(rf"\A[{_BREAKS}]")
_HARMLESS = re.compile(
    r"""
      [+-]?\ ?[.,]?[0-9][0-9 .,()\u00A0\u202F]*(?:[eE][+-]?[0-9]+)?\ ?%?   # number, telephone
    | [+-][A-Za-z0-9._+-]*[A-Za-z0-9]@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+    # e-mail address
    | -+                                                                    # nothing
    """,
    re.VERBOSE,
)


def safe_text(text: str, separator: str = ",") -> str:
    r"""Make one cell safe.

    Line breaks become ``\n``: a lone carriage return would otherwise end the row in some readers.

    Parameters
    ----------
    text : str
        What the cell says.
    separator : str
        What separates the cells of the file.

    Returns
    -------
    str
        The same text, with an apostrophe before each place where a spreadsheet would start to read
        a formula.

    Examples
    --------
    >>> safe_text("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    >>> safe_text("Dupont;=1+1")
    "Dupont;'=1+1"
    >>> [safe_text(text) for text in ("-5", "+33 6 12 34 56 78", "+sales@example.com", "a=b")]
    ['-5', '+33 6 12 34 56 78', '+sales@example.com', 'a=b']
    """
    if _HARMLESS.fullmatch(text):
        return text
    quoted = _CELL_START[_splitters(separator)].sub(r"\g<0>'", text)
    if _BREAK_START.match(quoted):
        quoted = "'" + quoted
    return quoted.replace("\r\n", "\n").replace("\r", "\n")


def _splitters(separator: str) -> str:
    return _COMMA_FILE if separator == "," else _OTHER_FILE


def safe_cells(frame: pd.DataFrame, separator: str = ",") -> pd.DataFrame:
    """Make every text cell of a table safe, its column names too.

    Parameters
    ----------
    frame : DataFrame
        Any table. Columns of numbers, booleans and instants are left alone; so is whatever is not
        a `str` in a column of mixed kinds.
    separator : str
        What separates the cells of the file.

    Returns
    -------
    DataFrame
        A copy with safe text.

    Examples
    --------
    >>> safe_cells(pd.DataFrame({"owner": ["@sum(1)", "Ana"], "amount": [-5.0, 2.0]}))
          owner  amount
    0  '@sum(1)    -5.0
    1       Ana     2.0
    """
    safe = frame.copy()
    for position in range(safe.shape[1]):
        safe.isetitem(position, _safe_column(frame.iloc[:, position], separator).array)
    safe.columns = pd.Index([_safe_value(name, separator) for name in frame.columns])
    return safe


def text_columns(frame: pd.DataFrame) -> list[str]:
    """Name the columns that hold text, or text among other things."""
    return [str(name) for name in frame.columns if _may_hold_text(frame[name])]


def _may_hold_text(column: pd.Series) -> bool:
    return column.dtype == object or isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype)


def _safe_column(column: pd.Series, separator: str) -> pd.Series:
    if isinstance(column.dtype, pd.StringDtype):
        suspect = column.str.contains(_suspect(_splitters(separator)), na=False)
        if not suspect.any():
            return column
        return column.mask(suspect, column[suspect].map(lambda text: safe_text(text, separator)))
    if _may_hold_text(column):
        return column.astype("object").map(lambda value: _safe_value(value, separator))
    return column


def _safe_value(value: Any, separator: str) -> Any:
    return safe_text(value, separator) if isinstance(value, str) else value
