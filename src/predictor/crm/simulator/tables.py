"""From columns of integers to the five tables of the contract, as the CRM holds them at the end.

People type in calls, meetings, answers, stages and outcomes, some of them later than they
happened; e-mail and web facts are recorded at once. The delay of a late fact is exponential and
capped. What is recorded at or after the end is not in the CRM: a deal won on the last evening may
still look open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from predictor.crm.simulator.answers import grids
from predictor.crm.simulator.interactions import KINDS
from predictor.crm.simulator.population import ATTRIBUTES, DAY_US, OWNERS, TEAMS, Population
from predictor.crm.simulator.scenario import STAGES, FloatArray, IntArray, Scenario

if TYPE_CHECKING:
    from predictor.crm.simulator.paths import History

INSTANT = pa.timestamp("us")

_REASONS = (
    "no budget",
    "chose a competitor",
    "no decision",
    "no answer any more",
    "need went away",
)
_REASON_SHARES = (0.22, 0.26, 0.22, 0.18, 0.12)


@dataclass(frozen=True)
class Delay:
    """How late people record a fact: the share of late ones and their mean delay."""

    share: float
    mean_days: float

    def draw_us(self, n: int, longest_days: float, rng: np.random.Generator) -> IntArray:
        """Draw delays in microseconds, shape (n,); 0 for facts recorded at once."""
        late = rng.random(n) < self.share
        days = np.minimum(rng.exponential(self.mean_days, n), longest_days)
        return np.where(late, np.floor(days * DAY_US), 0.0).astype(np.int64)


BY_HAND = Delay(0.10, 1.5)
OF_OUTCOMES = Delay(0.70, 0.9)


class TableWriter:
    """Turns a history into tables.

    Parameters
    ----------
    population : Population
        The prospects.
    scenario : Scenario
        The sales cycle.
    end_us : int
        The instant of the export, in microseconds since 1970-01-01 UTC.
    rng : numpy.random.Generator
        The source of chance.
    """

    def __init__(
        self, population: Population, scenario: Scenario, end_us: int, rng: np.random.Generator
    ) -> None:
        self.population = population
        self.scenario = scenario
        self.end_us = end_us
        self.rng = rng
        self.ids = pa.array(population.ids.tolist(), pa.string())

    def prospects(self) -> pa.Table:
        """Return who the prospects are, in order of creation."""
        people = self.population
        owners = tuple(name for name, _, _ in OWNERS)
        known = {
            name: text(ATTRIBUTES[name].values, place) for name, place in people.choices.items()
        }
        return pa.table(
            {
                "prospect_id": self.ids,
                "created_at": instants(people.created_us),
                "account_id": pa.array(people.account_ids.tolist(), pa.string()),
                "owner": text(owners, people.owner),
                "amount": people.amount,
                "do_not_contact": people.do_not_contact,
                **known,
                "deciders": people.deciders,
                "team": text(TEAMS, people.team),
            }
        )

    def interactions(self, history: History) -> pa.Table:
        """Return what happened between the prospects and the company, in order of time."""
        columns = history.interactions.columns()
        kinds = list(KINDS.values())
        by_hand = np.array([kind.channel in {"phone", "in_person"} for kind in kinds])
        delay_us = np.where(by_hand[columns["kind"]], self._delays_us(BY_HAND, columns), 0)
        columns["known_us"] = columns["time_us"] + delay_us
        columns = self._as_known(columns)
        kind = columns["kind"]
        duration = self._durations(kind, columns["intent"])
        return pa.table(
            {
                "prospect_id": self.ids.take(pa.array(columns["prospect"])),
                "occurred_at": instants(columns["time_us"]),
                "type": text(tuple(kind.type for kind in kinds), kind),
                "channel": text(tuple(kind.channel for kind in kinds), kind),
                "direction": text(tuple(kind.direction for kind in kinds), kind),
                "duration_seconds": pa.array(duration, from_pandas=True),
                "recorded_at": instants(columns["known_us"]),
            }
        )

    def answers(self, history: History) -> pa.Table:
        """Return the answers to the questions of the grids, in order of time."""
        columns = history.answers.columns()
        columns["known_us"] = columns["time_us"] + self._delays_us(BY_HAND, columns)
        columns = self._as_known(columns)
        asked = grids(self.scenario.cycle)
        team = self.population.team[columns["prospect"]]
        questions = [question for questions in asked.values() for question in questions]
        question = team * (len(questions) // len(asked)) + columns["question"]
        words = [word for question in questions for word in question.answers]
        answer = question * (len(words) // len(questions)) + columns["answer"]
        return pa.table(
            {
                "prospect_id": self.ids.take(pa.array(columns["prospect"])),
                "answered_at": instants(columns["time_us"]),
                "grid": text(tuple(asked), team),
                "question": text(tuple(question.name for question in questions), question),
                "answer": text(tuple(words), answer),
                "recorded_at": instants(columns["known_us"]),
            }
        )

    def stages(self, history: History) -> pa.Table:
        """Return the stages entered, the first one at the creation, in order of time."""
        columns = history.stages.columns()
        created = columns["time_us"] == self.population.created_us[columns["prospect"]]
        delay_us = np.where(created, 0, self._delays_us(BY_HAND, columns))
        columns["known_us"] = columns["time_us"] + delay_us
        columns = self._as_known(columns)
        return pa.table(
            {
                "prospect_id": self.ids.take(pa.array(columns["prospect"])),
                "entered_at": instants(columns["time_us"]),
                "stage": text(STAGES, columns["stage"]),
                "recorded_at": instants(columns["known_us"]),
            }
        )

    def outcomes(self, history: History) -> pa.Table:
        """Return who was won, at which amount, and who was lost, why, in order of time."""
        columns = history.outcomes.columns()
        columns["known_us"] = columns["time_us"] + self._delays_us(OF_OUTCOMES, columns)
        columns = self._as_known(columns)
        won = columns["won"] == 1
        reason = self.rng.choice(len(_REASONS), size=len(won), p=_REASON_SHARES)
        amount = np.where(won, self._final_amounts(columns["prospect"]), np.nan)
        return pa.table(
            {
                "prospect_id": self.ids.take(pa.array(columns["prospect"])),
                "closed_at": instants(columns["time_us"]),
                "outcome": text(("lost", "won"), columns["won"]),
                "amount": pa.array(amount, from_pandas=True),
                "reason": text(_REASONS, np.where(won, -1, reason)),
                "recorded_at": instants(columns["known_us"]),
            }
        )

    def _delays_us(self, delay: Delay, columns: dict[str, IntArray]) -> IntArray:
        """Draw a delay for each row."""
        return delay.draw_us(len(columns["time_us"]), self.scenario.longest_delay_days, self.rng)

    def _as_known(self, columns: dict[str, IntArray]) -> dict[str, IntArray]:
        """Leave out what the CRM does not know at the end, and sort by time."""
        known = np.flatnonzero(columns["known_us"] < self.end_us)
        order = known[np.argsort(columns["time_us"][known], kind="stable")]
        return {name: values[order] for name, values in columns.items()}

    def _durations(self, kind: IntArray, intent: IntArray) -> FloatArray:
        """Draw seconds, log-normal, longer with more intent; nan where a kind has none."""
        median = np.array([kind.seconds for kind in KINDS.values()])[kind]
        noise = self.rng.normal(0.0, 0.7, len(kind))
        seconds = np.round(median * np.exp(0.2 * (intent - 1.5) + noise))
        return np.where(median > 0, np.maximum(seconds, 1.0), np.nan)

    def _final_amounts(self, prospect: IntArray) -> FloatArray:
        """Draw what was signed: the expected amount, often less, within the bounds."""
        step, (low, high) = self.scenario.amount_step, self.scenario.amounts
        signed = self.population.amount[prospect] * self.rng.uniform(0.8, 1.05, len(prospect))
        return np.clip(np.round(signed / step) * step, low, high)


def instants(time_us: IntArray) -> pa.Array:
    """Return microseconds since 1970-01-01 UTC as naive UTC timestamps."""
    return pa.array(time_us, pa.int64()).cast(INSTANT)


def text(words: tuple[str | None, ...], place: npt.NDArray[np.int64]) -> pa.Array:
    """Return the word at each place; null at -1."""
    places = pa.array(np.where(place < 0, len(words), place))
    return pa.array([*words, None], pa.string()).take(places)
