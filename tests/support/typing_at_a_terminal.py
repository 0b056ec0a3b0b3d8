"""Runs the command line in this process, as a user types it."""

from __future__ import annotations

import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from unittest import mock

from predictor.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command left in the terminal."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on standard error of a command that failed."""
        assert self.code != 0
        assert self.out == ""
        assert "Traceback" not in self.err
        assert self.err.startswith("predictor: ")
        assert self.err.endswith("\n")
        line = self.err.removeprefix("predictor: ").removesuffix("\n")
        assert "\n" not in line
        return line


def predictor(*arguments: object) -> Answer:
    """Run ``predictor`` with arguments; neither output is a terminal."""
    out, err = StringIO(), StringIO()
    words = ["predictor", *(str(argument) for argument in arguments)]
    with (
        mock.patch.object(sys, "argv", words),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        else:
            code = 0
    return Answer(code, out.getvalue(), err.getvalue())
