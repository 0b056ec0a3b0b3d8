"""What happened since the previous run: alerts on the page, and where each prospect stood."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from support.pages import RISEN, SCRIPT, made_up_alerts, made_up_run

from predictor import load_run
from predictor.errors import RunFileError
from predictor.report.page_data import SCALE, page_data
from predictor.report.since_last_run import band_place, movement, since_last_run
from predictor.report.texts import Texts

KINDS = ["strong_signal", "became_hot", "fell", "gone_silent", "close_slipped"]


@pytest.fixture(scope="module")
def alerts(hostile_run):
    return made_up_alerts(hostile_run[2]).reset_index(drop=True)


def test_alerts_are_those_of_the_file_in_its_order(hostile_run, alerts):
    data = page_data(load_run(hostile_run[0]))
    since, texts, ids = data["since"], data["texts"], data["rows"]["id"]
    assert since["day"] == "2026-06-22T00:00:00"
    assert [kind["name"] for kind in since["kinds"]] == KINDS
    found = pd.DataFrame(
        [(ids[row], since["kinds"][kind]["name"], texts[text]) for row, kind, text, *_ in
         since["alerts"]], columns=["prospect_id", "kind", "reason"])  # fmt: skip
    pd.testing.assert_frame_equal(
        found, alerts[["prospect_id", "kind", "reason"]], check_dtype=False
    )
    assert since["beyond"] == 0
    slipped = [alert for alert in since["alerts"] if alert[1] == KINDS.index("close_slipped")]
    assert {(texts[before], texts[now]) for *_, before, now in slipped} == {
        ("2026-07-10", "2026-08-01")
    }


def test_alerts_on_prospects_beyond_the_page_are_counted(hostile_run, alerts):
    run = load_run(hostile_run[0])
    since = since_last_run(run, run.ranked.head(10), Texts())
    within = alerts["rank"] <= 10
    assert (len(since["alerts"]), since["beyond"]) == (within.sum(), (~within).sum())


@pytest.mark.parametrize("some_alerts", [True, False])
def test_moves_of_another_model_alone_are_told_in_both_languages(
    tmp_path, monkeypatch, some_alerts
):
    if not some_alerts:
        none = lambda ranked: made_up_alerts(ranked)[:0]  # noqa: E731 - as short as its use
        monkeypatch.setattr("support.pages.made_up_alerts", none)
    made_up_run(tmp_path / "run", 40, moved_by_model_alone={"became_hot": 1234, "fell": 0})
    since = page_data(load_run(tmp_path / "run"))["since"]
    assert bool(since["alerts"]) is some_alerts
    assert since["by_model_alone"] == {
        "en": "With the new model alone, without a movement of their own: became hot 1,234. "
        "No alert tells of them.",
        "fr": "Avec le nouveau modèle seul, sans mouvement de leur part : devenu chaud "
        "1\u202f234. Aucune alerte n'en parle.",
    }


@pytest.mark.parametrize("alone", [None, {"became_hot": 0, "fell": 0}])
def test_nothing_is_said_where_no_model_alone_moved_anybody(tmp_path, alone):
    made_up_run(tmp_path / "run", 40, moved_by_model_alone=alone)
    assert page_data(load_run(tmp_path / "run"))["since"]["by_model_alone"] is None


def test_the_alerts_tell_how_many_moves_another_model_alone_made(make_page):
    page = make_page(12, moved_by_model_alone={"became_hot": 3, "fell": 2})
    page.turn("view=alerts")
    assert "sans mouvement de leur part" not in page.text("#alerts")
    assert "without a movement of their own: became hot 3, fell 2." in page.text("#alerts")


def test_a_first_run_has_nothing_to_say_of_another(tmp_path):
    made_up_run(tmp_path / "run", 8, companions=False, extra=False)
    data = page_data(load_run(tmp_path / "run"))
    assert data["since"] is None
    assert not {"change", "rank_before", "band_before"} & set(data["rows"])


def test_a_changed_alerts_file_is_refused(tmp_path):
    made_up_run(tmp_path / "run", 40)
    (tmp_path / "run" / "alerts.csv").write_text("kind\nfell\n")
    with pytest.raises(RunFileError, match=r"alerts\.csv: cut short or changed"):
        page_data(load_run(tmp_path / "run"))


def test_movement_compares_with_the_earlier_list(hostile_run):
    ranked = load_run(hostile_run[0]).ranked
    found = movement(ranked, SCALE)
    before = ranked["previous_probability"]
    for place, change in enumerate(found["change"]):
        if pd.isna(before[place]):
            assert (change, found["rank_before"][place]) == (None, None)
            assert found["band_before"][place] is None
        else:
            expected = SCALE * (ranked["conversion_probability"][place] - before[place])
            assert change == round(expected)
            assert found["rank_before"][place] == ranked["previous_rank"][place]
            assert found["band_before"][place] == band_place(ranked["previous_band"][place])


def test_the_list_tells_how_many_of_each_kind_and_leads_to_them(page, alerts):
    page.go("bands=hot&q=keller")
    assert page.text("#happened") == "What happened since 22 Jun 2026"
    counts = alerts["kind"].value_counts()
    said = [int(re.findall(r"\d+$", text)[0]) for text in page.texts(".happened a")]
    assert said == [counts[kind] for kind in KINDS]
    page.one(".happened a.kind-fell").click()
    assert page.focused() == "alerts-heading"
    expected = alerts[alerts["kind"] == "fell"]
    assert page.shown_ids() == expected["prospect_id"].tolist()
    assert page.texts(".alert-lines .what") == expected["reason"].tolist()


def test_alerts_stand_in_order_and_their_filters_keep_what_pandas_keeps(page, alerts):
    page.go("view=alerts")
    everybody = alerts["prospect_id"].unique().tolist()
    assert page.shown_ids() == everybody
    assert page.text("#count") == f"{len(alerts)} alerts, {len(everybody)} prospects"
    assert SCRIPT in page.texts(".alert-lines .what")
    page.one("[data-value=became_hot]").click()
    page.one("[data-value=close_slipped]").click()
    page.js("""const owner = document.getElementById('owner');
        owner.value = 'Ana Petit';
        owner.dispatchEvent(new Event('change', {bubbles: true}));""")
    kept = alerts.query("kind in ('became_hot', 'close_slipped') and owner == 'Ana Petit'")
    assert 0 < len(kept) < len(alerts)
    assert page.shown_ids() == kept["prospect_id"].unique().tolist()
    assert page.texts(".alert-lines .badge")[0].endswith("Became hot")
    assert "10 Jul 2026 → 1 Aug 2026" in page.text("#rows")
    page.one("#search").send_keys("days alert1")
    kept = kept[kept["reason"].str.contains("alert1")]
    assert page.shown_ids() == kept["prospect_id"].unique().tolist()
    assert len(kept) > 0


def test_an_alert_opens_its_prospect_and_its_address_comes_back(page, alerts):
    page.go("view=alerts&kinds=fell")
    ids = alerts.loc[alerts["kind"] == "fell", "prospect_id"].tolist()
    page.one("tbody tr:nth-child(2) .alert-lines").click()
    assert page.text("#prospect h2") == ids[1]
    address = page.js("return location.hash.slice(1)")
    page.press(Keys.ESCAPE)
    assert page.focused() == ids[1]
    page.go(address)
    assert page.text("#prospect h2") == ids[1]
    assert page.texts(".browse:not([hidden]) a.open") == ids
    assert "Fell" in page.text("#changed-card .alert-lines")


def test_a_prospect_shows_where_it_stood(page):
    row = page.ranked.iloc[22]
    page.go(f"id={row['prospect_id'].replace(' ', '+')}")
    said = page.text("#changed-card")
    assert page.text("#changed") == "Since 22 Jun 2026"
    before = row["previous_probability"]
    assert f"From {before:.1%} to {row['conversion_probability']:.1%}" in said
    assert f"from number {row['previous_rank']} to number 23" in said
    assert f"from {row['previous_band']} to {row['band']}" in said or (
        row["previous_band"] == row["band"]
    )
    assert RISEN in said


def test_the_list_shows_points_place_and_band_before_and_what_goes_with_it(page):
    page.go()
    cells = page.texts("tbody td.cell-change")
    for place in (16, 20, 21, 22, 23, 24):
        row = page.ranked.iloc[place]
        if pd.isna(row["previous_probability"]):
            assert cells[place] == "first score"
            continue
        band = "" if row["previous_band"] == row["band"] else f", {row['previous_band']}"
        was = f"was number {row['previous_rank']}{band}"
        assert cells[place] == f"▲ +5{was}asked for a quote"


def test_a_first_run_has_no_alerts_on_its_page(make_page):
    page = make_page(12, companions=False, extra=False)
    page.turn("view=alerts")
    assert page.one("#list h2").is_displayed()
    assert page.browser.find_elements(By.CSS_SELECTOR, ".happened, .cell-change") == []
    assert page.texts("header nav a") == ["Prospects", "The model"]


def test_a_run_without_alerts_says_so(make_page, monkeypatch):
    monkeypatch.setattr("support.pages.made_up_alerts", lambda ranked: made_up_alerts(ranked)[:0])
    page = make_page(12)
    assert page.text(".happened p") == "Nothing that calls for an alert."
    page.turn("view=alerts")
    assert page.text("#alerts .empty") == "Nothing that calls for an alert."
