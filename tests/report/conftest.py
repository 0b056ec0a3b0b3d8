"""A real browser, headless and without a network, and the pages that it opens."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from support.browsing import Page
from support.pages import EVALUATION, HOSTILE, made_up_run

from predictor.report.files import write_report

OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--window-size=1300,900")  # fmt: skip
RUN = "2026-06-29"


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    programs = shutil.which("chromium"), shutil.which("chromedriver")
    if None in programs:
        pytest.skip("chromium and chromedriver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = str(programs[0])
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        driver = webdriver.Chrome(options, webdriver.ChromeService(programs[1]))
    except WebDriverException as error:
        pytest.skip(f"chromium does not start: {error.msg}")
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory):
    """A run with every companion, whose first prospects have hostile names."""
    folder = tmp_path_factory.mktemp("hostile") / RUN
    ranked = made_up_run(folder, 130, names=HOSTILE, evaluation=EVALUATION)
    return folder, write_report(folder), ranked


@pytest.fixture
def page(browser, hostile_run):
    """The page of the hostile run, at desktop width; no error on its console at the end."""
    browser.get_log("browser")
    opened = Page(browser, hostile_run[1], hostile_run[2])
    opened.width(1300)
    yield opened
    assert browser.get_log("browser") == []
    assert opened.js("return window.hacked") is None


@pytest.fixture
def make_page(browser, tmp_path):
    """Make and open the page of another run."""

    def make(n: int, **wishes: Any) -> Page:
        ranked = made_up_run(tmp_path / RUN, n, **wishes)
        opened = Page(browser, write_report(tmp_path / RUN), ranked)
        opened.width(1300)
        return opened.go()

    browser.get_log("browser")
    yield make
    assert browser.get_log("browser") == []
