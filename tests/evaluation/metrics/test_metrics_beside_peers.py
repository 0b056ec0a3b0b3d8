"""Figures of other libraries on the same lives: scikit-survival, hazardous, lifelines.

They are no dependency; each figure stands beside the call that gave it, with y and Y the outcomes
in the library's own form and P the curves on the grid:

scikit-survival 0.28.0 (lost counts as censored)
    integrated_brier_score(y, y, 1 - P, grid)
    cumulative_dynamic_auc(y, y, P, grid)
    concordance_index_ipcw(y, y, P[:, -1], tau=40)
hazardous 0.2.0 (won is event 1, lost is event 2)
    brier_score_incidence(Y, Y, P, grid, event_of_interest=1)
    integrated_brier_score_incidence(Y, Y, P, grid, event_of_interest=1)
    concordance_index_incidence(Y, P[:, [0, -1]], Y, time_grid=grid[[0, -1]], taus=[40])
lifelines 0.30.3
    AalenJohansenFitter().fit(duration, event, event_of_interest=1)
"""

from __future__ import annotations

import numpy as np
import pytest

from predictor.evaluation.aalen_johansen import cumulative_incidence
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.auc import auc
from predictor.evaluation.metrics.brier import brier_score
from predictor.evaluation.metrics.concordance import time_dependent_concordance
from predictor.evaluation.metrics.integrated_brier import integrated_brier_score

GRID = np.array([5.0, 15.0, 25.0, 40.0])


@pytest.fixture(scope="module")
def lives():
    """Outcome, follow-up and curves of 600 lives without ties."""
    rng = np.random.default_rng(11)
    n = 600
    won_rate = 0.01 * np.exp(rng.normal(size=n))
    total = won_rate + 0.02
    closes_at, watched = rng.exponential(1 / total), rng.uniform(5, 60, n)
    cause = np.where(rng.uniform(size=n) < won_rate / total, "won", "lost")
    outcome = np.where(closes_at <= watched, cause, "open")
    rate = won_rate * np.exp(rng.normal(0, 0.3, n))
    curves = (rate / (rate + 0.02))[:, None] * (1 - np.exp(-np.outer(rate + 0.02, GRID)))
    return outcome, np.minimum(closes_at, watched), curves


@pytest.fixture(scope="module")
def one_cause(lives):
    outcome, duration, curves = lives
    return np.where(outcome == "lost", "open", outcome), duration, curves


def by_horizon(metric, outcome, duration, curves):
    return [
        metric(horizon_labels(outcome, duration, day), curves[:, k]) for k, day in enumerate(GRID)
    ]


def as_one_marker(curves):
    """Curves in the order of P(won by 40) on every day: then Antolini's index is Wolbers's."""
    return curves[:, -1:] * np.array([0.5, 1.0]), [20, 40]


def test_brier_and_its_integral_are_those_of_hazardous(lives):
    want = [0.061067387991, 0.115146087004, 0.143850616284, 0.167643517575]
    assert by_horizon(brier_score, *lives) == pytest.approx(want, abs=1e-11)
    outcome, duration, curves = lives
    got = integrated_brier_score(outcome, duration, curves, GRID)
    assert got == pytest.approx(0.128921625581653)


def test_integrated_brier_of_one_cause_is_that_of_scikit_survival(one_cause):
    outcome, duration, curves = one_cause
    got = integrated_brier_score(outcome, duration, curves, GRID)
    assert got == pytest.approx(0.14623171729787002)


def test_auc_of_one_cause_is_that_of_scikit_survival(one_cause):
    want = [0.778961137797, 0.735131182651, 0.745364471612, 0.759355969674]
    assert by_horizon(auc, *one_cause) == pytest.approx(want, abs=1e-11)


def test_concordance_of_a_marker_is_that_of_scikit_survival_and_of_hazardous(lives, one_cause):
    for (outcome, duration, curves), want in ((one_cause, 0.7084626491662258), (lives, 0.71674942)):
        got = time_dependent_concordance(outcome, duration, *as_one_marker(curves))
        assert got == pytest.approx(want, abs=1e-8)


def test_shares_won_are_those_of_lifelines(lives):
    outcome, duration, _ = lives
    want = [0.073333333333, 0.154499791738, 0.210550252742, 0.273638996524]
    assert cumulative_incidence(outcome, duration, GRID).won == pytest.approx(want, abs=1e-11)
