"""The option --tune [BUDGET]: a value that may be left out, and what Ctrl-C leaves behind."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from predictor.console import INTERRUPTED, complain, say
from predictor.model.budget import Budget, TuningStopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from predictor.operations.tuning import Tuning

DEFAULT_BUDGET = "20m"

Tune = Annotated[
    Budget | None,
    typer.Option(
        "--tune",
        parser=Budget.parse,
        metavar="[BUDGET]",
        help=f"Search for better settings first: for so many trials (40) or so long (10m, 1h); "
        f"default: {DEFAULT_BUDGET}.",
    ),
]


class TunableCommand(TyperCommand):
    """A command whose option --tune may stand without its value, which Typer cannot say."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a bare --tune its default before the arguments are read."""
        return super().parse_args(ctx, with_default_budget(args))


def with_default_budget(args: list[str]) -> list[str]:
    """Put the default after each --tune that no number follows.

    Examples
    --------
    >>> with_default_budget(["--tune", "config.yaml"]), with_default_budget(["--tune", "40"])
    (['--tune', '20m', 'config.yaml'], ['--tune', '40'])
    """
    filled: list[str] = []
    for word, following in zip(args, [*args[1:], ""], strict=True):
        filled.append(word)
        if word == "--tune" and not following[:1].isdigit():
            filled.append(DEFAULT_BUDGET)
    return filled


def print_tuning(tuning: Tuning | None) -> None:
    """Print what a search found, if there was one."""
    if tuning is not None:
        say(f"{tuning.summary()}\n")


@contextmanager
def keeping_trials() -> Iterator[None]:
    """Say what is kept when a person stops the search within."""
    try:
        yield
    except TuningStopped as stopped:
        complain(str(stopped))
        sys.exit(INTERRUPTED)
