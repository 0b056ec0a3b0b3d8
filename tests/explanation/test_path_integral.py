"""The compiled integrals against those by NumPy's gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.known_truth import simulate_known_truth

from predictor.explanation.contributions import explain_probability, mean_slopes_of_few
from predictor.explanation.path_integral import mean_days_slopes, mean_slopes
from predictor.model import boosters as boosters_module
from predictor.model.baseline import Steps
from predictor.model.expected_days import expected_days
from predictor.model.phased_rates import PhasedRates

if TYPE_CHECKING:
    from numpy.typing import NDArray


def some_steps(rng: np.random.Generator, per_phase: list[int], mean_rate: float) -> Steps:
    phase = np.repeat(np.arange(len(per_phase)), per_phase)
    rates = rng.gamma(0.5, 2 * mean_rate, (2, len(phase))) + 1e-12
    return Steps(np.arange(1.0, len(phase) + 1), phase, rates)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    per_phase=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    n_reference=st.sampled_from([1, 3, 64, 65, 130]),
    mean_rate=st.sampled_from([1e-4, 0.01, 0.5, 20.0]),
    n_nodes=st.sampled_from([2, 8]),
)
def test_integrals_are_those_of_the_gradient(
    seed: int, per_phase: list[int], n_reference: int, mean_rate: float, n_nodes: int
) -> None:
    rng = np.random.default_rng(seed)
    steps = some_steps(rng, per_phase, mean_rate)
    ends = rng.normal(0, 1, (2, len(per_phase), 5))
    begins = rng.normal(0, 1, (2, len(per_phase), n_reference))
    expected = mean_slopes_of_few(ends, begins, steps, n_nodes)
    found = mean_slopes(ends, begins, steps, n_nodes, num_threads=1)
    # Both end in a difference of terms as large as the accumulated rate.
    largest = np.exp(max(ends.max(), begins.max())) * steps.increments.sum()
    np.testing.assert_allclose(found, expected, atol=1e-14 * (1 + largest))


def gradient_of_days(points: NDArray[np.float64], steps: Steps) -> NDArray[np.float64]:
    """By complex steps: f'(z) = Im f(z + ih) / h, exact to rounding as h goes to 0."""
    gradient = np.empty(points.shape)
    for cause, phase in np.ndindex(points.shape[1:]):
        moved = points.astype(complex)
        moved[:, cause, phase] += 1e-30j
        gradient[:, cause, phase] = expected_days(moved, steps).imag / 1e-30  # type: ignore[arg-type]
    return gradient


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    per_phase=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    n_reference=st.sampled_from([1, 64, 65]),
    mean_rate=st.sampled_from([1e-4, 0.01, 0.5, 5.0]),
)
def test_integrals_of_the_days_are_those_of_their_gradient(
    seed: int, per_phase: list[int], n_reference: int, mean_rate: float
) -> None:
    rng = np.random.default_rng(seed)
    steps = some_steps(rng, per_phase, mean_rate)
    ends = rng.normal(0, 1, (2, len(per_phase), 3))
    begins = rng.normal(0, 1, (2, len(per_phase), n_reference))
    expected = np.zeros((3, ends[..., 0].size, n_reference))
    for node, weight in zip(*np.polynomial.legendre.leggauss(5), strict=True):
        path = begins[:, :, None] + (node + 1) / 2 * (ends[..., None] - begins[:, :, None])
        points = path.reshape(*ends.shape[:2], -1).transpose(2, 0, 1)
        by_pair = gradient_of_days(points, steps).reshape(3, n_reference, -1).transpose(0, 2, 1)
        expected += weight / 2 * by_pair
    found = mean_days_slopes(ends, begins, steps, 5, num_threads=1)
    largest = np.exp(max(ends.max(), begins.max())) * steps.increments.sum()
    np.testing.assert_allclose(found, expected, atol=1e-12 * (1 + largest) * steps.end_days[-1])


def test_extreme_rates_stay_finite() -> None:
    steps = Steps(np.array([1.0, 2.0]), np.array([0, 0]), np.full((2, 2), 0.1))
    ends = np.array([[-300.0, 300.0, -300.0, 300.0], [-300.0, -300.0, 300.0, 300.0]])[:, None]
    found = mean_slopes(ends, np.zeros((2, 1, 1)), steps, 8, num_threads=1)
    expected = mean_slopes_of_few(ends, np.zeros((2, 1, 1)), steps, 8)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_the_number_of_threads_does_not_show() -> None:
    rng = np.random.default_rng(3)
    steps = some_steps(rng, [2, 2], 0.05)
    ends, begins = rng.normal(size=(2, 2, 5_000)), rng.normal(size=(2, 2, 6))
    for integrals in (mean_slopes, mean_days_slopes):
        one, three = (integrals(ends, begins, steps, 4, num_threads=n) for n in (1, 3))
        np.testing.assert_array_equal(one, three)


def test_contributions_of_many_rows_are_those_of_few() -> None:
    truth = simulate_known_truth(1_500, seed=8)
    model = PhasedRates(phase_edges_days=(0, 30, 90), max_rounds=20, num_threads=1)
    model.fit(truth.X, truth.y)
    X, reference = truth.X[: boosters_module.MIN_ROWS_COMPILED], truth.X[-16:]
    many = explain_probability(model, X, reference, 75.0)
    few = explain_probability(model, X[:200], reference, 75.0)
    np.testing.assert_allclose(many.values[:200], few.values, atol=1e-12)
    assert np.abs(many.residual).max() < 1e-9
