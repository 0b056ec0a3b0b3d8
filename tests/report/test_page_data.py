"""What a page holds: the figures of the run, exact sums, and texts that cannot become markup."""

from __future__ import annotations

import base64
import json
import math
import re
import zlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pages import EVALUATION, HOSTILE, PORTFOLIO, SCRIPT, made_up_run

from predictor import load_run
from predictor.features.wording import whole_days
from predictor.lists.bands import BAND_NAMES
from predictor.report.files import page
from predictor.report.page_data import MOST_SIGNALS, TENTHS, _whole, page_data
from predictor.report.texts import LONGEST_TEXT, Texts
from predictor.report.words import WORDS, words

N = 60


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made_up") / "2026-06-29"
    made_up_run(folder, N, names=HOSTILE, evaluation=EVALUATION)
    return load_run(folder)


@pytest.fixture(scope="module")
def data(run):
    return json.loads(json.dumps(page_data(run), allow_nan=False))


def unpacked(html: str) -> dict:
    packed = re.search(r'id="data">([A-Za-z0-9+/=]*)</script>', html)
    assert packed is not None
    return json.loads(zlib.decompress(base64.b64decode(packed[1])))


def test_the_columns_are_those_of_the_list(run, data):
    rows = data["rows"]
    assert rows["id"] == run.ranked["prospect_id"].tolist()
    for name, column in (("probability", "conversion_probability"), ("loss", "loss_probability")):
        np.testing.assert_allclose(np.array(rows[name]) / 10_000, run.ranked[column], atol=5.1e-5)
    owners = [data["texts"][k] if k >= 0 else "" for k in rows["owner"]]
    assert owners == run.ranked["owner"].fillna("").tolist()
    median = pd.Series(rows["median"], dtype="float64") / 10
    np.testing.assert_allclose(median, run.ranked["days_to_close_median"], atol=0.051)
    assert [("hot", "warm", "cold")[k] for k in rows["band"]] == run.ranked["band"].tolist()


def test_the_signals_shown_and_the_rest_make_the_score(run, data):
    for place, flat in enumerate(data["signals_of"]):
        signals, values = flat[::3], flat[1::3]
        assert len(signals) <= MOST_SIGNALS
        mine = run.prospect(data["rows"]["id"][place]).head(MOST_SIGNALS)
        np.testing.assert_allclose(
            np.array(values) / 10_000, mine["contribution"][: len(values)], atol=5.1e-5
        )
        assert np.all(np.diff(np.abs(values)) <= 0)
    assert data["run"]["portfolio"] == round(10_000 * PORTFOLIO)


def test_curves_add_up_to_those_of_the_run(run, data):
    curves = run.table("curves.parquet")
    won = np.cumsum(data["curves"]["won"], axis=1) / 10_000
    expected = curves["won"].to_numpy().reshape(N, -1)
    np.testing.assert_allclose(won, expected, atol=5.1e-5)


def test_facts_keep_their_days(run, data):
    history = run.table("history.parquet")
    first = history[history["prospect_id"] == HOSTILE[0]]
    days = np.cumsum(data["history"][0][::3])
    expected = (pd.Timestamp("2026-06-29") - first["at"].dt.normalize()).dt.days
    assert days.tolist() == expected.tolist()
    assert [data["kinds"][k] for k in data["history"][0][1::3]] == first["kind"].tolist()


def test_no_text_of_the_crm_stands_in_the_document(data):
    html = page(data)
    assert unpacked(html) == data
    outside = html[: html.index('id="data"')] + html[html.rindex("</script>\n<script>") :]
    # The title alone is written into the document, escaped.
    assert SCRIPT not in outside
    assert html.count("<script") == 2
    assert html.count("</script") == 2
    assert html.count("<img") == 0


@given(
    st.lists(
        st.one_of(st.text(max_size=20), st.sampled_from([*HOSTILE, "\ud800", "\x00", "a\nb"])),
        max_size=8,
    )
)
@settings(max_examples=25)
def test_any_text_comes_back_as_it_was(names):
    texts = Texts()
    codes = texts.codes(pd.Series(names, dtype=object))
    data = {"run": {"language": "en", "name": "".join(names)}, "texts": texts.known}
    html = page(data)
    assert html.count("</script") == 2
    found = unpacked(html)["texts"]
    for code, name in zip(codes, names, strict=True):
        kept = name if len(name) <= LONGEST_TEXT else name[: LONGEST_TEXT - 1] + "…"
        shown = kept.encode("utf-8", "replace").decode()
        assert (found[code] if code >= 0 else "") == shown


def test_texts_are_stored_once():
    texts = Texts()
    column = pd.Series(["a", None, "b", "a", ""], dtype="str")
    assert texts.codes(column) == [0, -1, 1, 0, -1]
    assert texts.codes(pd.Series(["b", "c"], dtype="str")) == [1, 2]
    assert texts.known == ["a", "b", "c"]


def test_every_text_of_the_page_is_in_both_languages_with_the_same_gaps():
    gaps = re.compile(r"\{\w+\}")
    for name, text in WORDS.items():
        assert text.en, name
        assert text.fr, name
        assert sorted(gaps.findall(text.en)) == sorted(gaps.findall(text.fr)), name


def test_the_program_uses_every_word_and_no_other():
    from importlib.resources import files  # noqa: PLC0415 - used here alone

    scripts = files("predictor.report").joinpath("page").iterdir()
    program = "".join(path.read_text("utf-8") for path in scripts if path.name.endswith(".js"))
    quoted = set(re.findall(r'"([a-z0-9_]+)"', program))
    prefixes = ("band_", "predictor_", "metric_")
    for name in WORDS:
        known = name in quoted or name.startswith(prefixes) or name == "language"
        assert known or name.removesuffix("_one") in quoted, name
    asked = set(re.findall(r'\bt\("([a-z0-9_]+)"[,)]', program))
    assert asked <= set(WORDS)


def test_no_word_claims_a_cause():
    causal = r"because|thanks to|leads? to|parce que|grâce à|à cause|provoque"
    forbidden = re.compile(causal, re.IGNORECASE)
    assert [text for text in WORDS.values() if forbidden.search(f"{text.en} {text.fr}")] == []


def test_bands_of_both_languages_are_known(tmp_path):
    for language in BAND_NAMES:
        made_up_run(tmp_path / language, 10, language=language, companions=False)
        data = page_data(load_run(tmp_path / language))
        assert data["rows"]["band"] == [0, 1, 1, 1, 2, 2, 2, 2, 2, 2]


@given(days=st.floats(0, 1000) | st.integers(0, 2000).map(lambda half: half / 20))
def test_whole_days_on_the_page_in_the_terminal_and_from_the_file_are_the_same(days):
    (tenths,) = _whole(pd.Series([days]), TENTHS)
    on_page = math.floor(tenths / 10 + 0.5)  # Math.round of the browser
    from_file = math.floor(float(f"{pd.Series([days]).round(1).iloc[0]:.1f}") + 0.5)
    assert whole_days(days) == on_page == from_file


def test_no_line_breaks_before_a_sign_in_french():
    assert [text for text in words("fr").values() if re.search(r" [:;?!]", text)] == []
    assert words("fr")["follow_up"] == "Suite proposée\u00a0:"
