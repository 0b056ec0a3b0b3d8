"""The demo: from a simulated CRM to a ranked, explained list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from predictor.config_file import read_config
from predictor.crm.simulator import simulate, write_simulation
from predictor.errors import SourceError
from predictor.operations.runs import ScoringReport, score_open_prospects
from predictor.operations.training import Step, Training, train
from predictor.report.files import write_report

if TYPE_CHECKING:
    from pathlib import Path

#: Steps that the progress bar counts: simulation 2, training 4 + 2 origins, two scorings of 4,
#: the page.
STEPS = 17


@dataclass(frozen=True)
class Demo:
    """What the demo made, and where it is."""

    config_path: Path
    training: Training
    report: ScoringReport
    previous: ScoringReport
    page: Path


def run_demo(folder: Path, n_prospects: int, seed: int, step: Step) -> Demo:
    """Simulate, train, score twice, a week apart, and write the page of the last list.

    Parameters
    ----------
    folder : Path
        Where everything goes.
    n_prospects : int
        Prospects to simulate.
    seed : int
        Seed of the simulation.
    step : callable
        Told what is being done.
    """
    config_path = write_simulated_crm(folder, n_prospects, "short", None, seed, step)
    config = read_config(config_path)
    data_until = config.source.data_until
    # The model is a week old at the last scoring, as it would be in life.
    trained_as_of = data_until - timedelta(days=7) if data_until else None
    training = train(config, trained_as_of, step, promote=True)
    previous = score_open_prospects(config, trained_as_of, step)
    report = score_open_prospects(config, data_until, step)
    step("writing the page of the list")
    return Demo(config_path, training, report, previous, write_report(report.folder))


def write_simulated_crm(
    folder: Path,
    n_prospects: int,
    cycle: Literal["short", "long"],
    end: date | None,
    seed: int,
    step: Step,
) -> Path:
    """Simulate a CRM into a folder and return its configuration.

    Raises
    ------
    SourceError
        If the folder cannot be written.
    """
    step("simulating a CRM")
    simulation = simulate(n_prospects, cycle=cycle, end=end, seed=seed)
    step("writing its tables")
    try:
        write_simulation(simulation, folder)
    except OSError as error:
        raise SourceError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return folder / "config.yaml"
