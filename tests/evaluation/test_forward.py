from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from support.histories import make_config

from predictor.crm.crm import read_crm
from predictor.crm.simulator import simulate
from predictor.evaluation import forward
from predictor.evaluation.aalen_johansen import won_by
from predictor.evaluation.backtest import backtest, rolling_origins
from predictor.evaluation.forward import PREDICTORS, forward_test, metrics
from predictor.evaluation.rivals import (
    Champion,
    Rivals,
    champion_note,
    past_of,
    seen_in_training,
)
from predictor.features.families import build_catalogue
from predictor.features.matrix import compute_features
from predictor.features.snapshots import calendar_grid
from predictor.model.training import fit_predictor, training_matrix, training_snapshots

END = datetime(2026, 6, 29)
ORIGINS = [datetime(2026, 5, 9), datetime(2026, 6, 8)]
SETTINGS: dict[str, Any] = {
    "attributes": {name: {"known_at": "creation"} for name in ("industry", "deciders")},
    "features": {"windows_days": (30,), "max_types": 3},
    "snapshots": {"every_days": 14},
    "phases_days": (7, 30),
    "horizon_days": 14,
    "horizons_days": (7, 14),
    "model": {"num_threads": 1, "max_rounds": 6},
    "evaluation": {"origins": 2, "origin_step_days": 30},
}


@pytest.fixture(scope="module")
def business(tmp_path_factory):
    folder = tmp_path_factory.mktemp("business")
    tables = simulate(400, seed=5).tables
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    config = make_config(folder, {name: f"{name}.parquet" for name in tables}, **SETTINGS)
    return tables, read_crm(config), config


@pytest.fixture(scope="module")
def predictors(business):
    _, crm, config = business
    return [fit_predictor(crm, config, origin) for origin in ORIGINS]


@pytest.fixture(scope="module")
def tested(business, predictors):
    _, crm, config = business
    return forward_test(crm, config, predictors[0], END, END)


def test_the_origins_are_those_of_this_file(business):
    assert rolling_origins(business[2], END) == ORIGINS


def test_unseen_prospects_have_no_relative_in_the_training_by_brute_force(business, tested):
    """Straight from the simulated tables: who was open on a day that training looked at."""
    tables, _, config = business
    people = tables["prospects"].to_pandas().set_index("prospect_id")
    closed_at = tables["outcomes"].to_pandas().set_index("prospect_id")["closed_at"]
    instants = calendar_grid(people["created_at"].min(), ORIGINS[0], config.snapshots.every_days)

    def trained_on(prospect_id) -> bool:
        end = closed_at.get(prospect_id, pd.Timestamp.max)
        created_at = people.loc[prospect_id, "created_at"]
        return any(created_at < instant <= end for instant in instants)

    known = {prospect_id for prospect_id in people.index if trained_on(prospect_id)}
    accounts = set(people.loc[list(known), "account_id"].dropna())
    want = [
        row.prospect_id not in known and people.loc[row.prospect_id, "account_id"] not in accounts
        for row in tested.snapshots.itertuples()
    ]
    assert tested.snapshots["unseen"].tolist() == want
    assert 0.1 < np.mean(want) < 0.9
    related = [p not in known and people.loc[p, "account_id"] in accounts for p in people.index]
    assert any(related), "no prospect is seen by its account alone: the test shows nothing of it"


def test_prospects_without_an_account_are_no_relatives():
    past = pd.DataFrame({"prospect_id": ["1", "2"], "account_id": pd.Series([None, "7"])})
    rows = pd.DataFrame(
        {"prospect_id": ["1", "3", "4", "7"], "account_id": pd.Series([None, None, "7", None])}
    )
    assert seen_in_training(rows, past).tolist() == [True, False, True, False]


def test_every_rival_speaks_at_every_horizon_and_coherently(tested):
    for probability in tested.probability.values():
        assert tuple(probability) == PREDICTORS
        assert probability.to_numpy().min() >= 0
        assert probability.to_numpy().max() <= 1
    early, late = tested.probability[7]["model"], tested.probability[14]["model"]
    assert (early <= late).all()
    assert len(set(tested.probability[7]["base rate"])) == 1


def test_rivals_know_nothing_of_what_came_after_the_training(business, predictors, tested):
    _, crm, config = business
    predictor, rows = predictors[0], tested.snapshots
    catalogue = build_catalogue(predictor.specification)
    features = compute_features(crm, predictor.specification, catalogue, rows)
    then = crm.known_at(ORIGINS[0])
    rivals = Rivals(crm, config, predictor, past_of(then, config, predictor)).fit([14])
    said = rivals.predict(rows, features)[14]
    for name, probability in said.items():
        assert probability.tolist() == tested.probability[14][name].tolist()


def test_a_model_and_rivals_of_a_sample_keep_the_level_of_all_snapshots(business, tested):
    _, crm, config = business
    whole = training_snapshots(crm, config, ORIGINS[0])
    won = (whole["outcome"] == "won") & (whole["duration_days"] <= config.phases_days[-1])
    few = {"max_snapshots": 3 * int(won.sum())}
    config = config.model_copy(update={"snapshots": config.snapshots.model_copy(update=few)})
    past = training_matrix(crm, config, ORIGINS[0])
    assert len(past.snapshots) < 0.6 * len(whole)
    predictor = fit_predictor(crm, config, ORIGINS[0], past)
    facts = predictor.training
    assert (facts["snapshots"], facts["sampled_from"]) == (len(past.snapshots), len(whole))
    assert facts["all_won_kept"]
    said = forward_test(crm, config, predictor, END, END).probability[14].mean()
    expected = tested.probability[14].mean()
    assert said.to_numpy() == pytest.approx(expected.to_numpy(), rel=0.25)
    outcome, days = past.snapshots["outcome"], past.snapshots["duration_days"]
    assert won_by(outcome, days, 14) > 1.6 * expected["base rate"]


def test_the_curve_holds_the_probabilities_of_the_horizons(tested):
    for days, probability in tested.probability.items():
        at = tested.curves[:, tested.curve_days == days][:, 0]
        assert at.tolist() == probability["model"].tolist()
    foretold = tested.days_to_close(14, [0.25, 0.5, 0.75])
    assert (np.diff(foretold, axis=1) >= 0).all()
    assert foretold.max() <= 14


def test_traits_are_what_is_known_of_each_prospect(business, tested):
    people = business[0]["prospects"].to_pandas().set_index("prospect_id")
    rows = people.loc[tested.snapshots["prospect_id"]].reset_index()
    traits = tested.traits
    assert traits["industry"].tolist() == rows["industry"].tolist()
    assert traits["deciders"].tolist() == rows["deciders"].tolist()
    age = (tested.snapshots["as_of"] - rows["created_at"]).dt.total_seconds() / 86_400
    np.testing.assert_allclose(traits["age in days"], age)
    assert traits["month"].tolist() == [f"{day:%Y-%m}" for day in tested.snapshots["as_of"]]


def test_a_part_of_a_test_is_the_test_of_its_rows(tested):
    chosen = tested.snapshots["unseen"].to_numpy()
    part = tested.take(chosen)
    assert part.snapshots["unseen"].all()
    assert len(part.snapshots) == len(part.curves) == len(part.traits) == chosen.sum()
    assert part.probability[14]["points"].tolist() == (
        tested.probability[14].loc[chosen, "points"].tolist()
    )


# --- the champion ---------------------------------------------------------------------------------


def test_a_champion_of_the_same_training_says_the_same(business, predictors):
    _, crm, config = business
    champion = Champion("ours/1", predictors[0])
    test = forward_test(crm, config, predictors[0], END, END, champion=champion)
    np.testing.assert_allclose(test.probability[14]["champion"], test.probability[14]["model"])
    assert "champion" in set(metrics(test)["predictor"])
    assert champion_note(champion, test.snapshots).en == (
        "The champion is ours/1, trained as of 2026-05-09."
    )


def test_a_champion_that_has_seen_the_test_is_not_compared(business, predictors):
    _, crm, config = business
    champion = Champion("ours/2", predictors[1])
    test = forward_test(crm, config, predictors[0], END, END, champion=champion)
    assert test.probability[14]["champion"].isna().all()
    assert "champion" not in set(metrics(test)["predictor"])
    assert champion_note(champion, test.snapshots).en == (
        "The champion (ours/2, trained as of 2026-06-08) cannot be compared: the last origin is "
        "2026-05-09, so it has seen outcomes of the test."
    )


def test_rolling_origins_are_joined_and_what_was_trained_on_is_computed_once(
    business, predictors, tested, monkeypatch
):
    """The second origin's model is the champion: compared from there on, and only there."""
    _, crm, config = business

    def never(*_):
        raise AssertionError("the training features were computed twice")

    monkeypatch.setattr(forward, "past_of", never)
    champion = Champion("ours/2", predictors[1])
    test = backtest(crm, config, END, champion=champion)
    first = (test.snapshots["as_of"] < ORIGINS[1]).to_numpy()
    early = (tested.snapshots["as_of"] < ORIGINS[1]).to_numpy()
    for name in PREDICTORS:
        both = test.probability[14].loc[first, name], tested.probability[14].loc[early, name]
        np.testing.assert_allclose(*both)
    assert test.probability[14]["champion"].isna().tolist() == first.tolist()
    later = test.probability[14][~first]
    np.testing.assert_allclose(later["champion"], later["model"])
    assert champion_note(champion, test.snapshots).en == (
        "The champion (ours/2, trained as of 2026-06-08) is compared from 2026-06-08 on only: it "
        "has seen outcomes of the test before."
    )


def test_a_champion_of_a_shorter_follow_up_is_silent_at_longer_horizons(business, predictors):
    _, crm, config = business

    class Short:
        max_horizon_days_ = 7.0

        def predict_curves(self, features, horizons_days):
            assert list(horizons_days) == [7]
            return predictors[0].model.predict_curves(features, horizons_days)

    champion = Champion("ours/1", replace(predictors[0], model=Short()))
    rows = training_snapshots(crm, config, ORIGINS[0]).head(5)
    said = champion.predict(crm, rows, ORIGINS[0], [7, 14])
    assert np.isfinite(said[:, 0]).all()
    assert np.isnan(said[:, 1]).all()


def with_at_most(config, max_snapshots):
    fewer = config.snapshots.model_copy(update={"max_snapshots": max_snapshots})
    return config.model_copy(update={"snapshots": fewer})


def test_of_too_many_snapshots_whole_accounts_are_tested_and_each_row_as_in_the_whole(
    business, predictors, tested
):
    _, crm, config = business
    n = len(tested.snapshots)
    part = forward_test(crm, with_at_most(config, n // 3), predictors[0], END, END)
    assert tested.share == 1
    assert part.share == pytest.approx((n // 3) / n)
    assert n / 5 < len(part.snapshots) < n / 2
    accounts = tested.snapshots["account_id"].fillna(tested.snapshots["prospect_id"])
    drawn = accounts.isin(part.snapshots["account_id"].fillna(part.snapshots["prospect_id"]))
    columns = ["prospect_id", "as_of", "outcome", "duration_days"]
    pd.testing.assert_frame_equal(
        part.snapshots[columns], tested.snapshots.loc[drawn, columns].reset_index(drop=True)
    )
    np.testing.assert_allclose(part.curves, tested.curves[drawn.to_numpy()])


def test_a_count_of_the_list_is_scaled_to_the_share_tested(tested):
    assert tested.count_here(25) == 25
    part = replace(tested, share=0.12)
    assert [part.count_here(count) for count in (1, 25, 1000)] == [1, 3, 120]


def test_all_origins_of_a_backtest_test_one_share_of_the_accounts(business, tested):
    _, crm, config = business
    everyone = backtest(crm, config, END)
    n = len(everyone.snapshots)
    part = backtest(crm, with_at_most(config, n // 2), END)
    assert part.share == pytest.approx(0.5, abs=0.01)
    shares = part.snapshots.groupby("origin").size() / everyone.snapshots.groupby("origin").size()
    assert len(shares) == 2
    assert shares.between(0.35, 0.65).all()
