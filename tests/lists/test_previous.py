from __future__ import annotations

import json
from datetime import datetime

import pandas as pd
import pytest

from predictor.features.catalogue import Text
from predictor.lists.bands import BandRule
from predictor.lists.files import write_run
from predictor.lists.previous import read_previous
from predictor.lists.ranking import Ranked, rank

NOTHING = pd.DataFrame({"prospect_id": pd.Series(dtype="str")})


@pytest.fixture
def write(tmp_path, scored_frame):
    """Write a run of three prospects; the list may be edited before."""

    def write(name, horizon_days=30, language="en", edit=lambda frame: frame, manifest=None):
        scored = scored_frame([0.6, 0.3, 0.1], horizon_days=horizon_days)
        ranked = rank(scored, bands=BandRule(hot=0.34, warm=0.33), language=language)
        said = {"as_of": datetime.fromisoformat(name)} if manifest is None else manifest
        frame = edit(ranked.frame)
        write_run(tmp_path / name, Ranked(frame, 0), NOTHING, NOTHING, said)
        return tmp_path / name

    return write


def test_the_latest_earlier_run_is_read(write, tmp_path):
    write("2024-02-16")
    folder = write("2024-02-23")
    write("2024-03-08")
    previous = read_previous(tmp_path / "2024-03-01", 30)
    assert previous.folder == folder
    assert previous.as_of == datetime(2024, 2, 23)
    assert previous.table.to_dict("list") == {
        "prospect_id": ["P-001", "P-002", "P-003"],
        "rank": [1, 2, 3],
        "band": ["hot", "warm", "cold"],
        "conversion_probability": [0.6, 0.3, 0.1],
        "days_to_close_median": [9.26] * 3,
        "last_interaction_at": [pd.Timestamp("2024-02-27T10:30:00")] * 3,
    }


def test_the_first_run_has_none_and_nothing_is_said(write, tmp_path):
    write("2024-03-01")
    said = []
    assert read_previous(tmp_path / "2024-03-01", 30, said.append) is None
    assert said == []


def test_bands_are_the_same_words_whichever_language_the_run_had(write, tmp_path):
    write("2024-02-23", language="fr")
    assert read_previous(tmp_path / "2024-03-01", 30).table["band"].tolist() == [
        "hot",
        "warm",
        "cold",
    ]


def test_a_run_about_another_horizon_is_passed_over_for_an_earlier_one(write, tmp_path):
    write("2024-02-16")
    write("2024-02-23", horizon_days=90)
    said = []
    previous = read_previous(tmp_path / "2024-03-01", 30, said.append)
    assert previous.as_of == datetime(2024, 2, 16)
    folder = tmp_path / "2024-02-23"
    assert said == [
        Text(
            f"not compared with {folder}: it is about 90 days, this run about 30",
            f"pas de comparaison avec {folder} : elle porte sur 90 jours, celle-ci sur 30",
        )
    ]


@pytest.mark.parametrize("damage", ["cut", "removed", "manifest"])
def test_a_run_that_cannot_be_read_is_passed_over_in_one_line(write, tmp_path, damage):
    folder = write("2024-02-23")
    if damage == "cut":
        (folder / "ranked.parquet").write_bytes(b"PAR1")
    elif damage == "removed":
        (folder / "ranked.parquet").unlink()
    else:
        (folder / "manifest.json").write_text("{")
    said = []
    assert read_previous(tmp_path / "2024-03-01", 30, said.append) is None
    assert len(said) == 1
    for text in (said[0].en, said[0].fr):
        assert str(folder) in text
        assert "\n" not in text
    assert said[0].en.endswith("; score again")
    assert said[0].fr.endswith(" ; refaites le calcul")


def test_only_the_first_reason_is_told_in_full(write, tmp_path):
    for name in ("2024-02-09", "2024-02-16", "2024-02-23"):
        write(name, horizon_days=90)
    said = []
    assert read_previous(tmp_path / "2024-03-01", 30, said.append) is None
    assert len(said) == 1
    assert "2024-02-23" in said[0].en
    assert said[0].en.endswith("(and 2 more)")
    assert said[0].fr.endswith("(et 2 de plus)")


def test_what_an_older_run_lacks_is_missing(write, tmp_path):
    late = ["band", "days_to_close_median", "last_interaction_at", "rank"]
    write("2024-02-23", edit=lambda frame: frame.drop(columns=late))
    table = read_previous(tmp_path / "2024-03-01", 30).table
    assert table["conversion_probability"].tolist() == [0.6, 0.3, 0.1]
    assert table["band"].tolist() == [""] * 3
    assert table[["rank", "days_to_close_median", "last_interaction_at"]].isna().all(axis=None)


def test_a_list_without_probabilities_is_passed_over(write, tmp_path):
    write("2024-02-23", edit=lambda frame: frame.drop(columns=["conversion_probability"]))
    said = []
    assert read_previous(tmp_path / "2024-03-01", 30, said.append) is None
    assert said[0].en.endswith("its list lacks conversion_probability")
    assert said[0].fr.endswith("il manque à sa liste conversion_probability")


def test_without_as_of_in_the_manifest_the_folder_says_it(write, tmp_path):
    write("2024-02-23", manifest={"seed": 1})
    assert read_previous(tmp_path / "2024-03-01", 30).as_of == datetime(2024, 2, 23)


def test_a_companion_is_read_where_it_is_there_and_sound(write, tmp_path, scored_frame):
    ranked = rank(scored_frame([0.5]))
    table = pd.DataFrame({"prospect_id": ["P-001"], "key": ["a"]})
    write_run(
        tmp_path / "2024-02-23", ranked, NOTHING, NOTHING, {},
        companions={"state.parquet": table.to_parquet},
    )  # fmt: skip
    previous = read_previous(tmp_path / "2024-03-01", 30)
    assert previous.companion("state.parquet").equals(table)
    assert previous.companion("other.parquet") is None
    (tmp_path / "2024-02-23" / "state.parquet").write_bytes(b"")
    assert previous.companion("state.parquet") is None


def test_the_manifest_comes_along(write, tmp_path):
    folder = write("2024-02-23")
    told = json.loads((folder / "manifest.json").read_text())
    assert read_previous(tmp_path / "2024-03-01", 30).manifest == told
