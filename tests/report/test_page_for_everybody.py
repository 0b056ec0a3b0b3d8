"""The page with a screen reader and weak eyes: names, order, landmarks, contrast."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from selenium.webdriver.common.keys import Keys

VIEWS = ["", "id=constructor", "view=alerts", "view=model", "lang=fr&id=constructor"]
CONTROLS = {"button", "link", "combobox", "searchbox", "slider", "textbox", "checkbox", "image"}
LANDMARKS = {"banner", "navigation", "main", "contentinfo", "search", "region", "form"}
#: What has the focus: its text, whether it is outlined, on the screen, and not covered.
STOP = """
const e = document.activeElement;
if (e === document.body) return null;
const [style, box] = [getComputedStyle(e), e.getBoundingClientRect()];
const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)];
const top = document.elementFromPoint(x, y);
return [(e.id || e.textContent).trim(),
  style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
  box.top >= 0 && box.top < innerHeight, Boolean(top) && (e.contains(top) || top.contains(e))];
"""
#: Controls too small for a finger, in CSS pixels.
SMALL = """
return [...document.querySelectorAll('button, select, input, .happened a')]
  .filter((e) => e.checkVisibility())
  .filter((e) => Math.min(e.offsetWidth, e.offsetHeight) < 24).map((e) => e.outerHTML);
"""
#: Contrast of each visible text with what lies behind it; large or bold text may have less.
CONTRAST = """
const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
const light = (rgb) => {
  const [r, g, b] = rgb.map((v) => v / 255).map((v) =>
    v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let node = element; node; node = node.parentElement) {
    const colour = parse(getComputedStyle(node).backgroundColor);
    if (colour.length === 3 || colour[3] === 1) return colour.slice(0, 3);
  }
  return [255, 255, 255];
};
const poor = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const box = element.getBoundingClientRect();
  if (!walker.currentNode.textContent.trim() || box.width < 2 || box.height < 2) continue;
  if (element.closest("script, :disabled, .hidden, .skip") || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700);
  const drawn = element.namespaceURI.endsWith("svg") ? style.fill : style.color;
  const [a, b] = [light(parse(drawn).slice(0, 3)), light(behind(element))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < (large ? 3 : 4.5)) {
    poor.push([walker.currentNode.textContent.trim().slice(0, 40), ratio.toFixed(2)]);
  }
}
return poor;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(page, scheme):
    wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
    try:
        page.go()
        for address in VIEWS:
            page.turn(address)
            assert page.js(CONTRAST) == []
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("address", VIEWS)
def test_controls_have_names_headings_go_down_and_ids_are_unique(page, address):
    page.go(address)
    named = [node for node in accessible(page) if node[0] in CONTROLS]
    assert len(named) > 5
    assert [node for node in named if not node[1].strip()] == []
    levels = page.js("""return [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
        .filter((e) => e.checkVisibility()).map((e) => Number(e.tagName[1]))""")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = page.js("return [...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


def test_landmarks_and_live_region_are_there(page):
    page.go("id=constructor")
    for selector in ("header", "header nav[aria-label]", "main", "footer", "form[role=search]"):
        assert page.one(selector).is_displayed()
    assert page.one("#count").get_attribute("aria-live") == "polite"
    assert page.one("html").get_attribute("lang") == "en"
    assert page.one("header nav a[aria-current]").text == "Prospects"


@pytest.mark.parametrize("address", VIEWS)
def test_no_two_landmarks_have_the_same_name_and_tables_say_what_they_are(page, address):
    page.go(address)
    page.js("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    landmarks = [node for node in accessible(page) if node[0] in LANDMARKS]
    assert len(landmarks) >= 4
    assert len(landmarks) == len(set(landmarks))
    poor = page.js("""return [...document.querySelectorAll('table')].filter((table) =>
        !table.caption || !table.caption.textContent.trim() || !table.tHead ||
        [...table.querySelectorAll('th')].some((th) => !['row', 'col'].includes(th.scope)) ||
        [...table.rows].some((row) => row.cells.length !== table.rows[0].cells.length))
        .map((table) => table.outerHTML.slice(0, 200))""")
    assert poor == []


def test_each_view_has_its_title_and_heading_in_its_language(page):
    titles, headings = [], []
    page.go()
    for address in VIEWS:
        page.turn(address)
        titles.append(page.browser.title)
        headings.append(
            page.js("""return [...document.querySelectorAll('h2')]
            .filter((e) => e.checkVisibility()).pop().textContent""")
        )
    assert [re.split(r" \W ", title)[0] for title in titles] == [
        "Prospects", "constructor", "Alerts", "The model", "constructor",
    ]  # fmt: skip
    assert headings[1:] == [
        "constructor", "What happened since 22 Jun 2026", "The model", "constructor",
    ]  # fmt: skip
    assert page.one("html").get_attribute("lang") == "fr"
    assert titles[-1].endswith("29 juin 2026")


def test_the_number_found_is_said_by_a_region_that_stays(page):
    for address, word in (("", "prospects"), ("view=alerts", "alerts")):
        page.go(address)
        page.js("window.region = document.getElementById('count')")
        before = page.text("#count")
        page.one("#search").send_keys("keller")
        assert page.js("return window.region === document.getElementById('count')")
        assert page.one("#count").get_attribute("role") == "status"
        assert word in page.text("#count") != before


@pytest.mark.parametrize(
    ("address", "width"), [(VIEWS[0], 375), *((address, 1300) for address in VIEWS[:4])]
)
def test_every_stop_of_the_tab_key_is_named_seen_and_outlined(page, width, address):
    page.width(width)
    page.go(address)
    stops = []
    for _ in range(40):
        page.press(Keys.TAB)
        if (stop := page.js(STOP)) is None:
            break
        stops.append(stop)
    assert 7 < len(stops) < 40
    assert [stop for stop in stops if not stop[0] or stop[1:] != [True, True, True]] == []


def test_who_wants_no_motion_gets_none(page):
    wanted = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
    try:
        page.go("id=constructor")
        moving = page.js("""return [...document.querySelectorAll('*')].filter((e) => {
            const style = getComputedStyle(e);
            return parseFloat(style.transitionDuration) || style.animationName !== 'none' ||
                style.scrollBehavior === 'smooth'; }).length""")
        assert moving == 0
    finally:
        page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_fingers_find_the_controls(page):
    page.width(320)
    page.go()
    for address in VIEWS:
        page.turn(address)
        assert page.js(SMALL) == []


def test_the_list_is_one_stop_of_the_tab_key(page):
    page.go()
    tabbable = page.js("return document.querySelectorAll('a.open[tabindex=\"0\"]').length")
    assert tabbable == 1


def test_the_table_is_a_table_on_a_phone_too(page):
    page.width(375)
    page.go()
    roles = [role for role, _ in accessible(page)]
    assert roles.count("table") == 1
    assert roles.count("row") >= 50


def accessible(page) -> list[tuple[str, str]]:
    """Role and name of all that a screen reader is told of."""
    tree = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in tree
        if not node["ignored"]
    ]
