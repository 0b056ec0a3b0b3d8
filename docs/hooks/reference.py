"""MkDocs hook: the parts of the reference that are written from the code, so that they stay true.

A page holds a line ``<!-- generated: NAME -->``; NAME is one of `GENERATORS`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import typer
from typer.testing import CliRunner

from predictor.cli import app
from predictor.config import json_schema
from predictor.features.families import FAMILIES, build_catalogue, features_by_family
from predictor.features.specification import (
    Attribute,
    FeatureSpecification,
    Question,
    Ratio,
    Stage,
)
from predictor.lists.columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from predictor.features.catalogue import Feature

MARKER = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
CONFIGURATION_HEADER = "| key | type | default | meaning |\n|---|---|---|---|"
COLUMN_HEADER = "| column | unit | meaning | empty means |\n|---|---|---|---|"
FEATURE_HEADER = "| feature | unit | what it is | missing means |\n|---|---|---|---|"

#: A small business: two interaction types, of which calls have durations, and a few more facts.
EXAMPLE = FeatureSpecification(
    families=tuple(FAMILIES),
    windows_days=(7, 30),
    half_life_days=14.0,
    types=("email_sent", "email_open", "call", "quote_request"),
    timed_types=("call",),
    other_types=True,
    strong_types=("quote_request",),
    ratios=(Ratio("opened", ("email_open",), ("email_sent",), 0.3),),
    channels=True,
    inbound_rate=0.4,
    time_zone="Europe/Paris",
    weekend_rate=0.1,
    off_hours_rate=0.2,
    questions=(
        Question("BANT", "budget", "money", (("no", 0.0), ("yes", 1.0))),
        Question("CHAMP", "money", "money", (("no", 0.0), ("yes", 1.0))),
    ),
    stages=(Stage("discovery", 12.0), Stage("proposal", 20.0)),
    attributes=(Attribute("source", "categorical"), Attribute("deciders", "numeric")),
    accounts=True,
)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the generated parts in the place of their markers."""
    return MARKER.sub(lambda found: GENERATORS[found[1]](), markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Show the citations of docstrings, which are written for reStructuredText, as plain text."""
    return re.sub(r"\.\. (\[\d\])", r"\1", re.sub(r"\s?(\[\d\])_", r" \1", html))


def configuration() -> str:
    """Return a table per section of the configuration, from its JSON schema."""
    schema = json_schema()
    parts = ["## Top level", CONFIGURATION_HEADER]
    sections = []
    for name, value, section in _properties(schema, schema):
        if section is None:
            parts.append(_row(name, value))
        else:
            sections += _section(name, value, section, schema)
    return "\n".join([*parts, *sections])


def configuration_keys() -> list[str]:
    """Return every key of the configuration, with dots."""
    return re.findall(r"^\| `([^`]+)` \|", configuration(), flags=re.MULTILINE)


def features() -> str:
    """Return a table per family of the features of `EXAMPLE`."""
    parts = []
    for name, found in features_by_family(EXAMPLE).items():
        parts += [f"\n## {name.capitalize()}", _about(FAMILIES[name]), FEATURE_HEADER]
        parts += [_feature_row(feature) for feature in found]
    total = len(build_catalogue(EXAMPLE))
    return "\n".join([f"The example has {total} features.", *parts])


def columns() -> str:
    """Return a table of the columns of a ranked list."""
    rows = [
        f"| `{column.name}` | {column.shown_unit.en} | {column.meaning.en} "
        f"| {column.missing.en if column.missing else 'never empty'} |"
        for column in COLUMNS
    ]
    return "\n".join([COLUMN_HEADER, *rows])


def commands() -> str:
    """Return the help text of every command."""
    group: Any = typer.main.get_command(app)
    return "\n\n".join(f"## {name}\n\n```text\n{help_text(name)}\n```" for name in group.commands)


def help_text(command: str) -> str:
    """Return what ``predictor COMMAND --help`` prints."""
    result = CliRunner().invoke(app, [command, "--help"], prog_name="predictor", color=False)
    return result.output.strip()


GENERATORS: dict[str, Callable[[], str]] = {
    "configuration": configuration,
    "features": features,
    "columns": columns,
    "commands": commands,
}


def _properties(
    section: dict[str, Any], schema: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any] | None]]:
    """Yield name and schema of each key, with the section that it holds, if it holds one."""
    for name, value in section["properties"].items():
        full_name, inner = name, value
        while isinstance(items := inner.get("additionalProperties"), dict):
            full_name, inner = f"{full_name}.NAME", items
        if "$ref" in value.get("items", {}):
            full_name, inner = f"{name}.ITEM", value["items"]
        if "$ref" in inner:
            yield full_name, value, schema["$defs"][inner["$ref"].rpartition("/")[2]]
        else:
            yield name, value, None


def _section(
    name: str, value: dict[str, Any], section: dict[str, Any], schema: dict[str, Any]
) -> list[str]:
    title = name.partition(".")[0]
    about = [section["description"]]
    if name.endswith(".NAME"):
        about = [value["description"], "NAME stands for each name."]
    if name.endswith(".ITEM"):
        about = [value["description"], "A list; ITEM stands for each of its items."]
    rows = _rows(name, section, schema)
    return [f"\n## {title}", " ".join(about), "", CONFIGURATION_HEADER, *rows]


def _rows(name: str, section: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    """Yield a row for each key of a section, and of the sections within it."""
    for key, value, inner in _properties(section, schema):
        if inner is not None:
            yield from _rows(f"{name}.{key}", inner, schema)
        else:
            yield _row(f"{name}.{key}", value, required=key in section.get("required", ()))


def _row(key: str, value: dict[str, Any], *, required: bool = False) -> str:
    default = "required" if required else _default(value)
    meaning = value.get("description", "").replace("|", "\\|")
    return f"| `{key}` | {_type(value)} | {default} | {meaning} |"


def _default(value: dict[str, Any]) -> str:
    default = value.get("default")
    return "none" if default is None else f"`{json.dumps(default)}`".replace('"', "")


def _type(value: dict[str, Any]) -> str:
    if "anyOf" in value:
        return next(_type(each) for each in value["anyOf"] if each.get("type") != "null")
    for words in ("enum", "const"):
        if words in value:
            choices = value[words] if words == "enum" else [value[words]]
            return " or ".join(f"`{word}`" for word in choices)
    if value["type"] == "array":
        return f"list of: {_type(value['items'])}"
    if value["type"] == "object":
        return f"names, each with {_type(value['additionalProperties'])}"
    if value["type"] == "string":
        return "date or instant (UTC)" if "\\d{4}" in value.get("pattern", "") else "text"
    return "`true` or `false`" if value["type"] == "boolean" else _number(value)


def _number(value: dict[str, Any]) -> str:
    if value["type"] == "boolean":
        return "`true` or `false`"
    if value["type"] == "number":
        words = {
            "exclusiveMinimum": "more than",
            "minimum": "at least",
            "exclusiveMaximum": "less than",
            "maximum": "at most",
        }
        limits = [f"{word} {value[name]:g}" for name, word in words.items() if name in value]
        return ", ".join(["number", *limits])
    low = value.get("minimum", value.get("exclusiveMinimum", -1) + 1)
    high = value.get("maximum", value.get("exclusiveMaximum", 0) - 1)
    return f"whole number, {low} to {high:,}" if high > low else f"whole number, at least {low}"


def _about(family: Callable[..., Any]) -> str:
    module: Any = __import__(family.__module__, fromlist=["__doc__"])
    first_line = str(module.__doc__).splitlines()[0]
    return f"{first_line.partition(': ')[2].capitalize()}\n"


def _feature_row(feature: Feature) -> str:
    return f"| `{feature.name}` | {feature.unit} | {feature.sentence.en} | {feature.missing.en} |"
