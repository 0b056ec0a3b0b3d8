"""One small simulated CRM, trained and scored by the commands; the tests of operations share it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.typing_at_a_terminal import predictor
from support.worlds import (
    CONFIG,
    TRAINED,
    WEEK_BEFORE,
    World,
    ignore_what_libraries_say_of_themselves,
)

from predictor.crm.crm import Crm, read_crm
from predictor.evaluation.forward import ForwardTest, forward_test
from predictor.evaluation.leakage.audit import audit
from predictor.model.predictor import TrainedPredictor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from predictor.config import Config
    from predictor.evaluation.leakage.audit import Finding


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
        "phases_days: [7, 30, 90]\n"
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


@pytest.fixture(scope="session")
def audit_once():
    """Audit what was read once at most once for each configuration."""
    audited: dict[str, tuple[Crm, list[Finding]]] = {}

    def auditor(crm: Crm, config: Config, data_until: datetime) -> list[Finding]:
        key = f"{config.folder.resolve()} {data_until} {config.model_dump_json()}"
        known, findings = audited.get(key, (None, []))
        if known is not crm:
            findings = audit(crm, config, data_until)
            audited[key] = crm, findings
        return findings

    return auditor


@pytest.fixture
def at_home(world, monkeypatch, read_once, audit_once):
    """The world, with its folder as the working folder."""
    monkeypatch.chdir(world.folder)
    for module in READERS:
        monkeypatch.setattr(f"predictor.operations.{module}.read_crm", read_once)
    for module in ("evaluating", "training"):
        monkeypatch.setattr(f"predictor.operations.{module}.audit", audit_once)
    return world


@pytest.fixture(scope="session")
def evaluated(world):
    """Evaluate the champion as a user would; the folder is ``crm/runs/evaluation``."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        ignore_what_libraries_say_of_themselves()
        patch.chdir(world.folder)
        return predictor("evaluate", CONFIG, "--model", "champion")


@pytest.fixture(scope="session")
def look_ahead(world):
    """Return a backtest without the fitting (that of the world is tested): of the exported model.

    Without a champion the test is made once.
    """
    trained = TrainedPredictor.load(world.exported)
    alone: list[ForwardTest] = []

    def backtest(crm, config, as_of, on_origin, champion=None) -> ForwardTest:
        end = crm.last_instant()
        if champion:
            return forward_test(crm, config, trained, end, end, champion=champion)
        if not alone:
            alone.append(forward_test(crm, config, trained, end, end))
        return alone[0]

    return backtest


@pytest.fixture
def fitted(at_home, monkeypatch, look_ahead) -> list[Config]:
    """Have `train` take the exported predictor, and keep what it would fit and test with."""
    configs: list[Config] = []
    trained = TrainedPredictor.load(at_home.exported)

    def keep(made: Callable[..., object]) -> Callable[..., object]:
        def instead(crm, config, *others):
            configs.append(config)
            return made(crm, config, *others)

        return instead

    monkeypatch.setattr("predictor.operations.training.fit_predictor", keep(lambda *_: trained))
    monkeypatch.setattr("predictor.operations.training.backtest", keep(look_ahead))
    return configs
