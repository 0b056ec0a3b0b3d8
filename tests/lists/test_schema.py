from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from support.table_schema import TYPES, mistakes

import predictor
from predictor.lists.columns import RANKED_COLUMNS
from predictor.lists.files import write_run
from predictor.lists.ranking import rank
from predictor.lists.schema import table_schema

if TYPE_CHECKING:
    from pathlib import Path

    from predictor.lists.bands import Language


@pytest.fixture
def write(tmp_path, scored_frame):
    def write(language: Language) -> Path:
        scored = scored_frame(
            [0.123456, 0.987654, 0.5, 1e-9, 1.0],
            amount=[1234.567, np.nan, -500.0, 1e12, 100],
            owner=["=1+1", None, "Élodie\nMartin", '"', ""],
            account_id=["007", None, "1E5", "a,b", "x"],
            days_to_close_p25=[1.25, np.nan, 3.0, 0.049, 1e3],
            last_interaction_at=pd.to_datetime(["2024-02-27T10:30:00.123456", *[None] * 4]),
        )
        ranked = rank(scored, language=language)
        none = pd.DataFrame({"prospect_id": pd.Series(dtype="str")})
        write_run(tmp_path / "run", ranked, none, none, {"language": language})
        return tmp_path / "run"

    return write


def _schema(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "ranked.schema.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_list_is_as_its_schema_says(write, language):
    run = write(language)
    schema = _schema(run)
    assert [field["name"] for field in schema["fields"]] == list(RANKED_COLUMNS)
    assert mistakes(run / "ranked.csv", schema) == []
    assert schema["language"] == language


def test_a_list_that_is_not_as_its_schema_says_is_found_out(write):
    run = write("en")
    text = (run / "ranked.csv").read_text(encoding="utf-8")
    for right, wrong in {
        "0.9877": "1.9877",
        "2024-02-27 10:30:00": "27/02/2024",
        "hot": "chaud",
        "True": "yes",
        "0.1235": "0.123456",
        "P-001": "P-002",
        "\n1,": "\n,",
    }.items():
        (run / "ranked.csv").write_text(text.replace(right, wrong), encoding="utf-8")
        assert len(mistakes(run / "ranked.csv", _schema(run))) >= 1, wrong


def test_each_column_is_described_in_both_languages(write):
    english, french = _schema(write("en")), _schema(write("fr"))
    for ours, theirs in zip(english["fields"], french["fields"], strict=True):
        assert ours["type"] in TYPES
        assert ours["descriptions"] == theirs["descriptions"]
        assert (ours["description"], theirs["description"]) == tuple(ours["descriptions"].values())
        assert set(ours["units"]) == set(ours["titles"]) == {"en", "fr"}
        assert ours["constraints"]["required"] == (ours["emptyMeans"] is None)
    bands = [f["constraints"]["enum"] for s in (english, french) for f in s["fields"][4:5]]
    assert bands == [["hot", "warm", "cold"], ["chaud", "tiède", "froid"]]


def test_types_are_those_of_the_parquet_file(write):
    run = write("en")
    ranked = pd.read_parquet(run / "ranked.parquet")
    described = {field["name"]: field["type"] for field in _schema(run)["fields"]}
    unknown = table_schema(ranked.add_prefix("my_"))
    assert {field["name"][3:]: field["type"] for field in unknown["fields"]} == described


def test_a_run_without_its_schema_can_still_be_read(write):
    run = write("en")
    (run / "ranked.schema.json").unlink()
    assert len(predictor.load_run(run).ranked) == 5
