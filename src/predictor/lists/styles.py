"""How a list is written for machines, and for people who open it in a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from predictor.lists.bands import Language

AUTO = "auto"


@dataclass(frozen=True)
class ListStyle:
    r"""How a list is written.

    Attributes
    ----------
    language : {"en", "fr"}
        Of titles, and of yes and no, in files for people.
    separator : str
        Between the cells of a CSV file: ``,``, ``;`` or a tab.
    decimal : str
        Decimal sign of a CSV file: ``.`` or ``,``.
    bom : bool
        Whether a CSV file begins with a byte order mark, by which Excel knows UTF-8.
    for_people : bool
        Whether a CSV file has titles instead of names, yes and no instead of True and False, and
        an apostrophe before text that a spreadsheet would turn into a number or a date.
    """

    language: Language = "en"
    separator: str = ","
    decimal: str = "."
    bom: bool = False
    for_people: bool = False


PLAIN = ListStyle()
"""The documented format of ``ranked.csv``: for imports."""


def spreadsheet_style(
    language: Language, separator: str = AUTO, decimal: str = AUTO, *, bom: bool = True
) -> ListStyle:
    """Give the style of CSV files that a double click opens right.

    Parameters
    ----------
    language : {"en", "fr"}
        Of the people who open them: English spreadsheets expect comma and point, French ones
        semicolon and comma.
    separator : {"auto", ",", ";", "tab"}
        ``"auto"``: a semicolon where the decimal sign is a comma, else a comma.
    decimal : {"auto", ".", ","}
        ``"auto"``: that of the language, or the point where the separator is a comma.
    bom : bool
        Whether to begin with a byte order mark.

    Returns
    -------
    ListStyle

    Raises
    ------
    ValueError
        Where a comma would both separate and mark decimals.

    Examples
    --------
    >>> french = spreadsheet_style("fr")
    >>> french.separator, french.decimal
    (';', ',')
    """
    if decimal == AUTO:
        decimal = "," if language == "fr" and separator != "," else "."
    if separator == AUTO:
        separator = ";" if decimal == "," else ","
    if separator == decimal:
        msg = "a comma cannot both separate the cells and mark decimals"
        raise ValueError(msg)
    separator = "\t" if separator == "tab" else separator
    return ListStyle(language, separator, decimal, bom=bom, for_people=True)
