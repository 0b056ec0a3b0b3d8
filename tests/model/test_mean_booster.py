"""One booster with the mean of the scores of several, and of their contributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import pytest

from predictor.model.mean_booster import mean_booster

if TYPE_CHECKING:
    from numpy.typing import NDArray

N, N_ROUNDS = 900, 12


def rows() -> NDArray[np.float64]:
    """Numbers with gaps, and codes of categories."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 4))
    X[rng.random((N, 4)) < 0.1] = np.nan
    X[:, 3] = rng.integers(0, 8, N)
    return X


@pytest.fixture(scope="module")
def folds() -> list[lgb.Booster]:
    X, rng = rows(), np.random.default_rng(1)
    rate = np.exp(np.nan_to_num(X[:, 0]) + (X[:, 3] == 2))
    data = lgb.Dataset(
        X,
        rng.poisson(rate),
        init_score=np.zeros(N),
        categorical_feature=[3],
        params={"verbosity": -1},
    )
    params = {"objective": "poisson", "num_leaves": 6, "learning_rate": 0.2, "verbosity": -1}
    kept = [np.flatnonzero(np.arange(N) % 3 != fold) for fold in range(3)]
    found = lgb.cv(params, data, N_ROUNDS, folds=[(k, k) for k in kept], return_cvbooster=True)
    return list(found["cvbooster"].boosters)


@pytest.mark.parametrize("n_rounds", [1, 7, N_ROUNDS])
def test_the_score_is_the_mean_of_the_scores_after_so_many_rounds(
    folds: list[lgb.Booster], n_rounds: int
) -> None:
    joined = mean_booster(folds, n_rounds)
    scores = [b.predict(rows(), raw_score=True, num_iteration=n_rounds) for b in folds]
    assert joined.num_trees() == 3 * n_rounds
    assert np.std(scores, axis=0).max() > 0.02
    np.testing.assert_allclose(
        joined.predict(rows(), raw_score=True), np.mean(scores, axis=0), atol=1e-13
    )


def test_the_contributions_are_the_mean_of_the_contributions(folds: list[lgb.Booster]) -> None:
    values = [b.predict(rows(), pred_contrib=True, num_iteration=9) for b in folds]
    joined = mean_booster(folds, 9).predict(rows(), pred_contrib=True)
    np.testing.assert_allclose(joined, np.mean(values, axis=0), atol=1e-12)


def test_it_is_bit_equal_when_it_was_saved_and_read(folds: list[lgb.Booster]) -> None:
    joined = mean_booster(folds, N_ROUNDS)
    again = lgb.Booster(model_str=joined.model_to_string())
    np.testing.assert_array_equal(
        joined.predict(rows(), raw_score=True), again.predict(rows(), raw_score=True)
    )
    assert joined.model_to_string() == again.model_to_string()


def test_trees_without_a_split_are_kept() -> None:
    X = rows()
    flat = lgb.Dataset(X, np.ones(N), init_score=np.full(N, 0.5), params={"verbosity": -1})
    params = {"objective": "poisson", "min_data_in_leaf": N, "verbosity": -1}
    whole = [(np.arange(N), np.arange(N))] * 2
    found = lgb.cv(params, flat, 3, folds=whole, return_cvbooster=True)
    boosters = list(found["cvbooster"].boosters)
    expected = np.mean([b.predict(X, raw_score=True) for b in boosters], axis=0)
    np.testing.assert_allclose(mean_booster(boosters, 3).predict(X, raw_score=True), expected)
