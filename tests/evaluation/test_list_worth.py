from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from support.forward_tests import HORIZON_DAYS, make_test
from support.stores import source_of

from predictor.crm.crm import read_crm
from predictor.evaluation.list_worth import (
    list_worth,
    must_not_be_contacted,
    weekly_looks,
    worth_sentence,
)
from predictor.features.catalogue import Text

OTHERS = {
    "base rate": Text("in random order", "dans un ordre aléatoire"),
    "points": Text("with the points score", "avec le score à points"),
}


def worth_of(test, top=0.2, **scores):
    probability = test.probability[HORIZON_DAYS]
    chosen = {name: np.asarray(score) for name, score in scores.items()} or {
        name: probability[name].to_numpy() for name in probability
    }
    return list_worth(test.snapshots, chosen, HORIZON_DAYS, top)


def deals_of(snapshots):
    """Prospect -> the instants of its looks no more than the horizon before it was won."""
    deals: dict[str, list] = {}
    for row in snapshots.itertuples():
        if row.outcome == "won" and row.duration_days <= HORIZON_DAYS:
            deals.setdefault(row.prospect_id, []).append(row.as_of)
    return deals


def brute_force(snapshots, score, places, rng=None) -> float:
    """Write each week's list down, tick off its top, and count the deals that were ticked."""
    ticked = set()
    for as_of, look in snapshots.assign(score=score).groupby("as_of"):
        rows = [(row.score, row.prospect_id) for row in look.itertuples()]
        if rng:
            rng.shuffle(rows)
        rows.sort(key=lambda row: -row[0])
        ticked |= {(prospect_id, as_of) for _, prospect_id in rows[: places(len(rows))]}
    deals = deals_of(snapshots)
    return sum(any((p, at) in ticked for at in looks) for p, looks in deals.items()) / len(deals)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [1, 20, 10_000])
def test_counted_top_equals_ticking_off_the_list(seed, count):
    test = make_test(seed)
    score = np.random.default_rng(seed).permutation(len(test.snapshots)).astype(float)
    worth = worth_of(test, count, random=score)
    assert worth.met("random")["met"] == pytest.approx(
        brute_force(test.snapshots, score, lambda n: min(n, count))
    )
    assert worth.deals == len(deals_of(test.snapshots))


def test_ties_are_met_as_often_as_random_orders_of_the_tied_meet_them():
    test = make_test(1, n_prospects=80)
    score = np.random.default_rng(0).integers(0, 3, len(test.snapshots)).astype(float)
    rng = random.Random(0)
    drawn = [brute_force(test.snapshots, score, lambda _: 12, rng) for _ in range(2000)]
    met = worth_of(test, 12, tied=score).met("tied")["met"]
    assert met == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / np.sqrt(2000))


@pytest.mark.parametrize("share", [0.05, 0.2, 1.0])
def test_one_score_for_all_is_the_random_order(share):
    test = make_test(2)
    n_looks = [len(looks) for looks in deals_of(test.snapshots).values()]
    want = np.mean([1 - (1 - share) ** n for n in n_looks])
    assert worth_of(test, share, same=np.zeros(len(test.snapshots))).met("same")[
        "met"
    ] == pytest.approx(want)


def test_a_better_order_meets_more_and_a_perfect_one_most():
    test = make_test(3)
    rows = test.snapshots
    probability = test.probability[HORIZON_DAYS]
    worth = worth_of(
        test,
        model=probability["model"],
        none=np.zeros(len(rows)),
        perfect=(rows["outcome"] == "won") * 1000 - rows["duration_days"],
    ).table.set_index("predictor")
    assert worth["met"]["none"] < worth["met"]["model"] < worth["met"]["perfect"]
    assert worth["lead"]["model"] == 0
    assert worth["lead"]["none"] == pytest.approx(worth["met"]["model"] - worth["met"]["none"])
    assert worth["lead_low"]["none"] > 0
    assert (worth["low"] <= worth["met"]).all()
    assert (worth["met"] <= worth["high"]).all()


def test_deals_won_later_than_the_horizon_after_every_look_do_not_count():
    look = pd.DataFrame(
        {
            "prospect_id": ["early", "late", "lost"],
            "account_id": pd.Series([None] * 3, dtype="str"),
            "as_of": pd.Timestamp("2026-01-05"),
            "outcome": ["won", "won", "lost"],
            "duration_days": [30.0, 30.5, 3.0],
        }
    )
    worth = list_worth(look, {"model": np.array([1.0, 2.0, 3.0])}, 30, 1)
    assert (worth.deals, worth.met("model")["met"]) == (1, 0.0)
    assert list_worth(look[1:], {"model": np.array([2.0, 3.0])}, 30, 1) is None


def test_a_finer_grid_is_looked_at_once_a_week_and_a_coarser_one_as_it_is():
    fine = pd.Series(pd.date_range("2026-01-06", periods=10, freq="2D"))
    chosen, every_days = weekly_looks(fine)
    assert [f"{day:%m-%d}" for day in fine[chosen]] == ["01-06", "01-12", "01-20"]
    assert every_days == 7
    assert weekly_looks(pd.Series(pd.date_range("2026-01-05", periods=4, freq="28D")))[1] == 28


def test_prospects_that_must_not_be_contacted_are_neither_listed_nor_deals():
    test = make_test(5)
    rows = test.snapshots.assign(do_not_contact=test.snapshots["prospect_id"].str.endswith("7"))
    scores = {"model": test.probability[HORIZON_DAYS]["model"].to_numpy()}
    # A team of 12 would call no other prospects in their place.
    scores["model"] = scores["model"] + rows["do_not_contact"].to_numpy()
    left_out = rows["do_not_contact"].to_numpy()
    worth = list_worth(rows, scores, HORIZON_DAYS, 12)
    without = list_worth(rows[~left_out], {"model": scores["model"][~left_out]}, HORIZON_DAYS, 12)
    pd.testing.assert_frame_equal(worth.table, without.table)
    assert worth.deals == without.deals == len(deals_of(rows[~left_out])) < len(deals_of(rows))
    assert (worth.do_not_contact, without.do_not_contact) == (30, 0)
    assert list_worth(rows.assign(do_not_contact=True), scores, HORIZON_DAYS, 12) is None


@pytest.mark.parametrize(("marks", "marked"), [(["true", "", "false"], "A"), (None, "")])
def test_the_mark_is_read_from_the_prospects(tmp_path, marks, marked):
    people = [{"prospect_id": name, "created_at": "2024-01-02"} for name in "ABC"]
    for person, mark in zip(people, marks or [], strict=False):
        person["do_not_contact"] = mark
    outcomes = [{"prospect_id": "C", "closed_at": "2024-02-01", "outcome": "won"}]
    crm = read_crm(source_of({"prospects": people, "outcomes": outcomes}, tmp_path))
    looks = pd.DataFrame({"prospect_id": list("CABA")})
    assert must_not_be_contacted(crm, looks).tolist() == [name in marked for name in "CABA"]


def test_the_sentence_says_what_was_worked_and_what_it_met():
    worth = worth_of(make_test(4, n_weeks=12))
    said = worth_sentence(worth, "model", OTHERS).en
    assert said.startswith(
        "Had the team worked the top 20% each week over the 3 months from 5 January 2026, "
        "it would have met "
    )
    met = worth.met("model")
    assert f"met {met['met']:.0%} ({met['low']:.0%} to {met['high']:.0%}) of the " in said
    assert said.endswith("with the points score.")
    few = worth_sentence(worth_of(make_test(4, n_weeks=2), 7), "model", {})
    assert "the top 7 each week over 2 looks in 14 days" in few.en
    assert few.en.endswith(" won.")


def test_the_sentence_says_the_same_in_french():
    worth = worth_of(make_test(4, n_weeks=12))
    table = worth.table.assign(met=[0.456, 0.2, 0.3, 0.4], low=[0.4, 0.1, 0.25, 0.3], high=0.5)
    assert worth_sentence(replace(worth, deals=1_234, table=table), "model", OTHERS).fr == (
        "Si l'équipe avait travaillé les 20\u202f% du haut de la liste chaque semaine pendant les "
        "3 mois à partir du 5 janvier 2026, elle aurait traité 46\u202f% (40\u202f% à 50\u202f%) "
        "des 1\u202f234 affaires gagnées, contre 20\u202f% (10\u202f% à 50\u202f%) dans un ordre "
        "aléatoire et 30\u202f% (25\u202f% à 50\u202f%) avec le score à points."
    )
    one = replace(worth, top=1, deals=1, looks=1, last=worth.first, every_days=14)
    one = replace(one, table=table.assign(low=np.nan, high=np.nan))
    assert worth_sentence(one, "model", {}).fr == (
        "Si l'équipe avait travaillé le premier de la liste tous les 14 jours lors de 1 revue en "
        "14 jours, elle aurait traité 46\u202f% de la seule affaire gagnée."
    )
