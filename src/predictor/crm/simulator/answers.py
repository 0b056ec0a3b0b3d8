"""The qualification grids, and what prospects answer to them.

In a conversation (an answered call, a call of the prospect, a meeting) the salesperson may ask
each of the four questions of the team's grid: more often those not answered yet. A prospect
answers with a probability of its own, so some questions stay open for ever. The answer is ordered,

    position = fit_weight * fit + intent_weight * (intent - 1.5) + 0.6 * habit + 0.6 * mood

cut at -0.8, 0 and 0.8, where the habit (a standard normal draw per prospect and question) stays
and the mood (the same per answer) does not: asked again, a prospect may answer otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.crm.simulator.interactions import QUALIFYING, Events

if TYPE_CHECKING:
    from predictor.crm.simulator.scenario import BoolArray, Cycle, FloatArray, IntArray

N_QUESTIONS = 4
_ASK_FIRST, _ASK_AGAIN = 0.45, 0.15
_CUTS = np.array([-0.8, 0.0, 0.8])


@dataclass(frozen=True)
class Question:
    """A question of a grid, with its four answers from worst to best, and what they depend on."""

    name: str
    answers: tuple[str, str, str, str]
    fit_weight: float
    intent_weight: float


_BUDGETS: dict[Cycle, tuple[str, str, str, str]] = {
    "short": ("no budget", "under 1,000", "1,000 to 3,000", "over 3,000"),
    "long": ("no budget", "under 50,000", "50,000 to 150,000", "over 150,000"),
}
_DATES: dict[Cycle, tuple[str, str, str, str]] = {
    "short": ("no date", "later this year", "this quarter", "this month"),
    "long": ("no date", "in two years", "next year", "within six months"),
}
_AUTHORITY = Question("authority", ("unknown", "user", "influences", "decides"), 0.6, 0.15)


def grids(cycle: Cycle) -> dict[str, tuple[Question, ...]]:
    """Return the grids in the order of `population.TEAMS`: team 0 uses the first one, and so on."""
    budget, date = _BUDGETS[cycle], _DATES[cycle]
    return {
        "BANT": (
            Question("budget", budget, 0.7, 0.2),
            _AUTHORITY,
            Question("need", ("no", "vague", "clear", "urgent"), 0.35, 0.5),
            Question("timing", date, 0.1, 0.65),
        ),
        "CHAMP": (
            Question("challenges", ("none", "minor", "important", "critical"), 0.4, 0.45),
            _AUTHORITY,
            Question("money", budget, 0.7, 0.2),
            Question("prioritization", ("not a priority", "low", "medium", "top"), 0.1, 0.65),
        ),
        "GPCT": (
            Question("goals", ("unknown", "vague", "partly", "clear"), 0.4, 0.35),
            Question("plans", ("no", "not yet", "partly", "yes"), 0.25, 0.45),
            Question("challenges", ("none", "minor", "important", "critical"), 0.4, 0.45),
            Question("timeline", date, 0.1, 0.65),
        ),
    }


@dataclass(frozen=True)
class Answers:
    """One day's answers: place of the prospect, question, place of the answer, moment."""

    position: IntArray
    question: IntArray
    answer: IntArray
    moment: FloatArray


class Interviews:
    """Asks the questions and remembers which ones were answered.

    Parameters
    ----------
    cycle : {"short", "long"}
        The cycle, for the grids.
    team : IntArray
        The team of each prospect, shape (n,).
    fit : FloatArray
        The fit of each prospect, shape (n,).
    rng : numpy.random.Generator
        The source of chance.
    """

    def __init__(
        self, cycle: Cycle, team: IntArray, fit: FloatArray, rng: np.random.Generator
    ) -> None:
        weights = [
            [(question.fit_weight, question.intent_weight) for question in questions]
            for questions in grids(cycle).values()
        ]
        self._weights = np.array(weights)[team]
        self._fit = fit
        self._openness = rng.beta(2.5, 1.5, len(team))
        self._habit = rng.standard_normal((len(team), N_QUESTIONS))
        self._answered: BoolArray = np.zeros((len(team), N_QUESTIONS), dtype=bool)
        self._rng = rng

    def hold(self, events: Events, prospect: IntArray, intent: IntArray) -> Answers:
        """Draw the answers of one day.

        Parameters
        ----------
        events : Events
            The interactions of the day.
        prospect, intent : IntArray
            Number and intent of each open prospect, shape (n_open,).
        """
        talks = np.flatnonzero(QUALIFYING[events.kind])
        talks = talks[np.argsort(events.moment[talks], kind="stable")]
        talks = talks[_first_of_each(events.position[talks])]
        who = prospect[events.position[talks]]
        chance = np.where(self._answered[who], _ASK_AGAIN, _ASK_FIRST) * self._openness[who, None]
        talk, question = np.nonzero(self._rng.random(chance.shape) < chance)
        position, who = events.position[talks[talk]], who[talk]
        self._answered[who, question] = True
        answer = self._answer(who, question, intent[position])
        return Answers(position, question, answer, events.moment[talks[talk]])

    def _answer(self, who: IntArray, question: IntArray, intent: IntArray) -> IntArray:
        """Place each answer between worst (0) and best (3)."""
        weight = self._weights[who, question]
        noise = self._habit[who, question] + self._rng.standard_normal(len(who))
        position = weight[:, 0] * self._fit[who] + weight[:, 1] * (intent - 1.5) + 0.6 * noise
        answer: IntArray = np.searchsorted(_CUTS, position)
        return answer


def _first_of_each(position: IntArray) -> IntArray:
    """Return the places of the first talk of each prospect: one interview a day is enough."""
    _, first = np.unique(position, return_index=True)
    return first
