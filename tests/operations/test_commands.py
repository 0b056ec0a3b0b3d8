"""The whole way by the commands, from a simulated CRM to a ranked, explained list."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from support.office import open_workbook
from support.typing_at_a_terminal import predictor
from support.worlds import (
    CONFIG,
    END,
    TRAINED,
    WEEK_BEFORE,
    closings,
    contents,
    keep_the_week_before,
    people,
    ranked_rows,
)

from predictor.lists.run import load_run

DOCUMENTED = [
    "rank", "prospect_id", "account_id", "owner", "band", "conversion_probability", "horizon_days",
    "expected_value", "days_to_close_p25", "days_to_close_median", "days_to_close_p75",
    "loss_probability", "reason_1", "reason_2", "reason_3", "caution", "last_interaction_at",
    "as_of", "model_version", "conversion_probability_low", "conversion_probability_high",
    "not_enough_history", "territory", "follow_up", "expected_value_per_day", "exploration",
    "previous_rank", "previous_band", "previous_probability", "change_reason",
    "sooner_or_later", "ask_next",
]  # fmt: skip
RUN_FILES = [
    "alert_state.parquet",
    "alerts.csv",
    "curves.parquet",
    "explanations.parquet",
    "history.parquet",
    "manifest.json",
    "model.json",
    "next_steps.parquet",
    "quarantine.csv",
    "ranked.csv",
    "ranked.parquet",
    "ranked.schema.json",
]


# --- what the terminal says -----------------------------------------------------------------------


def test_every_step_succeeds_and_says_where_its_files_are(world):
    for answer in (
        world.simulated,
        world.checked,
        world.trained,
        world.scored_before,
        world.scored,
    ):
        assert (answer.code, answer.err) == (0, "")
    assert world.simulated.out == ("Wrote crm/config.yaml: try 'predictor check crm/config.yaml'\n")
    assert "Training would go ahead." in world.checked.out
    assert "It is the champion." in world.trained.out
    assert world.scored.out.splitlines()[-1] == f"The list: crm/runs/{END}/ranked.csv"


def test_away_from_a_terminal_there_is_no_colour_and_no_line_beyond_80_columns(world):
    for answer in vars(world).values():
        if hasattr(answer, "out"):
            assert "\x1b" not in answer.out + answer.err
            assert max((len(line) for line in answer.out.splitlines()), default=0) <= 80


def test_a_score_without_a_champion_says_to_train(world):
    said = world.unscored.complaint
    assert said.startswith("no model models:/simulated_short@champion in sqlite:////")
    assert "train one with 'predictor train'" in said


def test_training_shows_each_figure_beside_its_baselines(world):
    text = world.trained.out
    assert text.startswith(f"Trained simulated_short/1 as of {TRAINED} on ")
    for horizon_days in (7, 14, 30):
        assert f"Won within {horizon_days} days: " in text
    assert text.count("model    base rate       points     LightGBM") == 3
    assert "error against the true P" in text


@pytest.mark.parametrize(
    "words",
    [["check", CONFIG], ["explain", CONFIG, "TOP"], ["simulate", "quiet_crm", "--prospects", "5"]],
    ids=lambda words: words[0],
)
def test_quiet_prints_nothing(at_home, words):
    """The same holds for score, features and evaluate, in the tests below."""
    words = [ranked_rows(at_home)[0]["prospect_id"] if word == "TOP" else word for word in words]
    answer = predictor(*words, "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


# --- the list -------------------------------------------------------------------------------------


def test_a_run_holds_its_files_and_nothing_else(world):
    for as_of, more in ((WEEK_BEFORE, []), (END, ["changes.parquet"])):
        assert sorted(path.name for path in world.run(as_of).iterdir()) == sorted(RUN_FILES + more)
    assert {path.name for path in world.run().parent.iterdir()} >= {WEEK_BEFORE, END}
    assert not [path for path in world.run().parent.iterdir() if path.name.startswith(".")]


def test_the_list_has_the_documented_columns_in_their_order(world):
    rows = ranked_rows(world)
    assert list(rows[0])[: len(DOCUMENTED)] == DOCUMENTED
    assert [int(row["rank"]) for row in rows] == list(range(1, len(rows) + 1))
    probability = [float(row["conversion_probability"]) for row in rows]
    assert probability == sorted(probability, reverse=True)
    assert {row["as_of"] for row in rows} == {f"{END} 00:00:00"}
    assert {row["model_version"] for row in rows} == {"simulated_short/1"}
    assert {row["horizon_days"] for row in rows} == {"30"}
    assert rows[0]["band"] == "hot"
    assert rows[0]["reason_1"] != ""


def test_the_list_holds_every_open_prospect_whom_one_may_contact(world):
    everyone, closed = people(world), closings(world)
    for as_of in (WEEK_BEFORE, END):
        instant = pd.Timestamp(as_of)
        known = closed[closed[["closed_at", "recorded_at"]].max(axis=1) < instant]
        is_open = (everyone["created_at"] < instant) & ~everyone["prospect_id"].isin(
            known["prospect_id"]
        )
        forbidden = everyone["do_not_contact"].fillna(value=False).astype(bool)
        listed = {row["prospect_id"] for row in ranked_rows(world, as_of)}
        assert listed == set(everyone.loc[is_open & ~forbidden, "prospect_id"])
        assert (is_open & forbidden).any()
        manifest = json.loads((world.run(as_of) / "manifest.json").read_text("utf-8"))
        assert manifest["do_not_contact"] == int((is_open & forbidden).sum())
        assert manifest["open_prospects"] == int(is_open.sum())


def test_the_two_files_of_the_list_agree(world):
    parquet = pd.read_parquet(world.run() / "ranked.parquet")
    rows = ranked_rows(world)
    assert parquet["prospect_id"].tolist() == [row["prospect_id"] for row in rows]
    written = np.array([float(row["conversion_probability"]) for row in rows])
    np.testing.assert_allclose(parquet["conversion_probability"], written, atol=5e-5)


def test_contributions_add_up_for_everyone_listed_and_nobody_else(world):
    table = pd.read_parquet(world.run() / "explanations.parquet")
    listed = {row["prospect_id"] for row in ranked_rows(world)}
    assert set(table["prospect_id"]) == listed
    total = table.groupby("prospect_id").agg(
        {"contribution": "sum", "probability": "first", "portfolio_probability": "first"}
    )
    np.testing.assert_allclose(
        total["contribution"], total["probability"] - total["portfolio_probability"], atol=1e-6
    )


def test_the_manifest_says_what_the_run_was_made_from(world):
    manifest = json.loads((world.run() / "manifest.json").read_text("utf-8"))
    assert manifest["as_of"] == f"{END}T00:00:00"
    assert manifest["trained_as_of"] == f"{TRAINED}T00:00:00"
    assert manifest["model_version"] == "simulated_short/1"
    assert set(manifest["fingerprints"]) == {
        "prospects",
        "interactions",
        "answers",
        "stages",
        "outcomes",
    }
    for name, facts in manifest["files"].items():
        assert facts["sha256"] == contents(world.run())[name]


def test_the_same_run_again_writes_the_same_bytes(at_home):
    """Alerts too: that a run has told them is no reason for it not to tell them again."""
    keep_the_week_before(at_home, "again")
    again = at_home.folder / "again" / END
    shutil.copytree(at_home.run(), again)
    answer = predictor("score", CONFIG, "--as-of", END, "--output", "again", "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert contents(again) == contents(at_home.run())
    written = [(run / "ranked.csv").stat().st_mtime_ns for run in (at_home.run(), again)]
    assert written[0] < written[1]


def test_files_for_people_lie_beside_the_list_where_they_are_asked_for(at_home):
    config = at_home.folder / "crm" / "french.yaml"
    text = (at_home.folder / CONFIG).read_text(encoding="utf-8")
    config.write_text(f"{text}language: fr\nfiles: {{spreadsheet_csv: true}}\n", encoding="utf-8")
    answer = predictor("score", config, "--output", "people", "--xlsx", "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    run = load_run(at_home.folder / "people" / END)
    assert {"ranked.spreadsheet.csv", "ranked.xlsx"} <= set(run.manifest["files"])
    first, *rows = list(open_workbook(run.folder / "ranked.xlsx").worksheets[0].values)
    assert first[:5] == ("Rang", "Prospect", "Compte", "Responsable", "Catégorie")
    assert [row[1] for row in rows] == run.ranked["prospect_id"].tolist()
    assert [row[5] for row in rows] == pytest.approx(run.ranked["conversion_probability"].tolist())
    opened = pd.read_csv(run.folder / "ranked.spreadsheet.csv", sep=";", decimal=",")
    assert opened["Prospect"].tolist() == run.ranked["prospect_id"].tolist()
    assert opened["Probabilité de conversion"].between(0, 1).all()
    assert not {"ranked.spreadsheet.csv", "ranked.xlsx"} & set(contents(at_home.run()))


def test_the_exported_model_gives_the_same_list(at_home):
    keep_the_week_before(at_home, "by_folder")
    answer = predictor("score", CONFIG, "--model", "exported", "--output", "by_folder")
    assert answer.code == 0
    champion = pd.read_parquet(at_home.run() / "ranked.parquet").drop(columns="model_version")
    folder = pd.read_parquet(at_home.folder / "by_folder" / END / "ranked.parquet")
    assert set(folder.pop("model_version")) == {"exported"}
    pd.testing.assert_frame_equal(folder, champion)
