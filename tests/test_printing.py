from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from predictor import printing
from predictor.features.catalogue import Text
from predictor.features.targets import CAUSES
from predictor.model.boosters import Rounds
from predictor.model.recalibration import Recalibration

FACTS = {
    "snapshots": 900,
    "every_days": 2,
    "sampled_from": 900,
    "all_won_kept": True,
    "prospects": 120,
    "prospects_by_outcome": {"won": 25, "lost": 80},
}


def training(facts: dict[str, Any], simplified: tuple[str, ...] = (), **model: Any) -> Any:
    rounds = {cause: Rounds(20, (5, 0)) for cause in CAUSES}
    fitted = {"simplified_": simplified, "recalibrated_": {}, "spread_": object()}
    fitted |= {"n_rounds_": rounds} | model
    return SimpleNamespace(
        predictor=SimpleNamespace(training=facts, model=SimpleNamespace(**fitted)),
        version="few/1",
        as_of=datetime(2026, 5, 4),
        champion=True,
        metrics=None,
        findings=[],
    )


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_print_metrics", lambda _: None)


@pytest.mark.parametrize("simplified", [(), ("won",), ("won", "lost")])
def test_a_training_says_which_part_is_simple_because_outcomes_are_few(
    simplified: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    printing.print_training(training(FACTS, simplified))
    lines = capsys.readouterr().out.splitlines()
    said = [line for line in lines if line.startswith("Too few are ")]
    assert [line.split()[3] for line in said] == [*simplified]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("won", "line"),
    [
        (Rounds(20, (5, 0)), None),
        (Rounds(0, (5, 0)), None),
        (
            Rounds(20, (0, 0)),
            "One score of being won serves all phases: nothing of their own was found.",
        ),
        (
            Rounds(0, (0, 0)),
            "Nothing tells who is won yet: everyone has the portfolio's rate of it.",
        ),
    ],
)
def test_a_training_says_what_was_not_found(
    won: Rounds, line: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = {"won": won, "lost": Rounds(20, (5, 0))}
    printing.print_training(training(FACTS, n_rounds_=rounds))
    lines = capsys.readouterr().out.splitlines()
    said = [text for text in lines if text.startswith(("One score", "Nothing tells"))]
    assert said == ([line] if line else [])
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, None),
        (
            {"sampled_from": 51_287_002},
            "The snapshots are a sample of 51,287,002, with weights; all won soon are in.",
        ),
        (
            {"sampled_from": 51_287_002, "all_won_kept": False},
            "The snapshots are a sample of 51,287,002, with weights; some won soon are in.",
        ),
    ],
)
def test_a_training_says_of_how_many_snapshots_its_own_are_a_sample(
    changes: dict[str, Any], line: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    printing.print_training(training(FACTS | changes))
    lines = capsys.readouterr().out.splitlines()
    assert [each for each in lines if each.startswith("The snapshots are a sample")] == [
        line
    ] * bool(line)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("every_days", "line"),
    [(1, "Each is looked at every day."), (7, "Each is looked at every 7 days.")],
)
def test_a_training_says_how_often_prospects_are_looked_at(
    every_days: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    printing.print_training(training(FACTS | {"every_days": every_days}))
    assert line in capsys.readouterr().out.splitlines()


def test_a_training_says_what_was_recalibrated_and_that_intervals_are_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    by = Recalibration(level=-0.105361, slope=1.25)
    printing.print_training(training(FACTS, recalibrated_={"lost": by}, spread_=None))
    lines = capsys.readouterr().out.splitlines()
    at = lines.index("Rates of being lost were put right by the latest snapshots:")
    assert lines[at + 1] == "level x 0.90, slope 1.25."
    assert "So few are won that scores have no interval." in lines
    printing.print_training(training(FACTS))
    out = capsys.readouterr().out
    assert "put right" not in out
    assert "interval" not in out


ROW = {
    "rank": 1, "prospect_id": "P1", "band": "chaud", "conversion_probability": 0.712,
    "days_to_close_p25": 2.46, "days_to_close_p75": 10.5,
    "reason_1": "Budget : « oui » : +7 points", "reason_2": "", "reason_3": "",
}  # fmt: skip


@pytest.mark.parametrize(("language", "days"), [("en", "3 to 11"), ("fr", "3 à 11")])
def test_the_days_of_a_row_are_rounded_as_the_page_rounds_them(language: str, days: str) -> None:
    # The file shows 2.5 and 10.5; of the exact 2.46 whoever rounds at once would make 2.
    ((*about, weight, reason),) = printing._rows(ROW, language)
    assert (about[-1], weight, reason) == (days, "+7", "Budget : « oui »")
    ((*about, _, _),) = printing._rows({**ROW, "days_to_close_p75": float("nan")}, language)
    assert about[-1] == ""


@pytest.mark.parametrize(
    ("language", "line"), [("en", "Note: a run"), ("fr", "À noter : une liste")]
)
def test_a_note_is_in_the_language_of_the_list(
    language: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report: Any = SimpleNamespace(
        ranked=SimpleNamespace(frame=pd.DataFrame(), n_do_not_contact=0),
        as_of=datetime(2026, 5, 4),
        model_version="few/1",
        notes=(Text("a run", "une liste"),),
        alerts=pd.DataFrame(),
        folder=Path("runs/2026-05-04"),
    )
    printing.print_list(report, language)
    assert line in capsys.readouterr().out.splitlines()
