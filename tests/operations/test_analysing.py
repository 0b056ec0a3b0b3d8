from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.worlds import CONFIG, END, TRAINED, WEEK_BEFORE, closings, ranked_rows

import predictor
from predictor.errors import ModelFileError, SnapshotError
from predictor.evaluation.report import ALL
from predictor.explanation.importance import MIN_PROSPECTS
from predictor.explanation.partial_dependence import MIN_SUPPORT

HORIZON_DAYS = 30


@pytest.fixture(scope="module")
def model(world):
    """The champion, opened once: it keeps what it has computed."""
    return predictor.open_model(world.config)


@pytest.fixture(scope="module")
def scores(model):
    """Probability by prospect_id, of those that the list may hold; the best first."""
    table = model.score()
    listed = table[~table["do_not_contact"]].set_index("prospect_id")
    return listed["conversion_probability"]


@pytest.fixture(scope="module")
def best(scores):
    return scores.index[0]


def test_the_champion_is_opened_unless_another_is_named(model, at_home):
    assert repr(model) == f"OpenedModel(simulated_short/1, trained as of {TRAINED})"
    exported = predictor.open_model(CONFIG, "exported")
    assert exported.version == "exported"
    with pytest.raises(ModelFileError, match="nowhere"):
        predictor.open_model(CONFIG, "nowhere")


def test_scores_are_those_of_the_list(model, scores, at_home):
    assert scores.is_monotonic_decreasing
    listed = {
        row["prospect_id"]: float(row["conversion_probability"]) for row in ranked_rows(at_home)
    }
    assert scores[list(listed)].to_numpy() == pytest.approx(list(listed.values()), abs=1e-4)
    before = model.score(WEEK_BEFORE)
    assert (before["as_of"] == pd.Timestamp(WEEK_BEFORE)).all()


def test_an_explanation_is_that_of_the_list_and_adds_up(model, scores, best, at_home):
    mine = model.explain(best)
    assert mine["contribution"].abs().is_monotonic_decreasing
    run = predictor.load_run(at_home.run())
    told = run.prospect(best).set_index("signal")
    assert mine["contribution"].to_numpy() == pytest.approx(
        told.loc[mine["signal"], "contribution"].to_numpy(), abs=1e-12
    )
    total = run.portfolio_probability + mine["contribution"].sum()
    assert total == pytest.approx(scores[best], abs=1e-9)


def test_pairs_leave_to_each_signal_what_it_adds_by_itself(model, best):
    pairs = model.explain_pairs(best)
    signals = model.explain(best)["signal"]
    assert len(pairs) == len(signals) * (len(signals) - 1) / 2
    assert set(pairs["first"]) | set(pairs["second"]) == set(signals)
    assert pairs["contribution"].abs().is_monotonic_decreasing
    assert pairs["contribution"].abs().iloc[0] > 0


def test_prospects_that_are_not_open_are_told_why(model, at_home):
    closed = closings(at_home)["prospect_id"].iloc[0]
    with pytest.raises(SnapshotError, match=f"'{closed}' is not open as of {END}"):
        model.explain(closed)
    with pytest.raises(SnapshotError, match="no prospect 'P99' in the source"):
        model.curves(["P99"])
    with pytest.raises(SnapshotError, match="has seen what came after 2026-01-01"):
        model.score("2026-01-01")


def test_curves_add_up_and_pass_through_the_score(model, scores, best):
    other = scores.index[5]
    curves = model.curves([other, best])
    assert curves["prospect_id"].unique().tolist() == [other, best]
    np.testing.assert_allclose(curves[["won", "lost", "open"]].sum(axis=1), 1, atol=1e-6)
    at_horizon = curves[(curves["prospect_id"] == best) & (curves["days"] == HORIZON_DAYS)]
    assert at_horizon["won"].item() == pytest.approx(scores[best], abs=1e-6)
    assert set(scores.index) <= set(model.curves()["prospect_id"])


def test_curves_of_a_run_are_those_of_the_model(model, best, at_home):
    kept = predictor.load_run(at_home.run()).curves(best)
    pd.testing.assert_frame_equal(kept, model.curves(best), check_dtype=False)


def test_importance_adds_up_to_the_mean_score(model, at_home):
    table = model.signal_importance(weeks=1)
    scores = model.score()["conversion_probability"]
    assert table["prospects"].unique().tolist() == [len(scores)] == [len(model.features())]
    assert table["mean_absolute"].is_monotonic_decreasing
    portfolio = predictor.load_run(at_home.run()).portfolio_probability
    assert table["mean"].sum() == pytest.approx(scores.mean() - portfolio, abs=1e-9)


def test_stages_come_in_the_order_of_the_process(model):
    table = model.signal_importance(by="stage", family="engagement", weeks=8)
    process = [stage.name for stage in model.predictor.specification.stages]
    stages = table["segment"].unique().tolist()
    assert stages == [stage for stage in process if stage in stages]
    assert len(stages) > 1
    assert (table["prospects"] >= MIN_PROSPECTS).all()
    assert "stage" not in set(table["signal"])


def test_what_does_not_exist_is_told_with_what_is_close(model):
    with pytest.raises(SnapshotError, match="no feature to cut by 'stag'; close to it: stage"):
        model.signal_importance(by="stag")
    with pytest.raises(SnapshotError, match="no family 'engagment' in the model; it has engagem"):
        model.signal_importance(family="engagment")
    with pytest.raises(SnapshotError, match="no signal or feature 'agee'; close to it: age"):
        model.partial_dependence("agee")
    with pytest.raises(SnapshotError, match="'age' and 'age_days' are one signal"):
        model.pair_dependence("age", "age_days")


def test_dependence_of_a_signal_moves_its_strongest_feature(model):
    table = model.partial_dependence("website_visit", by="company_size", weeks=4)
    assert table.attrs["feature"].startswith("website_visit_")
    assert (table["prospects"] >= MIN_SUPPORT).all()
    assert table["probability"].between(0, 1).all()
    sizes = set(model.features()["attribute_company_size"].dropna())
    assert set(table["segment"]) <= {*sizes, "not filled in"}


def test_pairs_name_their_features_and_the_share_beyond_the_sum(model):
    table = model.pair_dependence("age", "stage", weeks=4)
    assert table.attrs["features"] == ("age_days", table.attrs["features"][1])
    assert 0 <= table.attrs["share"] <= 1


def test_drift_of_the_score_is_made_of_its_signals(model):
    table = model.drift()
    assert "conversion_probability" in set(table["feature"])
    assert {"age_days", "stage"} <= set(table["feature"])
    moves = model.score_drift()
    score = table.set_index("feature").loc["conversion_probability"]
    assert moves["change"].sum() == pytest.approx(
        score["mean_now"] - score["mean_before"], abs=1e-9
    )
    with pytest.raises(SnapshotError, match="drift is looked at after the training"):
        model.drift(TRAINED)


def test_an_old_model_is_tested_itself_and_a_young_one_by_an_older_one(model):
    assert model.testable() is model
    earlier = model.testable("2026-06-01")
    assert earlier.predictor.trained_as_of == pd.Timestamp("2026-04-25")
    with pytest.raises(SnapshotError, match="later than simulated_short of 2026-04-25"):
        earlier.review(champion=model)
    report = model.review(champion=earlier)
    rivals = set(report.comparisons[ALL]["predictor"])
    assert {"champion", "LightGBM", "base rate"} <= rivals
    assert report.champion.en == (
        "The champion is simulated_short of 2026-04-25, trained as of 2026-04-25."
    )
    assert report.subject.en == f"model simulated_short/1, trained as of {TRAINED}"
