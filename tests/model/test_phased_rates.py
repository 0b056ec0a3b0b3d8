"""What the estimator promises about its input, its rounds and its curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from support.known_truth import KnownTruth, simulate_known_truth

from predictor.errors import HorizonError, TrainingRefusedError
from predictor.features.targets import make_target
from predictor.model import fitting, phased_rates
from predictor.model.cross_fitting import FIXED_ROUNDS, cross_fit
from predictor.model.fitting import supported_edges
from predictor.model.phased_rates import PhasedRates


def quick(**changes: object) -> PhasedRates:
    return PhasedRates(
        **{"phase_edges_days": (0, 20, 60), "num_threads": 1, "max_rounds": 20, **changes}
    )


@pytest.fixture(scope="module")
def small() -> KnownTruth:
    return simulate_known_truth(800, seed=7)


def test_curves_are_coherent_and_chunks_do_not_show(
    model: PhasedRates, fresh: KnownTruth, monkeypatch: pytest.MonkeyPatch
) -> None:
    horizons = [180.0, 1.0, 29.7, 0.0]
    curves = model.predict_curves(fresh.X, horizons)
    np.testing.assert_allclose(curves.won + curves.lost + curves.open, 1, atol=1e-12)
    assert (curves.won[:, 3] == 0).all()
    assert (curves.won[:, 0] > curves.won[:, 2]).all()
    assert (np.diff(model.predict_days_to_close(fresh.X), axis=1) > 0).all()
    monkeypatch.setattr(phased_rates, "ROWS_PER_CHUNK", 300)
    np.testing.assert_array_equal(model.predict_curves(fresh.X, horizons).won, curves.won)


def test_no_rows_give_empty_predictions(model: PhasedRates, fresh: KnownTruth) -> None:
    nobody = fresh.X.iloc[:0]
    assert model.predict_curves(nobody, [30, 60]).won.shape == (0, 2)
    assert model.predict_days_to_close(nobody).shape == (0, 3)
    values, bias = model.predict_log_rate_contributions(nobody)
    assert values.shape == (0, 2, 3, 6)
    assert bias.shape == (2, 3)


def test_contributions_sum_to_the_log_rates(model: PhasedRates, fresh: KnownTruth) -> None:
    values, bias = model.predict_log_rate_contributions(fresh.X[:100])
    expected = model.predict_log_rates(fresh.X[:100])
    np.testing.assert_allclose(values.sum(axis=-1) + bias, expected, atol=1e-10)


def test_unseen_categories_and_other_orders_of_columns_are_read_as_they_should(
    model: PhasedRates, fresh: KnownTruth
) -> None:
    X = fresh.X[:200]
    expected = model.predict_proba_won(X, 60)
    np.testing.assert_array_equal(model.predict_proba_won(X[X.columns[::-1]], 60), expected)
    unseen = model.predict_proba_won(X.assign(source="never seen"), 60)
    np.testing.assert_array_equal(unseen, model.predict_proba_won(X.assign(source=None), 60))
    with pytest.raises(ValueError, match="'answer'"):
        model.predict_proba_won(X.drop(columns="answer"), 60)


def test_the_seed_decides_and_the_order_of_rows_does_not(small: KnownTruth) -> None:
    groups, as_of = np.arange(800) // 3, np.datetime64("2024-01-01") + np.arange(800)
    first = quick().fit(small.X, small.y, groups=groups, as_of=as_of)
    order = np.random.default_rng(0).permutation(800)
    again = quick().fit(
        small.X.iloc[order], small.y[order], groups=groups[order], as_of=as_of[order]
    )
    expected = first.predict_proba_won(small.X, 60)
    np.testing.assert_array_equal(again.predict_proba_won(small.X, 60), expected)
    other = quick(random_state=1).fit(small.X, small.y, groups=groups, as_of=as_of)
    assert not np.array_equal(other.predict_proba_won(small.X, 60), expected)


def test_it_is_a_scikit_learn_estimator(small: KnownTruth) -> None:
    estimator = clone(quick().set_params(num_leaves=5))
    assert estimator.get_params()["num_leaves"] == 5
    with pytest.raises(NotFittedError):
        estimator.predict_proba_won(small.X, 10)
    estimator.fit(small.X, small.y)
    assert estimator.n_features_in_ == 6
    assert estimator.feature_names_in_.tolist() == small.X.columns.tolist()
    assert estimator.categories_["source"] == ("fair", "list", "referral", "web")


def test_the_boosters_and_their_rounds_are_those_that_the_search_found(
    training: KnownTruth, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []

    def record(*arguments: Any, **named: Any) -> Any:
        found.append(cross_fit(*arguments, **named))
        return found[-1]

    monkeypatch.setattr(fitting, "cross_fit", record)
    model = quick(max_rounds=80).fit(training.X, training.y)
    assert [model.n_rounds_["won"], model.n_rounds_["lost"]] == [f.rounds for f in found]
    assert [each.shared for each in model.boosters_] == [f.boosters.shared for f in found]
    assert len({(r.shared, *r.phases) for r in model.n_rounds_.values()}) == 2
    assert model.simplified_ == ()


def test_the_rounds_reported_are_those_of_the_boosters(model: PhasedRates) -> None:
    rounds = model.n_rounds_["won"]
    assert 20 < rounds.shared < 600
    shared = model.boosters_[0].shared
    assert shared is not None
    assert shared.num_trees() == 3 * rounds.shared
    n_trees = [0 if b is None else b.num_trees() for b in model.boosters_[0].phases]
    assert n_trees == [3 * n_rounds for n_rounds in rounds.phases]


@pytest.mark.parametrize(
    ("n_rows", "n_won", "expected"), [(800, 120, 5), (800, 60, 3), (1_100, 150, 3)]
)
def test_few_snapshots_of_enough_outcomes_are_dealt_into_five_folds(
    n_rows: int, n_won: int, expected: int
) -> None:
    known = simulate_known_truth(6_000, seed=4)
    outcome = known.y["outcome"]
    others = np.flatnonzero(outcome != "won")
    rows = np.concatenate([np.flatnonzero(outcome == "won")[:n_won], others[: n_rows - n_won]])
    chosen = {"n_folds": "auto", "max_rounds": 40, "num_leaves": 3}
    automatic, fixed = (
        quick(**chosen | {"n_folds": folds}).fit(known.X.iloc[rows], known.y[rows])
        for folds in ("auto", expected)
    )
    rates = automatic.predict_log_rates(known.X)
    np.testing.assert_array_equal(rates, fixed.predict_log_rates(known.X))
    assert np.ptp(rates[:, 0]) > 0.1


@pytest.mark.parametrize(("per_group", "expected"), [(1, 60), (12, 60), (20, 100)])
def test_a_leaf_has_sixty_snapshots_or_those_of_five_groups(per_group: int, expected: int) -> None:
    known, groups = simulate_known_truth(1_200, seed=5), np.arange(1_200) // per_group
    automatic, fixed = (
        quick(min_child_samples=least).fit(known.X, known.y, groups=groups)
        for least in ("auto", expected)
    )
    rates = automatic.predict_log_rates(known.X)
    np.testing.assert_array_equal(rates, fixed.predict_log_rates(known.X))
    assert np.ptp(rates[:, 0]) > 0.1


def test_few_outcomes_get_few_fixed_rounds(small: KnownTruth) -> None:
    won = np.flatnonzero(small.y["outcome"] == "won")[:12]
    rest = np.flatnonzero(small.y["outcome"] != "won")
    rows = np.concatenate([won, rest])
    model = quick().fit(small.X.iloc[rows], small.y[rows])
    assert model.n_rounds_["won"].shared <= FIXED_ROUNDS
    assert set(model.n_rounds_["won"].phases) == {0}
    assert model.simplified_ == ("won",)
    # 12 won among several hundred: the mean stays near what was seen.
    assert 0.005 < model.predict_proba_won(small.X, 60).mean() < 0.06


def test_nobody_won_is_refused_and_nobody_lost_is_not(small: KnownTruth) -> None:
    is_won = small.y["outcome"] == "won"
    with pytest.raises(TrainingRefusedError, match=r"no snapshot of the .* is won within 60 days"):
        quick().fit(small.X[~is_won], small.y[~is_won])
    kept = small.y["outcome"] != "lost"
    model = quick().fit(small.X[kept], small.y[kept])
    curves = model.predict_curves(small.X, [60])
    assert curves.lost.max() < 1e-6
    assert curves.won.mean() > 0.05


def test_the_longest_supported_follow_up_is_reached_by_ten_snapshots() -> None:
    days = np.arange(1.0, 101.0)
    assert supported_edges(days, (0, 7, 30, 365)) == (0.0, 7.0, 30.0, 91.0)
    assert supported_edges(days, (0, 7, 30, 90)) == (0.0, 7.0, 30.0, 90.0)
    assert supported_edges(days, (0, 91, 200)) == (0.0, 91.0)
    with pytest.raises(TrainingRefusedError, match="beyond their own instant"):
        supported_edges(np.zeros(20), (0, 30))


def test_nothing_is_predicted_beyond_the_follow_up(small: KnownTruth) -> None:
    y = small.y.copy()
    late = y["duration_days"] > 41.5
    y["outcome"][late], y["duration_days"][late] = "open", 41.5
    model = quick().fit(small.X, y)
    assert model.max_horizon_days_ == 41.5
    assert model.phase_edges_days_ == (0, 20, 41.5)
    assert model.predict_proba_won(small.X, 41.5).max() <= 1
    with pytest.raises(HorizonError, match=r"60 days.*at most 41\.5 days"):
        model.predict_proba_won(small.X, 60)
    for horizon in (-1, np.nan):
        with pytest.raises(HorizonError, match="at least 0"):
            model.predict_proba_won(small.X, horizon)
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.predict_days_to_close(small.X, [0.5, 1.0])


def test_outcomes_at_the_very_instant_count(small: KnownTruth) -> None:
    y, is_fair = small.y.copy(), small.X["source"] == "fair"
    y["outcome"][is_fair], y["duration_days"][is_fair] = "won", 0.0
    at_once = quick(max_rounds=100).fit(small.X, y).predict_proba_won(small.X, 1)
    assert at_once.mean() == pytest.approx(is_fair.mean(), abs=0.05)
    assert at_once[is_fair].mean() > 10 * at_once[~is_fair].mean()


def test_phases_after_the_shared_ones_teach_their_own_boosters_only(
    small: KnownTruth,
) -> None:
    y = small.y.copy()
    late = (y["duration_days"] > 20) & (small.X["source"] == "fair").to_numpy()
    y["outcome"][late], y["duration_days"][late] = "won", 40.0
    settings = {"max_rounds": 60, "min_child_samples": 10}
    within, everything = (
        quick(shared_until_days=days, **settings).fit(small.X, y) for days in (20, None)
    )
    cut = quick(phase_edges_days=(0, 20), **settings).fit(small.X, y)
    expected = cut.predict_proba_won(small.X, 20)
    np.testing.assert_allclose(within.predict_proba_won(small.X, 20), expected, rtol=1e-9)
    assert not np.allclose(everything.predict_proba_won(small.X, 20), expected, rtol=0.01)
    is_fair = small.X["source"] == "fair"
    later = within.predict_proba_won(small.X, 60)
    assert later[is_fair].mean() > 1.5 * later[~is_fair].mean()


def test_a_column_without_any_value_does_no_harm(small: KnownTruth) -> None:
    X = small.X.assign(nothing=pd.Series([None] * 800, dtype="object"), no_number=np.nan)
    model = quick().fit(X, small.y)
    values, _ = model.predict_log_rate_contributions(X[:20])
    assert (values[..., -2:] == 0).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"phase_edges_days": (7, 30)},
        {"phase_edges_days": (0, 30, 30)},
        {"phase_edges_days": (0,)},
        {"phase_edges_days": (0, np.inf)},
        {"grid_days": 0},
        {"n_folds": 1},
    ],
)
def test_parameters_that_mean_nothing_are_refused(changes: dict, small: KnownTruth) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        quick(**changes).fit(small.X, small.y)


def test_groups_and_as_of_need_a_value_for_each_row(small: KnownTruth) -> None:
    with pytest.raises(ValueError, match="groups must hold one value per row"):
        quick().fit(small.X, small.y, groups=[1, 2])
    with pytest.raises(ValueError, match="as_of must hold one value per row"):
        quick().fit(small.X, small.y, as_of=[None] * 800)


def test_a_target_of_another_length_is_refused(small: KnownTruth) -> None:
    with pytest.raises(ValueError, match="X has 800 rows"):
        quick().fit(small.X, make_target(["won"], [1.0]))
