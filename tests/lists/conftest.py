"""Tiny scored prospects and runs, also those that the docstrings' examples open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from predictor.lists.bands import BandRule
from predictor.lists.files import write_run
from predictor.lists.ranking import rank

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PORTFOLIO = {"2024-02-23": 0.18, "2024-03-01": 0.2}
CONTRIBUTIONS = {
    "2024-02-23": {
        "P-001": (0.1, 0.02, 0.0),
        "P-002": (0.0, -0.05, -0.03),
        "P-003": (0.1, 0.05, 0.02),
        "P-009": (0.0, 0.0, 0.4),
    },
    "2024-03-01": {
        "P-001": (0.1, 0.0, 0.05),
        "P-002": (0.0, -0.1, -0.02),
        "P-003": (0.3, 0.1, 0.0),
        "P-004": (-0.01, -0.06, -0.06),
    },
}
REASONS = {
    "quote_requests": "Asked for a quote 3 days ago",
    "silence": "Last heard of 1 day ago",
    "emails": "Opened 2 e-mails in 30 days",
}


def _scored(
    probability: Sequence[float],
    amount: Sequence[float] | None = None,
    do_not_contact: Sequence[bool] | None = None,
    **columns: Any,
) -> pd.DataFrame:
    n = len(probability)
    p = np.asarray(probability, dtype=np.float64)
    frame = pd.DataFrame(
        {
            "prospect_id": pd.Series([f"P-{i:03d}" for i in range(1, n + 1)], dtype="str"),
            "account_id": pd.Series([f"A-{i}" for i in range(n)], dtype="str"),
            "owner": pd.Series(["Ana"] * n, dtype="str"),
            "amount": np.full(n, 1000.0) if amount is None else np.asarray(amount, dtype="f8"),
            "do_not_contact": np.zeros(n, bool) if do_not_contact is None else do_not_contact,
            "conversion_probability": p,
            "loss_probability": (1 - p) / 2,
            "horizon_days": np.full(n, 30, dtype=np.int64),
            "days_to_close_p25": np.full(n, 4.04),
            "days_to_close_median": np.full(n, 9.26),
            "days_to_close_p75": np.full(n, 20.0),
            "reason_1": pd.Series(["Asked for a quote 3 days ago"] * n, dtype="str"),
            "reason_2": pd.Series(["Opened 2 e-mails in 30 days"] * n, dtype="str"),
            "reason_3": pd.Series([""] * n, dtype="str"),
            "caution": pd.Series([""] * n, dtype="str"),
            "last_interaction_at": np.full(n, np.datetime64("2024-02-27T10:30:00", "us")),
            "as_of": np.full(n, np.datetime64("2024-03-01T00:00:00", "us")),
            "model_version": pd.Series(["champion-1"] * n, dtype="str"),
            "conversion_probability_low": p / 2,
            "conversion_probability_high": (1 + p) / 2,
            "not_enough_history": p < 0.2,
            "territory": pd.Series(["North"] * n, dtype="str"),
            "expected_days_open": np.full(n, 25.0),
            "follow_up_cold": pd.Series(["Reactivate"] * n, dtype="str"),
            "follow_up_warm": pd.Series(["Send something"] * n, dtype="str"),
            "follow_up_hot": pd.Series(["Call"] * n, dtype="str"),
            "previous_rank": pd.array(np.arange(n) + 2, dtype="Int64"),
            "previous_band": pd.Series(["cold"] * n, dtype="str"),
            "previous_probability": p / 2,
            "change_reason": pd.Series(["Unchanged since 23 February"] * n, dtype="str"),
            "sooner_or_later": pd.Series(["No call yet: 3 days later"] * n, dtype="str"),
            "ask_next": pd.Series(["Offer a demo: 8% without, 17% with"] * n, dtype="str"),
        }
    )
    return frame.assign(**columns)


def _explanations(name: str, prospects: dict[str, tuple[float, ...]]) -> pd.DataFrame:
    rows = [
        (prospect, pd.Timestamp(name), signal, value, REASONS[signal])
        for prospect, values in prospects.items()
        for signal, value in zip(REASONS, values, strict=True)
    ]
    columns = ["prospect_id", "as_of", "signal", "contribution", "reason"]
    table = pd.DataFrame(rows, columns=columns)
    total = table.groupby("prospect_id")["contribution"].transform("sum")
    return table.assign(probability=PORTFOLIO[name] + total, portfolio_probability=PORTFOLIO[name])


def _write(folder: Path, horizon_days: int = 30) -> None:
    prospects = CONTRIBUTIONS[folder.name]
    explanations = _explanations(folder.name, prospects)
    p = explanations.groupby("prospect_id")["probability"].first()
    scored = _scored(p.tolist(), prospect_id=p.index, horizon_days=horizon_days)
    quarantine = pd.DataFrame({"table": ["outcomes"], "row": [7], "reason": ["no prospect_id"]})
    ranked = rank(scored, bands=BandRule(hot=0.5, warm=0.25))
    write_run(folder, ranked, explanations, quarantine, {"seed": 1})


@pytest.fixture(scope="session")
def scored_frame() -> Callable[..., pd.DataFrame]:
    return _scored


@pytest.fixture(scope="session")
def explanations_frame() -> Callable[[], pd.DataFrame]:
    return lambda: _explanations("2024-03-01", CONTRIBUTIONS["2024-03-01"])


@pytest.fixture(scope="session")
def write_example() -> Callable[..., None]:
    return _write


@pytest.fixture
def runs_folder(tmp_path: Path) -> Path:
    for name in CONTRIBUTIONS:
        _write(tmp_path / "runs" / name)
    return tmp_path / "runs"
