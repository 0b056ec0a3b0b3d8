from __future__ import annotations

import numpy as np
import pytest

from predictor.crm.simulator.interactions import (
    ACTIVE,
    KIND_NAMES,
    LIFT,
    SPAWNING,
    TYPES,
    draw_events,
)
from predictor.crm.simulator.kernel import Kernel
from predictor.crm.simulator.paths import Open, Walk
from predictor.crm.simulator.population import DAY_US, draw_population
from predictor.crm.simulator.scenario import LONG, N_CLASSES, SHORT, Scenario, state_codes
from predictor.crm.simulator.seasons import TOUCH, WON, day_factors
from predictor.crm.simulator.truth import true_probabilities

END_DAY = 20_633  # 2026-06-29
TUESDAY, SUNDAY = END_DAY - 13, END_DAY - 8
N = 40_000


def z_scores(count: np.ndarray, probability: np.ndarray, n: int) -> np.ndarray:
    return (count - n * probability) / np.sqrt(n * probability * (1 - probability) + 1e-9)


def test_every_type_of_the_design_exists() -> None:
    assert set(TYPES) == {
        "email_sent", "email_open", "email_click", "email_reply", "website_visit",
        "price_page_visit", "newsletter_signup", "whitepaper_download", "webinar_registration",
        "webinar_attendance", "event_attendance", "demo_request", "quote_request", "call",
        "meeting",
    }  # fmt: skip


def test_spawning_rules_are_in_topological_order() -> None:
    for place, (_, child, _) in enumerate(SPAWNING):
        assert child in KIND_NAMES
        assert all(
            parent != child or later > place for later, (parent, _, _) in enumerate(SPAWNING)
        )


@pytest.mark.parametrize("scenario", [SHORT, LONG])
@pytest.mark.parametrize("day", [TUESDAY, SUNDAY])
def test_a_day_leads_somewhere_with_probability_one(scenario: Scenario, day: int) -> None:
    kernel = Kernel(scenario)
    stay, leave = kernel.transition(kernel.day(day_factors(day, END_DAY)))
    assert min(stay.min(), leave.min()) >= 0
    np.testing.assert_allclose(stay.sum(axis=2) + leave.sum(axis=2), 1.0, atol=1e-12)


@pytest.mark.parametrize("intent", range(5))
def test_lift_and_silence_have_their_closed_form(intent: int) -> None:
    kernel, rng = Kernel(SHORT), np.random.default_rng(intent)
    factors = day_factors(TUESDAY, END_DAY)
    code = state_codes(np.array([50]), np.array([intent]), np.array([2]))
    codes, intents = np.repeat(code, N), np.full(N, intent)
    events = draw_events(kernel.cumulated_rates(factors), codes, intents, rng)
    lifts = rng.random(len(events.kind)) < SHORT.lift_scale * LIFT[events.kind]
    lifted = len(np.unique(events.position[lifts]))
    active = len(np.unique(events.position[ACTIVE[events.kind]]))
    day = kernel.day(factors)
    assert abs(z_scores(np.array(lifted), day.p_lift[code], N)[0]) < 4
    assert abs(z_scores(np.array(N - active), day.p_silent[code], N)[0]) < 4


@pytest.mark.parametrize(("intent", "stage"), [(0, 0), (2, 2), (4, 4), (3, 1), (1, 4)])
def test_one_simulated_day_agrees_with_the_transition(intent: int, stage: int) -> None:
    rng, kernel, class_ = np.random.default_rng(7), Kernel(SHORT), 70
    walk = Walk(draw_population(N, SHORT, END_DAY, rng), kernel, rng)
    of_all = [np.full(N, value) for value in (class_, intent, stage, TUESDAY * DAY_US)]
    walk._open = Open(np.arange(N), *of_all)
    factors = day_factors(TUESDAY, END_DAY)
    walk._live(TUESDAY, factors)
    outcomes = walk.history.outcomes.columns()
    reached = np.bincount(walk._open.intent * 5 + walk._open.stage, minlength=25)
    counts = np.append(reached, [outcomes["won"].sum(), (1 - outcomes["won"]).sum()])
    stay, leave = kernel.transition(kernel.day(factors))
    expected = np.append(stay[class_, intent * 5 + stage], leave[class_, intent * 5 + stage])
    assert (counts[expected == 0] == 0).all()
    assert np.abs(z_scores(counts, expected, N)).max() < 4


def test_recursion_agrees_with_matrices_multiplied_out() -> None:
    kernel, dates = Kernel(LONG), np.array([TUESDAY, TUESDAY + 2])
    truth = true_probabilities(kernel, dates, (1, 4), END_DAY)
    for date in dates.tolist():
        open_, left = np.broadcast_to(np.eye(25), (N_CLASSES, 25, 25)), 0.0
        for day in range(date, date + 4):
            stay, leave = kernel.transition(kernel.day(day_factors(day, END_DAY)))
            left = left + open_ @ leave
            open_ = open_ @ stay
            place = {0: 0, 3: 1}.get(day - date)
            if place is not None:
                got = truth[date][:, :, place].reshape(N_CLASSES, 25, 2)
                np.testing.assert_allclose(got, left, rtol=1e-12)


def test_probabilities_rise_with_the_horizon_and_leave_room_for_open() -> None:
    truth = true_probabilities(Kernel(SHORT), np.array([TUESDAY]), SHORT.horizons_days, END_DAY)
    assert (np.diff(truth[TUESDAY], axis=2) > 0).all()
    assert truth[TUESDAY].sum(axis=1).max() < 1


def test_seasons_follow_weekday_month_and_drift() -> None:
    days = np.array([TUESDAY, SUNDAY])
    assert TOUCH.factor(days, END_DAY)[1] == 0
    year = np.array([TUESDAY - 364, TUESDAY])
    earlier, later = WON.factor(year, END_DAY)
    assert later / earlier == pytest.approx(np.exp(WON.drift_per_year * 364 / 365.25))
    christmas, november = (
        np.datetime64("2025-12-23").astype(int),
        np.datetime64("2025-11-25").astype(int),
    )
    december, before = TOUCH.factor(np.array([christmas, november]), END_DAY)
    assert december < 0.8 * before
