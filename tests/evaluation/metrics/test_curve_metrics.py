"""Integrated Brier score and concordance: metrics of the whole curve of P(won by t)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from predictor.errors import HorizonError
from predictor.evaluation.metrics.concordance import time_dependent_concordance
from predictor.evaluation.metrics.integrated_brier import integrated_brier_score

DAYS = np.array([5.0, 12.0, 20.0, 40.0])


def curves_of(scored, days=DAYS):
    """Curves that cross: some rise early, some late."""
    rng = np.random.default_rng(len(scored.outcome))
    power = rng.choice([0.5, 1.0, 2.0], size=len(scored.outcome))
    return scored.probability[:, None] * (np.asarray(days) / 40) ** power[:, None]


def not_censored_before(scored, time):
    """Kaplan-Meier of the censoring, by hand."""
    survival = 1.0
    for moment in sorted(set(scored.duration_days[scored.outcome == "open"])):
        if moment < time:
            here = (scored.outcome == "open") & (scored.duration_days == moment)
            at_risk = sum((scored.duration_days > moment) | here)
            survival *= 1 - sum(here) / at_risk
    return survival


def brute_force_brier(scored, p, day):
    total = 0.0
    for outcome, duration, each in zip(scored.outcome, scored.duration_days, p, strict=True):
        if outcome == "won" and duration <= day:
            total += (1 - each) ** 2 / not_censored_before(scored, duration)
        elif outcome == "lost" and duration <= day:
            total += each**2 / not_censored_before(scored, duration)
        elif duration >= day:
            total += each**2 / not_censored_before(scored, day)
    return total


@pytest.mark.parametrize("seed", range(3))
def test_integrated_brier_equals_the_sums_by_hand(seed, draw_scored):
    scored = draw_scored(seed, 60)
    curves = curves_of(scored)
    each = [brute_force_brier(scored, curves[:, k], day) / 60 for k, day in enumerate(DAYS)]
    areas = [(each[k] + each[k + 1]) / 2 * (DAYS[k + 1] - DAYS[k]) for k in range(3)]
    got = integrated_brier_score(scored.outcome, scored.duration_days, curves, DAYS)
    assert got == pytest.approx(sum(areas) / 35)


def test_integrated_brier_equals_scikit_learn_without_censoring(draw_scored):
    scored = draw_scored(1, censored=False)
    curves = curves_of(scored)
    won = scored.outcome == "won"
    each = [
        brier_score_loss(won & (scored.duration_days <= day), curves[:, k])
        for k, day in enumerate(DAYS)
    ]
    got = integrated_brier_score(scored.outcome, scored.duration_days, curves, DAYS)
    assert got == pytest.approx(np.trapezoid(each, DAYS) / 35)


def test_integrated_brier_of_a_constant_without_any_won_is_its_square():
    got = integrated_brier_score(["lost", "lost"], [1, 2], [[0.3, 0.3]] * 2, [5, 10])
    assert got == pytest.approx(0.09)


def test_the_true_curve_has_the_least_integrated_brier(draw_scored):
    # Exponential competing risks: P(won by t) in closed form.
    scored = draw_scored(2, 4000, rounded=False)
    total = won_rates(scored) + 0.02
    days = np.array([5.0, 10.0, 20.0, 30.0])
    true = (won_rates(scored) / total)[:, None] * (1 - np.exp(-total[:, None] * days))
    args = scored.outcome, scored.duration_days
    best = integrated_brier_score(*args, true, days)
    for wrong in (true * 0.6, np.clip(true * 1.5, 0, 1), np.tile(true.mean(axis=0), (4000, 1))):
        assert integrated_brier_score(*args, wrong, days) > best


def won_rates(scored):
    """Invert the true P(won by 30) of `make_scored` for the rate, by bisection."""
    low, high = np.zeros(len(scored.outcome)), np.full(len(scored.outcome), 10.0)
    for _ in range(80):
        rate = (low + high) / 2
        below = rate / (rate + 0.02) * (1 - np.exp(-(rate + 0.02) * 30)) < scored.true_won_by
        low, high = np.where(below, rate, low), np.where(below, high, rate)
    return low


def brute_force_concordance(scored, curves, days):
    """Over all pairs: i won at t, j not won by t."""
    outcome, duration = scored.outcome, scored.duration_days
    full_days = np.concatenate([[0.0], days])
    full = np.column_stack([np.zeros(len(outcome)), curves])
    concordant = pairs = 0.0
    for i in range(len(outcome)):
        if outcome[i] != "won" or duration[i] > days[-1]:
            continue
        t = duration[i]
        own = min(20, 1 / not_censored_before(scored, t))
        at_t = [np.interp(t, full_days, curve) for curve in full]
        for j in range(len(outcome)):
            followed = duration[j] > t or (duration[j] == t and outcome[j] != "won")
            lost_before = outcome[j] == "lost" and duration[j] < t
            if not (followed or lost_before):
                continue
            w = own * min(20, 1 / not_censored_before(scored, min(t, duration[j])))
            pairs += w
            concordant += w * ((at_t[i] > at_t[j]) + 0.5 * (at_t[i] == at_t[j]))
    return concordant / pairs


@pytest.mark.parametrize("seed", range(3))
def test_concordance_equals_the_share_of_pairs_by_hand(seed, draw_scored):
    scored = draw_scored(seed, 50)
    curves = np.round(curves_of(scored), 2)
    got = time_dependent_concordance(scored.outcome, scored.duration_days, curves, DAYS)
    assert got == pytest.approx(brute_force_concordance(scored, curves, DAYS))


def test_concordance_of_one_day_of_winning_is_the_auc_there():
    rng = np.random.default_rng(4)
    won = rng.uniform(size=80) < 0.3
    duration = np.where(won, 7.0, rng.choice([3.0, 9.0], size=80))
    p = np.round(rng.uniform(size=80), 1)
    outcome = np.where(won, "won", "lost")
    got = time_dependent_concordance(outcome, duration, p[:, None], [7])
    assert got == pytest.approx(roc_auc_score(won, p))


def test_who_is_lost_stays_comparable_and_who_won_later_too():
    # Won on day 3 and on day 6; lost on day 1. The first above both, the second below the lost.
    args = ["won", "won", "lost"], [3, 6, 1]
    got = time_dependent_concordance(*args, [[0.9], [0.2], [0.5]], [10])
    assert got == pytest.approx(2 / 3)


def test_a_constant_curve_has_concordance_half_and_none_won_has_none(scored):
    args = scored.outcome, scored.duration_days
    same = np.tile(DAYS / 100, (len(scored.outcome), 1))
    assert time_dependent_concordance(*args, same, DAYS) == pytest.approx(0.5)
    assert math.isnan(time_dependent_concordance(["lost", "open"], [1, 2], [[0.1], [0.2]], [5]))


def test_fewer_days_of_winning_give_nearly_the_same_concordance(draw_scored):
    scored = draw_scored(0, 3000, rounded=False)
    args = scored.outcome, scored.duration_days, curves_of(scored), DAYS
    every = time_dependent_concordance(*args, max_times=10**6)
    some = time_dependent_concordance(*args, max_times=300)
    assert some != every
    assert some == pytest.approx(every, abs=0.05)


@pytest.mark.parametrize("metric", [integrated_brier_score, time_dependent_concordance])
@pytest.mark.parametrize(
    ("curves", "days", "message"),
    [
        ([[0.1, 0.2]] * 2, [5], "shape"),
        ([[0.1, 0.2]] * 2, [5, 5], "rise"),
        ([0.1, 0.2], [5, 10], "shape"),
    ],
)
def test_curves_that_do_not_fit_are_refused(metric, curves, days, message):
    with pytest.raises(ValueError, match=message):
        metric(["won", "lost"], [1, 2], curves, days)


def test_curves_of_other_snapshots_are_refused():
    with pytest.raises(ValueError, match="3 curves"):
        time_dependent_concordance(["won", "lost"], [1, 2], [[0.1]] * 3, [5])
    with pytest.raises(ValueError, match="shape"):
        integrated_brier_score(["won", "lost"], [1, 2], [[0.1, 0.2]] * 3, [5, 10])


def test_one_horizon_has_no_integral():
    with pytest.raises(ValueError, match="2 at least"):
        integrated_brier_score(["won", "lost"], [1, 2], [[0.1], [0.2]], [5])


def test_beyond_the_follow_up_there_is_no_integral():
    with pytest.raises(HorizonError, match="longest follow-up is 9 days"):
        integrated_brier_score(["won", "open"], [1, 9], [[0.1, 0.2]] * 2, [5, 10])
