"""Writes a simulation as files: the five tables, the truth, and a configuration ready to use."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from predictor.crm.simulator.answers import grids

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from predictor.crm.simulator.scenario import Cycle
    from predictor.crm.simulator.simulation import Simulation

_CONFIG = """\
# A simulated CRM, {cycle} cycle, as exported at 00:00 UTC on {end}. What nobody knows in life,
# the true probabilities and effects, is in truth.parquet: no model is shown it.
name: simulated_{cycle}
seed: {seed}
source:
  data_until: {end} 00:00:00
  inputs:
    prospects: crm/prospects.parquet
    interactions: crm/interactions.parquet
    answers: crm/answers.parquet
    stages: crm/stages.parquet
    outcomes: crm/outcomes.parquet
attributes:
  industry: {{known_at: creation}}
  company_size: {{known_at: creation}}
  country: {{known_at: creation}}
  source: {{known_at: creation}}
  campaign: {{known_at: creation}}
  deciders: {{known_at: creation}}
  team: {{known_at: creation}}
  account_id: {{known_at: creation}}
stages: [prospecting, qualification, discovery, proposal, negotiation]
grids:
{grids}
evaluation: {{truth: truth.parquet}}
"""

_KEYS_OF_CYCLE: dict[Cycle, str] = {
    "short": "",
    "long": """\
horizon_days: 180
horizons_days: [90, 180, 365]
phases_days: [30, 120, 365]
snapshots: {every_days: 14}
features: {windows_days: [14, 60, 180], half_life_days: 45}
""",
}


def write_simulation(simulation: Simulation, folder: Path) -> None:
    """Write a simulation to a folder, which is made if need be.

    Each file appears whole or not at all: it is written under a temporary name and then renamed.
    The configuration comes last, so that it never names a file that is not there.

    Parameters
    ----------
    simulation : Simulation
        What to write.
    folder : Path
        Receives ``crm/<table>.parquet`` for the five tables, ``truth.parquet`` and ``config.yaml``.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    files = {f"crm/{name}.parquet": table for name, table in simulation.tables.items()}
    files["truth.parquet"] = simulation.truth
    (folder / "crm").mkdir(parents=True, exist_ok=True)
    for name, table in files.items():
        _write_whole(folder / name, partial(pq.write_table, table))
    text = config_text(simulation)
    _write_whole(folder / "config.yaml", lambda path: path.write_text(text, encoding="utf-8"))


def config_text(simulation: Simulation) -> str:
    """Return the configuration of a simulation, as YAML with paths relative to its folder."""
    head = _CONFIG.format(
        cycle=simulation.cycle,
        end=simulation.end,
        seed=simulation.seed,
        grids=_grids(simulation.cycle),
    )
    return head + _KEYS_OF_CYCLE[simulation.cycle]


def _grids(cycle: Cycle) -> str:
    """Return the answers of each question from worst to best, as lines of YAML."""
    lines = []
    for grid, questions in grids(cycle).items():
        lines.append(f"  {grid}:")
        for question in questions:
            answers = ", ".join(json.dumps(answer) for answer in question.answers)
            lines.append(f"    {question.name}: {{answers: [{answers}]}}")
    return "\n".join(lines)


def _write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write under a temporary name beside the file, then rename; leave nothing on failure."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
