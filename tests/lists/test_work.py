"""What is to be worked: bands, capacity, the previous run and the random slice together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from predictor.lists.bands import BandRule
from predictor.lists.capacity import Capacity
from predictor.lists.exploration import Exploration
from predictor.lists.ranking import rank
from predictor.lists.work import Work

BY_CAPACITY = BandRule("capacity", margin=0.1)
owners = st.sampled_from(["Ana", "Bo", None])
territories = st.sampled_from(["North", "South", None])
rows = st.lists(st.tuples(st.floats(0, 1), owners, territories, st.booleans()), max_size=50)


def scored_from(scored_frame, rows) -> pd.DataFrame:
    p, owner, territory, left_out = ([row[k] for row in rows] for k in range(4))
    return scored_frame(
        p,
        do_not_contact=left_out,
        owner=pd.Series(owner, dtype="str"),
        territory=pd.Series(territory, dtype="str"),
    )


@given(rows, st.integers(0, 5), st.integers(0, 8), st.floats(0, 1), st.data())
def test_what_is_to_be_worked_never_exceeds_the_capacity(scored_frame, rows, k, north, share, data):
    scored = scored_from(scored_frame, rows)
    before = data.draw(st.lists(st.sampled_from(["hot", "warm", "cold"]), max_size=len(rows)))
    previous = pd.Series(before, index=scored["prospect_id"].iloc[: len(before)], dtype="str")
    work = Work(
        Capacity(k, territories={"North": north}), Exploration(share), previous_bands=previous
    )
    ranked = rank(scored, bands=BY_CAPACITY, work=work)
    frame = ranked.frame
    worked = frame[(frame["band"] == "hot") | frame["exploration"]]
    assert (worked["owner"].fillna("").value_counts() <= k).all()
    assert (worked["territory"] == "North").sum() <= north
    assert (frame.loc[frame["exploration"], "band"] == "cold").all()
    forbidden = set(scored.loc[scored["do_not_contact"], "prospect_id"])
    assert not forbidden & set(frame["prospect_id"])
    if ranked.candidates is not None:
        assert not forbidden & set(ranked.candidates["prospect_id"])
        assert (ranked.candidates["propensity"] > 0).all()


@given(rows, st.floats(0.01, 1))
def test_without_a_capacity_the_slice_is_beside_the_hot_ones(scored_frame, rows, share):
    scored = scored_from(scored_frame, rows)
    plain = rank(scored).frame
    ranked = rank(scored, work=Work(exploration=Exploration(share, seed=7)))
    pd.testing.assert_frame_equal(
        ranked.frame.drop(columns="exploration"), plain.drop(columns="exploration")
    )
    n_hot, n_cold = (plain["band"] == "hot").sum(), (plain["band"] == "cold").sum()
    assert abs(ranked.frame["exploration"].sum() - min(share * n_hot, n_cold)) < 1
    assert not plain["exploration"].any()
    told = ranked.candidates
    drawn = ranked.frame.loc[ranked.frame["exploration"], "prospect_id"]
    assert set(told.loc[told["exploration"], "prospect_id"]) == set(drawn)
    if n_hot and n_cold:
        assert len(told) == n_cold
        np.testing.assert_allclose(told["propensity"], min(share * n_hot / n_cold, 1))


def test_without_an_exploration_nobody_is_a_candidate(scored_frame):
    assert rank(scored_frame([0.5])).candidates is None


def test_the_order_of_the_list_decides_who_is_hot_by_capacity(scored_frame):
    scored = scored_frame([0.9, 0.5, 0.1], amount=[1, 10, 1000])
    work = Work(Capacity(per_owner=1))
    rule = BandRule("capacity", warm_weeks=1)
    by_probability = rank(scored, bands=rule, work=work).frame
    assert by_probability["prospect_id"].tolist() == ["P-001", "P-002", "P-003"]
    by_value = rank(scored, "expected_value", bands=rule, work=work).frame
    assert by_value["prospect_id"].tolist() == ["P-003", "P-002", "P-001"]
    for frame in (by_probability, by_value):
        assert frame["band"].tolist() == ["hot", "warm", "cold"]


def test_a_band_of_the_previous_run_stays_within_the_margin(scored_frame):
    scored = scored_frame([0.39, 0.39, 0.39, 0.9])
    rule = BandRule("probability", hot=0.4, warm=0.2, margin=0.1)
    previous = pd.Series({"P-001": "hot", "P-002": "warm", "P-004": ""}, dtype="str")
    frame = rank(scored, bands=rule, language="fr", work=Work(previous_bands=previous)).frame
    bands = frame.set_index("prospect_id")["band"]
    assert bands.to_dict() == {
        "P-001": "chaud",
        "P-002": "tiède",
        "P-003": "tiède",
        "P-004": "chaud",
    }


def test_the_follow_up_is_that_of_the_band(scored_frame):
    frame = rank(scored_frame([0.9, 0.3, 0.0]), bands=BandRule("probability", 0.5, 0.2)).frame
    assert frame["follow_up"].tolist() == ["Call", "Send something", "Reactivate"]
