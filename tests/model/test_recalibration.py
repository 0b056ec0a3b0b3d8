from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from support.booster_rows import settings
from support.known_truth import simulate_known_truth

from predictor.model import fitting
from predictor.model.boosters import BinnedRows, CauseRows
from predictor.model.phased_rates import PhasedRates
from predictor.model.recalibration import N_SLICES, Recalibration, recalibrate

N = 12_000


def history(seed, level=0.0, slope=1.0, rate=0.15, n=N, n_instants=24):
    """Scores, and events at exp(level + slope * score) times the exposure; level may vary."""
    rng = np.random.default_rng(seed)
    as_of = np.sort(rng.integers(0, n_instants, n))
    score = rng.normal(scale=0.7, size=n)
    most = rate * rng.uniform(0.2, 1, (n, 2))
    at = np.broadcast_to(np.asarray(level, dtype=float), n_instants)[as_of]
    time = rng.exponential(np.exp(-at - slope * score))
    exposure = np.column_stack([np.minimum(time, most[:, 0]), time - most[:, 0]])
    exposure = np.clip(exposure, 0, most)
    event = (exposure > 0) & (exposure < most)
    binned = BinnedRows(score[:, None], exposure > 0, [], settings().params)
    return CauseRows(binned, exposure, event), np.column_stack([score, score]), as_of


def recalibrated(rows, scores, as_of):
    return recalibrate(rows, scores, np.arange(len(scores)), as_of)


@pytest.mark.parametrize(("level", "slope"), [(0.0, 1.6), (-0.5, 1.0), (0.4, 0.6)])
def test_scores_that_are_wrong_the_same_way_all_the_time_are_put_right(level, slope):
    found = recalibrated(*history(0, level, slope))
    assert found.level == pytest.approx(level, abs=0.15)
    assert found.slope == pytest.approx(slope, abs=0.15)


def test_scores_that_are_right_are_left_alone():
    kept = [recalibrated(*history(seed)) == Recalibration() for seed in range(12)]
    assert sum(kept) >= 11


def test_a_level_that_swings_with_the_seasons_is_left_alone():
    season = np.where(np.arange(24) // 4 % 2, 0.5, -0.5)
    for seed in range(5):
        assert recalibrated(*history(seed, season)) == Recalibration()


def test_it_is_the_maximum_of_the_likelihood_of_the_last_slice():
    rows, scores, as_of = history(3, level=-0.4, slope=1.4)
    found = recalibrated(rows, scores, as_of)
    ended = rows.event.any(axis=1)
    last = as_of > np.quantile(as_of[ended], (N_SLICES - 1) / N_SLICES)

    def loss(level_and_slope):
        log_rate = level_and_slope[0] + level_and_slope[1] * scores[last]
        return (rows.exposure[last] * np.exp(log_rate) - rows.event[last] * log_rate).sum()

    best = minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
    assert [found.level, found.slope] == pytest.approx(best.x, abs=1e-4)


def test_rows_count_by_their_weight():
    rows, scores, as_of = history(4, slope=1.5)
    twice = np.concatenate([np.arange(N), np.flatnonzero(as_of % 3 == 0)])
    weight = np.where(as_of % 3 == 0, 2.0, 1.0)
    weighted = CauseRows(rows.rows, rows.exposure, rows.event, weight=weight)
    repeated = CauseRows(rows.rows, rows.exposure[twice], rows.event[twice])
    # The slices are those of all events; equal instants make them equal here.
    found = recalibrated(weighted, scores, as_of)
    again = recalibrate(repeated, scores[twice], twice, as_of[twice])
    assert found.slope == pytest.approx(again.slope, abs=0.1)
    assert found.slope != recalibrated(rows, scores, as_of).slope


def test_only_the_phases_that_teach_the_shared_booster_count():
    rows, scores, as_of = history(5, slope=1.5)
    wild = rows.exposure.copy()
    wild[:, 1] *= 50
    of_first = CauseRows(rows.rows, wild, rows.event, n_shared=1)
    assert recalibrated(of_first, scores, as_of).level == pytest.approx(0, abs=0.2)


def test_few_groups_or_no_order_of_time_change_nothing():
    rows, scores, as_of = history(6, slope=2.0)
    few_groups = np.arange(N) % 100
    assert recalibrate(rows, scores, few_groups, as_of) == Recalibration()
    assert recalibrate(rows, scores, np.arange(N), None) == Recalibration()


def test_the_fitted_rates_have_the_level_and_the_slope(monkeypatch):
    data = simulate_known_truth(800, 0)
    as_it_was = PhasedRates(num_threads=1).fit(data.X, data.y)
    by = iter([Recalibration(level=np.log(0.8), slope=1.2), Recalibration()])
    monkeypatch.setattr(fitting, "recalibrate", lambda *_: next(by))
    model = PhasedRates(num_threads=1).fit(data.X, data.y)
    assert model.recalibrated_ == {"won": Recalibration(level=np.log(0.8), slope=1.2)}
    won, lost = model.baseline_.steps.increments / as_it_was.baseline_.steps.increments
    assert won == pytest.approx(0.8)
    assert (lost == 1).all()
    rates, before = (each.predict_log_rates(data.X) for each in (model, as_it_was))
    assert rates[:, 0] == pytest.approx(1.2 * before[:, 0])
    assert (rates[:, 1] == before[:, 1]).all()
