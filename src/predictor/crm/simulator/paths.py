"""The day-by-day lives of all prospects, drawn together: one pass over the calendar, no row loops.

A prospect lives its first day from the instant of its creation to 20:00 UTC, every other day from
07:00 to 20:00. On the day it closes, everything else of that day happens before the closing. Its
state at 00:00 of a day is therefore its state after all facts strictly before that instant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from predictor.crm.simulator.answers import Answers, Interviews
from predictor.crm.simulator.effects import EffectSums
from predictor.crm.simulator.interactions import ACTIVE, LIFT, Events, draw_events
from predictor.crm.simulator.population import DAY_US, HOUR_US, Population
from predictor.crm.simulator.scenario import N_INTENTS, BoolArray, FloatArray, IntArray, state_codes
from predictor.crm.simulator.seasons import DayFactors, day_factors

if TYPE_CHECKING:
    from predictor.crm.simulator.kernel import Day, Kernel

_OPENS_US, _CLOSES_US = 7 * HOUR_US, 20 * HOUR_US


@dataclass
class Open:
    """The prospects open at one instant, one element each, shape (n_open,)."""

    prospect: IntArray
    classes: IntArray
    intent: IntArray
    stage: IntArray
    starts_us: IntArray

    @property
    def codes(self) -> IntArray:
        """Number of each one's class and state."""
        return state_codes(self.classes, self.intent, self.stage)

    def keep(self, chosen: BoolArray) -> Open:
        """Return the chosen ones."""
        return Open(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def join(self, other: Open) -> Open:
        """Return these and the others."""
        names = self.__dataclass_fields__
        return Open(
            *(np.concatenate([getattr(self, name), getattr(other, name)]) for name in names)
        )


class Log:
    """Columns that grow by the day."""

    def __init__(self, *columns: str) -> None:
        self._parts: dict[str, list[IntArray]] = {column: [] for column in columns}

    def add(self, *values: IntArray) -> None:
        """Append the values of one day, in the order of the columns."""
        for parts, value in zip(self._parts.values(), values, strict=True):
            parts.append(value)

    def columns(self) -> dict[str, IntArray]:
        """Return each column whole."""
        nothing = np.empty(0, dtype=np.int64)
        return {name: np.concatenate([nothing, *parts]) for name, parts in self._parts.items()}


@dataclass
class History:
    """All that happened, as columns of integers.

    Attributes
    ----------
    interactions : Log
        prospect, kind, time_us, intent (of that morning: a longer visit shows more intent).
    answers : Log
        prospect, question, answer, time_us.
    stages : Log
        prospect, stage, time_us.
    outcomes : Log
        prospect, won (0 or 1), time_us.
    states : dict of int to (IntArray, IntArray)
        Day of the truth's grid -> open prospects and the codes of their states at 00:00.
    effects : EffectSums
        What the true effects are made of.
    """

    effects: EffectSums
    interactions: Log = field(default_factory=lambda: Log("prospect", "kind", "time_us", "intent"))
    answers: Log = field(default_factory=lambda: Log("prospect", "question", "answer", "time_us"))
    stages: Log = field(default_factory=lambda: Log("prospect", "stage", "time_us"))
    outcomes: Log = field(default_factory=lambda: Log("prospect", "won", "time_us"))
    states: dict[int, tuple[IntArray, IntArray]] = field(default_factory=dict)


class Walk:
    """Walks a population through the calendar.

    Parameters
    ----------
    population : Population
        The prospects.
    kernel : Kernel
        The chances of each day.
    rng : numpy.random.Generator
        The source of chance.
    """

    def __init__(self, population: Population, kernel: Kernel, rng: np.random.Generator) -> None:
        self.population = population
        self.kernel = kernel
        self.rng = rng
        self.history = History(EffectSums(kernel.log_won))
        self._interviews = Interviews(kernel.scenario.cycle, population.team, population.fit, rng)
        self._open = self._newcomers(0, 0)

    def run(self, end_day: int, grid_days: IntArray) -> History:
        """Live every day before `end_day`, noting the states at 00:00 of the grid's days."""
        created_day = self.population.created_us // DAY_US
        first_day = end_day - self.kernel.scenario.history_days
        bounds = np.searchsorted(created_day, np.arange(first_day, end_day + 1))
        noted = set(grid_days.tolist())
        for day, start, stop in zip(
            range(first_day, end_day), bounds[:-1], bounds[1:], strict=True
        ):
            if day in noted:
                self.history.states[day] = (self._open.prospect, self._open.codes)
            self._open.starts_us = np.full(len(self._open.prospect), day * DAY_US + _OPENS_US)
            self._open = self._open.join(self._newcomers(int(start), int(stop)))
            self._live(day, day_factors(day, end_day))
        if end_day in noted:
            self.history.states[end_day] = (self._open.prospect, self._open.codes)
        return self.history

    def _newcomers(self, start: int, stop: int) -> Open:
        """Return the prospects created on a day, in the first stage."""
        people, prospect = self.population, np.arange(start, stop)
        stage = np.zeros(stop - start, dtype=np.int64)
        created_us = people.created_us[start:stop]
        self.history.stages.add(prospect, stage, created_us)
        return Open(
            prospect, people.classes[start:stop], people.first_intent[start:stop], stage, created_us
        )

    def _live(self, day: int, factors: DayFactors) -> None:
        """Live one day: interactions, answers, intent, stage and outcome, in this order."""
        now, chances = self._open, self.kernel.day(factors)
        rates = self.kernel.cumulated_rates(factors)
        events = draw_events(rates, now.codes, now.intent, self.rng)
        answers = self._interviews.hold(events, now.prospect, now.intent)
        intent, stage = now.intent, now.stage
        now.intent = self._next_intent(events)
        now.stage = self._next_stage(chances)
        won, lost = self._close(chances)
        ends_us = self._ends_us(day, won | lost)
        self._note_interactions(events, intent, ends_us)
        self._note_answers(answers, ends_us)
        self._note_stages(np.flatnonzero(now.stage != stage), ends_us)
        closed = np.flatnonzero(won | lost)
        self.history.outcomes.add(
            now.prospect[closed], won[closed].astype(np.int64), ends_us[closed]
        )
        still_open = ~(won | lost)
        team = self.population.team[now.prospect]
        self.history.effects.add(events, answers, team, now.codes, still_open)
        self._open = now.keep(still_open)

    def _note_interactions(self, events: Events, intent: IntArray, ends_us: IntArray) -> None:
        """Log the interactions with the intent of the morning."""
        time_us = self._instants(events.position, events.moment, ends_us)
        prospect = self._open.prospect[events.position]
        self.history.interactions.add(prospect, events.kind, time_us, intent[events.position])

    def _note_answers(self, answers: Answers, ends_us: IntArray) -> None:
        """Log the answers."""
        time_us = self._instants(answers.position, answers.moment, ends_us)
        prospect = self._open.prospect[answers.position]
        self.history.answers.add(prospect, answers.question, answers.answer, time_us)

    def _note_stages(self, moved: IntArray, ends_us: IntArray) -> None:
        """Log the stages entered by those who moved, later in the day than earlier."""
        time_us = self._instants(moved, self.rng.uniform(0.3, 1.0, len(moved)), ends_us)
        self.history.stages.add(self._open.prospect[moved], self._open.stage[moved], time_us)

    def _instants(self, position: IntArray, moment: FloatArray, ends_us: IntArray) -> IntArray:
        """Return instants from shares of the day; always before its end."""
        start_us = self._open.starts_us[position]
        span_us = ends_us[position] - start_us
        after_us = np.floor(moment * span_us).astype(np.int64)
        time_us: IntArray = start_us + np.minimum(after_us, span_us - 1)
        return time_us

    def _next_intent(self, events: Events) -> IntArray:
        """Lift, cool or wake each intent; `now.stage` is still that of the morning."""
        now, kernel = self._open, self.kernel
        n, codes = len(now.prospect), now.codes
        chance = kernel.scenario.lift_scale * LIFT[events.kind]
        lifted, active = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        lifted[events.position[self.rng.random(len(chance)) < chance]] = True
        active[events.position[ACTIVE[events.kind]]] = True
        draw = self.rng.random(n)
        cools = ~active & (draw < kernel.cool[codes])
        wakes = ~active & ~cools & (draw < kernel.cool[codes] + kernel.wake[codes])
        return np.clip(now.intent + (lifted | wakes) - cools, 0, N_INTENTS - 1)

    def _next_stage(self, chances: Day) -> IntArray:
        """Step forward or back; `now.intent` is already that of the evening."""
        now = self._open
        codes, draw = now.codes, self.rng.random(len(now.prospect))
        forward, back = chances.forward[codes], chances.back[codes]
        return now.stage + (draw < forward) - ((draw >= forward) & (draw < forward + back))

    def _close(self, chances: Day) -> tuple[BoolArray, BoolArray]:
        """Draw who is won and who is lost, by the state of the evening."""
        codes, draw = self._open.codes, self.rng.random(len(self._open.prospect))
        p_won, p_lost = chances.p_won[codes], chances.p_lost[codes]
        won = draw < p_won
        return won, ~won & (draw < p_won + p_lost)

    def _ends_us(self, day: int, closed: BoolArray) -> IntArray:
        """Return the end of each prospect's day: its closing, or 20:00."""
        starts_us = self._open.starts_us
        span_us = day * DAY_US + _CLOSES_US - starts_us
        share = np.where(closed, self.rng.uniform(0.15, 1.0, len(closed)), 1.0)
        return starts_us + np.floor(share * span_us).astype(np.int64)
