"""An independent reader of the Table Schema: parses and judges a CSV file by what it says.

After https://specs.frictionlessdata.io/table-schema/, of which it knows what our files use.
"""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {"string", "integer", "number", "boolean", "datetime"}


def mistakes(path: Path, schema: dict[str, Any]) -> list[str]:
    """Return what in a CSV file contradicts its schema."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    fields = schema["fields"]
    if header != [field["name"] for field in fields]:
        return [f"header {header}"]
    found = [
        f"{field['name']}: {problem}"
        for row in rows
        for field, text in zip(fields, row, strict=True)
        if (problem := _mistake(text, field, schema["missingValues"]))
    ]
    keys = [row[header.index(schema["primaryKey"])] for row in rows]
    return found if len(set(keys)) == len(keys) else [*found, "primary key occurs twice"]


def _mistake(text: str, field: dict[str, Any], missing: list[str]) -> str | None:
    constraints = field.get("constraints", {})
    if text in missing:
        return "is missing" if constraints.get("required") else None
    try:
        value = _cast(text, field)
    except (ValueError, ArithmeticError):
        return f"{text!r} is no {field['type']}"
    if not constraints.get("minimum", value) <= value <= constraints.get("maximum", value):
        return f"{text!r} lies beyond its limits"
    if text not in constraints.get("enum", [text]):
        return f"{text!r} is not in {constraints['enum']}"
    decimals = field.get("decimals")
    if decimals is not None and -int(Decimal(text).as_tuple().exponent) > max(decimals, 1):
        return f"{text!r} has more than {decimals} decimals"
    return None


def _cast(text: str, field: dict[str, Any]) -> Any:
    if field["type"] == "boolean":
        return (field["falseValues"] + field["trueValues"]).index(text)
    if field["type"] == "datetime":
        return datetime.strptime(text, field["format"])  # noqa: DTZ007 - UTC, without saying so
    return {"string": str, "integer": int, "number": Decimal}[field["type"]](text)
