from __future__ import annotations

import numpy as np
import pytest

from predictor.errors import HorizonError
from predictor.evaluation.censoring import (
    censoring_survival_before,
    horizon_labels,
    require_follow_up,
)


def brute_force_survival_before(outcome, duration, time):
    survival = 1.0
    for moment in sorted(set(duration[outcome == "open"])):
        if moment < time:
            censored = sum((outcome == "open") & (duration == moment))
            at_risk = sum((duration > moment) | ((outcome == "open") & (duration == moment)))
            survival *= 1 - censored / at_risk
    return survival


def test_censoring_survival_equals_the_product_by_hand(scored):
    times = np.linspace(0, 70, 30)
    got = censoring_survival_before(scored.outcome, scored.duration_days, times)
    want = [brute_force_survival_before(scored.outcome, scored.duration_days, t) for t in times]
    np.testing.assert_allclose(got, want, atol=1e-12)


def test_weights_of_a_small_case_by_hand():
    # Censoring at 10 with 3 others at risk: G falls to 3/4; at 30 it is seen before it falls again.
    labels = horizon_labels(
        ["won", "open", "won", "lost", "open", "won"], [5, 10, 20, 30, 30, 31], 30
    )
    assert labels.label.tolist() == [True, False, True, False, False, False]
    np.testing.assert_allclose(labels.weight, [1, 0, 1.25, 1.25, 1.25, 1.25])


def test_weights_sum_to_the_number_of_snapshots(scored):
    labels = horizon_labels(scored.outcome, scored.duration_days, 30, max_weight=1e9)
    assert labels.weight.sum() == pytest.approx(len(scored.outcome))
    assert labels.share_capped == 0


def test_without_censoring_everyone_is_known_with_weight_one():
    labels = horizon_labels(["won", "lost", "open"], [3, 4, 50], 30)
    assert labels.weight.tolist() == [1, 1, 1]
    assert labels.share_known == 1


def test_won_after_the_horizon_is_not_won_by_it():
    labels = horizon_labels(["won", "won"], [30, 30.001], 30)
    assert labels.label.tolist() == [True, False]


def test_cap_cuts_weights_and_tells_the_share_of_the_known():
    outcome = ["open"] * 90 + ["lost"] * 10
    duration = [1.0] * 90 + [40.0] * 10
    labels = horizon_labels(outcome, duration, 30, max_weight=4)
    assert labels.weight.max() == 4
    assert labels.share_capped == 1.0
    assert labels.share_known == 0.1


def test_nobody_followed_to_the_horizon_is_refused_with_the_longest_follow_up():
    with pytest.raises(HorizonError, match="longest follow-up is 20 days"):
        horizon_labels(["open", "won"], [10, 20], 30)


def test_all_closed_before_the_horizon_is_known_for_ever():
    require_follow_up(["lost", "won"], [10, 20], 30)
    assert horizon_labels(["lost", "won"], [10, 20], 30).share_known == 1


@pytest.mark.parametrize(
    ("outcome", "duration", "message"),
    [
        (["gone"], [1], "unknown outcomes"),
        (["won"], [-1], "negative or missing"),
        (["won"], [np.nan], "negative or missing"),
        (["won", "lost"], [1], "one length"),
        ([], [], "not 0"),
    ],
)
def test_impossible_outcomes_are_refused(outcome, duration, message):
    with pytest.raises(ValueError, match=message):
        horizon_labels(outcome, duration, 30)


@pytest.mark.parametrize("score", [[0.1], [0.1, np.nan]])
def test_scores_must_be_finite_and_one_a_snapshot(score):
    with pytest.raises(ValueError, match=r"shape|finite"):
        horizon_labels(["won", "lost"], [1, 2], 30).select(score)


@pytest.mark.parametrize("times", [[1], [1, -1], [0, 0], [1, np.nan], [1, np.inf]])
def test_impossible_weights_are_refused(times):
    outcome, duration = ["won", "open"], [1, 40]
    with pytest.raises(ValueError, match="weights"):
        horizon_labels(outcome, duration, 30, weight=times)
    with pytest.raises(ValueError, match="weights"):
        horizon_labels(outcome, duration, 30).repeated(times)


def test_who_is_not_drawn_does_not_follow_to_the_horizon():
    with pytest.raises(HorizonError, match="longest follow-up is 9 days"):
        horizon_labels(["won", "open", "open"], [1, 9, 40], 30, weight=[1, 1, 0])


def test_repeating_twice_multiplies():
    labels = horizon_labels(["won", "open", "open"], [1, 9, 40], 30)
    twice = labels.repeated([2, 1, 0]).repeated([3, 1, 1])
    assert twice.places.tolist() == [6, 1, 0]
    np.testing.assert_allclose(twice.weight, labels.weight * [6, 1, 0])
    assert twice.share_known == pytest.approx(6 / 7)
    assert twice.base_rate == 1


def test_nobody_known_has_no_base_rate():
    labels = horizon_labels(["won", "open", "open"], [1, 9, 40], 30)
    assert np.isnan(labels.repeated([0, 1, 0]).base_rate)
