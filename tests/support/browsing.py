"""A page that is open in a real browser, and what the browser asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from selenium.webdriver.remote.webelement import WebElement


@dataclass
class Page:
    """A page that is open in the browser."""

    browser: Any
    path: Path
    ranked: pd.DataFrame

    def go(self, address: str = "") -> Page:
        """Load the page afresh at an address within it."""
        self.browser.get("about:blank")
        self.browser.get(f"{self.path.as_uri()}#{address}")
        WebDriverWait(self.browser, 20).until(lambda b: not b.find_elements(By.ID, "loading"))
        return self

    def turn(self, address: str) -> None:
        """Go to another address within the page that is open."""
        self.js(
            "if (location.hash.slice(1) === arguments[0]) return;"
            "return new Promise((done) => {"
            "addEventListener('popstate', () => setTimeout(done, 0), {once: true});"
            "location.hash = '#' + arguments[0]; })",
            address,
        )

    def js(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.js("return document.querySelector(arguments[0]).textContent", selector)

    def texts(self, selector: str) -> list[str]:
        find = "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)"
        return self.js(find, selector)

    def focused(self) -> str:
        return self.js("return document.activeElement.id || document.activeElement.textContent")

    def press(self, *keys: str) -> None:
        webdriver.ActionChains(self.browser).send_keys(*keys).perform()

    def shown_ids(self) -> list[str]:
        """The prospects of the list, on all of its pages."""
        return self.js("""const found = [];
            for (;;) {
                document.querySelectorAll('a.open').forEach((e) => found.push(e.textContent));
                const on = document.getElementById('page-on');
                if (!on || on.disabled) return found;
                on.click();
            }""")

    def width(self, pixels: int) -> None:
        size = {"width": pixels, "height": 800, "deviceScaleFactor": 1, "mobile": pixels < 500}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def requests(browser) -> list[str]:
    """Addresses that the browser asked for since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
