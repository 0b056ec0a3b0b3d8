from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from predictor import printing


@pytest.mark.parametrize("simplified", [(), ("won",), ("won", "lost")])
def test_a_training_says_which_part_is_simple_because_outcomes_are_few(
    simplified: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "_print_metrics", lambda _: None)
    facts = {"snapshots": 900, "prospects": 120, "prospects_by_outcome": {"won": 25, "lost": 80}}
    model = SimpleNamespace(simplified_=simplified)
    result: Any = SimpleNamespace(
        predictor=SimpleNamespace(training=facts, model=model),
        version="few/1",
        as_of=datetime(2026, 5, 4),
        champion=True,
        metrics=None,
        findings=[],
    )
    printing.print_training(result)
    lines = capsys.readouterr().out.splitlines()
    said = [line for line in lines if line.startswith("Too few are ")]
    assert [line.split()[3] for line in said] == [*simplified]
    assert max(map(len, lines)) <= 80
