"""What a column of a list is: its type, its format, and how people say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

ColumnType = Literal["integer", "number", "string", "boolean", "datetime"]
"""Types of the Table Schema (https://specs.frictionlessdata.io/table-schema/#types-and-formats)."""


class Text(NamedTuple):
    """What people read, in both languages."""

    en: str
    fr: str


class Kind(NamedTuple):
    """What all columns of a kind have in common.

    Attributes
    ----------
    type : str
        Type of the values.
    unit : Text
        Unit, as people say it.
    width : int
        Width in a spreadsheet, in characters.
    example : str
        A value as ``ranked.csv`` writes it.
    decimals : int or None
        Decimals in CSV files; Parquet keeps full precision.
    number_format : str
        Format in XLSX files, as Excel spells it; the spreadsheet puts in its own signs.
    least, most : float or None
        Limits of the values.
    bar : bool
        Whether XLSX files draw a bar in the cell, from 0 to 1.
    """

    type: ColumnType
    unit: Text
    width: int
    example: str
    decimals: int | None = None
    number_format: str = "General"
    least: float | None = None
    most: float | None = None
    bar: bool = False


_TEXT_UNIT = Text("text", "texte")
COUNT = Kind(
    "integer", Text("1, 2, 3, ...", "1, 2, 3..."), 8, "1", number_format="0", least=1
)  # fmt: skip
WHOLE_DAYS = Kind("integer", Text("days", "jours"), 10, "30", number_format="0", least=1)
DAYS = Kind("number", Text("days", "jours"), 12, "9.3", 1, "0.0", least=0)
SHARE = Kind("number", Text("0 to 1", "0 à 1"), 14, "0.2512", 4, "0.0%", least=0, most=1)
PROBABILITY = SHARE._replace(width=18, bar=True)
AMOUNT = Kind("number", Text("your currency", "votre monnaie"), 16, "1250.0", 2, "#,##0.00")
IDENTIFIER = Kind("string", _TEXT_UNIT, 16, "P003626", number_format="@")
TEXT = Kind("string", _TEXT_UNIT, 18, "Ana Dupont")
BAND = Kind("string", Text("hot, warm, cold", "chaud, tiède, froid"), 10, "hot")
SENTENCE = Kind("string", _TEXT_UNIT, 72, "Asked for a quote 3 days ago")
VALUE = Kind("string", _TEXT_UNIT, 22, "2026-06-29")
"""Words of ours, a date or a number: no id, so that a spreadsheet may read it as what it is."""
INSTANT = Kind(
    "datetime", Text("instant (UTC)", "instant (UTC)"), 16, "2026-06-29 00:00:00",
    number_format="yyyy-mm-dd hh:mm",
)  # fmt: skip
FLAG = Kind("boolean", Text("True, False", "vrai, faux"), 12, "False")


@dataclass(frozen=True)
class Column:
    """One column of a ranked list.

    Attributes
    ----------
    name : str
        Its name in ``ranked.csv`` and ``ranked.parquet``.
    kind : Kind
        What it shares with its like: type, format, decimals.
    title : Text
        What people call it: the header of files for people.
    meaning : Text
        What it says, as one or more sentences.
    missing : Text or None
        What an empty cell means; None where no cell is empty.
    unit : Text or None
        Where the kind's unit says too little.
    """

    name: str
    kind: Kind
    title: Text
    meaning: Text
    missing: Text | None = None
    unit: Text | None = None

    @property
    def shown_unit(self) -> Text:
        """The unit, as people say it."""
        return self.unit or self.kind.unit
