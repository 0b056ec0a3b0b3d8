"""Contributions against finite differences, plain integration, and brute-force Shapley values."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pytest
from support.known_truth import KnownTruth, simulate_known_truth

from predictor.errors import HorizonError
from predictor.explanation import contributions as contributions_module
from predictor.explanation.contributions import explain_probability
from predictor.model.baseline import Baseline, Steps, day_grid
from predictor.model.curves import curves_at
from predictor.model.gradients import won_gradient
from predictor.model.phased_rates import PhasedRates


@pytest.fixture(scope="module")
def truth() -> KnownTruth:
    return simulate_known_truth(3_000, seed=5)


@pytest.fixture(scope="module")
def fitted(truth: KnownTruth) -> PhasedRates:
    return PhasedRates(phase_edges_days=(0, 30, 90, 150), num_threads=1).fit(truth.X, truth.y)


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_is_that_of_finite_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    edges = (0.0, 4.0, 15.0)
    grid = day_grid(edges, 1.0)
    rates = rng.gamma(1, 0.03, (2, len(grid.end_days)))
    baseline = Baseline(edges, Steps(grid.end_days, grid.phase, rates))
    log_rates = rng.normal(0, 1.5, (2, 2, 7))
    steps, step = baseline.steps_to([11.3]), 1e-5

    def probability(z: np.ndarray) -> np.ndarray:
        return curves_at(z.transpose(2, 0, 1), baseline, np.array([11.3])).won[:, 0]

    won, gradient = won_gradient(log_rates, steps)
    np.testing.assert_allclose(won, probability(log_rates), rtol=1e-12)
    for cause, phase in np.ndindex(2, 2):
        shift = np.zeros((2, 2, 1))
        shift[cause, phase] = step
        slope = (probability(log_rates + shift) - probability(log_rates - shift)) / (2 * step)
        np.testing.assert_allclose(gradient[cause, phase], slope, atol=1e-9)


@pytest.mark.parametrize("horizon", [7.0, 30.0, 61.5, 150.0])
def test_contributions_add_up_to_the_probability_less_the_portfolios(
    fitted: PhasedRates, truth: KnownTruth, horizon: float
) -> None:
    X, reference = truth.X[:200], truth.X[1_000:1_032]
    result = explain_probability(fitted, X, reference, horizon)
    probability = fitted.predict_proba_won(X, horizon)
    portfolio = fitted.predict_proba_won(reference, horizon).mean()
    np.testing.assert_array_equal(result.probability, probability)
    assert result.portfolio_probability == pytest.approx(portfolio, abs=1e-15)
    assert np.abs(result.values.sum(axis=1) - (probability - portfolio)).max() < 1.1e-9
    assert np.abs(result.residual).max() < 1.1e-9
    assert result.feature_names == tuple(truth.X.columns)


def test_contributions_equal_plain_integration_of_finite_differences(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    X, reference, horizon = truth.X[:4], truth.X[500:503], np.array([75.0])
    phi, _ = fitted.predict_log_rate_contributions(X)
    phi_reference, _ = fitted.predict_log_rate_contributions(reference)
    z, z_reference = fitted.predict_log_rates(X), fitted.predict_log_rates(reference)
    expected = np.zeros((4, X.shape[1]))
    n_points, step = 400, 1e-5
    for x, b in np.ndindex(4, 3):
        alpha = ((np.arange(n_points) + 0.5) / n_points)[:, None, None]
        path = z_reference[b] + alpha * (z[x] - z_reference[b])
        for cause, phase in np.ndindex(2, 3):
            shift = np.zeros((2, 3))
            shift[cause, phase] = step
            ends = [curves_at(path + s, fitted.baseline_, horizon).won for s in (shift, -shift)]
            slope = np.mean(ends[0] - ends[1]) / (2 * step)
            change = phi[x, cause, phase] - phi_reference[b, cause, phase]
            expected[x] += slope * change / 3
    result = explain_probability(fitted, X, reference, 75.0)
    np.testing.assert_allclose(result.values, expected, atol=2e-6)
    assert np.abs(expected).max() > 0.01


def test_chunks_do_not_show(
    fitted: PhasedRates, truth: KnownTruth, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, reference = truth.X[:50], truth.X[:8]
    whole = explain_probability(fitted, X, reference, 60.0)
    monkeypatch.setattr(contributions_module, "_ROWS_PER_CHUNK", 7)
    monkeypatch.setattr(contributions_module, "_POINTS_PER_CHUNK", 200)
    parts = explain_probability(fitted, X, reference, 60.0)
    np.testing.assert_allclose(parts.values, whole.values, atol=1e-9)


def test_a_row_that_misses_additivity_is_integrated_again(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    X, reference = truth.X[:100], truth.X[100:110]
    coarse = explain_probability(fitted, X, reference, 150.0, n_nodes=2, tolerance=np.inf)
    fine = explain_probability(fitted, X, reference, 150.0, n_nodes=2, tolerance=1e-9)
    assert np.abs(coarse.residual).max() > 1e-6  # nothing is spread to hide it
    assert np.abs(fine.residual).max() <= 1e-9


def test_a_feature_without_part_in_any_tree_contributes_nothing(truth: KnownTruth) -> None:
    X = truth.X.assign(constant=1.0)
    model = PhasedRates(phase_edges_days=(0, 60), max_rounds=10, num_threads=1).fit(X, truth.y)
    result = explain_probability(model, X[:20], X[100:110], 30)
    assert (result.values[:, -1] == 0).all()
    assert np.abs(result.values).max() > 0


def test_nobody_to_explain_and_nobody_to_compare_with(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    assert explain_probability(fitted, truth.X[:0], truth.X[:4], 30).values.shape == (0, 6)
    with pytest.raises(ValueError, match="the reference portfolio has no snapshot"):
        explain_probability(fitted, truth.X[:4], truth.X[:0], 30)
    with pytest.raises(HorizonError):
        explain_probability(fitted, truth.X[:4], truth.X[:4], 300)


def expected_score(node: dict[str, Any], x: np.ndarray, known: set[int]) -> float:
    """Mean of a tree's leaves given the known features, by the training rows of each branch."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    children = [node["left_child"], node["right_child"]]
    if node["split_feature"] in known:
        return expected_score(
            children[0 if x[node["split_feature"]] <= node["threshold"] else 1], x, known
        )
    counts = [c.get("internal_count", c.get("leaf_count")) for c in children]
    scores = [expected_score(c, x, known) for c in children]
    return float(np.average(scores, weights=counts))


def test_log_rate_contributions_are_brute_force_shapley_values(truth: KnownTruth) -> None:
    columns = ["days_since_last", "count_30d", "noise_1"]
    model = PhasedRates(phase_edges_days=(0, 40, 120), max_rounds=15, num_threads=1)
    model.fit(truth.X[columns], truth.y)
    X = truth.X[columns][:5]
    values, _ = model.predict_log_rate_contributions(X)
    for x, cause, phase in np.ndindex(5, 2, 2):
        boosters = [model.boosters_[cause].shared, model.boosters_[cause].phases[phase]]
        trees = [
            tree["tree_structure"] for b in boosters if b for tree in b.dump_model()["tree_info"]
        ]
        row = X.iloc[x].to_numpy()

        def game(known: set[int], row: np.ndarray = row, trees: list = trees) -> float:
            return sum(expected_score(tree, row, known) for tree in trees)

        for i in range(3):
            others = [j for j in range(3) if j != i]
            shapley = sum(
                factorial(size)
                * factorial(2 - size)
                / factorial(3)
                * (game({*known, i}) - game(set(known)))
                for size in range(3)
                for known in combinations(others, size)
            )
            assert values[x, cause, phase, i] == pytest.approx(shapley, abs=1e-9)
