"""A simulated CRM whose truth is known: what a real one never tells.

The story
---------
Every prospect has a *class* that never changes (its fit for the product, partly visible in its
attributes, and how diligently it is followed) and a *state* that moves day by day: an intent, from
dormant to ready, and a stage of the sales cycle. One day, in order:

1. salespeople touch the prospect (e-mails, calls, meetings) and the prospect acts of its own accord
   (visits, downloads, requests); both set off further interactions (`interactions`);
2. conversations may bring answers to the team's qualification grid (`answers`);
3. a strong interaction may lift the intent, a silent day may cool it (`kernel`);
4. the stage follows the intent, forwards and sometimes backwards (`kernel`);
5. won and lost compete to close the prospect (`kernel`); what is not closed lives another day.

Rates move with the weekday, the month and, slowly, the years (`seasons`).

Why the truth is exact ---------------------- Interactions are marked Poisson processes, so the
chance that a day lifts the intent, or passes in silence, has a closed form. Given its class, a
prospect is therefore a Markov chain on 25 states with two exits, and P(won by h | class, state,
date) follows from a backward recursion (`truth`): no Monte Carlo error. What a model sees
(interactions, answers, stages, attributes) only reveals the state through noise, as in life.

One story serves two cycles, short and long, that differ by their `scenario`.

Examples
--------
>>> from predictor.crm.simulator import simulate
>>> simulation = simulate(n_prospects=50, cycle="short", seed=1)
>>> sorted(simulation.tables)
['answers', 'interactions', 'outcomes', 'prospects', 'stages']
>>> simulation.tables["prospects"].num_rows
50
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from predictor.crm.simulator.leaks import plant_leak
    from predictor.crm.simulator.simulation import Simulation, simulate
    from predictor.crm.simulator.writer import write_simulation

__all__ = ["Simulation", "plant_leak", "simulate", "write_simulation"]


def __getattr__(name: str) -> Any:
    """Import NumPy and PyArrow only when the simulator is used."""
    if name in {"Simulation", "simulate"}:
        from predictor.crm.simulator import simulation  # noqa: PLC0415 (lazy on purpose)

        return getattr(simulation, name)
    if name == "plant_leak":
        from predictor.crm.simulator.leaks import plant_leak  # noqa: PLC0415 (the same)

        return plant_leak
    if name == "write_simulation":
        from predictor.crm.simulator.writer import write_simulation  # noqa: PLC0415 (the same)

        return write_simulation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
