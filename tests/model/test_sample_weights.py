"""Weights of snapshots: as if they were repeated, and right probabilities from a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import pytest
from support.booster_rows import N, cause_rows, settings, train
from support.known_truth import KnownTruth, simulate_known_truth

from predictor.features.sampling import Shares
from predictor.model.baseline import breslow_increments, day_grid
from predictor.model.boosters import BinnedRows, CauseRows, Rounds, phase_sample
from predictor.model.cross_fitting import Folds, cross_fit
from predictor.model.phased_rates import PhasedRates

if TYPE_CHECKING:
    from numpy.typing import NDArray

HORIZON_DAYS = 90


def rates(**changes: object) -> PhasedRates:
    return PhasedRates(**{"phase_edges_days": (0, 30, 90), "num_threads": 1, **changes})


@pytest.mark.parametrize("seed", range(3))
def test_a_baseline_with_whole_weights_is_that_of_repeated_snapshots(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = day_grid((0.0, 4.0, 10.0), 1.5)
    days, event = rng.uniform(0, 10, 80), rng.random(80) < 0.4
    risk, weight = rng.uniform(0.2, 3, (80, 2)), rng.integers(1, 5, 80)
    again = np.repeat(np.arange(80), weight)
    np.testing.assert_allclose(
        breslow_increments(days, event, risk, grid, weight.astype(float)),
        breslow_increments(days[again], event[again], risk[again], grid),
        rtol=1e-12,
    )


def test_boosters_with_whole_weights_are_nearly_those_of_repeated_snapshots() -> None:
    rows, weight = cause_rows(1, effect=1.5), np.arange(N) % 3 + 1.0
    # Few values, each in its own bin: LightGBM places bins by rows.
    matrix, chosen = rows.rows.matrix.round(1), settings(min_data_in_bin=1)

    def log_rates(of: NDArray[np.intp], weight: NDArray[np.float64] | None) -> NDArray[np.float64]:
        binned = BinnedRows(matrix[of], rows.rows.at_risk[of], [], chosen.params)
        data = CauseRows(binned, rows.exposure[of], rows.event[of], weight=weight)
        return train(data, Rounds(4, (0, 4, 0)), chosen).log_rates(matrix)

    once, again = np.arange(N), np.repeat(np.arange(N), weight.astype(int))
    expected = log_rates(again, None)
    error = np.abs(log_rates(once, weight) - expected)
    # LightGBM guesses the rows of a leaf by its Hessian, and may choose another split by them.
    assert np.median(error) < 1e-4
    assert error.mean() < 0.1 * np.abs(log_rates(once, None) - expected).mean()


def test_no_weights_clear_the_weights_of_a_sample_before() -> None:
    rows = cause_rows(1, effect=1.5)
    expected = train(rows, Rounds(3, (0, 2, 0)), settings())
    weighted = CauseRows(rows.rows, rows.exposure, rows.event, weight=np.arange(N) % 3 + 1.0)
    other = train(weighted, Rounds(3, (0, 2, 0)), settings())
    again = train(rows, Rounds(3, (0, 2, 0)), settings())
    matrix = rows.rows.matrix
    np.testing.assert_array_equal(again.log_rates(matrix), expected.log_rates(matrix))
    assert not np.array_equal(other.log_rates(matrix), expected.log_rates(matrix))


def test_the_number_of_rounds_is_that_of_the_lowest_weighted_loss() -> None:
    rows, weight = cause_rows(2, effect=1.5), np.where(np.arange(N) % 2 == 0, 1.0, 25.0)
    weighted = CauseRows(rows.rows, rows.exposure, rows.event, weight=weight)
    folds = Folds(np.arange(N) % 3, np.ones(N, dtype=bool))
    found = cross_fit(weighted, folds, settings())
    sample, reached, losses = phase_sample(weighted, found.shared, 1), rows.rows.at_risk[:, 1], []
    assert sample.weight is not None
    matrix = rows.rows.matrix[reached]
    for k in range(3):
        out = folds.number[reached] == k
        data = lgb.Dataset(
            matrix[~out],
            sample.label[~out],
            weight=sample.weight[~out],
            init_score=sample.offset[~out],
            reference=rows.rows.whole,
        )
        booster = lgb.train(settings().phase_params, data, 60)
        scores = [
            sample.offset[out] + booster.predict(matrix[out], raw_score=True, num_iteration=n)
            for n in range(1, 61)
        ]
        losses.append(
            [
                np.average(np.exp(s) - sample.label[out] * s, weights=sample.weight[out])
                for s in scores
            ]
        )
    assert found.rounds.phases[1] == 1 + np.argmin(np.mean(losses, axis=0))
    assert found.rounds != cross_fit(rows, folds, settings()).rounds


def test_equal_weights_change_nothing_and_a_weight_of_zero_leaves_out() -> None:
    known = simulate_known_truth(700, seed=3)
    groups, as_of = np.arange(700) // 2, np.arange(700) % 50
    model = rates(max_rounds=20)

    def predicted(
        rows: NDArray[np.bool_], weight: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        model.fit(
            known.X[rows],
            known.y[rows],
            groups=groups[rows],
            as_of=as_of[rows],
            sample_weight=weight,
        )
        return model.predict_proba_won(known.X, HORIZON_DAYS)

    everyone, some = np.ones(700, dtype=bool), np.arange(700) % 5 > 0
    expected = predicted(everyone, None)
    np.testing.assert_array_equal(predicted(everyone, np.ones(700)), expected)
    np.testing.assert_allclose(predicted(everyone, np.full(700, 7.0)), expected, rtol=1e-9)
    np.testing.assert_array_equal(predicted(everyone, some.astype(float)), predicted(some, None))
    assert np.abs(predicted(some, None) - expected).max() > 1e-3


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (np.ones(5), r"sample_weight has shape \(5,\), X has 40 rows"),
        (np.full(40, np.nan), "finite"),
        (-np.ones(40), "at least 0"),
        (np.zeros(40), "not zero for all"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(weight: NDArray[np.float64], said: str) -> None:
    known = simulate_known_truth(40, seed=0)
    with pytest.raises(ValueError, match=said):
        rates().fit(known.X, known.y, sample_weight=weight)


def drawn(
    known: KnownTruth, budget: int, won_within_days: float, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Draw as training does, and return rows and weights."""
    won = (known.y["outcome"] == "won") & (known.y["duration_days"] <= won_within_days)
    shares = Shares.within(budget, int(won.sum()), int((~won).sum()))
    share = np.where(won, shares.won, shares.others)
    rows = np.flatnonzero(np.random.default_rng(seed).random(len(won)) < share)
    return rows, 1 / share[rows]


@pytest.fixture(scope="module")
def population() -> KnownTruth:
    return simulate_known_truth(30_000, seed=21)


@pytest.mark.parametrize("last_days", [30, 90])
def test_the_weights_of_a_sample_keep_the_probabilities_right(
    population: KnownTruth, last_days: int
) -> None:
    fresh = simulate_known_truth(4_000, seed=22)
    true = fresh.true_probability(last_days)

    def predicted(
        rows: NDArray[np.intp] | slice, weight: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        model = rates(phase_edges_days=(0, 10, last_days), learning_rate=0.1)
        model.fit(population.X.iloc[rows], population.y[rows], sample_weight=weight)
        return model.predict_proba_won(fresh.X, last_days)

    rows, weight = drawn(population, 3_000, last_days, seed=0)
    assert len(rows) < 3_200
    full, weighted = predicted(slice(None), None), predicted(rows, weight)
    # Measured over four seeds: means within 0.7% and 3.9% of the truth, full within 2.5% and 0.3%;
    # errors .024 to .033 and .054 to .058, full .017 and .030; without weights 8 and 2.2 times P.
    assert weighted.mean() == pytest.approx(true.mean(), rel=0.06)
    assert weighted.mean() == pytest.approx(full.mean(), rel=0.06)
    assert np.sqrt(np.mean((weighted - true) ** 2)) < 0.6 * true.std()
    assert predicted(rows, None).mean() > 1.8 * true.mean()
