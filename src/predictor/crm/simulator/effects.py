"""The true effect of a signal: what it says about the rate of winning, evidence and lift together.

Over all simulated (prospect, day) pairs still open in the evening, with r the daily rate of won in
the evening's state without the calendar (`Kernel.log_won`), the effect of an interaction type k is

    effect_k = E[log r | at least one interaction of type k that day] - E[log r | none that day]

It joins evidence (ready prospects ask for quotes) with cause (a quote request lifts the intent),
which is what a model can learn from a history. For a question of a grid it compares the days on
which the best and the worst answer were given:

    effect_q = E[log r | best answer to q that day] - E[log r | worst answer to q that day]

The expectation is the mean over the simulated pairs; with very few pairs it is rough, with none
missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from predictor.crm.simulator.answers import N_QUESTIONS, Answers, grids
from predictor.crm.simulator.interactions import TYPE_OF_KIND, TYPES, Events
from predictor.crm.simulator.population import TEAMS

if TYPE_CHECKING:
    from predictor.crm.simulator.scenario import BoolArray, Cycle, FloatArray, IntArray

_WORST, _BEST = 0, 3
_N_ANSWERS = 4


class EffectSums:
    """Counts and sums of log rates, all that the means need.

    Parameters
    ----------
    log_won : FloatArray
        Log of the daily rate of won by class and state, shape (N,).
    """

    def __init__(self, log_won: FloatArray) -> None:
        self._log_won = log_won
        self._all = np.zeros(2)
        self._by_type = np.zeros((2, len(TYPES)))
        self._by_answer = np.zeros((2, len(TEAMS) * N_QUESTIONS * _N_ANSWERS))

    def add(
        self,
        events: Events,
        answers: Answers,
        team: IntArray,
        codes: IntArray,
        still_open: BoolArray,
    ) -> None:
        """Add one day: `team`, `codes` (of the evening) and `still_open` have shape (n_open,)."""
        log_rate = self._log_won[codes]
        self._all += still_open.sum(), log_rate[still_open].sum()
        pairs = np.unique(events.position * len(TYPES) + TYPE_OF_KIND[events.kind])
        position, type_ = pairs // len(TYPES), pairs % len(TYPES)
        self._by_type += _sums(type_, log_rate[position], still_open[position], len(TYPES))
        cell = (
            team[answers.position] * N_QUESTIONS + answers.question
        ) * _N_ANSWERS + answers.answer
        position = answers.position
        self._by_answer += _sums(
            cell, log_rate[position], still_open[position], self._by_answer.shape[1]
        )

    def of_types(self) -> dict[str, float]:
        """Return the effect of each interaction type, nan where it never happened."""
        rest = self._all[:, None] - self._by_type
        return dict(zip(TYPES, (_means(self._by_type) - _means(rest)).tolist(), strict=True))

    def of_questions(self, cycle: Cycle) -> dict[str, float]:
        """Return the effect of best against worst, named 'GRID.question'."""
        means = _means(self._by_answer).reshape(-1, _N_ANSWERS)
        names = [
            f"{grid}.{question.name}" for grid, asked in grids(cycle).items() for question in asked
        ]
        return dict(zip(names, (means[:, _BEST] - means[:, _WORST]).tolist(), strict=True))


def _sums(cell: IntArray, value: FloatArray, counted: BoolArray, n_cells: int) -> FloatArray:
    """Return count and sum per cell, shape (2, n_cells)."""
    cell, value = cell[counted], value[counted]
    return np.stack(
        [np.bincount(cell, minlength=n_cells), np.bincount(cell, value, minlength=n_cells)]
    )


def _means(count_and_sum: FloatArray) -> FloatArray:
    """Divide sums by counts; nan where nothing was counted."""
    count, total = count_and_sum
    means: FloatArray = np.full(total.shape, np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return means
