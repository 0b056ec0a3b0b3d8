"""The page with a screen reader and weak eyes: names, order, landmarks, contrast."""

from __future__ import annotations

from itertools import pairwise

import pytest

VIEWS = ["", "id=constructor", "view=model", "lang=fr&id=constructor"]
CONTROLS = {"button", "link", "combobox", "searchbox", "slider", "textbox", "checkbox", "image"}
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
    tree = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in tree
        if not node["ignored"] and node["role"]["value"] in CONTROLS
    ]
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


def test_the_list_is_one_stop_of_the_tab_key(page):
    page.go()
    tabbable = page.js("return document.querySelectorAll('a.open[tabindex=\"0\"]').length")
    assert tabbable == 1


def test_the_table_is_a_table_on_a_phone_too(page):
    page.width(375)
    page.go()
    tree = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = [node["role"]["value"] for node in tree if not node["ignored"]]
    assert roles.count("table") == 1
    assert roles.count("row") >= 50
