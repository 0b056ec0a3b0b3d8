"""The page on a narrow screen and on paper."""

from __future__ import annotations


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


def test_a_printed_list_has_a_hundred_rows_and_no_controls(page):
    page.go()
    page.js("addEventListener('beforeprint', () => {"
            "window.printed = document.querySelectorAll('a.open').length })")  # fmt: skip
    paper = page.browser.execute_cdp_cmd("Page.printToPDF", {})
    assert page.js("return window.printed") == 100
    assert len(page.texts("a.open")) == 50
    assert len(paper["data"]) > 10_000
    hidden = printed_display(page, [".filters", "header nav", ".pager"])
    assert hidden == ["none", "none", "none"]


def test_a_printed_prospect_stands_alone(page):
    page.go("id=constructor")
    assert printed_display(page, ["#list", ".panel-bar", "#prospect"]) == ["none", "none", "block"]


def printed_display(page, selectors: list[str]) -> list[str]:
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        find = "return arguments[0].map((s) => getComputedStyle(document.querySelector(s)).display)"
        return page.js(find, selectors)
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
