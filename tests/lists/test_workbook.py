from __future__ import annotations

import tempfile
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter
from support.office import UNKNOWN_BARS, open_workbook

from predictor.lists import workbook
from predictor.lists.columns import COLUMNS
from predictor.lists.list_files import write_list
from predictor.lists.ranking import rank
from predictor.lists.styles import ListStyle
from predictor.lists.workbook import MAX_CELL, cell_text, sheet_name, write_workbook

FRENCH = ListStyle("fr")


@pytest.fixture
def ranked(scored_frame) -> pd.DataFrame:
    scored = scored_frame(
        [0.123456789, 0.9, 0.5, 1e-9],
        amount=[1234.567, np.nan, -500.0, 1e12],
        prospect_id=["00123", "1E5", "3-4", "12345678901234567890"],
        account_id=["MAR1", None, "True", "=1+1"],
        owner=["Élodie\nMartin", "@SUM(1)", "+sales@example.com", ""],
        last_interaction_at=pd.to_datetime(
            ["2024-02-27 10:30:00", None, "2024-02-01 00:00:00", None]
        ),
    )
    return rank(scored).frame


def _values(path, sheet=0):
    book = open_workbook(path)
    return [[cell.value for cell in row] for row in book.worksheets[sheet].iter_rows()]


def _expected(frame: pd.DataFrame) -> list[list[object]]:
    known = frame.astype("object").where(frame.notna() & (frame != ""), None)
    return [
        [v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for v in row]
        for row in known.to_numpy().tolist()
    ]


def test_what_is_read_back_is_the_list(tmp_path, ranked):
    write_list(ranked, tmp_path / "list.xlsx")
    header, *rows = _values(tmp_path / "list.xlsx")
    assert header == [column.title.en for column in COLUMNS]
    for row, expected in zip(rows, _expected(ranked), strict=True):
        for value, right in zip(row, expected, strict=True):
            assert type(value) in {type(right), int, float}
            assert value == (pytest.approx(right, rel=1e-15) if type(right) is float else right)


@pytest.mark.filterwarnings(f"ignore:{UNKNOWN_BARS}")
def test_pandas_reads_the_types(tmp_path, ranked):
    write_list(ranked, tmp_path / "list.xlsx")
    back = pd.read_excel(tmp_path / "list.xlsx", dtype_backend="numpy_nullable")
    assert back["Prospect"].tolist() == ranked["prospect_id"].tolist()
    assert back["Not enough history"].dtype == "boolean"
    assert back["Probability to convert"].dtype == "Float64"
    assert back["Last interaction (UTC)"].max() == ranked["last_interaction_at"].max()


def test_text_is_text_and_never_a_formula(tmp_path, ranked):
    write_list(ranked, tmp_path / "list.xlsx")
    cells = [c for r in open_workbook(tmp_path / "list.xlsx").worksheets[0] for c in r]
    assert "f" not in {cell.data_type for cell in cells}
    by_value = {cell.value: cell for cell in cells}
    for text in ("00123", "1E5", "3-4", "12345678901234567890", "MAR1", "True"):
        assert (by_value[text].data_type, by_value[text].number_format) == ("s", "@")
    # Marked as text, so that editing the cell does not run it either; addresses need no mark.
    assert by_value["@SUM(1)"].quotePrefix
    assert by_value["=1+1"].quotePrefix
    assert not by_value["+sales@example.com"].quotePrefix


def test_header_filter_bands_and_bars(tmp_path, ranked):
    write_list(ranked, tmp_path / "list.xlsx", FRENCH)
    sheet = open_workbook(tmp_path / "list.xlsx").worksheets[0]
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == f"A1:{get_column_letter(len(COLUMNS))}5"
    rules = {
        str(where.sqref): [rule.type for rule in where.rules]
        for where in sheet.conditional_formatting
    }
    assert rules == {"E2:E5": ["cellIs"] * 6, "F2:F5": ["dataBar"]}
    formats = {cell.value: sheet.cell(3, cell.column).number_format for cell in sheet[1]}
    assert formats["Probabilité de conversion"] == "0.0%"
    assert formats["Valeur attendue (votre monnaie)"] == "#,##0.00"
    assert formats["À la date du (UTC)"] == "yyyy-mm-dd hh:mm"
    assert sheet.column_dimensions["M"].width > sheet.column_dimensions["A"].width


@pytest.mark.parametrize(("language", "name"), [("en", "Columns"), ("fr", "Colonnes")])
def test_a_second_sheet_explains_every_column(tmp_path, ranked, language, name):
    write_list(ranked, tmp_path / "list.xlsx", ListStyle(language))
    assert open_workbook(tmp_path / "list.xlsx").sheetnames == ["Prospects", name]
    _, *rows = _values(tmp_path / "list.xlsx", sheet=1)
    assert [row[0] for row in rows] == _values(tmp_path / "list.xlsx")[0]
    assert [row[-1] for row in rows] == list(ranked.columns)
    told = [cell for row in rows for cell in row]
    assert all(told)
    assert not any("`" in cell for cell in told)


def test_other_columns_are_named_by_their_titles_where_they_have_one():
    text = "`as_of` and `nothing_known`"
    assert workbook._in_titles(text, "en") == "“As of (UTC)” and “nothing_known”"


def test_the_same_list_gives_the_same_bytes(tmp_path, ranked):
    write_list(ranked, tmp_path / "a.xlsx")
    time.sleep(2.1)  # a zip file knows every second second
    write_list(ranked, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    made_at = open_workbook(tmp_path / "a.xlsx").properties.created
    assert made_at == datetime(2024, 3, 1)


def test_more_rows_than_a_sheet_holds_go_to_further_sheets(tmp_path, ranked, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    monkeypatch.setattr(workbook, "_CHUNK", 2)
    write_list(ranked, tmp_path / "list.xlsx")
    names = open_workbook(tmp_path / "list.xlsx").sheetnames
    assert names == ["Prospects 1", "Prospects 2", "Columns"]
    first, second = _values(tmp_path / "list.xlsx", 0), _values(tmp_path / "list.xlsx", 1)
    assert first[0] == second[0]
    ids = [row[1] for row in (*first[1:], *second[1:])]
    assert ids == ranked["prospect_id"].tolist()


def test_an_empty_list_has_its_header(tmp_path, scored_frame):
    write_list(rank(scored_frame([])).frame, tmp_path / "list.xlsx")
    assert _values(tmp_path / "list.xlsx") == [[column.title.en for column in COLUMNS]]


def test_columns_of_others_keep_their_names_and_types(tmp_path):
    frame = pd.DataFrame(
        {
            "=name": ["=1+1", None],
            "count": pd.array([3, None], dtype="Int64"),
            "share": [np.inf, 0.5],
            "at": pd.to_datetime(["2024-01-01T12:00:00+02:00", None]),
            "ancient": pd.to_datetime(["1815-06-18", "2024-01-01"]),
            "flag": [True, False],
            "my_rank": [7.0, np.nan],
        },
        index=[0, 0],
    )
    write_list(frame, tmp_path / "list.xlsx")
    assert _values(tmp_path / "list.xlsx") == [
        ["=name", "count", "share", "at", "ancient", "flag", "my_rank"],
        ["=1+1", 3, None, datetime(2024, 1, 1, 10), None, True, 7],
        [None, None, 0.5, None, datetime(2024, 1, 1), False, None],
    ]


def test_text_that_no_cell_can_hold_is_mended(tmp_path):
    hostile = {
        "a\x00b\x0bc\x1fd\uffff": "a\ufffdb\ufffdc\ufffdd\ufffd",
        "one\r\ntwo\rthree\n": "one\ntwo\nthree\n",
        "<r><t>&</t></r>": "<r><t>&</t></r> ",
        "<f>1+1</f>": "<f>1+1</f>",
        "x" * (MAX_CELL + 1): "x" * (MAX_CELL - 1) + "…",
        "\N{GRINNING FACE}" * 20_000: "\N{GRINNING FACE}" * 16_383 + "…",
        "y" * MAX_CELL: "y" * MAX_CELL,
        " blank around ": " blank around ",
    }
    write_workbook(pd.DataFrame({"owner": list(hostile)}), tmp_path / "list.xlsx")
    assert [row[0] for row in _values(tmp_path / "list.xlsx")[1:]] == list(hostile.values())
    assert all(len(cell_text(text).encode("utf-16-le")) <= 2 * MAX_CELL for text in hostile)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8), st.booleans())
def test_any_text_comes_back_as_the_text_of_its_cell(texts, french):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write_workbook(pd.DataFrame({"owner": texts}), path, "fr" if french else "en")
        cells = [row[0] for row in open_workbook(path).worksheets[0].iter_rows(min_row=2)]
    read = [cell.value or "" for cell in cells]
    assert read == [cell_text(text) for text in texts[: len(read)]]
    assert not "".join(texts[len(read) :])  # empty cells at the end are not written
    assert {cell.data_type for cell in cells} <= {"s", "n"}


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("Ana Dupont", "Ana Dupont"),
        ("=cmd|' /C calc'!A0", "=cmd|' C calc'!A0"),
        ("'Ana'", "Ana"),
        ("a/b\\c:d?e*f[g]", "abcdefg"),
        ("x" * 40, "x" * 31),
        ("\N{GRINNING FACE}" * 20, "\N{GRINNING FACE}" * 15),
        ("", "Prospects"),
        ("History", "Prospects"),
        ("columns", "Prospects"),
        ("\x00\x01", "Prospects"),
    ],
)
def test_names_of_sheets(tmp_path, asked, named):
    assert sheet_name(asked) == named
    write_list(pd.DataFrame({"rank": [1]}), tmp_path / "list.xlsx", sheet=asked)
    assert open_workbook(tmp_path / "list.xlsx").sheetnames == [named, "Columns"]


def test_another_suffix_is_refused(tmp_path, ranked):
    with pytest.raises(ValueError, match="written as"):
        write_list(ranked, tmp_path / "list.xls")
    assert not list(tmp_path.iterdir())
