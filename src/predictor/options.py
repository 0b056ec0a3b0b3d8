"""Arguments and options that several commands share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from predictor.console import say

DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="The YAML configuration.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        formats=DATES, metavar="DATE", help="The instant (UTC); default: the end of the data."
    ),
]
ModelUri = Annotated[
    str | None,
    typer.Option(
        help="models:/NAME@ALIAS, models:/NAME/NUMBER or a folder; default: the champion."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but mistakes.")]


class Cycle(StrEnum):
    """Length of a simulated sales cycle."""

    SHORT = "short"
    LONG = "long"


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - no other command needs it

        say(f"predictor {version('conversion-predictor')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
]
