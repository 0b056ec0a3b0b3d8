"""True P(won by h) and P(lost by h), exact, by backward recursion over the calendar.

With stay_d and leave_d of `kernel.Kernel.transition` on date d, and V the vector over states,

    V_T,T = 0
    V_s,T = leave_s + stay_s V_(s+1),T           s = T - 1, ..., t

and P(won or lost in [t, t + h) | class, state at 00:00 of t) = V_t,(t+h). All pairs (t, h) that are
under way on a date share its matrix, so the calendar is walked once. Dates past the end of the
simulation count as well: the calendar factors are known for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from predictor.crm.simulator.scenario import (
    N_CLASSES,
    N_INTENTS,
    N_STAGES,
    FloatArray,
    IntArray,
    Scenario,
)
from predictor.crm.simulator.seasons import day_factors

if TYPE_CHECKING:
    from predictor.crm.simulator.kernel import Kernel

_N_STATES = N_INTENTS * N_STAGES
_MONDAY = 4  # 1970-01-05, day 4, was a Monday


def truth_grid(scenario: Scenario, end_day: int) -> IntArray:
    """Return the Mondays of the truth, rising, from half the history to the end itself."""
    last = end_day - (end_day - _MONDAY) % 7
    steps = np.arange(scenario.history_days // 2 // scenario.grid_days + 1)
    return (last - scenario.grid_days * steps)[::-1]


def true_probabilities(
    kernel: Kernel, grid_days: IntArray, horizons_days: tuple[int, ...], end_day: int
) -> dict[int, FloatArray]:
    """Compute the truth for every class and state.

    Parameters
    ----------
    kernel : Kernel
        The story.
    grid_days : IntArray
        Dates t, as days since 1970-01-01.
    horizons_days : tuple of int
        Horizons h.
    end_day : int
        The end of the simulation, from which the slow drift is counted.

    Returns
    -------
    dict of int to FloatArray
        t -> probabilities, shape (N, 2, n_horizons); the second axis is won, lost.
    """
    under_way: list[tuple[int, int]] = []
    values = np.zeros((N_CLASSES, _N_STATES, 2, 0))
    truth: dict[int, FloatArray] = {}
    dates = set(grid_days.tolist())
    for day in range(int(grid_days.max()) + max(horizons_days) - 1, int(grid_days.min()) - 1, -1):
        if begun := [(day + 1 - h, h) for h in horizons_days if day + 1 - h in dates]:
            under_way += begun
            fresh = np.zeros((N_CLASSES, _N_STATES, 2, len(begun)))
            values = np.concatenate([values, fresh], axis=3)
        values = _step(kernel, day, end_day, values)
        if day in dates:
            done = [under_way.index((day, h)) for h in horizons_days]
            truth[day] = values[..., done].reshape(-1, 2, len(done))
            values = np.delete(values, done, axis=3)
            under_way = [pair for pair in under_way if pair[0] != day]
    return truth


def _step(kernel: Kernel, day: int, end_day: int, values: FloatArray) -> FloatArray:
    """Carry the values from the evening of a date back to its morning."""
    stay, leave = kernel.transition(kernel.day(day_factors(day, end_day)))
    carried = stay @ values.reshape(N_CLASSES, _N_STATES, -1)
    earlier: FloatArray = carried.reshape(values.shape)
    earlier += leave[..., None]
    return earlier
