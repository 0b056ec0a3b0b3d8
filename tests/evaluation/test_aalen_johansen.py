from __future__ import annotations

import numpy as np
import pytest

from predictor.errors import HorizonError
from predictor.evaluation.aalen_johansen import cumulative_incidence, won_by
from predictor.evaluation.censoring import horizon_labels


def brute_force(outcome, duration, horizon, cause):
    survival, share = 1.0, 0.0
    for moment in sorted(set(duration[outcome != "open"])):
        if moment <= horizon:
            at_risk = sum(duration >= moment)
            here = duration == moment
            share += survival * sum(here & (outcome == cause)) / at_risk
            survival *= 1 - sum(here & (outcome != "open")) / at_risk
    return share


def test_equals_the_sum_by_hand(scored):
    horizons = [0.5, 7, 30, 55]
    got = cumulative_incidence(scored.outcome, scored.duration_days, horizons)
    for cause, curve in (("won", got.won), ("lost", got.lost)):
        want = [brute_force(scored.outcome, scored.duration_days, h, cause) for h in horizons]
        np.testing.assert_allclose(curve, want, atol=1e-12)


def test_shares_sum_to_one_and_won_rises(scored):
    got = cumulative_incidence(scored.outcome, scored.duration_days, np.arange(1, 56))
    np.testing.assert_allclose(got.won + got.lost + got.open, 1)
    assert (np.diff(got.won) >= 0).all()


def test_without_censoring_it_is_the_share_seen():
    outcome = ["won", "lost", "won", "open"]
    assert won_by(outcome, [1, 2, 40, 50], 30) == 0.25


def test_equals_the_base_rate_of_uncapped_labels(scored):
    # The identity of Aalen-Johansen and censoring weights: Satten and Datta (2001).
    labels = horizon_labels(scored.outcome, scored.duration_days, 30, max_weight=1e9)
    assert won_by(scored.outcome, scored.duration_days, 30) == pytest.approx(labels.base_rate)


def test_beyond_the_follow_up_is_refused():
    with pytest.raises(HorizonError, match="90 days"):
        won_by(["open", "won"], [60, 50], 90)
