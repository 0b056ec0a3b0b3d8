"""The boosters of one cause: the shared one on one row per snapshot, and none where none helps."""

from __future__ import annotations

from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from predictor.model.boosters import (
    BinnedRows,
    BoosterSettings,
    CauseBoosters,
    CauseRows,
    Rounds,
    search,
    train,
)

N, K = 600, 3


def settings(**changes: Any) -> BoosterSettings:
    params = {
        "objective": "poisson",
        "metric": "poisson",
        "learning_rate": 0.2,
        "num_leaves": 6,
        "min_data_in_leaf": 1,
        "min_sum_hessian_in_leaf": 2.0,
        "feature_pre_filter": False,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    return BoosterSettings(params | changes, max_rounds=60, early_stopping_rounds=10)


def cause_rows(seed: int, effect: float, reference: BinnedRows | None = None) -> CauseRows:
    """Exponential times to one cause; the effect of the first feature is on phase 1 alone."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(N, 4))
    exposure, event, open_ = np.zeros((N, K)), np.zeros((N, K), bool), np.ones(N, bool)
    at_risk = np.zeros((N, K), bool)
    for k in range(K):
        rate = 0.5 * np.exp(effect * matrix[:, 0] * (k == 1))
        time = rng.exponential(1 / rate)
        at_risk[:, k] = open_
        exposure[:, k] = np.where(open_, 0.5 * np.minimum(time, 1), 0)
        event[:, k] = open_ & (time <= 1)
        open_ &= ~event[:, k]
    return CauseRows(BinnedRows(matrix, at_risk, [], settings().params, reference), exposure, event)


def test_one_row_per_snapshot_grows_the_trees_of_one_row_per_snapshot_and_phase() -> None:
    rows = cause_rows(0, effect=1.0)
    shared = train(rows, Rounds(5, (0, 0, 0)), settings()).shared
    i, k = np.nonzero(rows.rows.at_risk)
    offset = np.log(rows.exposure[i, k])
    data = lgb.Dataset(
        rows.rows.matrix[i], rows.event[i, k], init_score=offset, reference=rows.rows.whole
    )
    expanded = lgb.train(settings().params, data, 5)
    assert shared is not None
    np.testing.assert_allclose(
        shared.predict(rows.rows.matrix, raw_score=True),
        expanded.predict(rows.rows.matrix, raw_score=True),
        atol=1e-6,
    )


def test_the_search_gives_a_booster_only_to_the_phase_that_has_its_own_effect() -> None:
    rows = cause_rows(1, effect=1.5)
    found = search(rows, cause_rows(2, effect=1.5, reference=rows.rows), settings())
    assert found.rounds.phases[1] > 5
    matrix = np.zeros((2, 4))
    matrix[:, 0] = [-1, 1]
    low, high = found.log_rates(matrix)
    assert high[1] - low[1] > 1.5
    assert max(abs(high[0] - low[0]), abs(high[2] - low[2])) < 1.0


def test_no_round_where_none_lowers_the_validation_loss() -> None:
    rows = cause_rows(3, effect=0.0)
    found = search(rows, cause_rows(4, effect=0.0, reference=rows.rows), settings())
    assert 0 in (found.rounds.shared, *found.rounds.phases)


def test_too_few_validation_events_give_no_booster() -> None:
    rows, validation = cause_rows(5, effect=2.0), cause_rows(6, effect=2.0)
    few = CauseRows(validation.rows, validation.exposure, np.zeros((N, K), bool))
    assert search(rows, few, settings()) == CauseBoosters.flat(K)


def test_a_phase_that_no_row_reaches_has_no_booster() -> None:
    rows = cause_rows(5, effect=1.0)
    at_risk = rows.rows.at_risk & [True, True, False]
    binned = BinnedRows(rows.rows.matrix, at_risk, [], settings().params)
    unreached = CauseRows(binned, rows.exposure, rows.event & [True, True, False])
    assert train(unreached, Rounds(2, (1, 1, 5)), settings()).rounds == Rounds(2, (1, 1, 0))


def test_given_rounds_are_trained_and_zero_means_no_booster() -> None:
    rows = cause_rows(7, effect=1.0)
    boosters = train(rows, Rounds(4, (0, 3, 0)), settings())
    assert boosters.rounds == Rounds(4, (0, 3, 0))
    assert boosters.phases[0] is None
    rates = boosters.log_rates(rows.rows.matrix)
    np.testing.assert_array_equal(rates[:, 0], rates[:, 2])


def test_a_cause_that_never_happens_has_no_booster() -> None:
    rows = cause_rows(8, effect=1.0)
    never = CauseRows(rows.rows, rows.exposure, np.zeros((N, K), bool))
    assert train(never, Rounds(4, (2, 2, 2)), settings()) == CauseBoosters.flat(K)


@pytest.mark.parametrize("n_phases", [1, 3])
def test_contributions_sum_to_the_scores(n_phases: int) -> None:
    rows = cause_rows(9, effect=1.0)
    boosters = train(rows, Rounds(6, (2, 5, 0)), settings())
    values = boosters.contributions(rows.rows.matrix[:50], n_phases)
    expected = boosters.log_rates(rows.rows.matrix[:50])[:, :n_phases]
    np.testing.assert_allclose(values.sum(axis=2), expected, atol=1e-12)
