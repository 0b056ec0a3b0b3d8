"""What a scoring run keeps for its page, against the run itself and the raw tables."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from support.typing_at_a_terminal import predictor
from support.worlds import CONFIG, END, TRAINED, people

from predictor import load_run
from predictor.config_file import read_config
from predictor.operations import run_companions
from predictor.operations.run_companions import curve_days
from predictor.operations.story import RECENT


@pytest.fixture
def run(at_home):
    return load_run(at_home.run())


def test_curves_go_through_the_scores_of_the_list(run):
    curves = run.table("curves.parquet")
    at_horizon = curves[curves["days"] == 30].reset_index(drop=True)
    assert at_horizon["prospect_id"].tolist() == run.ranked["prospect_id"].tolist()
    for curve, column in (("won", "conversion_probability"), ("lost", "loss_probability")):
        np.testing.assert_allclose(at_horizon[curve], run.ranked[column], atol=1e-6)


def test_curves_are_won_lost_and_open_from_today_to_the_longest_follow_up(run, at_home):
    curves = run.table("curves.parquet")
    np.testing.assert_allclose(curves[["won", "lost", "open"]].sum(axis=1), 1, atol=1e-6)
    today = curves[curves["days"] == 0]
    assert (today["open"] == 1).all()
    assert len(today) == len(run.ranked)
    model = json.loads((at_home.run() / "model.json").read_text("utf-8"))
    assert curves["days"].max() == int(model["max_horizon_days"])


@pytest.mark.parametrize(("horizon", "longest"), [(30, 90.5), (7, 7.0), (400, 365.0), (1, 2.0)])
def test_the_days_of_a_curve_rise_to_the_longest_follow_up(horizon, longest):
    days = curve_days(horizon, longest)
    assert (np.diff(days) > 0).all()
    assert (days[0], days[-1]) == (0, int(longest))
    assert min(horizon, int(longest)) in days


def test_the_history_holds_the_latest_facts_that_were_known(run, at_home):
    history = run.table("history.parquet")
    told = history[history["kind"] != "created"]
    known = _known_facts(at_home)
    known = known[known["prospect_id"].isin(run.ranked["prospect_id"])]
    newest = known.sort_values("at", ascending=False, kind="stable").groupby("prospect_id")
    expected = newest.head(RECENT).sort_values(["prospect_id", "at"])[["prospect_id", "at"]]
    shown = told.sort_values(["prospect_id", "at"])[["prospect_id", "at"]]
    pd.testing.assert_frame_equal(
        shown.reset_index(drop=True).astype({"prospect_id": object}),
        expected.reset_index(drop=True).astype({"prospect_id": object}),
        check_dtype=False,
    )


def test_the_history_begins_with_the_creation(run, at_home):
    history = run.table("history.parquet")
    created = history[history["kind"] == "created"].set_index("prospect_id")["at"]
    expected = people(at_home).set_index("prospect_id")["created_at"]
    assert created.to_dict() == expected[run.ranked["prospect_id"]].to_dict()


def test_the_history_says_what_the_story_says(run, at_home):
    first = run.ranked["prospect_id"].iloc[0]
    mine = run.table("history.parquet").query("prospect_id == @first and kind != 'created'")
    told = predictor("explain", CONFIG, first).out.partition("Latest facts\n")[2].splitlines()
    for line, (at, what) in zip(told, mine[["at", "what"]].itertuples(index=False), strict=False):
        assert line.split(maxsplit=2)[:2] == [f"{at:%Y-%m-%d}", f"{at:%H:%M}"]
        assert what.startswith(line.split(maxsplit=2)[2].removesuffix("..."))


def test_the_model_file_tells_the_training_and_the_forward_test(run, at_home):
    model = json.loads((at_home.run() / "model.json").read_text("utf-8"))
    assert model["training"]["as_of"].startswith(TRAINED)
    assert set(run.explanations["signal"]) <= set(model["signals"])
    tested = pd.DataFrame(model["evaluation"]["metrics"]["all prospects"])
    assert set(tested["horizon_days"]) == {7, 14, 30}
    assert tested["auc"].between(0, 1).any()
    assert model["evaluation"]["calibration"]
    assert model["evaluation"]["tops"]["model"][-1]["won_found"] == pytest.approx(1)


def test_a_model_from_a_folder_has_no_forward_test(at_home, tmp_path):
    answer = predictor("score", CONFIG, "--model", at_home.exported, "--output", tmp_path)
    assert answer.code == 0
    model = json.loads((tmp_path / END / "model.json").read_text("utf-8"))
    assert model["evaluation"] is None
    assert model["training"]["as_of"].startswith(TRAINED)


def test_only_the_best_have_curves_and_facts(at_home, tmp_path, monkeypatch):
    monkeypatch.setattr(run_companions, "BEST", 3)
    assert predictor("score", CONFIG, "--output", tmp_path).code == 0
    run = load_run(tmp_path / END)
    best = run.ranked["prospect_id"].head(3).tolist()
    for name in ("curves.parquet", "history.parquet"):
        assert run.table(name)["prospect_id"].drop_duplicates().tolist() == best


def _known_facts(world) -> pd.DataFrame:
    """Read the dated facts of the raw tables that were known at the end."""
    folder = read_config(world.config).folder / "crm"
    parts = []
    for table, instant in (
        ("interactions", "occurred_at"),
        ("answers", "answered_at"),
        ("stages", "entered_at"),
    ):
        frame = pd.read_parquet(folder / f"{table}.parquet").rename(columns={instant: "at"})
        known_at = frame["at"]
        if "recorded_at" in frame:
            known_at = frame[["at", "recorded_at"]].max(axis=1)
        parts.append(frame.loc[known_at < pd.Timestamp(END), ["prospect_id", "at"]])
    return pd.concat(parts)
