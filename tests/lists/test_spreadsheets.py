"""Lists as LibreOffice opens them: the same numbers, dates and ids, and never a formula."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import yaml
from support.office import ENGLISH, FRENCH, cells, convert, needs_office, opening

from predictor.lists.alert_words import ALERT_COLUMNS
from predictor.lists.columns import COLUMN_NAMED, COLUMNS, CSV_DECIMALS
from predictor.lists.list_files import write_list
from predictor.lists.ranking import rank
from predictor.lists.styles import PLAIN, ListStyle, spreadsheet_style

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl.cell.cell import Cell

pytestmark = needs_office

GOLDEN = Path(__file__).parents[1] / "golden"
PAYLOADS = [
    payload
    for published in yaml.safe_load((GOLDEN / "formula_payloads.yaml").read_text("utf-8"))
    for payload in published["payloads"]
]
# What begins with a sign, or holds one, and must arrive unharmed.
HARMLESS = [
    "+sales@example.com",
    "-ana@example.com",
    "a=b",
    "Ana - Sales",
    "-",
    "Élodie; négociation",
]
IDS = ["00123", "1E5", "3-4", "12345678901234567890", "MAR1", "DEC-01", "1/2", "True", "P-003"]
ALERT_TEXT = [
    name for name in ALERT_COLUMNS if name != "kind" and COLUMN_NAMED[name].kind.type == "string"
]
TEXT = [column.name for column in COLUMNS if column.kind.type == "string"]
STYLES = {
    "plain": PLAIN,
    "en": spreadsheet_style("en"),
    "fr": spreadsheet_style("fr"),
    "tab": spreadsheet_style("fr", "tab"),
}
# LibreOffice has no logical cells: it keeps those of XLSX as calls of these functions.
LOGICAL = {"=TRUE()": True, "=FALSE()": False}
# Each file as its own readers open it, and as a spreadsheet that splits at everything does.
WAYS = {
    "comma": (opening(",", ENGLISH), ("plain", "en")),
    "semicolon": (opening(";", FRENCH), ("plain", "fr")),
    "tab": (opening("\t", FRENCH), ("tab",)),
    "all": (opening(",;\t|", FRENCH), ("plain", "en", "fr", "tab")),
}


@pytest.fixture(scope="session")
def lists(scored_frame: Callable[..., pd.DataFrame]) -> dict[str, pd.DataFrame]:
    hostile = rank(scored_frame(np.linspace(0.9, 0.1, len(PAYLOADS)).tolist())).frame
    for name in TEXT:
        hostile[name] = pd.Series(PAYLOADS, dtype="str")
    n = len(IDS)
    honest = rank(
        scored_frame(
            np.linspace(0.987654321, 1e-9, n).tolist(),
            amount=[-1234.567, np.nan, *[1e9] * (n - 2)],
            prospect_id=IDS,
            account_id=IDS[::-1],
            owner=(HARMLESS * 2)[:n],
            last_interaction_at=pd.to_datetime(
                ["2024-02-27 10:30:00", None, *["2024-02-03 23:59:59"] * (n - 2)]
            ),
        )
    ).frame
    return {"hostile": hostile, "honest": honest}


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LibreOffice's own folder: to make it takes as long as to open a file."""
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="session")
def alerts(lists: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Alerts of the same prospects, as people get them."""
    names = [name for name in ALERT_COLUMNS if name != "kind"]
    n = len(IDS)
    hostile = dict.fromkeys(ALERT_TEXT, PAYLOADS)
    honest = {
        "alert": ["Conclusion repoussée"] * n,
        "reason": (HARMLESS * 2)[:n],
        "previous_value": ["2024-03-27"] * (n - 1) + [""],
        "current_value": ["2024-04-03", "2", "tiède", *["24 jours"] * (n - 3)],
    }
    since = pd.Timestamp("2024-02-23")
    return {
        name: lists[name].assign(since=since, **texts)[names].astype(dict.fromkeys(texts, "str"))
        for name, texts in (("hostile", hostile), ("honest", honest))
    }


@pytest.fixture(scope="session")
def opened(
    lists: dict[str, pd.DataFrame],
    alerts: dict[str, pd.DataFrame],
    profile: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, list[list[Cell]]]:
    """What LibreOffice makes of each file, by the way it was opened, its style and the list."""
    folder = tmp_path_factory.mktemp("lists")
    for list_name, frame in alerts.items():
        for style_name, style in STYLES.items():
            write_list(frame, folder / f"{style_name}_{list_name}_alerts.csv", style)
    for list_name, frame in lists.items():
        for style_name, style in STYLES.items():
            write_list(frame, folder / f"{style_name}_{list_name}.csv", style)
        for language in ("en", "fr"):
            path = folder / f"{language}_{list_name}.xlsx"
            more = {"Alerts": alerts[list_name]}
            write_list(frame, path, ListStyle(language), sheet="=cmd|' /C calc'!A0", more=more)
    found = {}
    for way, (options, names) in WAYS.items():
        kept = [f"{name}{what}" for name in lists for what in ("", "_alerts")]
        files = [folder / f"{style}_{list_name}.csv" for style in names for list_name in kept]
        sheets = convert(files, folder / way, profile, options)
        found |= {f"{way}/{name}": rows for name, rows in sheets.items()}
    sheets = convert(sorted(folder.glob("*.xlsx")), folder / "xlsx", profile)
    for name in sheets:
        found[f"xlsx/{name}/alerts"] = cells(folder / "xlsx" / name, sheet=1)
    return found | {f"xlsx/{name}": rows for name, rows in sheets.items()}


def _column(rows: list[list[Cell]], name: str) -> list[Cell]:
    position = [column.name for column in COLUMNS].index(name)
    return [row[position] for row in rows[1:]]


def _values(rows: list[list[Cell]], name: str) -> list[object]:
    return [cell.value for cell in _column(rows, name)]


def test_no_cell_of_any_file_is_a_formula(opened):
    assert len(opened) == 44
    for name, rows in opened.items():
        every = [cell for row in rows for cell in row]
        armed = [c.value for c in every if c.data_type == "f" and c.value not in LOGICAL]
        assert armed == [], name


def test_the_guard_is_what_keeps_them_from_running(profile, tmp_path):
    raw = pd.Series(["=1+1", *PAYLOADS], name="owner")
    raw.to_csv(tmp_path / "raw.csv", index=False, header=False)
    english = opening(",", ENGLISH)
    rows = convert([tmp_path / "raw.csv"], tmp_path / "out", profile, english)["raw.csv"]
    assert sum(cell.data_type == "f" for row in rows for cell in row) > len(PAYLOADS) / 3


@pytest.mark.parametrize("language", ["en", "fr"])
def test_xlsx_keeps_the_payloads_as_they_are(opened, lists, language):
    rows = opened[f"xlsx/{language}_hostile.xlsx"]
    for name in TEXT:
        expected = [text.replace("\r", "\n").replace("\0", "\ufffd") for text in PAYLOADS]
        assert _values(rows, name) == expected


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_sheet_of_alerts_keeps_payloads_ids_dates_and_titles(opened, alerts, language):
    header, *rows = opened[f"xlsx/{language}_hostile.xlsx/alerts"]
    names = list(alerts["hostile"])
    assert [cell.value for cell in header] == [
        getattr(COLUMN_NAMED[name].title, language) for name in names
    ]
    expected = [text.replace("\r", "\n").replace("\0", "\ufffd") for text in PAYLOADS]
    for name in ALERT_TEXT:
        assert [row[names.index(name)].value for row in rows] == expected
    _, *rows = opened[f"xlsx/{language}_honest.xlsx/alerts"]
    assert [row[0].value for row in rows] == alerts["honest"]["prospect_id"].tolist()
    assert {row[names.index("since")].value for row in rows} == {pd.Timestamp("2024-02-23")}


@pytest.mark.parametrize("name", ["comma/en", "semicolon/fr", "tab/tab"])
def test_alerts_for_people_have_dates_and_numbers_that_a_spreadsheet_knows(opened, alerts, name):
    header, *rows = opened[f"{name}_honest_alerts.csv"]
    language = name[-2:] if name[-2:] in {"en", "fr"} else "fr"
    names, honest = list(alerts["honest"]), alerts["honest"]
    assert header[names.index("reason")].value == getattr(COLUMN_NAMED["reason"].title, language)
    told = {name: [row[names.index(name)] for row in rows] for name in names}
    assert [cell.value for cell in told["reason"]] == honest["reason"].tolist()
    assert told["previous_value"][0].value == pd.Timestamp("2024-03-27")
    assert [cell.value for cell in told["current_value"][1:4]] == [2, "tiède", "24 jours"]
    scores = [cell.value for cell in told["conversion_probability"]]
    assert scores == pytest.approx(honest["conversion_probability"].round(4).tolist())
    assert told["prospect_id"][0].value == f"'{honest['prospect_id'].iloc[0]}"


@pytest.mark.parametrize(
    "name",
    ["comma/plain", "comma/en", "semicolon/fr", "tab/tab", "xlsx/en", "xlsx/fr"],
)
def test_numbers_dates_and_flags_arrive(opened, lists, name):
    suffix = "xlsx" if name.startswith("xlsx") else "csv"
    rows, honest = opened[f"{name}_honest.{suffix}"], lists["honest"]
    digits = 15 if suffix == "xlsx" else None
    for column in COLUMNS:
        values, expected = _values(rows, column.name), honest[column.name]
        if column.kind.type in {"integer", "number"}:
            wanted = expected.round(digits or CSV_DECIMALS.get(column.name, 0)).tolist()
            assert _with_nan(values) == pytest.approx(wanted, nan_ok=True, rel=1e-14)
        elif column.kind.type == "datetime":
            # People read minutes; a workbook keeps the whole instant behind its format.
            shown = (
                expected if name.endswith("plain") or suffix == "xlsx" else expected.dt.floor("min")
            )
            pd.testing.assert_series_equal(
                pd.to_datetime(pd.Series(values)), shown, check_names=False, check_dtype=False
            )
        elif column.kind.type == "boolean":
            yes_no = {"comma/en": ("no", "yes"), "semicolon/fr": ("non", "oui")}
            words = yes_no.get(name, ("non", "oui") if name == "tab/tab" else (False, True))
            read = [LOGICAL.get(value, value) for value in values]
            assert read == [words[int(flag)] for flag in expected]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_xlsx_keeps_every_id_and_address(opened, lists, language):
    rows = opened[f"xlsx/{language}_honest.xlsx"]
    for name in ("prospect_id", "account_id", "owner"):
        assert _values(rows, name) == lists["honest"][name].tolist()


@pytest.mark.parametrize("name", ["comma/en", "semicolon/fr", "tab/tab"])
def test_csv_for_people_keeps_ids_by_an_apostrophe(opened, lists, name):
    rows = opened[f"{name}_honest.csv"]
    for column in ("prospect_id", "account_id"):
        expected = lists["honest"][column]
        assert _values(rows, column) == [
            text if text == "P-003" else f"'{text}" for text in expected
        ]
    assert _values(rows, "owner") == lists["honest"]["owner"].tolist()


def test_csv_for_imports_cannot_keep_ids_in_a_spreadsheet(opened, lists):
    shown = dict(
        zip(
            lists["honest"]["prospect_id"],
            _column(opened["comma/plain_honest.csv"], "prospect_id"),
            strict=True,
        )
    )
    assert shown["00123"].value == 123
    assert shown["1E5"].value == 100_000
    assert shown["12345678901234567890"].value == pytest.approx(1.23456789012346e19)
    assert shown["DEC-01"].is_date
    assert shown["P-003"].value == "P-003"


@pytest.mark.parametrize("name", ["comma/en", "semicolon/fr", "tab/tab", "xlsx/en", "xlsx/fr"])
def test_headers_are_in_the_language_of_the_file(opened, name):
    suffix = "xlsx" if name.startswith("xlsx") else "csv"
    language = "en" if name.endswith("en") else "fr"
    header = [cell.value for cell in opened[f"{name}_honest.{suffix}"][0]]
    assert header == [getattr(column.title, language) for column in COLUMNS]


def _with_nan(values: list[object]) -> list[float]:
    return [float("nan") if value is None else float(value) for value in values]  # type: ignore[arg-type]
