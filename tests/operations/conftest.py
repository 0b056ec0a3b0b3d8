"""One small simulated CRM, trained and scored by the commands; the tests of operations share it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.typing_at_a_terminal import predictor
from support.worlds import (
    TRAINED,
    WEEK_BEFORE,
    World,
    ignore_what_libraries_say_of_themselves,
)

from predictor.crm.crm import Crm, read_crm

if TYPE_CHECKING:
    from predictor.config import Config


@pytest.fixture(autouse=True)
def _quiet_libraries():
    with warnings.catch_warnings():
        ignore_what_libraries_say_of_themselves()
        yield


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Simulate, check, train and score as the README says, with paths as people type them."""
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("error")
        ignore_what_libraries_say_of_themselves()
        patch.chdir(folder)
        simulated = predictor("simulate", "crm", "--prospects", 700, "--seed", 3)
        config = Path("crm/config.yaml")
        _make_small(config)
        return World(
            folder=folder,
            simulated=simulated,
            unscored=predictor("score", config),
            checked=predictor("check", config),
            trained=predictor("train", config, "--as-of", TRAINED, "--export", "exported"),
            scored_before=predictor("score", config, "--as-of", WEEK_BEFORE),
            scored=predictor("score", config),
        )


def _make_small(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    shipped = "evaluation: {truth: truth.parquet}\n"
    assert shipped in text
    # One origin, so far back that a snapshot after it is followed for the whole horizon.
    single = "evaluation: {origins: 1, origin_step_days: 37, truth: truth.parquet}\n"
    small = (
        "model: {max_rounds: 30, num_threads: 1}\nfeatures: {windows_days: [7, 30], max_types: 6}\n"
    )
    config.write_text(text.replace(shipped, single) + small, encoding="utf-8")


READERS = ("checking", "evaluating", "feature_files", "opening", "runs", "story", "training")


@pytest.fixture(scope="session")
def read_once():
    """Read each source once: a Crm never changes, and the reading is tested elsewhere."""
    read: dict[str, Crm] = {}

    def reader(config: Config) -> Crm:
        key = f"{config.folder.resolve()} {config.source.model_dump_json()}"
        if key not in read:
            read[key] = read_crm(config)
        return read[key]

    return reader


@pytest.fixture
def at_home(world, monkeypatch, read_once):
    """The world, with its folder as the working folder."""
    monkeypatch.chdir(world.folder)
    for module in READERS:
        monkeypatch.setattr(f"predictor.operations.{module}.read_crm", read_once)
    return world
