"""A simulation as a CRM without a detour over files: nothing of it breaks the contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from predictor.config_file import parse_config
from predictor.crm.contract import TABLES
from predictor.crm.crm import Crm
from predictor.crm.simulator.writer import config_text
from predictor.crm.source import connect

if TYPE_CHECKING:
    from predictor.config import Config
    from predictor.crm.simulator import Simulation

_TYPES = {
    "id": "string",
    "text": "string",
    "instant": "timestamp(6)",
    "number": "float64",
    "boolean": "boolean",
}


def crm_of(simulation: Simulation) -> Crm:
    """Return the tables of a simulation, each fact known once it happened and is recorded."""
    connection, nothing = connect(), pd.DataFrame()
    tables = {}
    for contract in TABLES:
        frame = simulation.tables[contract.name].to_pandas()
        known_at = frame[contract.instant]
        if "recorded_at" in frame.columns:
            known_at = known_at.where(~(frame["recorded_at"] > known_at), frame["recorded_at"])
        schema = {column.name: _TYPES[column.type] for column in contract.columns}
        table = ibis.memtable(frame.assign(known_at=known_at.astype("datetime64[us]")))
        kinds = {name: kind for name, kind in schema.items() if name in table.columns}
        tables[contract.name] = connection.create_table(contract.name, table.cast(kinds))
    empty = tables["outcomes"].filter(ibis.literal(False))
    return Crm(
        connection=connection, quarantine=empty, counts=nothing, unreadable=nothing, **tables
    )


def config_of(simulation: Simulation, *attributes: str) -> Config:
    """Return the configuration of a simulation, with more attributes declared."""
    text = config_text(simulation)
    more = "".join(f"\n  {name}: {{known_at: creation}}" for name in attributes)
    return parse_config(text.replace("attributes:", f"attributes:{more}"), Path("config.yaml"))
