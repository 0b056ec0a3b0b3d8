"""The description of ``ranked.csv``, for whoever imports it: a Table Schema with a few more keys.

The vocabulary is that of https://specs.frictionlessdata.io/table-schema/, whose readers skip keys
that they do not know. Ours are `titles`, `descriptions`, `units` and `emptyMeans` (in both
languages) and `decimals`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from predictor.lists.bands import BAND_NAMES, Language
from predictor.lists.column_kinds import BAND
from predictor.lists.columns import COLUMN_NAMED
from predictor.lists.csv_files import INSTANT_FORMAT

if TYPE_CHECKING:
    from predictor.lists.column_kinds import Column, ColumnType


def table_schema(frame: pd.DataFrame, language: Language = "en") -> dict[str, Any]:
    """Describe the columns of a list as its CSV file has them.

    Parameters
    ----------
    frame : DataFrame
        The list.
    language : {"en", "fr"}
        Of `title` and `description`, and of the bands' names.

    Returns
    -------
    dict
        A Table Schema. Columns that are not known have name and type alone.

    Examples
    --------
    >>> schema = table_schema(pd.DataFrame({"rank": [1], "mine": ["x"]}))
    >>> [(field["name"], field["type"]) for field in schema["fields"]]
    [('rank', 'integer'), ('mine', 'string')]
    """
    fields = [
        _field(COLUMN_NAMED[name], language)
        if name in COLUMN_NAMED
        else {"name": str(name), "type": type_of(frame[name])}
        for name in frame.columns
    ]
    schema = {"language": language, "fields": fields, "missingValues": [""]}
    return {**schema, "primaryKey": "prospect_id"} if "prospect_id" in frame else schema


def type_of(column: pd.Series) -> ColumnType:
    """Give the type of a column, in the words of the Table Schema."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "integer"
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "number"
    return "datetime" if pd.api.types.is_datetime64_any_dtype(column.dtype) else "string"


def _field(column: Column, language: Language) -> dict[str, Any]:
    kind = column.kind
    field: dict[str, Any] = {
        "name": column.name,
        "type": kind.type,
        "title": getattr(column.title, language),
        "description": getattr(column.meaning, language),
        "example": kind.example,
        "constraints": _constraints(column, language),
        "titles": column.title._asdict(),
        "descriptions": column.meaning._asdict(),
        "units": column.shown_unit._asdict(),
        "emptyMeans": column.missing._asdict() if column.missing else None,
    }
    if kind.type == "datetime":
        field["format"] = INSTANT_FORMAT
    if kind.type == "boolean":
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    if kind.decimals is not None:
        field["decimals"] = kind.decimals
    return field


def _constraints(column: Column, language: Language) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": column.missing is None}
    if column.name == "prospect_id":
        constraints["unique"] = True
    if column.kind.least is not None:
        constraints["minimum"] = column.kind.least
    if column.kind.most is not None:
        constraints["maximum"] = column.kind.most
    if column.kind is BAND:
        constraints["enum"] = list(BAND_NAMES[language])
    return constraints
