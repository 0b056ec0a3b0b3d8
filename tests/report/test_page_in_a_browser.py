"""The page of a run in a real browser: it shows what the run holds, and fetches nothing."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from support.browsing import requests
from support.pages import HOSTILE, PORTFOLIO, SCRIPT, SIGNALS

from predictor import load_run
from predictor.features.wording import day_range
from predictor.lists.bands import BAND_NAMES

KEYS = {
    "rank": "rank",
    "band": "band",
    "probability": "conversion_probability",
    "closes": "days_to_close_median",
    "value": "expected_value",
    "change": "change",
}


def test_the_page_fetches_nothing(page, browser):
    requests(browser)
    page.go()
    for address in ("view=model", "id=__proto__", "lang=fr"):
        page.go(address)
        assert page.js("return performance.getEntriesByType('resource').length") == 0
    asked = {url.partition("#")[0] for url in requests(browser)}
    assert {url for url in asked if not url.startswith("data:")} == {page.path.as_uri()}


def test_its_policy_runs_no_other_program(browser, page):
    page.go()
    page.js("""const script = document.createElement('script');
        script.textContent = "window.planted = true";
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.planted = 1">');
        document.body.insertAdjacentHTML('beforeend', '<img src="https://localhost/x.png">');""")
    page.js("return new Promise((done) => setTimeout(done, 100))")
    assert page.js("return window.planted") is None
    refused = browser.get_log("browser")
    assert len(refused) >= 3
    assert all("Content Security Policy" in entry["message"] for entry in refused)


def test_hostile_names_are_shown_as_they_are(page):
    page.go()
    assert page.texts("a.open")[: len(HOSTILE)] == list(HOSTILE)
    assert page.text("h1") == SCRIPT
    assert page.texts("img, script[src], iframe, object") == []


def test_a_hostile_prospect_opens_and_its_address_brings_it_back(page):
    page.go()
    for place, name in enumerate(HOSTILE):
        page.js("document.querySelectorAll('a.open')[arguments[0]].click()", place)
        assert page.text("#prospect h2") == name
        assert "".join(page.browser.title.split()).startswith("".join(name.split())[:20])
        address = page.js("return location.hash.slice(1)")
        page.turn("view=model")
        page.turn(address)
        assert page.text("#prospect h2") == name


def test_headings_sort_as_pandas_does(page):
    page.go()
    ranked = page.ranked.assign(
        change=page.ranked["conversion_probability"] - page.ranked["previous_probability"],
        band=page.ranked["band"].map({name: k for k, name in enumerate(BAND_NAMES["en"])}),
        days_to_close_median=(10 * page.ranked["days_to_close_median"]).round(),
        expected_value=page.ranked["expected_value"].round(),
        conversion_probability=page.ranked["conversion_probability"].round(4),
    )
    ranked["change"] = ranked["change"].round(4)
    for column, key in KEYS.items():
        orders = []
        for _ in range(2):
            page.one(f"[data-sort={column}]").click()
            orders.append(page.one(f"th.cell-{column}").get_attribute("aria-sort"))
            expected = ranked.sort_values(
                key, ascending=orders[-1] == "ascending", kind="stable", na_position="last"
            )
            assert page.texts("a.open") == expected["prospect_id"].head(50).tolist()
        assert set(orders) == {"ascending", "descending"}


def test_days_to_close_are_said_as_everywhere(page):
    page.go()
    days = page.ranked[["days_to_close_p25", "days_to_close_p75"]].head(50)
    shown = pd.Series(page.texts("td.cell-closes"))[days.notna().all(axis=1)]
    assert shown.nunique() > 10
    assert shown.tolist() == [day_range(*ends).en for ends in days.dropna().to_numpy()]


def test_the_best_come_first_at_the_first_click(page):
    page.go()
    page.one("[data-sort=value]").click()
    assert page.one("th.cell-value").get_attribute("aria-sort") == "descending"
    assert page.one("th.cell-rank").get_attribute("aria-sort") == "none"


def test_search_finds_what_pandas_finds(page):
    page.go()
    columns = [
        "prospect_id",
        "account_id",
        "owner",
        "territory",
        "reason_1",
        "reason_2",
        "reason_3",
    ]
    text = page.ranked[columns].fillna("").agg("\n".join, axis=1).str.lower()
    text = text.str.normalize("NFD").str.replace(r"[\u0300-\u036f]", "", regex=True)
    for words in ("keller", "CHLOE north", "quote 12", "p00002", "a00 rossi", "zzz"):
        page.one("#search").clear()
        page.one("#search").send_keys(words)
        found = [text.str.contains(word, regex=False) for word in words.lower().split()]
        expected = page.ranked.loc[np.logical_and.reduce(found), "prospect_id"].tolist()
        assert page.shown_ids() == expected
        assert page.text("#count").split()[0] == str(len(expected))


def test_filters_keep_what_pandas_keeps(page):
    page.go()
    page.one("[data-value=warm]").click()
    page.one("[data-value=cold]").click()
    assert page.one("[data-value=warm]").get_attribute("aria-pressed") == "true"
    page.js("""const set = (id, value, event) => {
        document.getElementById(id).value = value;
        document.getElementById(id).dispatchEvent(new Event(event, {bubbles: true}));
    };
    set('owner', 'Bruno Keller', 'change'); set('least', 10, 'input');""")
    kept = page.ranked.query(
        "band != 'hot' and owner == 'Bruno Keller' and conversion_probability >= 0.0999999"
    )
    assert 0 < len(kept) < 25
    assert page.shown_ids() == kept["prospect_id"].tolist()
    assert page.text("#count") == f"{len(kept)} prospects of 130"


def test_the_address_keeps_what_is_shown(page):
    page.go("bands=warm&sort=-value&q=keller")
    before = page.texts("a.open")
    address = page.js("return location.hash.slice(1)")
    page.js("document.querySelector('a.open').click()")
    assert page.text("#prospect h2") == before[0]
    page.browser.back()
    assert page.js("return document.getElementById('prospect').hidden") is True
    page.go(address)
    assert page.texts("a.open") == before
    assert page.one("#search").get_attribute("value") == "keller"


def test_a_strange_address_shows_the_list(page):
    page.go()
    strange = ("sort=constructor", "page=-3", "page=999", "lang=constructor", "id=nobody", "%",
               "bands=x,hot&min=abc", "view=__proto__", "owner=nobody")  # fmt: skip
    for address in strange:
        page.turn(address)
        assert page.one("#list h2").is_displayed()


@pytest.mark.parametrize("place", [20, 77])
def test_a_prospect_shows_the_figures_of_the_run(page, hostile_run, place):
    row = page.ranked.iloc[place]
    page.go(f"id={row['prospect_id'].replace(' ', '+')}")
    assert page.text("#score") == f"{row['conversion_probability']:.1%}"
    said = page.text(".headline")
    assert f"number {place + 1} of 130" in said
    assert f"Lost within 30 days: {row['loss_probability']:.1%}" in said
    low, high = row["conversion_probability_low"], row["conversion_probability_high"]
    shown = [float(x) for x in re.findall(r"interval ([\d.]+)% to ([\d.]+)%", said)[0]]
    assert shown == pytest.approx([100 * low, 100 * high], abs=0.06)
    run = load_run(hostile_run[0])
    curve = run.table("curves.parquet").query("prospect_id == @row.prospect_id and days == 30")
    cells = page.texts("#when-card tbody tr:nth-child(10) > *")
    assert cells[0] == "30"
    for cell, state in zip(cells[1:], ("won", "open", "lost"), strict=True):
        assert float(cell.rstrip("%")) == pytest.approx(100 * curve[state].item(), abs=0.06)
    facts = run.table("history.parquet").query("prospect_id == @row.prospect_id")
    assert page.texts(".timeline .what") == facts["what"].tolist()
    assert page.texts(".timeline .when") == [f"{at:%-d %b %Y}" for at in facts["at"]]


def test_signals_are_those_of_the_run_and_add_up(page, hostile_run):
    row = page.ranked.iloc[30]
    page.go(f"id={row['prospect_id'].replace(' ', '+')}")
    mine = load_run(hostile_run[0]).prospect(row["prospect_id"]).head(12)
    shown = dict(
        zip(page.texts("#signals-card .what"), page.texts("#signals-card .points"), strict=True)
    )
    assert len(shown) == 12 < len(SIGNALS)
    for signal in mine.itertuples():
        assert float(shown[signal.reason]) == pytest.approx(100 * signal.contribution, abs=0.06)
    numbers = re.findall(r"[+-]?\d+\.\d", page.text("#sum"))
    mean, named, rest, total = map(float, numbers)
    assert mean == pytest.approx(100 * PORTFOLIO)
    assert mean + named + rest == pytest.approx(total, abs=0.21)
    assert named == pytest.approx(100 * mine["contribution"].sum(), abs=0.06)


def test_what_to_ask_and_what_changed_are_shown(page):
    row = page.ranked.iloc[31]
    page.go(f"id={row['prospect_id'].replace(' ', '+')}")
    assert page.texts(".steps .what") == ["Ask for the budget", "Ask who decides"]
    assert SCRIPT in page.text("#next-card .steps")
    assert "seen in 40 prospects" in page.text("#next-card .steps")
    assert page.texts("#changed-card .points")[-3:] == ["+6.0", "+1.0", "-2.0"]
    assert row["follow_up"] in page.text(".headline")


def test_the_model_page_shows_the_forward_test(page):
    page.go("view=model")
    assert page.text("#worth-card .lead") == "Had the team worked the top."
    assert len(page.browser.find_elements(By.CSS_SELECTOR, "#calibration-card circle")) == 6
    assert page.texts("#metrics-card tbody tr:first-child > *")[2:] == [
        "0.790", "0.336", "17.3%", "3.6", "1.17", "51.4%",
    ]  # fmt: skip
    assert page.texts("#slices-card tbody tr:first-child > *")[:5] == [
        SCRIPT, "230", "24", "1.66", "1.07 to 2.35",
    ]  # fmt: skip
    assert "7,324" in page.text("#trained-card")


def test_signals_overall_are_those_of_the_list(page, hostile_run):
    page.go("view=model")
    strength = load_run(hostile_run[0]).contributions().abs().mean().sort_values(ascending=False)
    assert page.texts("#overall-card .what") == [name.replace("_", " ") for name in strength.index]
    shown = [float(text) for text in page.texts("#overall-card .amount")]
    np.testing.assert_allclose(shown, 100 * strength, atol=0.051)


def test_the_keyboard_alone_reaches_everything(page):
    page.go()
    page.press(Keys.TAB)
    assert page.focused() == "Skip to the content"
    page.press(Keys.ENTER)
    assert page.focused() == "main"
    page.press(*[Keys.TAB] * (1 + len(page.texts(".happened a"))))
    assert page.focused() == "search"
    page.press("k", "e", "l")
    rows = page.texts("a.open")
    assert 3 < len(rows) < 130
    for _ in range(60):
        page.press(Keys.TAB)
        if page.focused() == rows[0]:
            break
    page.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert page.focused() == rows[2]
    page.press(Keys.ENTER)
    assert page.focused() == "prospect-heading"
    assert page.text("#prospect h2") == rows[2]
    page.press(Keys.ESCAPE)
    assert page.focused() == rows[2]
    page.press(Keys.HOME)
    assert page.focused() == rows[0]


def test_focus_can_be_seen(page):
    page.go()
    page.press(Keys.TAB, Keys.TAB)
    style = page.js("const s = getComputedStyle(document.activeElement); "
                    "return [s.outlineStyle, parseFloat(s.outlineWidth)]")  # fmt: skip
    assert style[0] == "solid"
    assert style[1] >= 2


def test_a_french_run_reads_in_french_and_its_words_can_be_switched(make_page):
    page = make_page(30, language="fr")
    assert page.one("html").get_attribute("lang") == "fr"
    assert page.text("#list h2") == "Prospects"
    assert page.text("#count") == "30 prospects"
    assert "chaud" in page.text("tbody tr:first-child .badge")
    probability = page.ranked["conversion_probability"].iloc[0]
    assert page.text("tbody tr:first-child strong") == f"{100 * probability:.0f}\u202f%".replace(
        "\u202f", page.js("return new Intl.NumberFormat('fr', {style: 'percent'}).format(1)[3]")
    )
    page.one("#language").click()
    assert page.one("html").get_attribute("lang") == "en"
    assert page.focused() == "language"
    assert "hot" in page.text("tbody tr:first-child .badge")
    assert page.one("tbody .reason [lang]").get_attribute("lang") == "fr"
    assert "lang=en" in page.js("return location.hash")


def test_a_run_without_companions_shows_what_there_is(make_page):
    page = make_page(30, companions=False, extra=False)
    page.js("document.querySelectorAll('a.open')[3].click()")
    assert page.texts("#prospect h3") == ["When it could close", "Signals"]
    page.go("view=model")
    assert "without its forward test" in page.text("#model .warning")
    assert len(page.texts("#overall-card .what")) == len(SIGNALS)


def test_a_run_without_prospects_has_a_page(make_page):
    page = make_page(0, companions=False, extra=False)
    assert "No prospect fits" in page.text("#rows")
    page.go("view=model")
    assert page.one("#model h2").is_displayed()


def test_ten_thousand_prospects_make_a_page_under_five_megabytes(make_page):
    page = make_page(10_000)
    assert page.path.stat().st_size < 5_000_000
    assert page.text("#count") == "10,000 prospects"
    took = page.js("""const start = performance.now();
        const search = document.getElementById('search');
        search.value = 'keller north';
        search.dispatchEvent(new Event('input', {bubbles: true}));
        return performance.now() - start;""")
    expected = page.ranked.query("owner == 'Bruno Keller'")
    expected = expected[
        expected["territory"].eq("North") | expected["prospect_id"].str.contains("north")
    ]
    assert page.text("#count") == f"{len(expected):,} prospects of 10,000"
    assert took < 2000  # milliseconds; some tens on an idle machine


def test_the_list_is_the_same_as_a_frame(page):
    page.go()
    row = page.ranked.iloc[40]
    cells = page.texts(f"tbody tr:nth-child({41}) td")
    assert cells[0] == "41"
    assert row["band"] in cells[2]
    assert cells[3].startswith(f"{row['conversion_probability']:.0%}")
    if pd.notna(row["expected_value"]):
        assert cells[5] == f"{row['expected_value']:,.0f}"
