from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from predictor.config_file import read_config
from predictor.crm.crm import read_crm
from predictor.crm.simulator import simulate, write_simulation
from predictor.model.training import fit_predictor
from predictor.operations.runs import score_open_prospects

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = datetime(2026, 6, 29)
FAST = """\
model: {max_rounds: 5, num_threads: 1}
snapshots: {every_days: 28}
features: {windows_days: [30], max_types: 4}
phases_days: [30]
"""


@pytest.fixture(scope="session")
def tiny_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `make demo` leaves in demo/, made small: a model and two runs."""
    folder = tmp_path_factory.mktemp("documentation") / "demo"
    write_simulation(simulate(250, seed=3), folder)
    path = folder / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8") + FAST, encoding="utf-8")
    config = read_config(path)
    week_before = AS_OF - timedelta(days=7)
    fit_predictor(read_crm(config), config, week_before).save(folder / "model")
    for as_of in (week_before, AS_OF):
        score_open_prospects(config, as_of, lambda _: None, model_uri=str(folder / "model"))
    return folder
