"""What goes wrong ends in one line, and leaves what was there."""

from __future__ import annotations

import shutil

import mlflow
import pytest
from support.typing_at_a_terminal import predictor
from support.worlds import (
    CONFIG,
    END,
    contents,
)

from predictor.config_file import read_config


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("nowhere", "nowhere/manifest.json: cannot be read; nowhere is no saved model"),
        ("models:/simulated_short/99", "no model models:/simulated_short/99 in sqlite:////"),
        ("models:/simulated_short@best", "no model models:/simulated_short@best in sqlite:////"),
        ("models:/nobody/1", "no model models:/nobody/1 in sqlite:////"),
    ],
)
def test_a_model_that_is_not_there_ends_in_one_line(at_home, uri, message):
    assert predictor("score", CONFIG, "--model", uri).complaint.startswith(message)


def test_a_tampered_model_is_refused(at_home, tmp_path):
    tampered = tmp_path / "tampered"
    shutil.copytree(at_home.exported, tampered)
    file = tampered / "boosters" / "won_shared.txt"
    file.write_bytes(file.read_bytes().replace(b"leaf_value=", b"leaf_value=9", 1))
    said = predictor("score", CONFIG, "--model", tampered, "--output", tmp_path / "runs").complaint
    assert said.startswith(f"{file}: was changed or cut short since the model was saved")
    assert not (tmp_path / "runs").exists()


def test_a_tampered_champion_is_refused(at_home):
    client = mlflow.MlflowClient(read_config(at_home.config).tracking_uri)
    model_id = client.get_model_version("simulated_short", "1").source.rpartition("/")[2]
    artifacts = at_home.folder / "crm" / "mlartifacts"
    [file] = artifacts.rglob(f"{model_id}/artifacts/data/*/training.json")
    before = file.read_bytes()
    try:
        file.write_bytes(before.replace(b"30", b"31", 1))
        said = predictor("score", CONFIG, "--output", "tampered_champion").complaint
    finally:
        file.write_bytes(before)
    assert "training.json: was changed or cut short since the model was saved" in said


def test_an_output_that_cannot_be_written_ends_in_one_line(at_home):
    said = predictor("score", CONFIG, "--output", CONFIG).complaint
    assert said.startswith(f"{at_home.config}/{END}: cannot write a scoring run there (")


def test_a_run_that_is_stopped_half_way_leaves_the_previous_list(at_home, monkeypatch):
    before = contents(at_home.run())

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("predictor.lists.files._write_manifest", fail)
    answer = predictor("score", CONFIG)
    assert (answer.code, answer.complaint) == (130, "stopped; nothing was left half-written")
    assert contents(at_home.run()) == before
    assert not [path for path in at_home.run().parent.iterdir() if path.name.startswith(".")]


def test_a_horizon_beyond_the_follow_up_of_the_model_ends_in_one_line(at_home):
    far = at_home.config.with_name("far.yaml")
    text = at_home.config.read_text("utf-8").replace("[7, 30, 90]", "[7, 30, 150]")
    far.write_text(f"{text}horizon_days: 120\n", "utf-8")
    assert predictor("score", far, "--model", "exported").complaint == (
        "a horizon of 120 days is beyond the follow-up of the training data, which supports at "
        "most 90 days"
    )


def test_an_attribute_that_nobody_has_ends_in_one_line(at_home):
    other = at_home.config.with_name("other.yaml")
    text = at_home.config.read_text("utf-8")
    other.write_text(
        text.replace("attributes:\n", "attributes:\n  x: {known_at: creation}\n"), "utf-8"
    )
    said = predictor("check", other).complaint
    assert said.startswith("attribute 'x' is declared in the configuration, but the prospects have")


def test_too_little_history_is_refused_with_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    days = [f"2024-01-{day:02d}" for day in range(1, 21)]
    tables = {
        "people.csv": ["prospect_id,created_at", *(f"P{n},{day}" for n, day in enumerate(days))],
        "closed.csv": ["prospect_id,closed_at,outcome", "P1,2024-01-15,won", "P2,2024-01-16,lost"],
        "config.yaml": ["source: {inputs: {prospects: people.csv, outcomes: closed.csv}}"],
    }
    for name, lines in tables.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    checked = predictor("check", "config.yaml")
    assert (checked.code, checked.err) == (1, "")
    assert "Training would be refused: " in checked.out
    trained = predictor("train", "config.yaml")
    assert trained.code == 1
    assert trained.complaint
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(tables)
