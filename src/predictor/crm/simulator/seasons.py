"""Calendar factors: weekday, month and slow drift multiply the daily rates, known for every date.

For a date with weekday w, month m, and y years before (negative) or after the end of the
simulation,

    factor(date) = by_weekday[w] * by_month[m] * exp(drift * y)

They are deterministic and reach past the end, so that the truth at the end is exact as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from predictor.crm.simulator.scenario import FloatArray, IntArray

_DAYS_PER_YEAR = 365.25
_MONDAY_OFFSET = 3  # 1970-01-01, day 0, was a Thursday

_HOLIDAYS = (1.0, 1.0, 1.05, 1.0, 0.95, 1.0, 0.8, 0.6, 1.1, 1.05, 1.05, 0.75)
_QUARTER_ENDS = (0.85, 0.95, 1.2, 0.9, 0.95, 1.2, 0.85, 0.6, 1.2, 0.95, 1.0, 1.25)
_YEAR_END = (1.1, 1.0, 1.0, 1.0, 1.0, 1.0, 0.9, 0.8, 1.0, 1.0, 1.0, 1.3)


@dataclass(frozen=True)
class Season:
    """How one kind of rate moves with the calendar; Monday and January come first."""

    by_weekday: tuple[float, ...]
    by_month: tuple[float, ...]
    drift_per_year: float

    def factor(self, days: IntArray, end_day: int) -> FloatArray:
        """Return the factor of each day, given as days since 1970-01-01; same shape as `days`."""
        weekday = (days + _MONDAY_OFFSET) % 7
        month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
        drift = np.exp(self.drift_per_year * (days - end_day) / _DAYS_PER_YEAR)
        factor: FloatArray = (
            np.array(self.by_weekday)[weekday] * np.array(self.by_month)[month] * drift
        )
        return factor


CREATION = Season((1.1, 1.1, 1.1, 1.0, 0.9, 0.25, 0.2), _HOLIDAYS, 0.12)
TOUCH = Season((1.0, 1.1, 1.1, 1.1, 0.9, 0.0, 0.0), _HOLIDAYS, 0.05)
INBOUND = Season((1.1, 1.15, 1.1, 1.1, 0.9, 0.35, 0.3), _HOLIDAYS, 0.06)
PROGRESS = Season((1.1, 1.2, 1.2, 1.1, 1.0, 0.0, 0.0), _HOLIDAYS, 0.0)
WON = Season((1.1, 1.3, 1.3, 1.3, 1.2, 0.03, 0.02), _QUARTER_ENDS, -0.10)
LOST = Season((1.2, 1.2, 1.2, 1.2, 1.2, 0.1, 0.1), _YEAR_END, 0.04)


@dataclass(frozen=True)
class DayFactors:
    """The factors of one date."""

    touch: float
    inbound: float
    progress: float
    won: float
    lost: float


def day_factors(day: int, end_day: int) -> DayFactors:
    """Return the factors of `day`, both as days since 1970-01-01."""
    days = np.array([day])
    touch, inbound, progress, won, lost = (
        float(season.factor(days, end_day)[0]) for season in (TOUCH, INBOUND, PROGRESS, WON, LOST)
    )
    return DayFactors(touch, inbound, progress, won, lost)
