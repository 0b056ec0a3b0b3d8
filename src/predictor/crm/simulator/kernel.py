"""The chances of one day, exact: how intent, stage and outcome move for every class and state.

With the root rates r_k of `interactions` and their generating functions q_k (no lift) and s_k (no
activity), thinning of Poisson processes gives, for a class in a state on a date,

    P(lift)                = 1 - exp(-sum_k r_k * (1 - q_k))
    P(silent day)          = exp(-sum_k r_k * (1 - s_k))           (implies no lift)

and then, with i the intent, g the stage, and i', g' those of the evening,

    intent   lift: i + 1;  silent day: i - 1 with cool[i], i + 1 with wake;  else unchanged
    stage    g + 1 with forward(i', g), g - 1 with back(i', g), else unchanged
    outcome  won with a / (a + b) * (1 - exp(-(a + b))), lost alike with b, else still open
             a = exp(log_won(class, i', g')) * won_season(date)
             b = exp(log_lost(class, i', g')) * lost_season(date)

The simulated paths (`paths`) draw the interactions one by one; the truth (`truth`) uses
`transition`. Both read the same tables, and a test checks that they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from predictor.crm.simulator.interactions import (
    KINDS,
    OUTBOUND,
    no_activity_probability,
    no_lift_probability,
)
from predictor.crm.simulator.scenario import (
    DILIGENCE_LEVELS,
    FIT_LEVELS,
    N_CLASSES,
    N_INTENTS,
    N_STAGES,
    FloatArray,
    IntArray,
    Scenario,
)

if TYPE_CHECKING:
    from predictor.crm.simulator.seasons import DayFactors

_SHAPE = (len(FIT_LEVELS), len(DILIGENCE_LEVELS), N_INTENTS, N_STAGES)
_N_STATES = N_INTENTS * N_STAGES

_COOL = np.array([0.0, 0.05, 0.06, 0.065, 0.07])
_WAKE, _WAKE_FIT = 0.016, 0.3
_FORWARD_BY_STAGE = np.array([0.11, 0.10, 0.09, 0.08, 0.0])
_FORWARD_BY_INTENT = np.array([0.25, 0.6, 1.0, 1.5, 1.9])
_FORWARD_DILIGENCE = np.array([0.6, 0.85, 1.0, 1.15])
_BACK_BY_STAGE = np.array([0.0, 0.02, 0.02, 0.02, 0.02])
_BACK_BY_INTENT = np.array([2.0, 1.5, 1.0, 0.6, 0.3])
_WON, _WON_FIT = np.log(0.08), 0.45
_WON_BY_INTENT = np.array([-3.6, -2.3, -1.3, -0.5, 0.0])
_WON_BY_STAGE = np.array([-2.6, -1.8, -1.1, -0.4, 0.0])
_LOST, _LOST_FIT = np.log(0.02), -0.20
_LOST_BY_INTENT = np.array([0.3, 0.15, 0.0, -0.3, -0.6])
_LOST_BY_STAGE = np.array([-0.1, 0.1, 0.0, 0.0, 0.1])


@dataclass(frozen=True)
class Day:
    """The chances of one date, for every class and state in the order of `state_codes`, N = 2400.

    Attributes
    ----------
    p_lift, p_silent : FloatArray
        By the state of the morning, shape (N,).
    forward, back : FloatArray
        By the evening's intent and the morning's stage, shape (N,).
    p_won, p_lost : FloatArray
        By the state of the evening, shape (N,).
    """

    p_lift: FloatArray
    p_silent: FloatArray
    forward: FloatArray
    back: FloatArray
    p_won: FloatArray
    p_lost: FloatArray


class Kernel:
    """The story's tables for one scenario, before the calendar.

    Parameters
    ----------
    scenario : Scenario
        The sales cycle.

    Attributes
    ----------
    log_won, log_lost : FloatArray
        Log of the daily rates of won and lost, without the calendar, shape (N,).
    cool, wake : FloatArray
        Chances of a silent day, shape (N,).
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        fit = FIT_LEVELS[:, None, None, None]
        pace = scenario.pace
        self.cool = _flat(pace * _COOL[:, None])
        self.wake = _flat(pace * _WAKE * np.exp(_WAKE_FIT * fit))
        self.log_won = _flat(
            np.log(pace) + _WON + _WON_FIT * fit + _WON_BY_INTENT[:, None] + _WON_BY_STAGE
        )
        self.log_lost = _flat(
            np.log(pace) + _LOST + _LOST_FIT * fit + _LOST_BY_INTENT[:, None] + _LOST_BY_STAGE
        )
        forward = _FORWARD_BY_INTENT[:, None] * _FORWARD_BY_STAGE
        self._forward = _flat(pace * _FORWARD_DILIGENCE[:, None, None] * forward)
        self._back = _flat(pace * _BACK_BY_INTENT[:, None] * _BACK_BY_STAGE)

    @cached_property
    def root_rates(self) -> FloatArray:
        """Daily root rates without the calendar, shape (N, K)."""
        fit = FIT_LEVELS[:, None, None, None]
        diligence = DILIGENCE_LEVELS[:, None, None]
        columns = []
        for kind in KINDS.values():
            rate = self.scenario.activity * kind.daily_rate * np.exp(kind.fit_effect * fit)
            rate = rate * np.array(kind.by_intent)[:, None] * np.array(kind.by_stage)
            columns.append(_flat(rate * diligence if kind.direction == "outbound" else rate))
        return np.stack(columns, axis=1)

    @cached_property
    def _reach(self) -> tuple[FloatArray, FloatArray]:
        """Rates of lifting and of active roots; columns: touches, inbound; each (N, 2)."""
        intent = np.arange(N_CLASSES * _N_STATES) // N_STAGES % N_INTENTS
        lifting = self.root_rates * (1.0 - no_lift_probability(self.scenario.lift_scale).T[intent])
        active = self.root_rates * (1.0 - no_activity_probability().T[intent])
        side = np.stack([OUTBOUND, ~OUTBOUND], axis=1).astype(np.float64)
        return lifting @ side, active @ side

    def cumulated_rates(self, factors: DayFactors) -> FloatArray:
        """Return the root rates of a date, cumulated over the kinds, shape (N, K)."""
        season = np.where(OUTBOUND, factors.touch, factors.inbound)
        return np.cumsum(self.root_rates * season, axis=1)

    def day(self, factors: DayFactors) -> Day:
        """Return the chances of a date from its calendar factors."""
        season = np.array([factors.touch, factors.inbound])
        lifting, active = self._reach
        won, lost = np.exp(self.log_won) * factors.won, np.exp(self.log_lost) * factors.lost
        closed = -np.expm1(-(won + lost))
        return Day(
            p_lift=-np.expm1(-lifting @ season),
            p_silent=np.exp(-active @ season),
            forward=self._forward * factors.progress,
            back=self._back * factors.progress,
            p_won=closed * won / (won + lost),
            p_lost=closed * lost / (won + lost),
        )

    def transition(self, day: Day) -> tuple[FloatArray, FloatArray]:
        """Return one day's matrix between open states and its exits.

        Returns
        -------
        stay : FloatArray
            P(open in that state in the evening | state in the morning), shape (classes, 25, 25).
        leave : FloatArray
            P(won), P(lost) on the day given the state in the morning, shape (classes, 25, 2).
        """
        moves = self._moves(day).reshape(N_CLASSES, _N_STATES, _N_STATES)
        exits = np.stack([day.p_won, day.p_lost], axis=1).reshape(N_CLASSES, _N_STATES, 2)
        leave = moves @ exits
        moves *= (1.0 - exits.sum(axis=2))[:, None, :]
        return moves, leave

    def _moves(self, day: Day) -> FloatArray:
        """Return P(i', g' | class, i, g) before the outcome, shape (classes, 5, 5, 5, 5)."""
        up = _by_state(day.p_lift + day.p_silent * self.wake).copy()
        up[:, -1] = 0.0  # nobody is more than ready
        down = _by_state(day.p_silent * self.cool)
        forward, back = _by_state(day.forward), _by_state(day.back)
        of_intent = {1: up, 0: 1.0 - up - down, -1: down}
        of_stage = {1: forward, 0: 1.0 - forward - back, -1: back}
        table = np.zeros((N_CLASSES, N_INTENTS, N_STAGES, N_INTENTS, N_STAGES))
        for (intent_step, p_intent), (stage_step, p_stage) in product(
            of_intent.items(), of_stage.items()
        ):
            i, g = _can_move(intent_step, stage_step)
            chance = p_intent[:, i, g] * p_stage[:, i + intent_step, g]
            table[:, i, g, i + intent_step, g + stage_step] = chance
        return table


@cache
def _can_move(intent_step: int, stage_step: int) -> tuple[IntArray, IntArray]:
    """Return the intents and the stages from which both steps stay within the levels."""
    i, g = np.indices((N_INTENTS, N_STAGES)).reshape(2, -1)
    inside = (i + intent_step) % N_INTENTS == i + intent_step
    inside &= (g + stage_step) % N_STAGES == g + stage_step
    return i[inside], g[inside]


def _by_state(table: FloatArray) -> FloatArray:
    """Undo the numbering of `state_codes`: shape (classes, intents, stages)."""
    return table.reshape(N_CLASSES, N_INTENTS, N_STAGES)


def _flat(table: FloatArray) -> FloatArray:
    """Spread a table over (fit, diligence, intent, stage) and number it as `state_codes` does."""
    return np.ascontiguousarray(np.broadcast_to(table, _SHAPE)).reshape(-1)
