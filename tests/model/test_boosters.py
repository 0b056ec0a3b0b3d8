"""The boosters of one cause: the shared one on one row per snapshot, and none where none helps."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest
from support.booster_rows import K, cause_rows, settings, train

from predictor.model.boosters import CauseBoosters, Rounds


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


def test_where_a_phase_has_no_booster_the_shared_score_stands() -> None:
    rows = cause_rows(7, effect=1.0)
    boosters = train(rows, Rounds(4, (0, 3, 0)), settings())
    rates = boosters.log_rates(rows.rows.matrix)
    np.testing.assert_array_equal(rates[:, 0], rates[:, 2])
    assert np.ptp(rates[:, 1] - rates[:, 0]) > 0.1
    assert not CauseBoosters.flat(K).log_rates(rows.rows.matrix).any()


@pytest.mark.parametrize("n_phases", [1, 3])
def test_contributions_sum_to_the_scores(n_phases: int) -> None:
    rows = cause_rows(9, effect=1.0)
    boosters = train(rows, Rounds(6, (2, 5, 0)), settings())
    values = boosters.contributions(rows.rows.matrix[:50], n_phases)
    expected = boosters.log_rates(rows.rows.matrix[:50])[:, :n_phases]
    np.testing.assert_allclose(values.sum(axis=2), expected, atol=1e-12)
