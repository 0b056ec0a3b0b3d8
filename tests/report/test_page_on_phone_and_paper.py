"""The page on a narrow screen and on paper."""

from __future__ import annotations

import base64
import re
from contextlib import contextmanager

import pytest

A4 = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True}
#: Between the margins of an A4 sheet: 210 - 2 * 13 mm.
A4_INNER_PX = 695


def test_a_phone_needs_no_scrolling_sideways(page):
    page.go()
    for width in (375, 320):
        page.width(width)
        for address in ("", "id=constructor", f"id={'x' * 3000}", "view=model", "lang=fr"):
            page.turn(address)
            assert page.js("return document.documentElement.scrollWidth") <= width
    assert not page.one("thead").is_displayed()
    assert page.one("#search").is_displayed()


def test_a_phone_shows_one_thing_at_a_time(page):
    page.width(375)
    page.go("id=constructor")
    assert not page.one("#list").is_displayed()
    page.one("#close").click()
    assert page.one("#list").is_displayed()
    assert page.focused() == "constructor"


def test_a_printed_list_has_a_hundred_rows_and_says_of_how_many(page):
    page.go()
    page.js("addEventListener('beforeprint', () => {"
            "window.printed = document.querySelectorAll('a.open').length })")  # fmt: skip
    assert 5 < len(sheets(page)) < 20
    assert page.js("return window.printed") == 100
    assert len(page.texts("a.open")) == 50
    with printed(page):
        assert displays(page, ".filters", "header nav", ".pager button", ".sort") == {"none"}
        assert page.one(".pager span").is_displayed()
        assert page.text(".pager span") == "1 to 50 of 130"


def test_a_printed_list_says_what_it_was_narrowed_down_to(page):
    page.go("bands=warm&owner=Bruno+Keller&min=10&q=p0")
    assert not page.one("#narrowed").is_displayed()
    with printed(page):
        assert page.one("#narrowed").is_displayed()
    said = page.text("#narrowed")
    assert said == "Search: p0 · Bruno Keller · warm · Probability from 10%"
    page.turn("view=alerts&kinds=fell")
    assert page.text("#narrowed") == "Fell"


def test_every_sheet_of_the_list_repeats_its_headings_as_text(page):
    page.go()
    with printed(page):
        shown = page.js("""return [...document.querySelectorAll('thead th')]
            .filter((e) => e.checkVisibility()).map((e) => {
                const text = getComputedStyle(e, '::after').content;
                return text === 'none' ? e.textContent : text.replaceAll('"', ''); })""")
    assert shown == ["Rank", "Prospect", "Band", "Probability", "If it is won", "Change", "Reasons"]


def test_a_printed_prospect_stands_alone_on_one_sheet_or_two(page):
    page.go("id=constructor")
    assert len(sheets(page)) <= 2
    with printed(page):
        assert displays(page, "#list", ".panel-bar") == {"none"}
        assert page.one("#prospect").is_displayed()


def test_the_model_takes_two_sheets_at_most_and_its_letters_keep_their_size(page):
    page.go("view=model")
    page.js("""addEventListener('beforeprint', () => {
        window.printed = [...document.querySelectorAll('.drawing')].map((e) =>
            e.viewBox.baseVal.width); })""")
    shown = page.js("return document.querySelector('.drawing').viewBox.baseVal.width")
    assert len(sheets(page)) <= 2
    assert page.js("return window.printed") == [290] * 3
    assert page.js("return document.querySelector('.drawing').viewBox.baseVal.width") == shown > 400


@pytest.mark.parametrize("address", ["", "view=alerts", "id=constructor", "view=model"])
def test_nothing_is_wider_than_a_sheet_or_cut_by_one(page, address):
    page.width(A4_INNER_PX)
    page.go(address)
    with printed(page):
        assert page.js("return document.documentElement.scrollWidth") <= A4_INNER_PX
        cut = page.js("""return [...document.querySelectorAll('tr, .bars li, .card, .tile')]
            .filter((e) => e.checkVisibility() && getComputedStyle(e).breakInside !== 'avoid')
            .map((e) => e.outerHTML.slice(0, 80))""")
        assert cut == []


def test_colours_that_mean_something_are_printed(page):
    page.go("id=constructor")
    with printed(page):
        kept = page.js("""return [...document.querySelectorAll('.fill, .key, .badge, .drawing')]
            .map((e) => getComputedStyle(e).printColorAdjust)""")
    assert len(kept) > 10
    assert set(kept) == {"exact"}


def sheets(page) -> list[bytes]:
    """The sheets of paper that the page takes: Chromium writes one such object for each."""
    paper = page.browser.execute_cdp_cmd("Page.printToPDF", A4)
    return re.findall(rb"/Type\s*/Page\b", base64.b64decode(paper["data"]))


@contextmanager
def printed(page):
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        yield
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def displays(page, *selectors: str) -> set[str]:
    find = "return arguments[0].map((s) => getComputedStyle(document.querySelector(s)).display)"
    return set(page.js(find, selectors))
