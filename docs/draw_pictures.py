"""Draws the pictures of the README from a finished demo: ``python docs/draw_pictures.py demo``.

Every picture shows the real output of a command on the demo's data.
"""

from __future__ import annotations

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import shap
from PIL import Image
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import predictor
from predictor.report.files import write_report

IMAGES = Path(__file__).parent / "images"
#: Without the fonts that Rich would fetch from the network.
SVG_FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def draw_terminal(name: str, *arguments: str) -> None:
    """Draw what a command prints, as an SVG picture of a terminal."""
    command = [str(Path(sys.executable).parent / "predictor"), *arguments]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    with Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=82, file=nowhere)
        console.print(Text(printed.rstrip()))
        title = " ".join(["predictor", *(Path(a).name if "/" in a else a for a in arguments)])
        svg = console.export_svg(title=title, code_format=SVG_FORMAT, unique_id=name)
    (IMAGES / f"{name}.svg").write_text(svg, encoding="utf-8")


def draw_explanation(run: predictor.ScoringRun, prospect_id: str) -> None:
    """Draw the waterfall of one prospect's signals in probability points."""
    explanation = run.shap_explanation(prospect_id)
    shap.plots.waterfall(explanation, max_display=9, show=False)
    figure = plt.gcf()
    figure.set_size_inches(9, 4.5)
    figure.savefig(IMAGES / "explanation.png", dpi=110, bbox_inches="tight")


def draw_page(run: predictor.ScoringRun, name: str, address: str) -> None:
    """Draw a view of the run's page, as Debian's Chromium shows it."""
    page = write_report(run.folder)
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in ("--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-quic"):
        options.add_argument(option)
    with webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver")) as browser:
        browser.set_window_size(1280, 1250)
        browser.get(f"{page.resolve().as_uri()}#{address}")
        WebDriverWait(browser, 20).until(lambda b: not b.find_elements(By.ID, "loading"))
        picture = Image.open(BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    # A page has few colours: a palette of them takes a third of the room.
    picture.quantize(256).save(IMAGES / f"{name}.png", optimize=True)


def main() -> None:
    """Draw the list, a story, an explanation and two views of the page."""
    folder = Path(sys.argv[1])
    config = str(folder / "config.yaml")
    IMAGES.mkdir(exist_ok=True)
    run = predictor.load_run(predictor.find_runs(folder / "runs")[0])
    first = run.ranked["prospect_id"].iloc[0]
    draw_terminal("list", "score", config)
    draw_terminal("story", "explain", config, first)
    draw_explanation(run, first)
    draw_page(run, "report_list", "")
    draw_page(run, "report_prospect", f"id={first}")


if __name__ == "__main__":
    main()
