from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from predictor.config_file import read_config
from predictor.crm.simulator import Simulation, simulate, write_simulation
from predictor.crm.simulator.writer import config_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(80, seed=5)


def test_writes_tables_truth_and_configuration(simulation: Simulation, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    write_simulation(simulation, folder)
    written = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert written == [
        "config.yaml", "crm/answers.parquet", "crm/interactions.parquet", "crm/outcomes.parquet",
        "crm/prospects.parquet", "crm/stages.parquet", "truth.parquet",
    ]  # fmt: skip
    for name, table in simulation.tables.items():
        assert pq.read_table(folder / f"crm/{name}.parquet").equals(table)
    assert pq.read_table(folder / "truth.parquet").equals(simulation.truth)


@pytest.mark.parametrize(("cycle", "horizon_days"), [("short", 30), ("long", 180)])
def test_configuration_is_ready_to_use(
    simulation: Simulation, tmp_path: Path, cycle: str, horizon_days: int
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(config_text(dataclasses.replace(simulation, cycle=cycle)))
    config = read_config(path)
    assert config.horizon_days == horizon_days
    assert config.seed == 5
    assert str(config.source.data_until) == "2026-06-29 00:00:00"
    assert set(config.source.inputs) == set(simulation.tables)
    columns = simulation.tables["prospects"].column_names
    assert set(config.attributes) < set(columns)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_simulation(simulation, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def fail_midway(table: pa.Table, path: Path) -> None:
        path.write_bytes(b"half a file")
        raise OSError("disk full")

    monkeypatch.setattr(pq, "write_table", fail_midway)
    with pytest.raises(OSError, match="disk full"):
        write_simulation(simulation, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, predictor.crm.simulator; print({'numpy', 'pyarrow'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "set()"
