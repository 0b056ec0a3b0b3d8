"""A folder with what `make demo` leaves in demo/, made small: a champion and two runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from predictor.config_file import read_config
from predictor.crm.crm import read_crm
from predictor.crm.simulator import simulate, write_simulation
from predictor.model.training import fit_predictor
from predictor.operations.registry import TrainingRecord, register
from predictor.operations.runs import score_open_prospects

if TYPE_CHECKING:
    from pathlib import Path

END = datetime(2026, 6, 29)
WEEK_BEFORE = END - timedelta(days=7)
FAST = """\
model: {max_rounds: 5, num_threads: 1}
snapshots: {every_days: 28}
features: {windows_days: [30], max_types: 4}
phases_days: [30]
"""


def make_small_demo(folder: Path, n_prospects: int, trained_as_of: datetime = WEEK_BEFORE) -> Path:
    """Simulate, train, register the champion, save it in ``model`` too, and score twice."""
    write_simulation(simulate(n_prospects, seed=3), folder)
    path = folder / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8") + FAST, encoding="utf-8")
    config = read_config(path)
    predictor = fit_predictor(read_crm(config), config, trained_as_of)
    predictor.save(folder / "model")
    register(config, predictor, TrainingRecord({}, {}), predictor.portfolio.head(3))
    for as_of in (WEEK_BEFORE, END):
        score_open_prospects(config, as_of, lambda _: None)
    return folder
