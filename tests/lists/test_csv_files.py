from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.lists.csv_files import to_csv
from predictor.lists.look_alikes import mark_look_alikes
from predictor.lists.styles import PLAIN, ListStyle, spreadsheet_style

LOOK_ALIKES = [
    "00123", "123", "-5", "+3.2e4", ".5", "1E5", "1e-05", "12345678901234567890", "1 234,56",
    "1\u202f234,56", "5 %", "1,5 €", "$12", "(12)", "3-4", "1/2", "12:30", "9:30 pm", "2024-03-01",
    "2024-03-01T09:30:00Z", "01.02.2024", "MAR1", "DEC-01", "Sept 2", "1 mars 2024", "3-févr.-24",
    "août 24", "True", "FALSE", "vrai", "faux", "#N/A", "#REF!", " 007 ", "+33 6 12 34 56 78",
]  # fmt: skip
OTHERS = [
    "", "P-003", "P003626", "A1", "3 visites", "12 rue des Lilas", "Mars", "Jan Dupont", "Mai Linh",
    "Ana", "true story", "a=b", "+sales@example.com", "-", "N° 5", "'007", "2nd", "1-2-3 Sarl",
    "0x1F", "é1", "0a1b2c3d",
]  # fmt: skip


@pytest.mark.parametrize("text", LOOK_ALIKES)
@pytest.mark.parametrize("dtype", ["str", "object", "string[python]"])
def test_what_a_spreadsheet_would_turn_into_something_else_is_marked(text, dtype):
    frame = pd.DataFrame({"x": pd.Series([text, None], dtype=dtype)})
    marked = mark_look_alikes(frame)["x"]
    assert marked[0] == "'" + text
    assert pd.isna(marked[1])


@pytest.mark.parametrize("text", OTHERS)
def test_other_text_is_not_marked(text):
    assert mark_look_alikes(pd.DataFrame({"x": [text]}))["x"].tolist() == [text]


@given(st.from_regex(r"[-+]?[0-9]{1,20}([.,][0-9]{1,5})?([eE][-+]?[0-9]{1,3})?", fullmatch=True))
def test_no_number_passes_for_text(text):
    assert mark_look_alikes(pd.DataFrame({"x": [text]}))["x"].tolist() == ["'" + text]


def test_only_text_is_marked():
    frame = pd.DataFrame({"n": [1, 2], "share": [0.5, np.nan], "flag": [True, False]})
    pd.testing.assert_frame_equal(mark_look_alikes(frame), frame)


@pytest.mark.parametrize(
    ("asked", "separator", "decimal"),
    [
        (("en",), ",", "."),
        (("fr",), ";", ","),
        (("en", ";"), ";", "."),
        (("en", "auto", ","), ";", ","),
        (("fr", ","), ",", "."),
        (("fr", "auto", "."), ",", "."),
        (("fr", "tab"), "\t", ","),
        (("en", "tab"), "\t", "."),
    ],
)
def test_what_is_not_said_follows_the_language_and_what_is_said(asked, separator, decimal):
    style = spreadsheet_style(*asked)
    assert (style.separator, style.decimal, style.bom) == (separator, decimal, True)
    assert style.for_people


def test_a_comma_cannot_do_both():
    with pytest.raises(ValueError, match="comma"):
        spreadsheet_style("fr", ",", ",")


FRAME = pd.DataFrame(
    {
        "prospect_id": ["007", "P-1"],
        "conversion_probability": [0.123456, 1.0],
        "expected_value": [-1234.5, np.nan],
        "not_enough_history": [True, False],
        "as_of": pd.to_datetime(["2024-03-01 00:00", "2024-03-01 00:00"]).tz_localize("UTC"),
        "mine": ["Dupont; =1", "Dupont, =1"],
    },
    index=[3, 3],
)


@pytest.mark.parametrize(
    ("style", "text"),
    [
        (
            PLAIN,
            (
                "prospect_id,conversion_probability,expected_value,not_enough_history,as_of,mine\n"
                "007,0.1235,-1234.5,True,2024-03-01 00:00:00,Dupont;' =1\n"
                'P-1,1.0,,False,2024-03-01 00:00:00,"Dupont, =1"\n'
            ),
        ),
        (
            spreadsheet_style("fr"),
            (
                "\ufeffProspect;Probabilité de conversion;Valeur attendue (votre monnaie);"
                "Pas assez d'historique;À la date du (UTC);mine\n"
                "'007;0,1235;-1234,5;oui;2024-03-01 00:00;\"Dupont;' =1\"\n"
                "P-1;1,0;;non;2024-03-01 00:00;Dupont,' =1\n"
            ),
        ),
        (
            spreadsheet_style("en", bom=False),
            (
                "Prospect,Probability to convert,Expected value (your currency),"
                "Not enough history,As of (UTC),mine\n"
                "'007,0.1235,-1234.5,yes,2024-03-01 00:00,Dupont;' =1\n"
                'P-1,1.0,,no,2024-03-01 00:00,"Dupont, =1"\n'
            ),
        ),
    ],
)
def test_what_is_written(tmp_path, style, text):
    to_csv(FRAME, tmp_path / "list.csv", style)
    assert (tmp_path / "list.csv").read_bytes() == text.encode()


def test_pandas_reads_a_french_file(tmp_path):
    to_csv(FRAME, tmp_path / "list.csv", spreadsheet_style("fr"))
    back = pd.read_csv(tmp_path / "list.csv", sep=";", decimal=",", encoding="utf-8-sig")
    assert back["Valeur attendue (votre monnaie)"].tolist()[0] == -1234.5
    assert back["Probabilité de conversion"].tolist() == [0.1235, 1.0]


def test_whole_numbers_stay_whole_where_some_are_missing(tmp_path):
    frame = pd.DataFrame({"rank": [7.0, np.nan], "mine": [7.0, np.nan]})
    to_csv(frame, tmp_path / "list.csv", ListStyle())
    with (tmp_path / "list.csv").open(encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["rank", "mine"], ["7", "7.0"], ["", ""]]
