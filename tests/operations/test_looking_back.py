"""What a run says of the time since the previous one, from the command line to the files."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.shifted_models import with_shifted_rates
from support.typing_at_a_terminal import predictor
from support.worlds import CONFIG, END, WEEK_BEFORE, keep_the_week_before

from predictor.config_file import parse_config, read_config
from predictor.crm.crm import read_crm
from predictor.explanation.reasons import points
from predictor.lists.alert_words import ALERT_COLUMNS
from predictor.lists.run import load_run
from predictor.operations.looking_back import usual_gap_days
from predictor.operations.registry import load_predictor

NEXT_DAYS = ("2026-06-23", "2026-06-25", "2026-06-27", "2026-06-29")


def alerts_of(folder):
    with (folder / "alerts.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_list_looks_back_on_the_list_before(world):
    ranked = load_run(world.run(END)).ranked.set_index("prospect_id")
    before = load_run(world.run(WEEK_BEFORE)).ranked.set_index("prospect_id")
    both = ranked.index.intersection(before.index)
    assert len(both) > 30
    assert (ranked.loc[both, "previous_rank"] == before.loc[both, "rank"]).all()
    assert (ranked.loc[both, "previous_band"] == before.loc[both, "band"]).all()
    probability = before.loc[both, "conversion_probability"]
    assert (ranked.loc[both, "previous_probability"] == probability).all()
    others = ranked.drop(both)
    assert others[["previous_rank", "previous_probability"]].isna().all(axis=None)
    assert set(others["change_reason"]) == {"Not in the list of 22 June"}
    moved = r"(Up|Down) [\d.]+ points? since 22 June(:|; now:) .+"
    told = ranked.loc[both, "change_reason"]
    assert told.str.match(f"{moved}|Unchanged since 22 June").all()


def test_the_changes_are_kept_and_sum_up(world):
    run = load_run(world.run(END))
    changes = run.table("changes.parquet")
    listed = run.ranked["previous_probability"].notna()
    assert changes["prospect_id"].tolist() == run.ranked.loc[listed, "prospect_id"].tolist()
    parts = changes[["by_time", "by_prospect", "by_model", "by_data"]]
    np.testing.assert_allclose(parts.sum(axis=1), changes["change"], atol=1e-9)
    assert parts.notna().all(axis=None)
    assert (changes["by_data"] == 0).all()
    assert set(changes["previous_as_of"]) == {pd.Timestamp(WEEK_BEFORE)}
    compared = run.compare(load_run(world.run(WEEK_BEFORE))).set_index("prospect_id")
    one = changes.iloc[0]
    same = compared.loc[one["prospect_id"]]
    assert (one["signal_1"], one["signal_1_change"]) == (
        same["signal_1"], pytest.approx(same["signal_1_change"], abs=1e-9),
    )  # fmt: skip


def test_the_first_run_has_empty_alerts_and_no_changes(world):
    assert alerts_of(world.run(WEEK_BEFORE)) == []
    text = (world.run(WEEK_BEFORE) / "alerts.csv").read_text()
    assert text == ",".join(ALERT_COLUMNS) + "\n"
    assert not (world.run(WEEK_BEFORE) / "changes.parquet").exists()
    assert "Since the previous run" not in world.scored_before.out


def test_the_terminal_counts_the_alerts_and_names_their_file(world):
    alerts = alerts_of(world.run(END))
    assert f"Since the previous run: crm/runs/{END}/alerts.csv\n" in world.scored.out
    strong = {row["prospect_id"] for row in alerts if row["kind"] == "strong_signal"}
    assert re.search(rf"Strong signal +{len(strong)} ", world.scored.out)
    first = alerts[0]
    assert f"{first['prospect_id']}: {first['reason']}"[:30] in world.scored.out


def test_who_must_not_be_contacted_is_in_no_alert(world):
    people = pd.read_parquet(world.folder / "crm" / "crm" / "prospects.parquet")
    shy = set(people.loc[people["do_not_contact"].fillna(False).astype(bool), "prospect_id"])
    told = {row["prospect_id"] for row in alerts_of(world.run(END))}
    assert shy
    assert told
    assert not shy & told


def test_strong_signals_are_the_facts_recorded_since(world):
    interactions = pd.read_parquet(world.folder / "crm" / "crm" / "interactions.parquet")
    listed = set(load_run(world.run(END)).ranked["prospect_id"])
    known = interactions["occurred_at"]
    if "recorded_at" in interactions:
        known = known.where(~(interactions["recorded_at"] > known), interactions["recorded_at"])
    strong = interactions[
        interactions["type"].isin(["demo_request", "quote_request", "meeting"])
        & (known >= WEEK_BEFORE)
        & (known < END)
        & (interactions["occurred_at"] >= pd.Timestamp(WEEK_BEFORE) - pd.Timedelta(days=30))
        & interactions["prospect_id"].isin(listed)
    ]
    told = [row for row in alerts_of(world.run(END)) if row["kind"] == "strong_signal"]
    expected = strong.groupby(["prospect_id", "type"]).size()
    assert len(told) == len(expected)
    assert sum(int(row["current_value"]) for row in told) == expected.sum()


def test_runs_of_every_second_day_tell_each_strong_signal_once(at_home, tmp_path):
    output = tmp_path / "often"
    told = []
    for as_of in NEXT_DAYS:
        words = ["score", CONFIG, "--as-of", as_of, "--output", output, "--quiet"]
        answer = predictor(*words)
        assert (answer.code, answer.out, answer.err) == (0, "", "")
        rows = alerts_of(output / as_of)
        told += [
            (row["prospect_id"], row["since"], row["reason"].partition(" a")[0]) for row in rows
            if row["kind"] == "strong_signal"
        ]  # fmt: skip
    assert len(told) > 3
    assert len(told) == len(set(told))


BY_MODEL = {"became_hot", "fell", "close_slipped"}


def steps_of(folder):
    """The alerts that a model may bring about, without the score, which is the new model's."""
    return {
        (row["prospect_id"], row["kind"]) for row in alerts_of(folder) if row["kind"] in BY_MODEL
    }


def test_another_model_does_not_raise_alerts_and_says_what_it_moved(at_home, tmp_path, monkeypatch):
    output = tmp_path / "other_model"
    shutil.copytree(at_home.run(WEEK_BEFORE), output / WEEK_BEFORE)
    champion = load_predictor(read_config(at_home.folder / CONFIG))
    other = with_shifted_rates(champion, 2.5)
    monkeypatch.setattr("predictor.operations.runs.load_predictor", lambda *_: other)
    by_score = at_home.folder / "crm" / "by_score.yaml"
    text = (at_home.folder / CONFIG).read_text(encoding="utf-8")
    scores = load_run(at_home.run(END)).ranked["conversion_probability"]
    edge = round(1.6 * scores.median(), 4)
    rule = f"bands: {{by: probability, hot: {edge}, warm: {edge / 2}, margin: 0}}"
    by_score.write_text(f"{text}\n{rule}\n", encoding="utf-8")
    answer = predictor("score", by_score, "--output", output)
    assert answer.code == 0
    run, before = load_run(output / END), load_run(output / WEEK_BEFORE)
    alone = run.manifest["moved_by_model_alone"]
    assert alone["became_hot"] > 5
    assert f"became hot {alone['became_hot']}" in " ".join(answer.out.split())
    # By the split, which knows nothing of bands: who is told rose as far by itself, or enough.
    changes = run.table("changes.parquet").set_index("prospect_id")
    was_hot = set(before.ranked.loc[before.ranked["band"] == "hot", "prospect_id"])
    hot = run.ranked.loc[run.ranked["band"] == "hot", "prospect_id"]
    both = [name for name in hot if name in changes.index and name not in was_hot]
    told = {name for name, kind in steps_of(output / END) if kind == "became_hot"}
    start = changes["previous_probability"] + changes["by_model"]
    own = changes["change"] - changes["by_model"]
    wide = (0.2 * np.minimum(start, 1 - start)).clip(lower=0.005)
    expected = (own >= wide) | (changes["previous_probability"] + own >= edge)
    assert told & set(both) == {name for name in both if expected[name]}
    assert alone["became_hot"] == len(set(both) - told)


def test_the_same_model_from_a_folder_tells_the_same(at_home, tmp_path):
    output = tmp_path / "folder"
    for as_of in (WEEK_BEFORE, END):
        words = ["--model", at_home.folder / "exported"] if as_of == WEEK_BEFORE else []
        assert predictor("score", CONFIG, "--as-of", as_of, "--output", output, *words).code == 0
    assert steps_of(output / END) == steps_of(at_home.run(END))
    run = load_run(output / END)
    assert run.manifest["moved_by_model_alone"] == dict.fromkeys(BY_MODEL, 0)
    told = load_run(output / WEEK_BEFORE).manifest["model_folder"]
    assert not Path(told).is_absolute()
    assert (output / WEEK_BEFORE / told).samefile(at_home.folder / "exported")
    changes = run.table("changes.parquet")
    assert changes[["by_model", "by_data"]].abs().max(axis=None) < 1e-9


def test_a_former_model_that_is_gone_is_said_and_every_alert_told(at_home, tmp_path):
    output = tmp_path / "gone"
    shutil.copytree(at_home.run(WEEK_BEFORE), output / WEEK_BEFORE)
    manifest = output / WEEK_BEFORE / "manifest.json"
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps({**facts, "model_version": "gone"}), encoding="utf-8")
    answer = predictor("score", CONFIG, "--output", output)
    assert answer.code == 0
    assert "what another model alone moved is told as well" in " ".join(answer.out.split())
    assert steps_of(output / END) == steps_of(at_home.run(END))
    assert "moved_by_model_alone" not in load_run(output / END).manifest


def test_alerts_and_the_split_can_be_switched_off(at_home, tmp_path):
    text = (at_home.folder / CONFIG).read_text(encoding="utf-8")
    off = at_home.folder / "crm" / "off.yaml"
    off.write_text(f"{text}\nchanges: {{split: false}}\nalerts: {{kinds: []}}\n", encoding="utf-8")
    output = tmp_path / "off"
    keep_the_week_before(at_home, output)
    assert predictor("score", off, "--as-of", END, "--output", output).code == 0
    assert alerts_of(output / END) == []
    run = load_run(output / END)
    assert run.table("changes.parquet") is None
    assert run.ranked["change_reason"].str.contains(":").sum() == 0
    assert run.ranked["previous_probability"].notna().sum() > 30


def test_a_run_about_another_horizon_is_not_compared_and_says_so(at_home, tmp_path):
    output = tmp_path / "other"
    text = (at_home.folder / CONFIG).read_text(encoding="utf-8")
    week = at_home.folder / "crm" / "week.yaml"
    week.write_text(f"{text}\nhorizon_days: 7\n", encoding="utf-8")
    assert predictor("score", week, "--as-of", WEEK_BEFORE, "--output", output).code == 0
    answer = predictor("score", CONFIG, "--as-of", END, "--output", output)
    assert answer.code == 0
    said = " ".join(answer.out.split())
    assert "it is about 7 days, this run about 30" in said
    assert not (output / END / "changes.parquet").exists()


@pytest.mark.parametrize(
    ("days", "known", "gap_days"),
    [([0, 4, 8], 30, 4.0), ([0, 0.2, 4, 9], 30, 4.5), ([0, 4], 30, None), ([0, 2, 4, 9], 5, 2.0)],
)
def test_usual_gaps_are_between_active_days_known_by_then(tmp_path, days, known, gap_days):
    start = datetime(2024, 1, 1, 9)
    people = pd.DataFrame({"prospect_id": ["P"], "created_at": [start - timedelta(days=1)]})
    rows = [("P", start + timedelta(days=day), "call") for day in days]
    tables = {
        "prospects": people,
        "interactions": pd.DataFrame(rows, columns=["prospect_id", "occurred_at", "type"]),
        "outcomes": pd.DataFrame({"prospect_id": ["X"], "closed_at": [start], "outcome": ["won"]}),
    }
    gaps = usual_gaps_of(tables, tmp_path, start + timedelta(days=known))
    assert gaps.to_dict() == ({} if gap_days is None else {"P": gap_days})


def usual_gaps_of(tables, folder, as_of):
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    inputs = ", ".join(f"{name}: {name}.parquet" for name in tables)
    config = parse_config(f"source: {{inputs: {{{inputs}}}}}", folder / "config.yaml")
    return usual_gap_days(read_crm(config).known_at(as_of))


def test_a_story_shows_the_change_and_its_parts(at_home):
    changes = load_run(at_home.run(END)).table("changes.parquet").set_index("prospect_id")
    prospect = changes["change"].abs().idxmax()
    told = changes.loc[prospect]
    answer = predictor("explain", CONFIG, prospect)
    assert answer.code == 0
    since = f"Since 22 June 2026: {told['previous_probability']:.1%} then, number"
    lines = answer.out.partition(since)[2].splitlines()
    for part, name in (("by_time", "time: silence, age"), ("by_prospect", "what was learnt")):
        if abs(told[part]) >= 0.0005:
            line = next(line for line in lines if name in line)
            assert line.split()[:2] == points(told[part]).split()
    assert "the signals that moved most:" in answer.out


def test_a_story_says_why_a_change_is_not_split(at_home, tmp_path):
    runs = tmp_path / "runs"
    shutil.copytree(at_home.run(WEEK_BEFORE), runs / WEEK_BEFORE)
    (runs / WEEK_BEFORE / "explanations.parquet").write_bytes(b"")
    text = (at_home.folder / CONFIG).read_text(encoding="utf-8")
    other = at_home.folder / "crm" / "unsplit.yaml"
    other.write_text(f"{text}\noutput: {runs}\nlanguage: fr\n", encoding="utf-8")
    prospect = load_run(at_home.run(WEEK_BEFORE)).ranked["prospect_id"]
    still = load_run(at_home.run(END)).ranked["prospect_id"]
    answer = predictor("explain", other, next(name for name in prospect if name in set(still)))
    assert answer.code == 0
    said = " ".join(answer.out.split())
    assert "Depuis le 22 juin 2026 :" in said
    assert "sans répartition :" in said


def test_a_story_without_an_earlier_run_tells_no_change(at_home):
    first = load_run(at_home.run(WEEK_BEFORE)).ranked["prospect_id"].iloc[0]
    answer = predictor("explain", CONFIG, first, "--as-of", WEEK_BEFORE)
    assert answer.code == 0
    assert "Since" not in answer.out
