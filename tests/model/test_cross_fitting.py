"""The number of rounds, and scores on groups that were not trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np
import pytest
from support.booster_rows import K, N, cause_rows, settings

from predictor.model.boosters import (
    BinnedRows,
    CauseBoosters,
    CauseRows,
    Rounds,
    phase_sample,
    shared_sample,
)
from predictor.model.cross_fitting import (
    FIXED_ROUNDS,
    MIN_GROUPS_FOR_WHOLE_TREES,
    CrossFit,
    Folds,
    cross_fit,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = Folds(np.arange(N) % 3, np.ones(N, dtype=bool))


def test_only_the_phase_that_has_its_own_effect_gets_a_booster_that_tells_it() -> None:
    found = cross_fit(cause_rows(1, effect=1.5), FOLDS, settings())
    assert found.searched
    assert found.rounds.phases[1] > 5
    matrix = cause_rows(1, effect=1.5).rows.matrix
    slopes = [np.polyfit(matrix[:, 0], found.scores[:, k], 1)[0] for k in range(K)]
    assert slopes[1] > 0.75
    assert max(abs(slopes[0]), abs(slopes[2])) < 0.5


def test_no_round_where_none_lowers_the_loss_held_out() -> None:
    found = cross_fit(cause_rows(3, effect=0.0), FOLDS, settings())
    assert found.searched
    assert 0 in (found.rounds.shared, *found.rounds.phases)


def test_each_row_is_scored_by_boosters_that_left_its_fold_out() -> None:
    rows = cause_rows(2, effect=1.5)
    found = cross_fit(rows, FOLDS, settings())
    sample, matrix = shared_sample(rows), rows.rows.matrix
    for fold in range(3):
        out = FOLDS.number == fold
        data = lgb.Dataset(
            matrix[~out],
            sample.label[~out],
            init_score=sample.offset[~out],
            reference=rows.rows.whole,
        )
        booster = lgb.train(settings().params, data, found.rounds.shared)
        np.testing.assert_allclose(found.shared[out], booster.predict(matrix[out], raw_score=True))


def test_the_number_of_rounds_is_that_of_the_lowest_mean_loss_of_all_folds() -> None:
    rows = cause_rows(2, effect=1.5)
    found = cross_fit(rows, FOLDS, settings())
    sample, losses = phase_sample(rows, found.shared, 1), []
    reached = rows.rows.at_risk[:, 1]
    fold, matrix = FOLDS.number[reached], rows.rows.matrix[reached]
    for k in range(3):
        out = fold == k
        data = lgb.Dataset(
            matrix[~out],
            sample.label[~out],
            init_score=sample.offset[~out],
            reference=rows.rows.whole,
        )
        booster = lgb.train(settings().phase_params, data, 60)
        scores = [
            sample.offset[out] + booster.predict(matrix[out], raw_score=True, num_iteration=n)
            for n in range(1, 61)
        ]
        losses.append([np.mean(np.exp(s) - sample.label[out] * s) for s in scores])
    assert found.rounds.phases[1] == 1 + np.argmin(np.mean(losses, axis=0))


def boosters_by_fold(rows: CauseRows, found: CrossFit) -> list[list[lgb.Booster]]:
    """Those of the shared score and of each phase that has any, trained one by one."""
    everyone, params = np.ones(N, dtype=bool), settings().phase_params
    samples = [(shared_sample(rows), everyone, found.rounds.shared, settings().params)]
    samples += [
        (phase_sample(rows, found.shared, k), reached, n_rounds, params)
        for k, (reached, n_rounds) in enumerate(
            zip(rows.rows.at_risk.T, found.rounds.phases, strict=True)
        )
    ]
    boosters: list[list[lgb.Booster]] = []
    for sample, reached, n_rounds, grown in samples:
        boosters.append([])
        for fold in range(3 if n_rounds else 0):
            kept = FOLDS.number[reached] != fold
            data = lgb.Dataset(
                rows.rows.matrix[reached][kept],
                sample.label[kept],
                init_score=sample.offset[kept],
                reference=rows.rows.whole,
            )
            boosters[-1].append(lgb.train(grown, data, n_rounds))
    return boosters


def test_the_boosters_are_the_mean_of_those_of_all_folds() -> None:
    rows = cause_rows(2, effect=1.5)
    found, matrix = cross_fit(rows, FOLDS, settings()), rows.rows.matrix
    shared, *phases = (
        np.mean([each.predict(matrix, raw_score=True) for each in by_fold] or [np.zeros(N)], axis=0)
        for by_fold in boosters_by_fold(rows, found)
    )
    assert found.boosters.phases[1] is not None
    expected = shared + np.array(phases)
    np.testing.assert_allclose(found.boosters.log_rates(matrix), expected.T, atol=1e-9)


def test_the_level_tells_how_much_less_the_mean_foretells_of_rows_not_seen() -> None:
    levels, true = [], []
    for seed in range(12):
        rows, unseen = cause_rows(seed, effect=1.5), cause_rows(100 + seed, effect=1.5)
        found, matrix = cross_fit(rows, FOLDS, settings()), unseen.rows.matrix
        shared, _, own, _ = boosters_by_fold(rows, found)
        ratios = [
            log_ratio_of_mean_to_single(shared, matrix),
            log_ratio_of_mean_to_single(own, matrix[unseen.rows.at_risk[:, 1]]),
        ]
        true.append(sum(ratios))
        levels.append(found.level[1])
    assert np.mean(true) < -0.03
    assert np.mean(levels) == pytest.approx(np.mean(true), rel=0.4)


def log_ratio_of_mean_to_single(by_fold: list[lgb.Booster], matrix: NDArray[np.float64]) -> float:
    single = [each.predict(matrix, raw_score=True) for each in by_fold]
    mean = np.exp(np.mean(single, axis=0)) if by_fold else np.ones(1)
    return float(np.log(mean.mean() / np.exp(single or 0.0).mean()))


def test_a_phase_that_no_row_reaches_has_no_booster() -> None:
    rows, reached = cause_rows(1, effect=1.5), np.array([True, True, False])
    binned = BinnedRows(rows.rows.matrix, rows.rows.at_risk & reached, [], settings().params)
    unreached = CauseRows(binned, rows.exposure, rows.event & reached)
    found = cross_fit(unreached, FOLDS, settings())
    assert found.boosters.phases[1] is not None
    assert found.boosters.phases[2] is None


def test_a_cause_that_never_happens_has_no_booster() -> None:
    rows = cause_rows(8, effect=1.0)
    never = CauseRows(rows.rows, rows.exposure, np.zeros((N, K), bool))
    assert cross_fit(never, FOLDS, settings()).boosters == CauseBoosters.flat(K)


def test_few_events_get_few_fixed_rounds_and_no_boosters_of_phases() -> None:
    rows = cause_rows(5, effect=2.0)
    kept = np.zeros((N, K), bool)
    kept[np.flatnonzero(rows.event.any(axis=1))[:12]] = True
    few = CauseRows(rows.rows, rows.exposure, rows.event & kept)
    found = cross_fit(few, FOLDS, settings())
    assert not found.searched
    assert found.rounds == Rounds(FIXED_ROUNDS, (0,) * K)
    np.testing.assert_array_equal(found.scores, np.repeat(found.shared[:, None], K, axis=1))
    assert found.shared.std() > 0


def test_a_fold_without_any_event_to_train_on_leaves_every_score_flat() -> None:
    rows = cause_rows(5, effect=2.0)
    one_fold = rows.event & (FOLDS.number == 0)[:, None]
    found = cross_fit(CauseRows(rows.rows, rows.exposure, one_fold), FOLDS, settings())
    assert found.rounds == Rounds(0, (0,) * K)
    assert not found.scores.any()


def test_folds_hold_out_whole_groups_and_validate_on_the_later_half() -> None:
    group, rank = np.repeat(np.arange(50), 4), np.tile(np.arange(4), 50)
    folds = Folds.of(group, rank, 3, random_state=3)
    assert [len({*folds.number[group == g]}) for g in range(50)] == [1] * 50
    assert np.bincount(folds.number[::4]).tolist() == [17, 17, 16]
    for fold, (trained, validated) in enumerate(folds.splits(np.ones(200, dtype=bool))):
        assert not {*group[trained]} & {*group[validated]}
        assert {*rank[trained]} == {0, 1, 2, 3}
        assert {*rank[validated]} == {2, 3}
        assert {*folds.number[validated]} == {fold}
    other = Folds.of(group, rank, 3, random_state=4)
    assert not np.array_equal(folds.number, other.number)


def test_positions_are_those_among_the_rows_that_reach_a_phase() -> None:
    reached = np.arange(N) % 2 == 0
    for fold, (trained, validated) in enumerate(FOLDS.splits(reached)):
        assert {*FOLDS.number[reached][validated]} == {fold}
        assert fold not in {*FOLDS.number[reached][trained]}
        assert len(trained) + len(validated) == N / 2


@pytest.mark.parametrize(("n_groups", "searched"), [(19, False), (20, True), (None, True)])
def test_few_groups_get_fixed_rounds_however_many_their_events(
    n_groups: int | None, searched: bool
) -> None:
    found = cross_fit(cause_rows(1, effect=1.5), FOLDS, settings(), n_groups)
    assert found.searched is searched


DRAWN = replace(
    settings(feature_fraction=0.25, bagging_fraction=0.1, bagging_freq=1), may_be_whole=True
)


@pytest.mark.parametrize("n_groups", [MIN_GROUPS_FOR_WHOLE_TREES - 1, MIN_GROUPS_FOR_WHOLE_TREES])
def test_with_many_groups_trees_are_of_everything_where_that_foretells_better(
    n_groups: int,
) -> None:
    rows = cause_rows(1, effect=1.5)
    found = cross_fit(rows, FOLDS, DRAWN, n_groups)
    whole = cross_fit(rows, FOLDS, settings(feature_fraction=1.0, bagging_fraction=1.0), n_groups)
    drawn = cross_fit(rows, FOLDS, replace(DRAWN, may_be_whole=False), n_groups)
    assert not np.array_equal(whole.scores, drawn.scores)
    expected = whole if n_groups >= MIN_GROUPS_FOR_WHOLE_TREES else drawn
    np.testing.assert_array_equal(found.scores, expected.scores)
    assert found.settings.params["bagging_fraction"] == (1.0 if expected is whole else 0.1)


def test_where_nothing_foretells_the_settings_stay() -> None:
    found = cross_fit(cause_rows(3, effect=0.0), FOLDS, DRAWN, MIN_GROUPS_FOR_WHOLE_TREES)
    assert found.rounds.shared == 0
    assert found.settings == DRAWN
