"""The days between two snapshots, where the data choose them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.histories import DAY, History, Outcome, Prospect, load_history, make_config

from predictor.features.grid_step import DEFAULT_DAYS, STEPS_DAYS, nearest_step_days, step_days

if TYPE_CHECKING:
    from pathlib import Path

    from predictor.config import Config

START, AS_OF = datetime(2022, 1, 1), datetime(2024, 1, 1)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return configured(tmp_path_factory.mktemp("business"))


def configured(folder: Path, **snapshots: object) -> Config:
    return make_config(folder, {"prospects": "p.csv"}, snapshots=snapshots)


def history(lives_days: list[float], outcome: str = "won", created_at: datetime = START) -> History:
    """One prospect for each life, with a closing that the CRM learns at once."""
    names = [f"{outcome} {n} {created_at}" for n in range(len(lives_days))]
    return History(
        tuple(Prospect(name, created_at) for name in names),
        outcomes=tuple(
            Outcome(name, created_at + timedelta(days=life), outcome)
            for name, life in zip(names, lives_days, strict=True)
        ),
    )


@pytest.mark.parametrize(
    ("median_days", "expected"), [(0.1, 1), (5, 1), (14, 2), (20, 3), (40, 7), (100, 14), (400, 14)]
)
def test_it_is_the_round_number_nearest_to_a_share_of_the_median_life_of_the_won(
    config: Config, median_days: float, expected: int
) -> None:
    lives = [median_days * share for share in (0.2, 0.7, 1, 1.3, 1.4)] * 6
    crm = load_history(history(lives))
    assert step_days(crm, config, AS_OF) == expected


def test_the_lost_the_open_and_what_is_learnt_later_or_long_ago_change_nothing(
    tmp_path: Path,
) -> None:
    config = configured(tmp_path, history_days=500)
    crm = load_history(
        history([14.0] * 30, created_at=AS_OF - 400 * DAY)
        + history([200.0] * 90, "lost")
        + history([400.0] * 90, created_at=AS_OF - 300 * DAY)  # won after as_of
        + history([100.0] * 90, created_at=AS_OF - 700 * DAY)  # won before the history
    )
    assert step_days(crm, config, AS_OF) == 2


def test_a_single_outcome_changes_nothing(config: Config) -> None:
    rng = random.Random(0)
    lives = [rng.uniform(20, 60) for _ in range(41)]
    steps = {
        step_days(load_history(history(lives[:n] + lives[n + 1 :])), config, AS_OF)
        for n in range(0, 41, 8)
    }
    assert steps == {7}


def test_too_few_won_give_the_default(config: Config) -> None:
    assert step_days(load_history(history([300.0] * 19)), config, AS_OF) == DEFAULT_DAYS
    assert step_days(load_history(history([300.0] * 20)), config, AS_OF) == 14
    assert step_days(load_history(history([])), config, AS_OF) == DEFAULT_DAYS


def test_a_number_of_the_configuration_stands(tmp_path: Path) -> None:
    crm = load_history(history([14.0] * 30))
    assert step_days(crm, configured(tmp_path, every_days=5), AS_OF) == 5


@given(st.floats(0, 1e4), st.floats(1, 3))
def test_longer_lives_give_no_shorter_steps(median_days: float, longer: float) -> None:
    step = nearest_step_days(median_days)
    assert step in STEPS_DAYS
    assert nearest_step_days(median_days * longer) >= step
