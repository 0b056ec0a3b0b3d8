"""Features, evaluation and champions at the command line."""

from __future__ import annotations

import csv
import re

import mlflow
import numpy as np
import pandas as pd
import pytest
from support.typing_at_a_terminal import predictor
from support.worlds import (
    CONFIG,
    END,
    TRAINED,
    ranked_rows,
)

from predictor.config_file import read_config
from predictor.model.predictor import TrainedPredictor


def test_the_feature_matrix_leads_to_the_scores_of_the_list(at_home):
    listed = pd.read_parquet(at_home.run() / "ranked.parquet").sort_values("prospect_id")
    pairs = listed[["prospect_id"]].assign(as_of=END + "T00:00:00")
    pairs.to_csv("pairs.csv", index=False)
    answer = predictor(
        "features",
        CONFIG,
        "--snapshots",
        "pairs.csv",
        "--output",
        "x.parquet",
        "--model",
        "exported",
    )
    matrix = pd.read_parquet("x.parquet")
    assert list(matrix.columns[:2]) == ["prospect_id", "as_of"]
    assert answer.out == (
        f"Wrote x.parquet: {len(matrix)} snapshots, {matrix.shape[1] - 2} features\n"
    )
    model = TrainedPredictor.load(at_home.exported).model
    features = matrix[list(model.feature_names_in_)]
    np.testing.assert_allclose(
        model.predict_proba_won(features, 30), listed["conversion_probability"], rtol=1e-12
    )


def test_features_without_a_model_are_those_of_the_end_of_the_data(at_home):
    rows = [f"{row['prospect_id']},{END}" for row in ranked_rows(at_home)[:3]]
    (at_home.folder / "three.csv").write_text("\n".join(["prospect_id,as_of", *rows]) + "\n")
    words = ["features", CONFIG, "--snapshots", "three.csv", "--output", "three_out.csv"]
    assert predictor(*words, "--quiet").out == ""
    with (at_home.folder / "three_out.csv").open(newline="") as stream:
        matrix = list(csv.reader(stream))
    assert matrix[0][:2] == ["prospect_id", "as_of"]
    assert [row[0] for row in matrix[1:]] == sorted(row.split(",")[0] for row in rows)


@pytest.mark.parametrize(
    ("text", "output", "message"),
    [
        ("prospect_id,when\nP1,x\n", "m.csv",
         ("bad.csv: no column 'as_of'; it has prospect_id, when; the snapshots need prospect_id "
          "and as_of")),
        ("prospect_id,as_of\nP000001,soon\n", "m.csv",
         "bad.csv: row 1: as_of 'soon' is no date; write it as 2024-01-31 or 2024-01-31T09:30:00"),
        ("prospect_id,as_of\nnobody,2026-06-01\n", "m.csv",
         ("bad.csv: row 1: no usable prospect 'nobody' in the source; 'predictor check' says what "
          "was quarantined")),
        ("prospect_id,as_of\nP000001,2026-06-29\n", "m.xlsx",
         "m.xlsx: the output must end in .csv or .parquet"),
    ],
)  # fmt: skip
def test_snapshots_that_cannot_be_used_end_in_one_line(at_home, text, output, message):
    (at_home.folder / "bad.csv").write_text(text)
    answer = predictor("features", CONFIG, "--snapshots", "bad.csv", "--output", output)
    assert answer.complaint == message
    assert not (at_home.folder / output).exists()


def test_evaluation_of_the_champion_writes_a_page_tables_and_plots(at_home, evaluated):
    answer = evaluated
    assert (answer.code, answer.err) == (0, "")
    first, _, *_, last = answer.out.splitlines()
    assert first == f"Tested model simulated_short/1, trained as of {TRAINED}:"
    assert last == "Page, tables and plots: crm/runs/evaluation"
    assert "Had the team worked the top 20% each week over 6 looks in 42 days" in answer.out
    assert max(len(line) for line in answer.out.splitlines()) <= 80
    folder = at_home.folder / "crm" / "runs" / "evaluation"
    assert {path.name for path in folder.iterdir()} >= {
        "evaluation.html",
        "metrics.csv",
        "comparisons.csv",
        "list_worth.csv",
        "calibration.png",
        "gain.png",
        "lift.png",
        "scores.png",
        "over_time.png",
        "time_to_close.png",
    }
    table = pd.read_csv(folder / "metrics.csv")
    assert set(table["predictor"]) == {"model", "base rate", "points", "LightGBM"}
    assert set(table["horizon_days"]) == {7, 14, 30}


def test_evaluation_of_the_configuration_by_rolling_origins(at_home, look_ahead, monkeypatch):
    monkeypatch.setattr("predictor.operations.evaluating.backtest", look_ahead)
    answer = predictor("evaluate", CONFIG, "--output", "rolling", "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    table = pd.read_csv(at_home.folder / "rolling" / "metrics.csv")
    # The champion was trained at the origin, so it has not seen the test.
    assert "champion" in set(table["predictor"])


def test_the_capacity_of_the_team_is_a_count_of_prospects_a_week(at_home):
    answer = predictor("evaluate", CONFIG, "--model", "champion", "--capacity", 5, "--output", "c")
    assert "Had the team worked the top 5 each week" in answer.out


def test_a_champion_without_a_test_period_ends_in_one_line(at_home):
    said = predictor("evaluate", CONFIG, "--model", "champion", "--as-of", TRAINED).complaint
    assert said == (
        f"nothing to look at between the training instant {TRAINED} and {TRAINED}: "
        "give an earlier --as-of"
    )


# --- champions ------------------------------------------------------------------------------------


@pytest.fixture
def quick_training(at_home, fitted):
    """Skip the fitting; the registry is given the exported predictor."""
    client = mlflow.MlflowClient(read_config(at_home.config).tracking_uri)
    yield lambda: client.get_model_version_by_alias("simulated_short", "champion").version
    client.set_registered_model_alias("simulated_short", "champion", "1")


def _trained_number(answer):
    """Read the model's number: other tests of the session may have trained before."""
    return int(re.match(r"Trained simulated_short/(\d+) as of ", answer.out)[1])


def test_a_later_training_replaces_the_champion_only_when_promoted(quick_training):
    champion_number = quick_training
    second = predictor("train", CONFIG, "--as-of", TRAINED)
    number = _trained_number(second)
    assert number > 1
    assert "The champion is unchanged; see --promote.\n" in second.out
    assert int(champion_number()) == 1
    third = predictor("train", CONFIG, "--as-of", TRAINED, "--promote")
    assert _trained_number(third) == number + 1
    assert "It is the champion.\n" in third.out
    assert int(champion_number()) == number + 1
    by_number = predictor("score", CONFIG, "--output", "by", "--model", "models:/simulated_short/2")
    assert "scored by simulated_short/2\n" in by_number.out


def test_the_run_in_mlflow_tells_what_the_model_was_made_from(at_home):
    client = mlflow.MlflowClient(read_config(at_home.config).tracking_uri)
    version = client.get_model_version("simulated_short", "1")
    run = client.get_run(version.run_id)
    assert run.data.params["seed"] == "3"
    assert run.data.params["model.max_rounds"] == "30"
    assert {"model.auc.30d", "base_rate.log_loss.30d"} <= set(run.data.metrics)
    files = {file.path for file in client.list_artifacts(version.run_id)}
    assert files >= {
        "config.yaml",
        "fingerprints.json",
        "leakage.json",
        "quarantine_counts.csv",
        "evaluation",
    }
    evaluation = {file.path for file in client.list_artifacts(version.run_id, "evaluation")}
    assert evaluation >= {
        "evaluation/evaluation.html",
        "evaluation/metrics.csv",
        "evaluation/comparisons.csv",
        "evaluation/calibration.png",
    }


def test_whole_families_can_be_left_out(at_home):
    """The points score beside the model still counts what the model leaves out."""
    text = at_home.config.read_text(encoding="utf-8")
    left_out = "features: {leave_out: [engagement, activity, qualification, stage], "
    lean = at_home.config.with_name("lean.yaml")
    lean.write_text(
        text.replace("features: {", left_out)
        + "mlflow: {registered_model: lean}\noutput: lean_runs\n",
        encoding="utf-8",
    )
    assert "Trained lean/1" in predictor("train", lean, "--as-of", TRAINED).out
    assert predictor("score", lean).code == 0
    listed = predictor("features", lean, "--list").out
    assert "rhythm (" in listed
    assert "engagement (" not in listed
    assert "call_count" not in listed
