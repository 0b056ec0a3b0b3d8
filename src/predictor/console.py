"""What a person sees in a terminal: progress, tables that fit 80 columns, mistakes in one line."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from predictor.crm.interruption import interruptible
from predictor.errors import PredictorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import typer
    from rich.console import Console
    from typer.exceptions import TyperException

WIDTH = 80
INTERRUPTED = 130
"""Exit code of a command that Ctrl-C stopped, as Typer and shells have it."""


_STOPPED = "stopped; nothing was left half-written"


def run(app: typer.Typer) -> int:
    """Run the command line, and return its exit code; a person's mistake ends in one line."""
    from typer.exceptions import TyperException

    try:
        with interruptible():
            code = app(prog_name="predictor", standalone_mode=False)
        if code == INTERRUPTED:  # Typer makes this code of a KeyboardInterrupt
            complain(_STOPPED)
    except KeyboardInterrupt:
        complain(_STOPPED)
        code = INTERRUPTED
    except PredictorError as error:
        complain(str(error))
        code = 1
    except TyperException as error:
        _complain_of_arguments(error)
        code = error.exit_code
    except OSError as error:  # a full disk, a folder without permission
        complain(f"{error.filename or 'output'}: {error.strerror or error}")
        code = 1
    return code if isinstance(code, int) else 0


def _complain_of_arguments(error: TyperException) -> None:
    context = getattr(error, "ctx", None)
    if context is not None and type(error).__name__ == "NoArgsIsHelpError":
        say(error.format_message())
        return
    said = error.format_message().replace("Value error, ", "")
    if "does not match the formats" in said:
        form = "2024-01-31 or 2024-01-31T09:30:00" if "%H" in said else "2024-01-31"
        said = f"{said.split(' does not match')[0]} is no date; write it as {form}"
    hint = f" (see '{context.command_path} --help')" if context is not None else ""
    complain(f"{said}{hint}")


@contextmanager
def progress(steps: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show a bar of known length while work goes on; nothing when quiet or not on a terminal.

    Parameters
    ----------
    steps : int
        How many times the yielded function will be called.
    quiet : bool
        Show nothing.

    Yields
    ------
    callable
        Takes the description of what begins now.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=steps)
        begun = 0

        def begin(description: str) -> None:
            nonlocal begun
            bar.update(task, description=description, completed=begun)
            begun += 1

        yield begin


def console() -> Console:
    """Return the console of standard output; 80 columns and no colour when it is not a terminal."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=WIDTH, no_color=True, force_terminal=False)


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[str] = (),
) -> None:
    """Print a table; columns named in `right` are set right.

    Parameters
    ----------
    title : str
        Stands above; empty for none.
    columns : sequence of str
        Headings.
    rows : sequence of sequences of str
        Cells; no markup is read in them.
    right : sequence of str
        Headings of the columns with figures.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    table = Table(
        title=Text(title) if title else None,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD if terminal else None,
        pad_edge=False,
        padding=(0, 1),
    )
    for name in columns:
        table.add_column(
            name,
            justify="right" if name in right else "left",
            no_wrap=name in right,
            overflow="fold",
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    target = console()
    target.width = min(target.width, max(WIDTH, 1)) if not terminal else target.width
    target.print(table)


def say(text: str = "") -> None:
    """Print plain text to standard output."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """Print one line to standard error."""
    sys.stderr.write(f"predictor: {' '.join(text.split())}\n")
