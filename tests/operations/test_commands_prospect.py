"""One prospect's story at the command line, and why there may be none."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from support.typing_at_a_terminal import predictor
from support.worlds import (
    CONFIG,
    END,
    TRAINED,
    closings,
    people,
    ranked_rows,
)

from predictor.features.wording import on_date

END_DAY = date.fromisoformat(END)


def test_the_story_tells_what_the_list_tells(at_home):
    top = ranked_rows(at_home)[0]
    answer = predictor("explain", CONFIG, top["prospect_id"])
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Prospect {top['prospect_id']} as of {on_date(END_DAY).en}\n")
    shown = re.search(r"Converts within 30 days: ([\d.]+)%", answer.out)
    assert shown is not None
    assert float(shown[1]) == pytest.approx(100 * float(top["conversion_probability"]), abs=0.06)
    said = " ".join(answer.out.split())
    for name in ("reason_1", "reason_2", "reason_3", "caution"):
        assert top[name].rpartition(":")[0] in said
    assert max(len(line) for line in answer.out.splitlines()) <= 80


def test_list_and_story_are_in_french_where_the_configuration_is(at_home, tmp_path):
    config = Path(CONFIG).with_name("french.yaml")
    config.write_text(Path(CONFIG).read_text("utf-8") + "\nlanguage: fr\n", "utf-8")
    listed = predictor("score", config, "--output", tmp_path)
    assert f" prospects ouverts au {on_date(END_DAY).fr}, notés par " in listed.out
    assert " catégorie " in listed.out
    first = pd.read_csv(tmp_path / END / "ranked.csv").iloc[0]
    answer = predictor("explain", config, first["prospect_id"])
    assert (listed.code, answer.code) == (0, 0)
    said = " ".join(answer.out.split())
    assert said.startswith(f"Prospect {first['prospect_id']} au {on_date(END_DAY).fr} ")
    assert first["reason_1"].rpartition(" :")[0] in said
    for printed in (listed.out.partition("La liste : ")[0], answer.out):
        assert max(len(line) for line in printed.splitlines()) <= 80
        words = re.findall(r"\b(?:the|of|prospects open|days|ago|since|reasons|known)\b", printed)
        assert not words


def test_a_prospect_whom_one_must_not_contact_is_told_as_such(at_home):
    everyone, closed = people(at_home), closings(at_home)
    forbidden = everyone["do_not_contact"].fillna(value=False).astype(bool)
    still_open = ~everyone["prospect_id"].isin(closed["prospect_id"])
    prospect_id = everyone.loc[forbidden & still_open, "prospect_id"].iloc[0]
    answer = predictor("explain", CONFIG, prospect_id)
    assert "DO NOT CONTACT: this prospect is left out of every list.\n" in answer.out


def test_an_unknown_prospect_ends_in_one_line_with_close_ids(at_home):
    said = predictor("explain", CONFIG, "P00012").complaint
    assert said.startswith("no prospect 'P00012' in the source; did you mean P000")


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_closed_prospect_ends_in_one_line_with_its_outcome(at_home, outcome):
    row = last_closed(at_home, outcome)
    assert predictor("explain", CONFIG, row["prospect_id"]).complaint == (
        f"prospect '{row['prospect_id']}' is not open as of {END}: it was {outcome} on "
        f"{row['closed_at']:%Y-%m-%d}; give an earlier --as-of"
    )


def test_a_closed_prospect_is_told_as_of_the_morning_of_its_closing(at_home):
    row = last_closed(at_home, "lost")
    morning = f"{row['closed_at']:%Y-%m-%d}"
    answer = predictor("explain", CONFIG, row["prospect_id"], "--as-of", morning)
    said = on_date(row["closed_at"].date()).en
    assert answer.out.startswith(f"Prospect {row['prospect_id']} as of {said}\n")


def last_closed(world, outcome: str) -> pd.Series:
    """Return the closing that the CRM knows at the end of the data, days after the creation."""
    closed = closings(world).merge(people(world)[["prospect_id", "created_at"]])
    known = closed[["closed_at", "recorded_at"]].max(axis=1) < pd.Timestamp(END)
    days = closed["closed_at"] - closed["created_at"] > pd.Timedelta(days=2)
    return closed[known & days & (closed["outcome"] == outcome)].sort_values("closed_at").iloc[-1]


def test_a_prospect_of_the_future_ends_in_one_line(at_home):
    last = people(at_home).sort_values("created_at").iloc[-1]
    said = predictor("explain", CONFIG, last["prospect_id"], "--as-of", "2026-05-25").complaint
    assert said == (
        f"prospect '{last['prospect_id']}' was only created on {last['created_at']:%Y-%m-%d}; "
        "give a later --as-of"
    )


def test_an_instant_before_the_training_ends_in_one_line(at_home):
    assert predictor("score", CONFIG, "--as-of", "2026-01-01").complaint == (
        f"model simulated_short/1 was trained as of {TRAINED} 00:00 and has seen what came after "
        "2026-01-01 00:00: give a later --as-of or an older --model"
    )
