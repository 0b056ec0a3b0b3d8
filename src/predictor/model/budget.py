"""How long to search for better settings: so many trials, or so much time."""

from __future__ import annotations

import re
from dataclasses import dataclass

SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600}
_FORM = re.compile(r"(?P<number>\d+(\.\d+)?)\s*(?P<unit>[smh]?)")


@dataclass(frozen=True)
class Budget:
    """A number of trials or a time; exactly one is set.

    Attributes
    ----------
    trials : int or None
    seconds : float or None
        Of fitting and judging; features are computed before.
    """

    trials: int | None = None
    seconds: float | None = None

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Read what a person writes.

        Parameters
        ----------
        text : str
            A number of trials ("40"), or a time ("90s", "10m", "1.5h").

        Raises
        ------
        ValueError
            For anything else, and for nothing at all ("0", "0m").

        Examples
        --------
        >>> Budget.parse("40"), Budget.parse("1.5h")
        (Budget(trials=40, seconds=None), Budget(trials=None, seconds=5400.0))
        """
        found = _FORM.fullmatch(text.strip())
        number = float(found["number"]) if found else 0.0
        unit = found["unit"] if found else ""
        if not number or (not unit and number % 1):
            raise ValueError(
                f"{text!r} is no budget; write a number of trials such as 40, or a time such as "
                "10m or 1h"
            )
        return cls(seconds=number * SECONDS_PER_UNIT[unit]) if unit else cls(trials=int(number))

    def share_spent(self, trials: int, seconds: float) -> float:
        """Tell which share of it so many trials that took so long have spent, from 0 to 1."""
        spent = trials / self.trials if self.trials else seconds / (self.seconds or 1.0)
        return min(spent, 1.0)

    def __str__(self) -> str:
        """Say it as it is read: "40 trials", "20 minutes"."""
        if self.trials:
            return f"{self.trials} trial{'s' * (self.trials > 1)}"
        return f"{(self.seconds or 0) / 60:g} minutes"


class TuningStopped(KeyboardInterrupt):
    """Ctrl-C while settings were searched for; the message says what is kept."""
