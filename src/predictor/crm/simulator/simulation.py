"""Draws a simulated CRM and its truth: the entry to the package."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from predictor.crm.simulator.kernel import Kernel
from predictor.crm.simulator.paths import Walk
from predictor.crm.simulator.population import DAY_US, draw_population
from predictor.crm.simulator.scenario import Cycle, FloatArray, IntArray, Scenario, scenario_of
from predictor.crm.simulator.tables import INSTANT, TableWriter, instants
from predictor.crm.simulator.truth import true_probabilities, truth_grid
from predictor.errors import ConfigurationError

if TYPE_CHECKING:
    from predictor.crm.simulator.effects import EffectSums

DEFAULT_END = dt.date(2026, 6, 29)

TRUTH_SCHEMA = pa.schema(
    [
        ("kind", pa.string()),
        ("prospect_id", pa.string()),
        ("as_of", INSTANT),
        ("horizon_days", pa.int64()),
        ("probability_won", pa.float64()),
        ("probability_lost", pa.float64()),
        ("signal", pa.string()),
        ("effect", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Simulation:
    """A simulated CRM.

    Attributes
    ----------
    tables : dict of str to pa.Table
        The five tables of the data contract, as the CRM holds them at 00:00 UTC of `end`.
    truth : pa.Table
        Rows of kind 'probability': for every prospect truly open at `as_of`, and each horizon, the
        probability to be won and to be lost in [as_of, as_of + horizon), given its class and its
        state after all facts before `as_of`. Rows of kind 'effect': the effect of each `signal` (an
        interaction type, or 'GRID.question') on the log of the daily rate of won; see `effects`.
    cycle : {"short", "long"}
        The sales cycle.
    end : dt.date
        The day of the export; nothing of it is in the tables.
    seed : int
        The seed.
    """

    tables: dict[str, pa.Table]
    truth: pa.Table
    cycle: Cycle
    end: dt.date
    seed: int


def simulate(
    n_prospects: int, cycle: Cycle = "short", end: dt.date | None = None, seed: int = 0
) -> Simulation:
    """Simulate a CRM with known truth.

    Parameters
    ----------
    n_prospects : int
        Number of prospects created over the history (15 months, or 5 years for the long cycle).
    cycle : {"short", "long"}, default "short"
        Software subscriptions that close in weeks, or heavy industry that takes most of a year.
    end : dt.date, optional
        The day of the export. Default: 2026-06-29, a Monday.
    seed : int, default 0
        The same arguments give the same simulation.

    Raises
    ------
    ConfigurationError
        If there are no prospects, the cycle is unknown or the seed is negative.
    """
    scenario = scenario_of(cycle)
    if n_prospects < 1:
        raise ConfigurationError(f"the number of prospects is {n_prospects}; ask for at least 1.")
    if seed < 0:
        raise ConfigurationError(f"seed is {seed}; it must be 0 or more.")
    end = end or DEFAULT_END
    end_day = (end - dt.date(1970, 1, 1)).days
    of_people, of_paths, of_tables = np.random.default_rng(seed).spawn(3)
    population = draw_population(n_prospects, scenario, end_day, of_people)
    kernel, grid_days = Kernel(scenario), truth_grid(scenario, end_day)
    history = Walk(population, kernel, of_paths).run(end_day, grid_days)
    writer = TableWriter(population, scenario, end_day * DAY_US, of_tables)
    tables = {
        "prospects": writer.prospects(),
        "interactions": writer.interactions(history),
        "answers": writer.answers(history),
        "stages": writer.stages(history),
        "outcomes": writer.outcomes(history),
    }
    by_state = true_probabilities(kernel, grid_days, scenario.horizons_days, end_day)
    truth = [
        _probability_rows(scenario, history.states, by_state, writer.ids),
        _effect_rows(history.effects, cycle),
    ]
    return Simulation(tables, pa.concat_tables(truth), cycle, end, seed)


def _probability_rows(
    scenario: Scenario,
    states: dict[int, tuple[IntArray, IntArray]],
    by_state: dict[int, FloatArray],
    ids: pa.Array,
) -> pa.Table:
    """Look up the truth of every open prospect on every date of the grid."""
    n_horizons = len(scenario.horizons_days)
    prospect = np.concatenate([prospect for prospect, _ in states.values()])
    as_of_us = np.concatenate([np.full(len(who), day * DAY_US) for day, (who, _) in states.items()])
    probability = np.concatenate([by_state[day][codes] for day, (_, codes) in states.items()])
    return _truth_table(
        len(prospect) * n_horizons,
        kind=pa.repeat("probability", len(prospect) * n_horizons),
        prospect_id=ids.take(pa.array(np.repeat(prospect, n_horizons))),
        as_of=instants(np.repeat(as_of_us, n_horizons)),
        horizon_days=np.tile(scenario.horizons_days, len(prospect)),
        probability_won=probability[:, 0].ravel(),
        probability_lost=probability[:, 1].ravel(),
    )


def _effect_rows(effects: EffectSums, cycle: Cycle) -> pa.Table:
    """List the effects of the interaction types and of the questions."""
    of_signals = effects.of_types() | effects.of_questions(cycle)
    return _truth_table(
        len(of_signals),
        kind=pa.repeat("effect", len(of_signals)),
        signal=pa.array(list(of_signals)),
        effect=pa.array(np.array(list(of_signals.values())), from_pandas=True),
    )


def _truth_table(n_rows: int, **columns: object) -> pa.Table:
    """Return a table of the truth's schema; columns not given are null."""
    return pa.table(
        {
            field.name: columns.get(field.name, pa.nulls(n_rows, field.type))
            for field in TRUTH_SCHEMA
        },
        schema=TRUTH_SCHEMA,
    )
