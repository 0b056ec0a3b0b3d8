"""The parameters in which a short and a long sales cycle differ, and the sizes of the state space.

Every daily rate of the story is a number at pace 1 (a short cycle) times the scenario's pace, so
that a long cycle is the same story, told slower, with more deciders and larger amounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from predictor.errors import ConfigurationError

Cycle = Literal["short", "long"]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

INTENTS = ("dormant", "curious", "interested", "engaged", "ready")
STAGES = ("prospecting", "qualification", "discovery", "proposal", "negotiation")
N_INTENTS, N_STAGES = len(INTENTS), len(STAGES)

FIT_LEVELS: FloatArray = np.linspace(-2.3, 2.3, 24)
"""The fit, a linear predictor, is rounded to one of 24 levels, so that classes are finite."""

DILIGENCE_LEVELS: FloatArray = np.array([0.0, 0.6, 1.0, 1.5])
"""Touches relative to the average salesperson; 0 for prospects who must not be contacted."""

N_CLASSES = len(FIT_LEVELS) * len(DILIGENCE_LEVELS)


@dataclass(frozen=True)
class Scenario:
    """One sales cycle.

    Attributes
    ----------
    cycle : {"short", "long"}
        Its name.
    history_days : int
        Days of creations before the end.
    pace : float
        Multiplies the daily rates of stages, outcomes, waking and cooling.
    activity : float
        Multiplies the daily rates of touches and interactions.
    lift_scale : float
        Multiplies the probability that one interaction lifts the intent.
    grid_days : int
        Days between two instants of the truth.
    horizons_days : tuple of int
        Horizons of the truth.
    amounts : tuple of float
        Smallest and largest amount, in EUR.
    amount_step : float
        Amounts are rounded to it, in EUR.
    deciders : tuple of int
        Fewest and most people who decide.
    deals_per_account : tuple of float
        Shares of accounts with 1, 2 and 3 prospects.
    longest_delay_days : float
        A fact is never recorded later than this after it happened.
    """

    cycle: Cycle
    history_days: int
    pace: float
    activity: float
    lift_scale: float
    grid_days: int
    horizons_days: tuple[int, ...]
    amounts: tuple[float, float]
    amount_step: float
    deciders: tuple[int, int]
    deals_per_account: tuple[float, float, float]
    longest_delay_days: float


SHORT = Scenario(
    cycle="short",
    history_days=456,
    pace=1.0,
    activity=1.4,
    lift_scale=0.75,
    grid_days=7,
    horizons_days=(7, 14, 30, 60, 90),
    amounts=(1_000.0, 5_000.0),
    amount_step=10.0,
    deciders=(1, 3),
    deals_per_account=(0.9, 0.08, 0.02),
    longest_delay_days=5.0,
)

LONG = Scenario(
    cycle="long",
    history_days=1826,
    pace=0.1,
    activity=0.18,
    lift_scale=0.6,
    grid_days=28,
    horizons_days=(30, 90, 180, 365),
    amounts=(50_000.0, 500_000.0),
    amount_step=1_000.0,
    deciders=(3, 8),
    deals_per_account=(0.5, 0.3, 0.2),
    longest_delay_days=14.0,
)


def scenario_of(cycle: str) -> Scenario:
    """Return the scenario called `cycle`.

    Raises
    ------
    ConfigurationError
        If there is none of that name.
    """
    scenarios = {"short": SHORT, "long": LONG}
    if cycle not in scenarios:
        raise ConfigurationError(f"cycle is {cycle!r}; choose 'short' or 'long'.")
    return scenarios[cycle]


def state_codes(classes: IntArray, intent: IntArray, stage: IntArray) -> IntArray:
    """Return `(class * 5 + intent) * 5 + stage`, the number of each class and state, shape (n,)."""
    return (classes * N_INTENTS + intent) * N_STAGES + stage
