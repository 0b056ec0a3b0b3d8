"""Reads a YAML configuration; every mistake is told with its line and the valid values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from pydantic import ValidationError

from predictor.config import Config
from predictor.config_mistakes import Location, dotted, tell
from predictor.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

MERGE = "tag:yaml.org,2002:merge"


def read_config(path: Path) -> Config:
    """Read and check a configuration file.

    Parameters
    ----------
    path : Path
        The YAML file. Paths inside it are relative to its folder.

    Returns
    -------
    Config
        The checked configuration.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, is not YAML, or says something that it cannot mean. The message
        names the file, the line and the valid values.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigurationError(f"{path}: cannot read the configuration: {reason}") from error
    return parse_config(text, path)


def parse_config(text: str, path: Path) -> Config:
    """Check the text of a configuration; `path` names it in errors and anchors its paths."""
    lines: dict[Location, int] = {}
    try:
        node = yaml.compose(text, Loader=_Loader)
        values = yaml.load(text, Loader=_Loader)
        _collect_lines(node, (), lines, path)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError(f"{path}:{line}: not valid YAML: {error.reason}") from error
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path}:1: expected keys and values, for example 'source: ...'")
    if "folder" in values:
        line = lines.get(("folder",), 1)
        raise ConfigurationError(f"{path}:{line}: unknown key 'folder'; remove it")
    try:
        return Config.model_validate({**values, "folder": path.parent})
    except ValidationError as error:
        # A misspelt key explains a missing one, so it is told first.
        errors = sorted(error.errors(), key=lambda details: details["type"] != "extra_forbidden")
        raise ConfigurationError(tell(errors[0], lines, path)) from error


class _Loader(yaml.SafeLoader):
    """The safe loader, with the line of what YAML takes for a date or number and is none."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:
            problem = f"'{node.value}': {error}"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from error


def _collect_lines(
    node: yaml.Node | None,
    location: Location,
    lines: dict[Location, int],
    path: Path,
    above: tuple[yaml.Node, ...] = (),
) -> None:
    """Note the line of every key, and refuse a key that stands twice."""
    if any(node is other for other in above):
        raise ConfigurationError(
            f"{path}:{lines[location]}: '{dotted(location)}' holds itself; mend it"
        )
    below = (*above, node) if node is not None else above
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            if key_node.tag == MERGE:  # its keys stand where the anchor is
                continue
            key = _Loader("").construct_object(key_node)
            place = (*location, key)
            if place in lines:
                raise ConfigurationError(
                    f"{path}:{key_node.start_mark.line + 1}: '{dotted(place)}' stands twice (first "
                    f"in line {lines[place]}); keep one"
                )
            lines[place] = key_node.start_mark.line + 1
            _collect_lines(value_node, place, lines, path, below)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*location, index)] = item.start_mark.line + 1
            _collect_lines(item, (*location, index), lines, path, below)
