"""Contributions to the days to close: the gradient, additivity, plain integration, sentences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.known_truth import KnownTruth, simulate_known_truth

from predictor.explanation import contributions as contributions_module
from predictor.explanation import time_to_close as module
from predictor.explanation.time_to_close import coarser, explain_days_to_close, sooner_or_later
from predictor.features.catalogue import Signal, Text
from predictor.model.baseline import Baseline, Steps, day_grid
from predictor.model.curves import curves_at
from predictor.model.expected_days import expected_days
from predictor.model.phased_rates import PhasedRates


@pytest.fixture(scope="module")
def truth() -> KnownTruth:
    return simulate_known_truth(3_000, seed=5)


@pytest.fixture(scope="module")
def fitted(truth: KnownTruth) -> PhasedRates:
    return PhasedRates(phase_edges_days=(0, 30, 90, 150), num_threads=1).fit(truth.X, truth.y)


def some_baseline(rng: np.random.Generator) -> Baseline:
    edges = (0.0, 4.0, 15.0)
    grid = day_grid(edges, 1.0)
    rates = rng.gamma(1, 0.03, (2, len(grid.end_days)))
    return Baseline(edges, Steps(grid.end_days, grid.phase, rates))


@pytest.mark.parametrize("seed", range(5))
def test_the_expectation_is_the_area_above_the_curve_read_linearly(seed: int) -> None:
    rng = np.random.default_rng(seed)
    baseline, log_rates = some_baseline(rng), rng.normal(0, 1.5, (7, 2, 2))
    days = expected_days(log_rates, baseline.steps)
    ends = np.append(0.0, baseline.steps.end_days)
    won = curves_at(log_rates, baseline, ends).won
    area = np.trapezoid(1 - won / won[:, -1:], ends, axis=1)
    np.testing.assert_allclose(days, area, rtol=1e-12)


def test_contributions_add_up_to_the_days_less_the_portfolios(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    X, reference = truth.X[:200], truth.X[1_000:1_032]
    result = explain_days_to_close(fitted, X, reference)
    steps = coarser(fitted.baseline_.steps)
    days = expected_days(fitted.predict_log_rates(X), steps)
    portfolio = expected_days(fitted.predict_log_rates(reference), steps).mean()
    np.testing.assert_allclose(result.days, days, rtol=1e-12)
    assert result.portfolio_days == pytest.approx(portfolio, rel=1e-12)
    assert np.abs(result.values.sum(axis=1) - (days - portfolio)).max() < 1.1e-9
    assert np.abs(result.residual).max() < 1.1e-9
    assert np.abs(result.values).max() > 1
    assert result.feature_names == tuple(truth.X.columns)


def test_contributions_equal_plain_integration_of_finite_differences(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    X, reference = truth.X[:4], truth.X[500:503]
    phi, _ = fitted.predict_log_rate_contributions(X)
    phi_reference, _ = fitted.predict_log_rate_contributions(reference)
    z, z_reference = fitted.predict_log_rates(X), fitted.predict_log_rates(reference)
    steps, expected, n_points, step = coarser(fitted.baseline_.steps), np.zeros(X.shape), 400, 1e-5
    alpha = ((np.arange(n_points) + 0.5) / n_points)[:, None, None]
    for x, b in np.ndindex(4, 3):
        path = z_reference[b] + alpha * (z[x] - z_reference[b])
        for cause, phase in np.ndindex(2, 3):
            shift = np.zeros((2, 3))
            shift[cause, phase] = step
            up, down = (expected_days(path + s, steps) for s in (shift, -shift))
            change = phi[x, cause, phase] - phi_reference[b, cause, phase]
            expected[x] += np.mean(up - down) / (2 * step) * change / 3
    result = explain_days_to_close(fitted, X, reference)
    np.testing.assert_allclose(result.values, expected, atol=1e-4)
    assert np.abs(expected).max() > 1


def test_the_expectation_on_coarser_steps_stays_near_and_moves_with_the_median(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    rates = fitted.predict_log_rates(truth.X[:300])
    fine = expected_days(rates, fitted.baseline_.steps)
    steps = coarser(fitted.baseline_.steps)
    coarse = expected_days(rates, steps)
    assert len(steps.phase) == 3 * module.STEPS_PER_PHASE
    assert np.abs(coarse - fine).max() < 0.5
    median = fitted.predict_days_to_close(truth.X[:300], [0.5])[:, 0]
    assert np.corrcoef(coarse, median)[0, 1] > 0.97


def test_chunks_do_not_show(
    fitted: PhasedRates, truth: KnownTruth, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, reference = truth.X[:50], truth.X[:8]
    whole = explain_days_to_close(fitted, X, reference)
    monkeypatch.setattr(contributions_module, "_ROWS_PER_CHUNK", 7)
    parts = explain_days_to_close(fitted, X, reference)
    np.testing.assert_allclose(parts.values, whole.values, atol=1e-9)


def test_a_row_that_misses_additivity_is_integrated_again(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    X, reference = truth.X[:100], truth.X[100:110]
    coarse = explain_days_to_close(fitted, X, reference, n_nodes=2, tolerance=np.inf)
    fine = explain_days_to_close(fitted, X, reference, n_nodes=2, tolerance=1e-9)
    assert np.abs(coarse.residual).max() > 1e-4  # nothing is spread to hide it
    assert np.abs(fine.residual).max() <= 1e-9


def test_nobody_to_explain_and_nobody_to_compare_with(
    fitted: PhasedRates, truth: KnownTruth
) -> None:
    assert explain_days_to_close(fitted, truth.X[:0], truth.X[:4]).values.shape == (0, 6)
    with pytest.raises(ValueError, match="the reference portfolio has no snapshot"):
        explain_days_to_close(fitted, truth.X[:4], truth.X[:0])


def signals_that_say(*texts: str) -> list[Signal]:
    return [
        Signal(str(place), Text(text, text), lambda _, said=text: Text(said, said))
        for place, text in enumerate(texts)
    ]


NO_FEATURES = pd.DataFrame(index=[0])


def test_the_sentence_names_the_strongest_signals_in_the_direction_of_the_whole() -> None:
    signals = signals_that_say(
        "Asked for a quote 3 days ago", "BANT: 50% answered", "Budget not known yet (ask)", "Silent"
    )
    sooner = np.array([[-2.4, -1.1, 1.5, -0.2]])
    assert sooner_or_later(signals, NO_FEATURES, sooner, "en") == [
        "Asked for a quote 3 days ago: 2 days sooner; BANT: 50% answered: 1 day sooner"
    ]
    later = np.array([[-2.4, 0.0, 30.0, 1.0]])
    assert sooner_or_later(signals, NO_FEATURES, later, "en") == [
        "Budget not known yet: 30 days later; silent: 1 day later"
    ]


def test_no_fact_is_told_twice() -> None:
    signals = signals_that_say("Asked for a quote 3 days ago", "Strong signal", "No call yet")
    signals[1] = replace(signals[1], told=lambda _: frozenset({"0"}))
    values = np.array([[-3.0, -2.5, -2.0]])
    assert sooner_or_later(signals, NO_FEATURES, values, "en") == [
        "Asked for a quote 3 days ago: 3 days sooner; no call yet: 2 days sooner"
    ]


def test_the_sentence_in_french_has_its_forms() -> None:
    signals = signals_that_say("A demandé un devis il y a 3 jours", "À l'étape « A »")
    two = pd.DataFrame(index=[0, 1])
    values = np.array([[-1.6, -1.2], [12.3, 0.3]])
    assert sooner_or_later(signals, two, values, "fr") == [
        "A demandé un devis il y a 3 jours : 2 jours plus tôt ; à l'étape « A » : 1 jour plus tôt",
        "A demandé un devis il y a 3 jours : 12 jours plus tard",
    ]


def test_less_than_a_day_is_no_reason_and_an_unknown_expectation_has_none() -> None:
    values = np.array([[-0.4, 0.3], [np.nan, np.nan]])
    signals = signals_that_say("Silent", "No call yet")
    assert sooner_or_later(signals, pd.DataFrame(index=[0, 1]), values, "en") == ["", ""]
