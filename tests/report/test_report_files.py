"""``predictor report``: where the page goes, and what it refuses in one line."""

from __future__ import annotations

import shutil

import pytest
from support.pages import made_up_run
from support.typing_at_a_terminal import predictor


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "runs" / "2026-06-29"
    made_up_run(folder, 12)
    return folder


def test_the_page_goes_beside_the_run(run):
    answer = predictor("report", run)
    page = run.with_name("2026-06-29.html")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == f"Wrote {page}: open it in a browser\n"
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in run.parent.iterdir()) == ["2026-06-29", "2026-06-29.html"]


def test_a_run_named_from_within_has_its_page_beside_it_too(run, monkeypatch):
    monkeypatch.chdir(run)
    assert predictor("report", ".", "--quiet").out == ""
    assert run.with_name("2026-06-29.html").exists()


def test_the_page_goes_where_it_is_told(run, tmp_path):
    wanted = tmp_path / "deep" / "page.html"
    assert predictor("report", run, "--output", wanted).code == 0
    assert wanted.exists()
    assert not run.with_name("2026-06-29.html").exists()


def test_the_same_run_makes_the_same_page(run, tmp_path):
    pages = [tmp_path / "a.html", tmp_path / "b.html"]
    for page in pages:
        predictor("report", run, "--output", page)
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_run_s_folder_takes_no_page(run):
    said = predictor("report", run, "--output", run / "page.html").complaint
    assert "lies in the run's folder, which scoring replaces" in said
    assert not (run / "page.html").exists()


def test_what_is_no_run_ends_in_one_line(tmp_path):
    assert "no such folder" in predictor("report", tmp_path / "none").complaint
    assert "not a complete scoring run" in predictor("report", tmp_path).complaint


@pytest.mark.parametrize("name", ["model.json", "curves.parquet", "ranked.parquet"])
def test_a_changed_file_ends_in_one_line_and_leaves_the_page_as_it_was(run, name):
    predictor("report", run)
    page = run.with_name("2026-06-29.html")
    before = page.read_bytes()
    (run / name).write_bytes(b"{}")
    assert f"{name}: cut short or changed" in predictor("report", run).complaint
    assert page.read_bytes() == before


def test_a_page_that_cannot_be_written_leaves_nothing(run, tmp_path):
    (tmp_path / "taken").mkdir()
    said = predictor("report", run, "--output", tmp_path / "taken").complaint
    assert "cannot be written" in said
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    shutil.rmtree(tmp_path / "taken")
