from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.alert_runs import Runs, day
from support.office import open_workbook

from predictor.config_file import parse_config
from predictor.lists.ranking import Ranked
from predictor.operations.list_files import (
    asked_files,
    list_style,
    people_files,
    spreadsheet_files,
)
from predictor.operations.work_companions import work_companions

if TYPE_CHECKING:
    from predictor.config import Config

OWNERS = ["=cmd|' /C calc'!A0", "../../etc/passwd", "Ana [Lyon]:*?", "", "x" * 60, "columns"]


def _config(text: str = "") -> Config:
    return parse_config(f"source: {{inputs: {{a: b.csv}}}}\n{text}", Path("config.yaml"))


@pytest.fixture
def ranked() -> Ranked:
    n = len(OWNERS)
    frame = pd.DataFrame(
        {
            "rank": np.arange(1, n + 1),
            "prospect_id": [f"00{i}" for i in range(n)],
            "owner": pd.Series(OWNERS, dtype="str"),
        }
    )
    return Ranked(frame, 0)


def test_nothing_is_written_that_nobody_asked_for(ranked):
    assert spreadsheet_files(ranked.frame, _config(), "ranked") == {}


def test_what_is_asked_for_is_written(ranked):
    both = _config("files: {xlsx: true, spreadsheet_csv: true}")
    names = ["ranked.spreadsheet.csv", "ranked.xlsx"]
    assert sorted(spreadsheet_files(ranked.frame, both, "ranked")) == names
    by_flag = asked_files(_config(), xlsx=True)
    assert list(spreadsheet_files(ranked.frame, by_flag, "ranked")) == ["ranked.xlsx"]
    assert asked_files(_config(), xlsx=False) == _config()


@pytest.mark.parametrize(("language", "sheet"), [("en", "Alerts"), ("fr", "Alertes")])
def test_alerts_are_a_sheet_of_the_workbook_and_a_csv_of_their_own(tmp_path, language, sheet):
    runs = Runs(language=language)
    runs.score(day(0), {"00123": ("warm", 0.3, 5, day(-1))})
    alerts = runs.score(day(7), {"00123": ("hot", 0.5, 5, day(-1))})
    assert people_files(ranked_of(runs), alerts, _config()) == {}
    config = _config(f"files: {{xlsx: true, spreadsheet_csv: true}}\nlanguage: {language}")
    files = people_files(ranked_of(runs), alerts, config)
    assert sorted(files) == ["alerts.spreadsheet.csv", "ranked.spreadsheet.csv", "ranked.xlsx"]
    for name, write in files.items():
        write(tmp_path / name)
    book = open_workbook(tmp_path / "ranked.xlsx")
    assert book.sheetnames[1:-1] == [sheet]
    header, first = ([cell.value for cell in row] for row in list(book[sheet].rows)[:2])
    style = list_style(config)
    again = pd.read_csv(
        tmp_path / "alerts.spreadsheet.csv", sep=style.separator, decimal=style.decimal, dtype=str
    )
    assert again.columns.tolist() == header
    assert again.iloc[0, 0] == "'00123"
    assert first[0] == "00123"
    told = header.index("What happened" if language == "en" else "Ce qui s'est passé")
    assert again.iloc[0, told] == first[told] == alerts["reason"].iloc[0]
    assert (tmp_path / "alerts.spreadsheet.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def ranked_of(runs):
    return runs.previous.table[["rank", "prospect_id"]]


def test_the_style_follows_the_language_unless_it_is_said():
    french = list_style(_config("language: fr"))
    assert (french.separator, french.decimal, french.bom, french.language) == (";", ",", True, "fr")
    said = list_style(_config("language: fr\nfiles: {csv_separator: tab, csv_bom: false}"))
    assert (said.separator, said.decimal, said.bom) == ("\t", ",", False)


def test_owners_get_the_same_formats_in_sheets_and_files_of_safe_names(ranked, tmp_path):
    config = _config("files: {xlsx: true, spreadsheet_csv: true}")
    companions = work_companions(ranked, config, by_owner=True)
    endings = [".csv", ".spreadsheet.csv", ".xlsx"]
    stems = {name.removesuffix(".csv") for name in companions if name.endswith(".csv")}
    stems = {stem for stem in stems if not stem.endswith(".spreadsheet")}
    assert sorted(companions) == sorted(stem + ending for stem in stems for ending in endings)
    assert len(stems) == len(OWNERS)
    for name, write in companions.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        write(path)
        assert path.resolve().parent == tmp_path / "owners"
        if path.suffix == ".xlsx":
            book = open_workbook(path)
            assert len(book.sheetnames) == len(set(book.sheetnames)) == 2
            cells = [cell for sheet in book for row in sheet for cell in row]
            assert {cell.data_type for cell in cells} <= {"s", "n"}
            assert book.worksheets[0]["B2"].value.startswith("00")
