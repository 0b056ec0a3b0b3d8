"""The search on losses of closed form: what is tried, what is kept, and how it goes on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from optuna.distributions import IntDistribution

from predictor.config import ModelConfig
from predictor.errors import ModelFileError
from predictor.model import tuning
from predictor.model.budget import Budget
from predictor.model.phased_rates import PhasedRates
from predictor.model.tuning import (
    SPACE,
    Settings,
    Trial,
    TrialStore,
    best_of,
    gain_elsewhere,
    search,
    space_around,
)

if TYPE_CHECKING:
    from pathlib import Path

DEFAULTS: Settings = {name: getattr(ModelConfig(), name) for name in SPACE}


def bowl(settings: Settings) -> list[float]:
    """Least at a learning rate of 0.1 and a depth of 3; in two parts."""
    return [abs(math.log10(settings["learning_rate"]) + 1), 0.1 * abs(settings["max_depth"] - 3)]


def tried(folder: Path, trials: int, seed: int = 0, loss=bowl) -> list[Trial]:
    store = TrialStore(folder / "tuning.db", "bowl")
    return search(loss, DEFAULTS, Budget(trials=trials), store, seed)


def outcome(trials: list[Trial]) -> list[tuple[Settings, float]]:
    return [(trial.settings, trial.loss) for trial in trials]


def test_the_defaults_are_tried_first_and_something_better_is_found(tmp_path: Path) -> None:
    trials = tried(tmp_path, 30)
    assert len(trials) == 30
    assert trials[0].settings == DEFAULTS
    assert TrialStore(tmp_path / "tuning.db", "bowl").trials() == trials
    assert best_of(trials).loss < 0.5 * trials[0].loss
    assert best_of(trials).loss == min(sum(bowl(trial.settings)) for trial in trials)


def test_every_proposal_lies_within_the_space_and_is_short_to_write(tmp_path: Path) -> None:
    for trial in tried(tmp_path, 25)[1:]:
        for name, each in SPACE.items():
            value = trial.settings[name]
            assert each.low <= value <= each.high
            assert type(value) is (int if isinstance(each, IntDistribution) else float)
            assert value == float(f"{value:.3g}")
        assert trial.settings["max_depth"] <= 6


def test_the_same_seed_tries_the_same_and_another_does_not(tmp_path: Path) -> None:
    runs = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        runs.append(outcome(tried(tmp_path / name, 14, seed)))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


@pytest.mark.parametrize("done", [1, 5, 13])
def test_a_search_stopped_in_a_trial_goes_on_as_if_it_had_not_been(
    tmp_path: Path, done: int
) -> None:
    (tmp_path / "whole").mkdir()
    calls = 0

    def stopped(settings: Settings) -> list[float]:
        nonlocal calls
        calls += 1
        if calls > done:
            raise KeyboardInterrupt
        return bowl(settings)

    with pytest.raises(KeyboardInterrupt):
        tried(tmp_path, 16, loss=stopped)
    assert len(TrialStore(tmp_path / "tuning.db", "bowl").trials()) == done
    assert outcome(tried(tmp_path, 16)) == outcome(tried(tmp_path / "whole", 16))


def test_a_search_that_is_done_tries_nothing_more(tmp_path: Path) -> None:
    first = tried(tmp_path, 5)

    def never(_: Settings) -> list[float]:
        raise AssertionError("one trial too many")

    assert tried(tmp_path, 5, loss=never) == first
    assert tried(tmp_path, 3, loss=never) == first


def test_searches_of_other_names_share_the_file_and_nothing_else(tmp_path: Path) -> None:
    tried(tmp_path, 3)
    assert TrialStore(tmp_path / "tuning.db", "another").trials() == []


def test_a_budget_of_time_counts_the_seconds_of_earlier_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(tuning.time, "monotonic", lambda: clock[0])

    def half_a_minute(settings: Settings) -> list[float]:
        clock[0] += 30.0
        return bowl(settings)

    numbers = []
    for seconds in (50.0, 100.0, 100.0):
        store = TrialStore(tmp_path / "tuning.db", "timed")
        trials = search(half_a_minute, DEFAULTS, Budget(seconds=seconds), store, 0)
        numbers.append(len(trials))
    assert numbers == [2, 4, 4]
    assert {trial.seconds for trial in trials} == {30.0}


def test_a_configuration_beyond_the_space_widens_it(tmp_path: Path) -> None:
    wild: Settings = {**DEFAULTS, "learning_rate": 0.9, "reg_lambda": 0.0, "max_depth": 9}
    space = space_around(wild)
    assert (space["learning_rate"].low, space["learning_rate"].high) == (0.01, 0.9)
    assert (space["reg_lambda"].low, space["reg_lambda"].log) == (0.0, False)
    assert space["num_leaves"] == SPACE["num_leaves"]
    store = TrialStore(tmp_path / "tuning.db", "wild")
    assert search(bowl, wild, Budget(trials=12), store, 0)[0].settings == wild


def test_a_file_that_holds_no_trials_is_named(tmp_path: Path) -> None:
    (tmp_path / "tuning.db").write_text("not a database, but long enough to be looked at " * 20)
    with pytest.raises(ModelFileError, match=r"tuning\.db: cannot keep the trials"):
        TrialStore(tmp_path / "tuning.db", "bowl")


def test_the_defaults_of_a_configuration_are_those_of_the_estimator() -> None:
    estimator = PhasedRates().get_params()
    assert {name: estimator[name] for name in SPACE} == DEFAULTS


def searched(seed: int, gain_in_errors: float, n_trials: int = 40, n_bins: int = 20) -> list[Trial]:
    """Trials whose differences from the first have a standard error of 1; a third gain so much."""
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=(n_trials, n_bins)) / np.sqrt(2 * n_bins)
    parts[1 : 1 + n_trials // 3] -= gain_in_errors / n_bins
    parts += 3 * rng.normal(size=n_bins)  # what is hard for all of them
    return [Trial(DEFAULTS, tuple(each), 1.0) for each in parts.tolist()]


@pytest.mark.parametrize("n_trials", [12, 40])
def test_what_is_better_by_luck_alone_is_seldom_taken(n_trials: int) -> None:
    searches = [searched(seed, 0.0, n_trials) for seed in range(100)]
    looks_better = [trials[0].loss - best_of(trials).loss > 1 for trials in searches]
    taken = [gain > error for gain, error in (gain_elsewhere(each, 0) for each in searches)]
    assert np.mean(looks_better) > 0.5
    assert np.mean(taken) < 0.25


def test_what_is_truly_better_is_taken() -> None:
    found = [gain_elsewhere(searched(seed, 4.0), 0) for seed in range(50)]
    assert np.mean([gain > error for gain, error in found]) > 0.9
    assert np.mean([gain for gain, _ in found]) == pytest.approx(4.0, abs=0.5)
    assert np.mean([error for _, error in found]) == pytest.approx(1.0, abs=0.15)


def test_defaults_that_are_best_gain_nothing() -> None:
    worse = [Trial(DEFAULTS, (2.0, 2.0, 2.0, 2.0), 1.0)] * 3
    assert gain_elsewhere([Trial(DEFAULTS, (1.0, 1.0, 1.0, 1.0), 1.0), *worse], 0) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("text", "budget", "said"),
    [
        ("40", Budget(trials=40), "40 trials"),
        (" 1 ", Budget(trials=1), "1 trial"),
        ("90s", Budget(seconds=90.0), "1.5 minutes"),
        ("10m", Budget(seconds=600.0), "10 minutes"),
        ("1.5h", Budget(seconds=5400.0), "90 minutes"),
        ("0.5 m", Budget(seconds=30.0), "0.5 minutes"),
    ],
)
def test_a_budget_is_a_number_of_trials_or_a_time(text: str, budget: Budget, said: str) -> None:
    assert Budget.parse(text) == budget
    assert str(budget) == said


@pytest.mark.parametrize("text", ["", "ten", "0", "0m", "1.5", "-3", "10 days", "m", "1e3", "10mm"])
def test_what_is_no_budget_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a number of trials such as 40, or a time"):
        Budget.parse(text)


def test_a_budget_tells_the_share_that_is_spent() -> None:
    assert Budget(trials=40).share_spent(10, 999.0) == 0.25
    assert Budget(seconds=60.0).share_spent(999, 15.0) == 0.25
    assert Budget(trials=4).share_spent(9, 0.0) == 1.0
