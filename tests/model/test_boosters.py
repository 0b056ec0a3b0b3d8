"""The boosters of one cause: the shared one on one row per snapshot, and none where none helps."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from support.booster_rows import K, N, cause_rows, settings

from predictor.model.boosters import (
    BinnedRows,
    CauseBoosters,
    CauseRows,
    Rounds,
    train,
)


def test_one_row_per_snapshot_grows_the_trees_of_one_row_per_snapshot_and_phase() -> None:
    rows = cause_rows(0, effect=1.0)
    shared = train(rows, Rounds(5, (0, 0, 0)), np.zeros(N), settings()).shared
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


def test_a_phase_that_no_row_reaches_has_no_booster() -> None:
    rows = cause_rows(5, effect=1.0)
    at_risk = rows.rows.at_risk & [True, True, False]
    binned = BinnedRows(rows.rows.matrix, at_risk, [], settings().params)
    unreached = CauseRows(binned, rows.exposure, rows.event & [True, True, False])
    boosters = train(unreached, Rounds(2, (1, 1, 5)), np.zeros(N), settings())
    assert boosters.rounds == Rounds(2, (1, 1, 0))


def test_given_rounds_are_trained_and_zero_means_no_booster() -> None:
    rows = cause_rows(7, effect=1.0)
    boosters = train(rows, Rounds(4, (0, 3, 0)), np.zeros(N), settings())
    assert boosters.rounds == Rounds(4, (0, 3, 0))
    assert boosters.phases[0] is None
    rates = boosters.log_rates(rows.rows.matrix)
    np.testing.assert_array_equal(rates[:, 0], rates[:, 2])


def test_a_cause_that_never_happens_has_no_booster() -> None:
    rows = cause_rows(8, effect=1.0)
    never = CauseRows(rows.rows, rows.exposure, np.zeros((N, K), bool))
    assert train(never, Rounds(4, (2, 2, 2)), np.zeros(N), settings()) == CauseBoosters.flat(K)


@pytest.mark.parametrize("n_phases", [1, 3])
def test_contributions_sum_to_the_scores(n_phases: int) -> None:
    rows = cause_rows(9, effect=1.0)
    boosters = train(rows, Rounds(6, (2, 5, 0)), np.zeros(N), settings())
    values = boosters.contributions(rows.rows.matrix[:50], n_phases)
    expected = boosters.log_rates(rows.rows.matrix[:50])[:, :n_phases]
    np.testing.assert_allclose(values.sum(axis=2), expected, atol=1e-12)
