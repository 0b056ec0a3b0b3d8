from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import numpy as np
import pandas as pd
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient

import predictor
from predictor.lists.files import write_run
from predictor.lists.ranking import rank

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
EXPLANATIONS, SIGNALS_AND_SEGMENTS, REVIEW, CHANGES = NOTEBOOKS
SIGNALS = {
    "Quote requests": "Asked for a quote 3 days ago",
    "Silence": "Last heard of 12 days ago",
    "E-mail engagement": "Opened 4 of the last 6 e-mails",
    "Budget": "Budget confirmed",
    "Demo": "Saw a demo 8 days ago",
    "Stage": "In negotiation for 5 days",
    "Web visits": "Saw the price page twice this week",
    "Age": "Created 40 days ago",
}


def _write_run(folder: Path, seed: int, n: int = 60) -> None:
    rng = np.random.default_rng(seed)
    portfolio = 0.2 + 0.01 * seed
    values = rng.normal(0, 0.03, size=(n, len(SIGNALS))) / np.arange(1, len(SIGNALS) + 1)
    values[: n // 10, 0] += 0.4
    p = portfolio + values.sum(axis=1)
    ids = [f"P-{i:03d}" for i in range(seed, n + seed)]
    scored = pd.DataFrame(
        {
            "prospect_id": ids,
            "account_id": ids,
            "owner": "Ana",
            "amount": 1000.0,
            "do_not_contact": False,
            "conversion_probability": p.clip(0, 1),
            "loss_probability": 0.1,
            "horizon_days": 30,
            "days_to_close_p25": 4.0,
            "days_to_close_median": 9.0,
            "days_to_close_p75": 20.0,
            "reason_1": "Asked for a quote 3 days ago",
            "reason_2": "Budget confirmed",
            "reason_3": "",
            "caution": "",
            "last_interaction_at": pd.Timestamp(folder.name),
            "as_of": pd.Timestamp(folder.name),
            "model_version": "1",
            "conversion_probability_low": p.clip(0, 1) / 2,
            "conversion_probability_high": (1 + p.clip(0, 1)) / 2,
            "not_enough_history": False,
            "territory": "North",
            "expected_days_open": 25.0,
            "follow_up_cold": "Reactivate",
            "follow_up_warm": "Send something",
            "follow_up_hot": "Call",
            "previous_rank": pd.array([pd.NA] * n, dtype="Int64"),
            "previous_band": "",
            "previous_probability": np.nan,
            "change_reason": "",
            "sooner_or_later": "No call yet: 3 days later",
            "ask_next": "Offer a demo: 8% without, 17% with",
        }
    )
    explanations = pd.DataFrame(
        {
            "prospect_id": np.repeat(ids, len(SIGNALS)),
            "as_of": pd.Timestamp(folder.name),
            "signal": list(SIGNALS) * n,
            "contribution": values.ravel(),
            "reason": list(SIGNALS.values()) * n,
            "probability": np.repeat(p, len(SIGNALS)),
            "portfolio_probability": portfolio,
        }
    )
    write_run(folder, rank(scored), explanations, pd.DataFrame(), {"seed": seed})


@pytest.fixture
def kernels(monkeypatch) -> None:
    """Run the kernel with this interpreter, whatever kernels the machine has."""
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = KernelSpec(argv=argv, display_name="Python 3", language="python")
    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", lambda *_: spec)
    monkeypatch.setenv("PYTHONPATH", str(Path(predictor.__file__).parents[1]))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")


def _execute(path: Path) -> NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    return NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}
    ).execute()


def _outputs(notebook: NotebookNode, cell_id: str) -> str:
    cell = next(cell for cell in notebook.cells if cell["id"] == cell_id)
    return json.dumps(cell["outputs"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_stored_valid_with_ids_and_without_outputs(path):
    stored = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(stored)
    ids = [cell["id"] for cell in stored["cells"]]
    assert len(set(ids)) == len(ids) > 0
    for cell in stored["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.usefixtures("kernels")
def test_explanations_of_two_runs(tmp_path, monkeypatch):
    _write_run(tmp_path / "2024-02-23", seed=1)
    _write_run(tmp_path / "2024-03-01", seed=2)
    monkeypatch.setenv("PREDICTOR_RUN", str(tmp_path / "2024-03-01"))
    monkeypatch.delenv("PREDICTOR_PREVIOUS_RUN", raising=False)
    done = _execute(EXPLANATIONS)
    assert "ScoringRun(2024-03-01: 60 prospects, 8 signals)" in _outputs(done, "open")
    assert "ScoringRun(2024-02-23" in _outputs(done, "previous")
    assert "22.0%" in _outputs(done, "portfolio")
    for cell in ("bars", "beeswarm", "waterfall", "changed"):
        assert "image/png" in _outputs(done, cell), cell
    assert "Quote requests" in _outputs(done, "one")
    assert "in both" in _outputs(done, "changes")


@pytest.mark.usefixtures("kernels")
def test_explanations_of_the_only_run_say_so(tmp_path, monkeypatch):
    _write_run(tmp_path / "2024-03-01", seed=2)
    monkeypatch.setenv("PREDICTOR_RUN", str(tmp_path / "2024-03-01"))
    monkeypatch.delenv("PREDICTOR_PREVIOUS_RUN", raising=False)
    done = _execute(EXPLANATIONS)
    assert "only one run" in _outputs(done, "previous")
    assert "image/png" not in _outputs(done, "changed")


@pytest.fixture
def of_the_demo(demo, kernels, monkeypatch):
    """Point the notebooks at the small demo, with its champion and its newest run."""
    for name in ("MODEL", "EARLIER_MODEL", "PREVIOUS_RUN"):
        monkeypatch.delenv(f"PREDICTOR_{name}", raising=False)
    monkeypatch.setenv("PREDICTOR_CONFIG", str(demo / "config.yaml"))
    monkeypatch.setenv("PREDICTOR_RUN", str(demo / "runs" / "2026-06-29"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def _images(notebook: NotebookNode) -> set[str]:
    return {cell["id"] for cell in notebook.cells if "image/png" in json.dumps(cell.get("outputs"))}


@pytest.mark.usefixtures("of_the_demo")
def test_segments_and_signals_of_the_champion():
    done = _execute(SIGNALS_AND_SEGMENTS)
    assert "OpenedModel(simulated_short/1, trained as of 2026-05-18)" in _outputs(done, "open")
    assert _images(done) == {"stages", "spread", "age", "segment", "signal", "by-stage", "pair"}
    assert "beyond_sum" in _outputs(done, "pair-table")


@pytest.mark.usefixtures("of_the_demo")
def test_review_of_the_champion_against_the_one_before():
    done = _execute(REVIEW)
    assert "OpenedModel(simulated_short/1, trained as of 2026-05-18)" in _outputs(done, "testable")
    assert "trained as of 2026-04-18" in _outputs(done, "earlier")
    assert "Had the team worked the top 20%" in _outputs(done, "review")
    assert _images(done) == {"calibration", "time", "lift", "champion", "drift", "score-drift"}
    for predictor_ in ("model", "base rate", "points", "LightGBM", "champion"):
        assert predictor_ in _outputs(done, "figures")


@pytest.mark.usefixtures("of_the_demo")
def test_what_changed_between_the_two_runs():
    done = _execute(CHANGES)
    assert "ScoringRun(2026-06-22" in _outputs(done, "open")
    assert "in both" in _outputs(done, "status")
    assert {"scatter", "one", "curve"} <= _images(done)
    assert "reason_before" in _outputs(done, "reasons")
