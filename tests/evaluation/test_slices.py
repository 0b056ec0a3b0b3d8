from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.forward_tests import HORIZON_DAYS, make_test

from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.log_loss import log_loss
from predictor.evaluation.metrics.observed_over_expected import observed_over_expected
from predictor.evaluation.slices import MIN_WON, slice_table
from predictor.features.segments import NOT_FILLED_IN, OTHERS


def with_trait(test, **traits):
    columns = {name: pd.Series(values, dtype=None) for name, values in traits.items()}
    return replace(test, traits=pd.DataFrame(columns))


@pytest.fixture(scope="module")
def test_with_a_bad_slice():
    """The true P, but halved for prospects of the fair."""
    test = make_test(1, n_prospects=900)
    fair = (test.traits["source"] == "fair").to_numpy()
    test.probability[HORIZON_DAYS].loc[fair, "model"] *= 0.5
    return test


def test_the_slice_with_wrong_probabilities_comes_first(test_with_a_bad_slice):
    worst = slice_table(test_with_a_bad_slice, HORIZON_DAYS).iloc[0]
    assert (worst["trait"], worst["slice"]) == ("source", "fair")
    assert 1 < worst["low"] < worst["observed_over_expected"] < worst["high"]
    assert worst["observed_over_expected"] == pytest.approx(2, abs=0.5)


def test_right_probabilities_lie_within_their_errors():
    distances = pd.concat(
        slice_table(make_test(seed, n_prospects=600), HORIZON_DAYS)["errors_from_one"]
        for seed in range(5)
    )
    # Slices of one seed overlap, so they stray together; none strays as far as the bad one above.
    assert (distances < 2).mean() > 0.8


def test_figures_of_a_slice_are_those_of_its_own_snapshots(test_with_a_bad_slice):
    test = test_with_a_bad_slice
    rows = slice_table(test, HORIZON_DAYS)
    row = rows[rows["slice"] == "web"].iloc[0]
    part = test.take((test.traits["source"] == "web").to_numpy())
    promised = part.probability[HORIZON_DAYS]["model"]
    won = part.snapshots.query("outcome == 'won' and duration_days <= @HORIZON_DAYS")
    assert row["snapshots"] == len(part.snapshots)
    assert row["won"] == won["prospect_id"].nunique()
    assert row["observed_over_expected"] == pytest.approx(
        observed_over_expected(part.outcome, part.duration_days, promised, HORIZON_DAYS)
    )
    labels = horizon_labels(part.outcome, part.duration_days, HORIZON_DAYS)
    assert row["log_loss"] == pytest.approx(log_loss(labels, promised))
    base_rate = part.probability[HORIZON_DAYS]["base rate"]
    assert row["log_loss_base_rate"] == pytest.approx(log_loss(labels, base_rate))


def test_slices_with_few_won_and_few_expected_are_left_out():
    test = make_test(2)
    rare = np.where(test.snapshots["prospect_id"] < "P0005", "rare", "usual")
    rows = slice_table(with_trait(test, kind=rare), HORIZON_DAYS)
    assert rows["slice"].tolist() == ["usual"]
    assert (rows["won"] >= MIN_WON).all()


def test_a_slice_in_which_none_is_won_is_judged_where_many_were_promised():
    test = make_test(3, n_prospects=600)
    late = test.snapshots["prospect_id"] < "P0200"
    snapshots = test.snapshots.assign(
        outcome=test.snapshots["outcome"].mask(late & (test.snapshots["outcome"] == "won"), "lost")
    )
    bad = with_trait(replace(test, snapshots=snapshots), kind=np.where(late, "none", "usual"))
    worst = slice_table(bad, HORIZON_DAYS).iloc[0]
    assert (worst["slice"], worst["won"], worst["observed_over_expected"]) == ("none", 0, 0.0)


def test_numbers_are_cut_into_quarters_and_missing_ones_stand_alone():
    test = make_test(4, n_prospects=900)
    amount = np.random.default_rng(0).uniform(0, 1000, len(test.snapshots))
    amount[::5] = np.nan
    rows = slice_table(with_trait(test, amount=amount), HORIZON_DAYS)
    sizes = rows.set_index("slice")["snapshots"]
    assert len(sizes) == 5
    assert sizes[NOT_FILLED_IN] == len(amount[::5])
    quarters = sizes.drop(NOT_FILLED_IN)  # near enough: their bounds are rounded to be read
    assert quarters.max() - quarters.min() <= 0.02 * quarters.sum()


def test_of_many_levels_the_rare_ones_share_a_slice():
    test = make_test(5, n_prospects=900)
    level = [f"level {min(int(p[1:]) % 40, 20)}" for p in test.snapshots["prospect_id"]]
    rows = slice_table(with_trait(test, level=pd.Series(level, dtype="str")), HORIZON_DAYS)
    assert {OTHERS, "level 20"} <= set(rows["slice"])
    assert rows["snapshots"].sum() <= len(level)


@pytest.mark.parametrize("value", [3.0, np.nan])
def test_a_trait_that_is_the_same_for_all_makes_no_slice(value):
    test = make_test(6)
    assert slice_table(with_trait(test, same=np.full(len(test.snapshots), value)), 30).empty


def test_a_trait_of_one_number_or_nothing_is_filled_in_or_not():
    test = make_test(6, n_prospects=900)
    values = np.where(np.arange(len(test.snapshots)) % 2, 7.0, np.nan)
    rows = slice_table(with_trait(test, flag=values), HORIZON_DAYS)
    assert set(rows["slice"]) == {"filled in", NOT_FILLED_IN}
