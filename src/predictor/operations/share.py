"""A progress bar of fixed length for work whose length only the work itself can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from predictor.operations.training import Step

#: Steps of such a bar.
STEPS = 100


class Share:
    """Turns the share of the work that is done into steps of a progress bar.

    Parameters
    ----------
    step : callable
        A step of a bar of `STEPS` steps.
    """

    def __init__(self, step: Step) -> None:
        self._step = step
        self._begun = 0

    def __call__(self, description: str, done: float) -> None:
        """Say what begins now, and which share of the whole, from 0 to 1, is done before it."""
        while self._begun <= done * (STEPS - 1):
            self._step(description)
            self._begun += 1
