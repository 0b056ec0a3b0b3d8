"""Settings searched for on folds of a small CRM: what the search sees, finds, keeps and says."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from support.typing_at_a_terminal import predictor
from support.worlds import CONFIG, END

from predictor.config_file import read_config
from predictor.errors import TrainingRefusedError
from predictor.evaluation.bootstrap import clusters
from predictor.evaluation.metrics.log_loss import log_loss
from predictor.model.budget import Budget, TuningStopped
from predictor.model.tuning import SPACE
from predictor.operations import tuning, tuning_folds
from predictor.operations.tuning import study_name, tune, with_settings
from predictor.operations.tuning_folds import (
    forecasts,
    forward_folds,
    loss_by_bin,
)

AS_OF = datetime.fromisoformat(END)
SETTINGS = {
    "learning_rate": 0.15,
    "num_leaves": 6,
    "max_depth": 3,
    "min_child_samples": 40,
    "reg_lambda": 5.0,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.9,
}


@pytest.fixture(scope="module")
def config(world):
    return read_config(world.config)


@pytest.fixture(scope="module")
def crm(config, read_once):
    return read_once(config)


@pytest.fixture(scope="module")
def folds(crm, config):
    return forward_folds(crm, config, AS_OF)


@pytest.fixture(scope="module")
def foretold(config, folds):
    return forecasts(with_settings(config, SETTINGS), folds)


@pytest.fixture
def fast(monkeypatch, folds):
    """Folds at hand, and a loss of closed form in place of trainings."""
    tried = []

    def judged(config, _):
        tried.append(config.model)
        return config.model.learning_rate

    monkeypatch.setattr(tuning, "forward_folds", lambda *_: folds)
    monkeypatch.setattr(tuning, "forecasts", judged)
    monkeypatch.setattr(tuning, "loss_by_bin", lambda _, rate, __: np.array([1.0, 0.5 * rate] * 2))
    return tried


def silent(_):
    """A step of no progress bar."""


# --- what is judged on ----------------------------------------------------------------------------


def test_folds_lie_forward_in_time_within_what_was_known(folds):
    assert len(folds) == tuning_folds.N_FOLDS
    assert [fold.origin for fold in folds] == sorted(fold.origin for fold in folds)
    ends = [*(fold.origin for fold in folds[1:]), AS_OF]
    for fold, end in zip(folds, ends, strict=True):
        trained = fold.past.snapshots
        follow_up = pd.to_timedelta(trained["duration_days"], unit="D")
        assert (trained["as_of"] + follow_up).max() <= fold.origin + timedelta(seconds=1)
        assert fold.snapshots["as_of"].between(fold.origin, end, inclusive="left").all()
        tested = pd.to_timedelta(fold.snapshots["duration_days"], unit="D")
        assert (fold.snapshots["as_of"] + tested).max() <= AS_OF + timedelta(seconds=1)
        assert len(fold.features) == len(fold.snapshots)
        assert set(fold.features) == set(fold.past.features)
        assert list(fold.labels) == [7, 14, 30]


def test_a_fold_does_not_change_with_what_was_learnt_later(crm, config, monkeypatch):
    monkeypatch.setattr(tuning_folds, "N_FOLDS", 1)
    instant = AS_OF - timedelta(days=60)
    (one,) = forward_folds(crm, config, instant)
    (other,) = forward_folds(crm.known_at(instant), config, instant)
    pd.testing.assert_frame_equal(one.past.features, other.past.features)
    pd.testing.assert_frame_equal(one.snapshots, other.snapshots)


def test_the_loss_is_the_mean_over_folds_of_the_mean_over_horizons(folds, foretold):
    by_fold = [
        np.mean([log_loss(labels, won[:, place]) for place, labels in enumerate(each)])
        for each, won in zip((f.labels.values() for f in folds), foretold, strict=True)
    ]
    parts = loss_by_bin(folds, foretold, seed=0)
    assert parts.shape == (tuning_folds.N_BINS,)
    assert parts.sum() == pytest.approx(np.mean(by_fold), rel=1e-12)


def test_an_account_adds_to_one_bin_only_whatever_the_fold(folds, foretold):
    account = clusters(folds[-1].snapshots).iloc[0]
    changed = [won.copy() for won in foretold]
    for fold, won in zip(folds, changed, strict=True):
        won[(clusters(fold.snapshots) == account).to_numpy()] /= 2
    moved = loss_by_bin(folds, changed, seed=0) != loss_by_bin(folds, foretold, seed=0)
    assert moved.sum() == 1


def test_too_little_history_is_refused(crm, config):
    first = crm.last_instant() - timedelta(days=700)
    with pytest.raises(TrainingRefusedError, match="nothing to tune on: "):
        forward_folds(crm, config, first)


# --- what is found --------------------------------------------------------------------------------


def test_the_search_sees_nothing_of_the_period_that_the_backtest_tests_on(
    crm, config, fast, tmp_path
):
    found = tune(crm, _in(config, tmp_path), AS_OF, Budget(trials=1), silent)
    assert found.known_until == AS_OF - timedelta(days=config.horizon_days + 7)
    assert found.backtest_unseen


def test_with_too_little_history_before_the_backtest_it_sees_that_period_and_says_so(
    crm, config, fast, folds, tmp_path, monkeypatch
):
    def refuse(crm, config, known_until, on_fold):
        if known_until < AS_OF:
            raise TrainingRefusedError("too little")
        return folds

    monkeypatch.setattr(tuning, "forward_folds", refuse)
    found = tune(crm, _in(config, tmp_path), AS_OF, Budget(trials=1), silent)
    assert (found.known_until, found.backtest_unseen) == (AS_OF, False)
    assert found.summary().endswith("has seen the test period below: its figures flatter.")


def test_a_clear_gain_is_used_and_what_to_keep_is_printed(crm, config, fast, tmp_path):
    found = tune(crm, _in(config, tmp_path), AS_OF, Budget(trials=8), silent)
    assert [model.learning_rate for model in fast[:1]] == [0.05]
    assert found.defaults == {name: getattr(config.model, name) for name in SPACE}
    assert found.improved
    assert {name: getattr(found.config.model, name) for name in SPACE} == found.best
    assert found.config.model.max_rounds == config.model.max_rounds
    assert found.summary().splitlines()[-7:] == [f"  {k}: {v}" for k, v in found.best.items()]
    assert max(map(len, found.summary().splitlines())) <= 80
    assert found.trials["log_loss"].min() == found.best_loss == 2 + found.best["learning_rate"]


def test_a_gain_within_its_error_is_not_used(crm, config, fast, tmp_path, monkeypatch):
    # Half of the accounts gain what the others lose, and a little more.
    monkeypatch.setattr(
        tuning, "loss_by_bin", lambda _, rate, __: np.array([1.1 * rate, -rate] * 10)
    )
    given = _in(config, tmp_path)
    found = tune(crm, given, AS_OF, Budget(trials=8), silent)
    assert found.best_loss < found.default_loss
    assert found.config == given
    assert found.summary().endswith("no clear gain: the configuration's settings are used.")


def test_the_bar_reaches_its_end_once(crm, config, fast, tmp_path):
    said = []
    tune(crm, _in(config, tmp_path), AS_OF, Budget(trials=3), said.append)
    assert len(said) == 100
    assert said[-1] == "tuned"
    assert "tuning: trial 2 of 3, best log-loss 2.05000" in said


# --- what is kept ---------------------------------------------------------------------------------


def test_ctrl_c_keeps_the_trials_that_are_done_and_the_same_search_goes_on(
    crm, config, fast, tmp_path, monkeypatch
):
    given = _in(config, tmp_path)
    judge = tuning.forecasts

    def stop_in_the_third(config, folds):
        if len(fast) == 2:
            raise KeyboardInterrupt
        return judge(config, folds)

    monkeypatch.setattr(tuning, "forecasts", stop_in_the_third)
    with pytest.raises(TuningStopped, match=r"2 trials are kept in tuning\.db: .*--tune 2 "):
        tune(crm, given, AS_OF, Budget(trials=5), silent)
    monkeypatch.setattr(tuning, "forecasts", judge)
    again = tune(crm, given, AS_OF, Budget(trials=5), silent)
    assert again.n_resumed == 2
    assert "5 trials (2 of an earlier run)" in again.summary()
    whole = tmp_path / "whole"
    whole.mkdir()
    at_once = tune(crm, _in(config, whole), AS_OF, Budget(trials=5), silent)
    columns = ["log_loss", *SPACE]
    pd.testing.assert_frame_equal(again.trials[columns], at_once.trials[columns])


def test_ctrl_c_in_the_first_trial_has_nothing_to_keep(crm, config, fast, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(tuning, "forecasts", stop)
    with pytest.raises(KeyboardInterrupt) as stopped:
        tune(crm, _in(config, tmp_path), AS_OF, Budget(trials=5), silent)
    assert not isinstance(stopped.value, TuningStopped)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"output": "elsewhere"}, True),
        ({"language": "fr"}, True),
        ({"horizon_days": 14}, False),
        ({"seed": 99}, False),
        ({"phases_days": (7, 30, 60)}, False),
    ],
)
def test_a_search_is_known_by_all_that_its_trials_depend_on(crm, config, changes, same):
    other = config.model_copy(update=changes)
    assert (study_name(crm, other, AS_OF) == study_name(crm, config, AS_OF)) is same


def test_other_data_or_another_instant_is_another_search(crm, config):
    name = study_name(crm, config, AS_OF)
    assert study_name(crm, config, AS_OF - timedelta(days=1)) != name
    fewer = crm.known_at(AS_OF - timedelta(days=90))
    assert study_name(fewer, config, AS_OF) != name


# --- the command ----------------------------------------------------------------------------------


def test_the_command_tunes_trains_with_the_best_and_logs_both(at_home, config, fast, fitted):
    answer = predictor("train", CONFIG, "--tune", 8)
    store = at_home.config.parent / "tuning.db"
    assert store.exists()
    store.unlink()
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Tuned: 8 trials on 3 folds forward in time,\nas known at ")
    assert "\n\nTrained simulated_short/" in answer.out
    assert max(len(line) for line in answer.out.splitlines()) <= 80

    mlflow.set_tracking_uri(config.tracking_uri)
    run = mlflow.search_runs(experiment_names=[config.experiment], output_format="list")[0]
    files = Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id))
    facts = json.loads((files / "tuning.json").read_text("utf-8"))
    trials = pd.read_csv(files / "tuning_trials.csv")
    assert trials["trial"].tolist() == list(range(8))
    assert facts["log_loss"]["configuration"] == pytest.approx(trials["log_loss"][0])
    assert facts["used"]
    used = facts["settings"]["best"]
    assert used != facts["settings"]["configuration"]
    logged = {name: run.data.params[f"model.{name}"] for name in SPACE}
    assert logged == {name: str(value) for name, value in used.items()}
    # The model, and that of the backtest, are fitted with them.
    assert [{name: getattr(each.model, name) for name in SPACE} for each in fitted] == [used] * 2


def test_the_command_says_what_ctrl_c_keeps(at_home, monkeypatch):
    def stop(*_, **__):
        raise TuningStopped("stopped; 2 trials are kept in tuning.db")

    monkeypatch.setattr("predictor.operations.training.search_settings", stop)
    answer = predictor("train", CONFIG, "--tune")
    assert answer.complaint == "stopped; 2 trials are kept in tuning.db"
    assert answer.code == 130


@pytest.mark.parametrize(
    ("words", "budget"),
    [
        (["--tune", CONFIG], Budget(seconds=1200.0)),
        ([CONFIG, "--tune"], Budget(seconds=1200.0)),
        ([CONFIG, "--tune", "--promote"], Budget(seconds=1200.0)),
        (["--tune", "40", CONFIG], Budget(trials=40)),
        (["--tune=2h", CONFIG], Budget(seconds=7200.0)),
        ([CONFIG], None),
    ],
)
def test_the_budget_may_be_left_out(at_home, monkeypatch, words, budget):
    asked = []

    def train(*_, tune, **__):
        asked.append(tune)
        raise TrainingRefusedError("enough seen")

    monkeypatch.setattr("predictor.operations.training.train", train)
    assert predictor("train", *words).complaint == "enough seen"
    assert asked == [budget]


def test_what_is_no_budget_is_one_line(at_home):
    answer = predictor("train", CONFIG, "--tune", "10x")
    assert answer.code == 2
    assert answer.complaint.startswith("Invalid value for '--tune': '10x' is no budget; write a n")


def _in(config, folder):
    """The configuration as if it lay in another folder, for a store of its own."""
    return config.model_copy(update={"folder": folder})
