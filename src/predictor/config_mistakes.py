"""Tells a mistake in a configuration as one line: file, line, key, valid values, what was got."""

from __future__ import annotations

import difflib
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from predictor.config import Config
from predictor.config_types import INSTANT_HINT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

#: Keys and positions that lead to a value of the YAML file.
Location = tuple[Any, ...]

_WHOLE = "must be a whole number"
_NUMBER = "must be a number"
_TEXT = "must be text (in quotes)"
_SHOWN_CHARACTERS = 60

#: What pydantic's types of errors mean to somebody who writes a YAML file.
_RULES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "must be a finite number",
    "string_type": _TEXT,
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "invalid_key": _TEXT,
    "bool_type": "must be true or false",
    "tuple_type": "must be a list, for example [a, b]",
    "datetime_type": INSTANT_HINT,
    "datetime_parsing": INSTANT_HINT,
    "datetime_from_date_parsing": INSTANT_HINT,
    "dict_type": "must be names, each with a value",
    "greater_than": lambda limits: f"must be more than {limits['gt']:g}",
    "greater_than_equal": lambda limits: f"must be at least {limits['ge']:g}",
    "less_than": lambda limits: f"must be less than {limits['lt']}",
    "less_than_equal": lambda limits: f"must be at most {limits['le']:g}",
    "literal_error": lambda limits: f"must be {limits['expected']}",
}
_PATTERNS = {
    ("name",): "must be letters, digits, _ and -, the first a letter or digit",
    ("mlflow", "registered_model"): "must not hold / : or @",
}


def dotted(location: Sequence[object]) -> str:
    """Return the key that a location leads to, as people write it.

    Examples
    --------
    >>> dotted(("attributes", "source", "known_at"))
    'attributes.source.known_at'
    """
    return ".".join(str(part) for part in location)


def tell(details: ErrorDetails, lines: Mapping[Location, int], path: Path) -> str:
    """Return the one line that tells a mistake.

    Parameters
    ----------
    details : ErrorDetails
        What pydantic found.
    lines : mapping of location to int
        Line of every key of the file.
    path : Path
        The file.
    """
    location: Location = tuple(part for part in details["loc"] if part != "[key]")
    place = f"{path}:{_line(location, lines)}"
    key = dotted(location)
    if details["type"] == "extra_forbidden":
        return f"{place}: unknown key '{key}'; {_valid_keys(location)}"
    if details["type"] == "missing":
        return f"{place}: '{key}' is missing"
    if not location:  # a rule between keys: its message names them
        message = details["msg"].removeprefix("Value error, ")
        named = [(word,) for word in message.replace(",", " ").split() if (word,) in lines]
        return f"{path}:{_line(named[0] if named else (), lines)}: {message}"
    return f"{place}: '{key}' {_rule(details, location)}{_got(details)}"


def _line(location: Location, lines: Mapping[Location, int]) -> int:
    known = (location[:n] for n in range(len(location), 0, -1))
    return next((lines[place] for place in known if place in lines), 1)


def _rule(details: ErrorDetails, location: Location) -> str:
    """Say what the value must be."""
    kind = details["type"]
    if kind == "model_type":
        section = _section_at(location)
        return f"must be keys and values; valid keys: {', '.join(_names(section))}"
    if kind == "string_pattern_mismatch":
        return _PATTERNS[location]
    rule = _RULES.get(kind)
    if rule is None:
        return details["msg"].removeprefix("Value error, ")
    return rule if isinstance(rule, str) else rule(details["ctx"])


def _got(details: ErrorDetails) -> str:
    """Say what was got, unless a rule between the keys of a section is broken."""
    got = details["input"]
    if details["type"] in {"value_error", "too_short"} and not isinstance(got, int | float):
        return ""
    if got is None:
        return " (got nothing)"
    shown = str(got) if isinstance(got, date) else repr(got)
    if len(shown) > _SHOWN_CHARACTERS:
        shown = f"{shown[:_SHOWN_CHARACTERS]}..."
    return f" (got {shown})"


def _valid_keys(location: Location) -> str:
    """Say which keys stand at a location, the closest first."""
    section = _section_at(location[:-1])
    if section is None:
        return "remove it"
    valid = _names(section)
    close = difflib.get_close_matches(str(location[-1]), valid, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return f"{hint}valid here: {', '.join(valid)}"


def _names(section: type[BaseModel] | None) -> list[str]:
    fields = section.model_fields if section is not None else {}
    return [name for name in fields if name != "folder"]


def _section_at(location: Location) -> type[BaseModel] | None:
    section: Any = Config
    for part in location:
        if isinstance(section, type) and issubclass(section, BaseModel):
            field = section.model_fields.get(str(part))
            section = field.annotation if field is not None else None
        else:  # a mapping of free names to sections
            inner = [each for each in get_args(section) if each is not ...]
            section = inner[-1] if inner else None
    return section if isinstance(section, type) and issubclass(section, BaseModel) else None
