"""Pairs of signals against brute-force Shapley interaction values, and their sums."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.known_truth import KnownTruth, simulate_known_truth

from predictor.explanation.contributions import explain_probability
from predictor.explanation.interactions import PairContributions, explain_pairs
from predictor.explanation.signals import sum_by_signal
from predictor.features.catalogue import Feature, Relation, Signal, Text
from predictor.model.phased_rates import PhasedRates
from predictor.model.tree_interactions import interaction_values

NAMES = ("days_since_last", "count_30d", "answer", "source", "noise_1", "noise_2")


def catalogue_of(signal_of: dict[str, str]) -> list[Feature]:
    def nothing(*_: Any) -> Any: ...

    text = Text("", "")
    signals = {name: Signal(name, text, nothing) for name in signal_of.values()}
    return [
        Feature(name, signals[signal], Relation(nothing), nothing, "number", text, text)
        for name, signal in signal_of.items()
    ]


@pytest.fixture(scope="module")
def truth() -> KnownTruth:
    return simulate_known_truth(3_000, seed=5)


@pytest.fixture(scope="module")
def fitted(truth: KnownTruth) -> PhasedRates:
    model = PhasedRates(phase_edges_days=(0, 40, 120), max_rounds=15, num_threads=1)
    return model.fit(truth.X, truth.y)


def expected_score(node: dict[str, Any], x: np.ndarray, known: set[int]) -> float:
    """Mean of a tree's leaves given the known features, by the training rows of each branch."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    children = [node["left_child"], node["right_child"]]
    if node["split_feature"] in known:
        value = x[node["split_feature"]]
        if node["decision_type"] == "==":
            left = not np.isnan(value) and str(int(value)) in node["threshold"].split("||")
        elif np.isnan(value):
            left = node["default_left"] if node["missing_type"] == "NaN" else node["threshold"] >= 0
        else:
            left = value <= node["threshold"]
        return expected_score(children[0 if left else 1], x, known)
    counts = [c.get("internal_count", c.get("leaf_count")) for c in children]
    return float(np.average([expected_score(c, x, known) for c in children], weights=counts))


def brute_force(trees: list[dict[str, Any]], x: np.ndarray) -> np.ndarray:
    """Shapley interaction values by their definition, shape (F, F)."""
    n = len(x)
    game = {
        frozenset(known): sum(expected_score(tree, x, set(known)) for tree in trees)
        for size in range(n + 1)
        for known in combinations(range(n), size)
    }
    values = np.zeros((n, n))
    for i, j in combinations(range(n), 2):
        others = [k for k in range(n) if k not in (i, j)]
        for size in range(n - 1):
            weight = factorial(size) * factorial(n - size - 2) / factorial(n - 1) / 2
            for subset in map(frozenset, combinations(others, size)):
                both = game[subset | {i, j}] - game[subset | {i}] - game[subset | {j}]
                values[i, j] += weight * (both + game[subset])
        values[j, i] = values[i, j]
    for i in range(n):
        others = [k for k in range(n) if k != i]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for subset in map(frozenset, combinations(others, size)):
                values[i, i] += weight * (game[subset | {i}] - game[subset])
        values[i, i] -= values[i].sum() - values[i, i]
    return values


def test_interaction_values_are_those_of_brute_force(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    booster = fitted.boosters_[0].shared
    assert booster is not None
    trees = [tree["tree_structure"] for tree in booster.dump_model()["tree_info"]]
    X = truth.X[:40]
    matrix = fitted.encoding_.matrix(X[X["answer"].isna() | (X.index < 3)][:6])
    assert np.isnan(matrix).any()
    found = interaction_values(booster, matrix, np.arange(6), 6)
    for row, x in zip(found, matrix, strict=True):
        np.testing.assert_allclose(row, brute_force(trees, x), atol=1e-12)
    off = found[:, ~np.eye(6, dtype=bool)]
    assert np.abs(off).max() > 0.01


def test_rows_sum_to_treeshap_and_groups_gather_their_features(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    matrix = fitted.encoding_.matrix(truth.X[:50])
    for booster in (b for cause in fitted.boosters_ for b in (cause.shared, *cause.phases) if b):
        single = interaction_values(booster, matrix, np.arange(6), 6)
        shap = np.asarray(booster.predict(matrix, pred_contrib=True))[:, :-1]
        np.testing.assert_allclose(single.sum(axis=2), shap, atol=1e-9)
        group = np.array([0, 0, 1, 1, 2, 2])
        gathered = np.zeros((50, 3, 3))
        for i, j in np.ndindex(6, 6):
            gathered[:, group[i], group[j]] += single[:, i, j]
        np.testing.assert_allclose(
            interaction_values(booster, matrix, group, 3), gathered, atol=1e-12
        )
    assert not interaction_values(None, matrix, np.arange(6), 6).any()


@pytest.mark.parametrize("horizon_days", [25.0, 100.0])
def test_the_matrix_of_a_prospect_sums_to_its_contributions(
    fitted: PhasedRates, truth: KnownTruth, horizon_days: float
) -> None:
    signal_of = dict(
        zip(NAMES, ("activity", "activity", "answer", "source", "noise", "noise"), strict=True)
    )
    catalogue, reference = catalogue_of(signal_of), truth.X[1_000:1_016]
    for place in range(4):
        x = truth.X[place : place + 1]
        pairs = explain_pairs(fitted, x, reference, horizon_days, catalogue)
        single = sum_by_signal(
            explain_probability(fitted, x, reference, horizon_days, tolerance=1e-12), catalogue
        )
        np.testing.assert_allclose(pairs.values, pairs.values.T, atol=1e-15)
        np.testing.assert_allclose(pairs.values.sum(axis=1), single.values[0], atol=1e-9)
        whole = pairs.probability - pairs.portfolio_probability
        assert pairs.values.sum() == pytest.approx(whole, abs=1e-9)
        assert [s.name for s in pairs.signals] == ["activity", "answer", "source", "noise"]
        assert np.abs(pairs.values - np.diag(np.diag(pairs.values))).max() > 1e-5


def test_the_strongest_pairs_come_first_with_both_halves() -> None:
    signals = tuple(f.signal for f in catalogue_of({"a": "a", "b": "b", "c": "c"}))
    values = np.array([[0.3, 0.01, -0.04], [0.01, 0.1, 0.02], [-0.04, 0.02, 0.0]])
    strongest = PairContributions(signals, values, 0.5, 0.1).strongest(2)
    expected = pd.DataFrame(
        {"first": ["a", "b"], "second": ["c", "c"], "contribution": [-0.08, 0.04]}
    )
    pd.testing.assert_frame_equal(strongest, expected, check_dtype=False)


def test_one_snapshot_at_a_time(fitted: PhasedRates, truth: KnownTruth) -> None:
    catalogue = catalogue_of({name: name for name in NAMES})
    with pytest.raises(ValueError, match="one snapshot at a time, got 2"):
        explain_pairs(fitted, truth.X[:2], truth.X[5:9], 30, catalogue)
    with pytest.raises(ValueError, match="the reference portfolio has no snapshot"):
        explain_pairs(fitted, truth.X[:1], truth.X[:0], 30, catalogue)
