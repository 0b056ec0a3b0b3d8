"""Compiled TreeSHAP against LightGBM's own, and against Shapley values over all subsets."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.model import boosters as boosters_module
from predictor.model.boosters import CauseBoosters
from predictor.model.tree_shap import shap_tables, tables_of, tree_shap
from predictor.model.tree_tables import MAX_DECISIONS

CATEGORICAL = (0, 1)
GROWTH: dict[str, Any] = {
    "objective": "poisson",
    "verbosity": -1,
    "num_threads": 1,
    "min_data_in_leaf": 5,
    "min_data_per_group": 5,
    "cat_smooth": 1.0,
    "max_depth": 6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
}


def rows(n: int, n_features: int, seed: int) -> np.ndarray:
    """Two columns of codes (one with more than 32), zeros and missing values in the others."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, n_features)).round(2)
    X[rng.random(X.shape) < 0.2] = 0.0
    X[:, 0] = rng.integers(0, 5, n)
    X[:, 1] = rng.integers(0, 70, n)
    missing = rng.random(X.shape) < 0.15
    missing[:, -1] = False  # a column that never misses a value in training
    X[missing] = np.nan
    return X


def grown(seed: int, n_features: int = 5, n_trees: int = 8, **growth: Any) -> lgb.Booster:
    X = rows(600, n_features, seed)
    rng = np.random.default_rng(seed + 1)
    known = np.nan_to_num(X)
    score = 0.5 * known[:, 2] * known[:, -1] + np.isin(X[:, 0], [1, 3]) + (known[:, 1] % 7 == 3)
    score += 0.7 * np.isnan(X[:, 2]) - 0.5 * (known[:, 3] == 0)
    data = lgb.Dataset(X, rng.poisson(np.exp(score - 1)), categorical_feature=list(CATEGORICAL))
    return lgb.train({**GROWTH, "seed": seed, **growth}, data, n_trees)


def strange_rows(n_features: int) -> np.ndarray:
    """What training did not show: missing everywhere, unknown and negative codes, extremes."""
    X = rows(40, n_features, 99)
    X[0], X[1], X[2], X[3] = np.nan, 0.0, np.inf, -np.inf
    X[4:8, 0] = [-1.0, 4.7, 1e9, -0.5]
    X[4:8, 1] = [71.0, 31.0, 32.0, 64.0]
    X[8:12, -1] = [np.nan, 1e-36, -1e-36, -0.0]
    return X


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("growth", [{}, {"zero_as_missing": True}, {"use_missing": False}], ids=str)
def test_values_are_those_of_lightgbm(seed: int, growth: dict[str, Any]) -> None:
    booster = grown(seed, n_features=12, n_trees=30, num_leaves=31, **growth)
    X = np.concatenate([rows(300, 12, seed + 10), strange_rows(12)])
    tables = shap_tables(booster)
    assert tables is not None
    found, expected = tree_shap(tables, X, 1), booster.predict(X, pred_contrib=True)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    raw = booster.predict(X, raw_score=True)
    np.testing.assert_allclose(found.sum(axis=1), raw, atol=1e-12)
    assert np.abs(expected[:, :-1]).max() > 0.1


def expectation(node: dict[str, Any], x: np.ndarray, known: frozenset[int]) -> float:
    """Mean of a tree's leaves given the known features, by the training rows of each branch."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return expectation(left if goes_left(node, x[node["split_feature"]]) else right, x, known)
    counts = [child.get("internal_count", child.get("leaf_count")) for child in (left, right)]
    return float(np.average([expectation(c, x, known) for c in (left, right)], weights=counts))


def goes_left(node: dict[str, Any], value: float) -> bool:
    """As LightGBM documents it: unknown and missing categories go right."""
    if node["decision_type"] == "==":
        return not np.isnan(value) and str(int(value)) in node["threshold"].split("||")
    if node["missing_type"] == "NaN" and np.isnan(value):
        return bool(node["default_left"])
    return bool((0.0 if np.isnan(value) else value) <= node["threshold"])


def brute_force(booster: lgb.Booster, x: np.ndarray) -> np.ndarray:
    """Shapley values of the mean given the known features, over all subsets."""
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    features = range(len(x))
    game = {
        frozenset(known): sum(expectation(tree, x, frozenset(known)) for tree in trees)
        for size in range(len(x) + 1)
        for known in combinations(features, size)
    }
    values = np.zeros(len(x) + 1)
    values[-1] = game[frozenset()]
    for known, worth in game.items():
        for feature in set(features) - known:
            weight = factorial(len(known)) * factorial(len(x) - len(known) - 1) / factorial(len(x))
            values[feature] += weight * (game[known | {feature}] - worth)
    return values


@pytest.mark.parametrize("seed", range(3))
def test_values_are_shapley_values_over_all_subsets(seed: int) -> None:
    booster = grown(seed)
    X = np.concatenate([rows(6, 5, seed + 20), strange_rows(5)[[0, 1, 4, 5, 8]]])
    kinds = {
        node["decision_type"]
        for tree in booster.dump_model()["tree_info"]
        for node in _nodes(tree["tree_structure"])
    }
    assert kinds == {"<=", "=="}
    tables = shap_tables(booster)
    assert tables is not None
    expected = np.array([brute_force(booster, x) for x in X])
    np.testing.assert_allclose(tree_shap(tables, X, 1), expected, atol=1e-9)


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    if "leaf_value" in node:
        return []
    return [node, *_nodes(node["left_child"]), *_nodes(node["right_child"])]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    num_leaves=st.integers(2, 40),
    max_depth=st.integers(1, MAX_DECISIONS),
    n_rows=st.sampled_from([1, 255, 256, 257]),
)
def test_any_shape_of_trees_and_any_number_of_rows(
    seed: int, num_leaves: int, max_depth: int, n_rows: int
) -> None:
    booster = grown(seed, 4, 3, num_leaves=num_leaves, max_depth=max_depth)
    X = rows(n_rows, 4, seed + 1)
    tables = shap_tables(booster)
    assert tables is not None
    expected = booster.predict(X, pred_contrib=True)
    np.testing.assert_allclose(tree_shap(tables, X, 1), expected, atol=1e-12)


def test_trees_too_deep_for_tables_are_left_to_lightgbm() -> None:
    deep = grown(0, n_trees=3, num_leaves=80, max_depth=20, min_data_in_leaf=1)
    assert shap_tables(deep) is None
    X = rows(boosters_module.MIN_ROWS_COMPILED, 5, 1)
    values = CauseBoosters(deep, (None,)).contributions(X, 1, num_threads=1)
    np.testing.assert_array_equal(values[:, 0], deep.predict(X, pred_contrib=True, num_threads=1))


def test_a_tree_without_a_split_adds_its_value_to_the_bias() -> None:
    X = rows(300, 5, 0)
    stump = lgb.train({**GROWTH, "min_data_in_leaf": 200}, lgb.Dataset(X, np.ones(300)), 1)
    tables = shap_tables(stump)
    assert tables is not None
    expected = stump.predict(X, pred_contrib=True)
    np.testing.assert_allclose(tree_shap(tables, X, 1), expected, atol=1e-15)


def test_the_number_of_threads_does_not_show() -> None:
    tables = shap_tables(grown(3))
    assert tables is not None
    X = rows(10_000, 5, 4)
    np.testing.assert_array_equal(tree_shap(tables, X, 3), tree_shap(tables, X, 1))


def test_tables_are_made_once_and_go_with_their_booster() -> None:
    booster = grown(5)
    assert tables_of(booster) is tables_of(booster)


def test_contributions_of_many_rows_are_those_of_few() -> None:
    boosters = CauseBoosters(grown(6), (grown(7), None), slope=1.3)
    X = rows(boosters_module.MIN_ROWS_COMPILED, 5, 8)
    many = boosters.contributions(X, 2, num_threads=1)
    few = np.concatenate(
        [boosters.contributions(part, 2, num_threads=1) for part in (X[:7], X[7:])]
    )
    np.testing.assert_allclose(many, few, atol=1e-12)


@pytest.mark.parametrize("depth", [6, 20])
@pytest.mark.parametrize("n_rows", [5, boosters_module.MIN_ROWS_COMPILED])
def test_weighted_contributions_are_sums_of_those_of_phases(n_rows: int, depth: int) -> None:
    growth = {"num_leaves": 80, "max_depth": depth, "min_data_in_leaf": 1}
    boosters = CauseBoosters(grown(6, **growth), (grown(7), None, grown(8)), slope=1.3)
    X, weights = rows(n_rows, 5, 8), np.random.default_rng(0).normal(size=(n_rows, 2))
    found = boosters.weighted_contributions(X, weights, num_threads=1)
    by_phase = boosters.contributions(X, 2, num_threads=1)[..., :-1]
    expected = (by_phase * weights[:, :, None]).sum(axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-12)
