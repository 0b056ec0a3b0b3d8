from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import predictor
from predictor.errors import RunFileError
from predictor.lists.files import RUN_FILES, SCHEMA_FILE, write_run
from predictor.lists.ranking import Ranked

ROOT = Path(__file__).parents[2]

# Importing shap makes colour maps by a call that Matplotlib is about to retire.
SHAP_WARNS = pytest.mark.filterwarnings("ignore:The set_:PendingDeprecationWarning")


@pytest.fixture
def run(runs_folder):
    return predictor.load_run(runs_folder / "2024-03-01")


@pytest.fixture
def previous(runs_folder):
    return predictor.load_run(runs_folder / "2024-02-23")


def test_what_was_written_is_read(run):
    assert run.ranked["prospect_id"].tolist() == ["P-003", "P-001", "P-002", "P-004"]
    assert len(run.explanations) == 12
    assert run.quarantine.to_dict("records") == [
        {"table": "outcomes", "row": "7", "reason": "no prospect_id"}
    ]
    assert run.manifest["seed"] == 1
    assert run.portfolio_probability == 0.2


def test_the_run_before_is_opened_and_a_first_run_says_that_it_is(run, previous):
    assert repr(run.previous()) == repr(previous)
    with pytest.raises(RunFileError, match="2024-02-23: there is no earlier run beside it"):
        previous.previous()


def test_companions_of_one_prospect_are_read(run):
    days, ids = [0, 30, 0, 30], ["P-001", "P-001", "P-003", "P-003"]
    states = {"won": 0.5, "lost": 0.25, "open": 0.25}
    curves = pd.DataFrame({"prospect_id": ids, "days": days, **states})
    written = {"curves.parquet": curves.to_parquet, "changes.parquet": curves.to_parquet}
    write_run(
        run.folder, Ranked(run.ranked, 0), run.explanations, run.quarantine, {}, companions=written
    )
    again = predictor.load_run(run.folder)
    assert again.curves("P-003")["days"].tolist() == [0, 30]
    assert again.curves("P-002").empty
    assert len(again.curves()) == len(again.changes) == 4
    with pytest.raises(RunFileError, match="no prospect 'P-03' in the list; close to it: P-003"):
        again.curves("P-03")


def test_a_run_without_companions_says_which_it_lacks(run):
    assert run.changes is None
    with pytest.raises(RunFileError, match=r"2024-03-01: the run has no curves\.parquet; score ag"):
        run.curves()
    with pytest.raises(RunFileError, match=r"the run has no next_steps\.parquet; score again"):
        run.next_steps("P-003")


def test_contributions_add_up_to_the_probability(run):
    wide = run.contributions()
    assert wide.index.tolist() == run.ranked["prospect_id"].tolist()
    assert wide.columns.tolist() == ["quote_requests", "silence", "emails"]
    told = run.ranked.set_index("prospect_id")["conversion_probability"]
    np.testing.assert_allclose(run.portfolio_probability + wide.sum(axis=1), told, atol=1e-12)


def test_one_prospect_strongest_signal_first(run):
    signals = run.prospect("P-002")
    assert signals["signal"].tolist() == ["silence", "emails", "quote_requests"]
    assert signals["contribution"].tolist() == [-0.1, -0.02, 0.0]
    assert signals["reason"][0] == "Last heard of 1 day ago"


@SHAP_WARNS
def test_shap_gets_points_reasons_and_the_portfolio(run):
    everyone = run.shap_explanation()
    assert everyone.shape == (4, 3)
    np.testing.assert_allclose(everyone.base_values, 20)
    np.testing.assert_allclose(everyone[0].values, [30, 10, 0], atol=1e-9)
    one = run.shap_explanation("P-001")
    np.testing.assert_allclose(one.base_values + one.values.sum(), 35)
    assert one.feature_names == ["quote_requests", "silence", "emails"]
    assert list(one.display_data)[1] == "Last heard of 1 day ago"


@SHAP_WARNS
def test_shap_draws_them(run, monkeypatch):
    mpl.use("Agg")
    shap = importlib.import_module("shap")
    plt = importlib.import_module("matplotlib.pyplot")
    for draw, explanation in (
        (shap.plots.beeswarm, run.shap_explanation()),
        (shap.plots.bar, run.shap_explanation()),
        (shap.plots.waterfall, run.shap_explanation("P-003")),
    ):
        plt.figure()
        draw(explanation, show=False)
        labels = " ".join(label.get_text() for label in plt.gca().get_yticklabels())
        assert "quote_requests" in labels
        plt.close("all")


def test_changes_add_up(run, previous):
    changes = run.compare(previous).set_index("prospect_id")
    assert changes["status"].to_dict() == {
        "P-003": "in both",
        "P-001": "in both",
        "P-002": "in both",
        "P-004": "new",
        "P-009": "gone",
    }
    both = changes[changes["status"] == "in both"]
    parts = [name for name in both if name.endswith("_change")]
    np.testing.assert_allclose(both[parts].sum(axis=1), both["change"], atol=1e-12)
    np.testing.assert_allclose(
        both["change"], both["probability_now"] - both["probability_before"], atol=1e-12
    )
    np.testing.assert_allclose(both["portfolio_change"], 0.02)
    assert both.index[0] == "P-003"
    assert both.loc["P-003", "signal_1"] == "quote_requests"
    assert both.loc["P-003", "signal_1_change"] == pytest.approx(0.2)
    others = changes[changes["status"] != "in both"]
    assert others["change"].isna().all()
    assert others.loc["P-004", "probability_now"] == pytest.approx(0.07)
    assert others.loc["P-009", "probability_before"] == pytest.approx(0.58)


@SHAP_WARNS
def test_one_prospects_change_leads_from_the_old_score_to_the_new(run, previous):
    change = run.shap_change(previous, "P-001")
    now = run.ranked.set_index("prospect_id").loc["P-001", "conversion_probability"]
    before = previous.ranked.set_index("prospect_id").loc["P-001", "conversion_probability"]
    np.testing.assert_allclose(change.base_values, 100 * before)
    np.testing.assert_allclose(change.base_values + change.values.sum(), 100 * now)
    with pytest.raises(RunFileError, match=r"2024-02-23: no prospect 'P-004'"):
        run.shap_change(previous, "P-004")


def test_a_signal_of_one_run_alone_counts_as_nothing_in_the_other(run, previous):
    renamed = previous.explanations.replace({"signal": {"emails": "calls", "silence": "visits"}})
    other = predictor.ScoringRun(
        previous.folder, previous.ranked, renamed, previous.quarantine, previous.manifest
    )
    changes = run.contribution_changes(other)
    assert set(changes) == {"quote_requests", "silence", "emails", "calls", "visits"}
    assert changes.loc["P-003", "calls"] == -0.02
    both = run.compare(other).query("status == 'in both'")
    parts = [name for name in both if name.endswith("_change")]
    assert both["other_signals_change"].abs().max() > 0
    np.testing.assert_allclose(both[parts].sum(axis=1), both["change"], atol=1e-12)


def test_a_run_compared_with_itself_did_not_change(run):
    changes = run.compare(run)
    assert (changes["status"] == "in both").all()
    assert (changes["change"] == 0).all()


def test_runs_of_two_horizons_do_not_compare(run, write_example, tmp_path):
    write_example(tmp_path / "long" / "2024-02-23", horizon_days=90)
    with pytest.raises(RunFileError, match=r"30 days and .* 90 days"):
        run.compare(predictor.load_run(tmp_path / "long" / "2024-02-23"))


@SHAP_WARNS
def test_an_unknown_prospect_is_told_with_the_close_ones(run):
    for ask in (run.prospect, run.shap_explanation):
        with pytest.raises(RunFileError, match=r"no prospect 'P-03' .*close to it: P-003") as error:
            ask("P-03")
        assert "\n" not in str(error.value)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(RunFileError, match="no such folder"):
        predictor.load_run(tmp_path / "nowhere")


@pytest.mark.parametrize("name", [name for name in RUN_FILES if name != SCHEMA_FILE])
def test_an_incomplete_run_names_what_it_lacks(runs_folder, name):
    (runs_folder / "2024-03-01" / name).unlink()
    with pytest.raises(RunFileError, match=f"lacks {name}"):
        predictor.load_run(runs_folder / "2024-03-01")


@pytest.mark.parametrize("name", ["ranked.parquet", "explanations.parquet"])
def test_a_file_cut_short_is_refused(runs_folder, name):
    path = runs_folder / "2024-03-01" / name
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(RunFileError, match=f"{name}: cut short or changed"):
        predictor.load_run(path.parent)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 1}', "\xff"])
def test_a_broken_manifest_is_refused(runs_folder, content):
    path = runs_folder / "2024-03-01" / "manifest.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(RunFileError, match="not the manifest"):
        predictor.load_run(path.parent)


def test_runs_are_found_newest_first(runs_folder, write_example):
    (runs_folder / "2024-03-01").rename(runs_folder / "2024-02-23T120000")
    (runs_folder / "latest").mkdir()
    (runs_folder / "latest" / "manifest.json").write_text("{}")
    (runs_folder / "2024-12-31").mkdir()
    names = [path.name for path in predictor.find_runs(runs_folder)]
    assert names == ["2024-02-23T120000", "2024-02-23"]
    assert predictor.find_previous_run(runs_folder / "2024-12-31").name == "2024-02-23T120000"
    assert predictor.find_previous_run(runs_folder / "2024-02-23") is None


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_no_runs_is_told_with_the_mend(tmp_path, name):
    with pytest.raises(RunFileError, match="make demo"):
        predictor.find_runs(tmp_path / name)


def test_importing_the_package_loads_nothing_heavy():
    code = "import predictor, sys; print({'numpy', 'pandas', 'shap'} & set(sys.modules) or '')"
    source = str(Path(predictor.__file__).parents[1])
    told = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": source}, capture_output=True, check=True
    )
    assert told.stdout.strip() == b""


def test_opening_a_run_does_not_load_shap(runs_folder):
    code = "import predictor, sys; predictor.load_run(sys.argv[1]); print('shap' in sys.modules)"
    source = str(Path(predictor.__file__).parents[1])
    told = subprocess.run(
        [sys.executable, "-c", code, str(runs_folder / "2024-03-01")],
        env={"PYTHONPATH": source},
        capture_output=True,
        check=True,
    )
    assert told.stdout.strip() == b"False"


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert predictor.__version__ == project["version"]
    assert {"load_run", "__version__"} <= set(dir(predictor))
    with pytest.raises(AttributeError, match="nonsense"):
        predictor.nonsense  # noqa: B018 - looking is the test


def test_explanations_may_lack_prospects(run):
    some = run.explanations[run.explanations["prospect_id"] != "P-001"]
    partial = predictor.ScoringRun(run.folder, run.ranked, some, run.quarantine, run.manifest)
    assert partial.contributions().index.tolist() == ["P-003", "P-002", "P-004"]
    assert isinstance(partial.compare(run), pd.DataFrame)
    with pytest.raises(RunFileError, match="P-001"):
        partial.prospect("P-001")


@pytest.mark.parametrize("best", [1, 2, 4, 9])
def test_a_run_may_be_opened_with_the_explanations_of_the_best_alone(runs_folder, best):
    folder = runs_folder / "2024-03-01"
    whole, part = predictor.load_run(folder), predictor.load_run(folder, best)
    assert part.ranked.equals(whole.ranked)
    chosen = whole.ranked["prospect_id"].head(best)
    assert set(part.explanations["prospect_id"]) == set(chosen)
    kept = whole.explanations[whole.explanations["prospect_id"].isin(chosen)]
    assert part.explanations.equals(kept.reset_index(drop=True))
