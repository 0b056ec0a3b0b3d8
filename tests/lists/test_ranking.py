from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.lists.bands import BandRule
from predictor.lists.columns import RANKED_COLUMNS
from predictor.lists.ranking import rank

prospects = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.999, 1.0]),
        st.sampled_from([np.nan, 0.0, 100.0, 250.0, 1e6]),
        st.booleans(),
        st.sampled_from([0.5, 5.0, 30.0]),
    ),
    max_size=40,
)


@given(
    prospects,
    st.sampled_from(["probability", "expected_value", "expected_value_per_day"]),
    st.randoms(),
)
def test_invariants_of_a_list(scored_frame, rows, by, random):
    p, amount, left_out, days = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 4
    )
    scored = scored_frame(p, amount, left_out, expected_days_open=np.array(days, dtype="f8"))
    ranked = rank(scored, by)
    frame = ranked.frame
    contactable = scored[~scored["do_not_contact"].astype(bool)]
    assert frame["rank"].tolist() == list(range(1, len(contactable) + 1))
    assert set(frame["prospect_id"]) == set(contactable["prospect_id"])
    assert ranked.n_do_not_contact == sum(left_out)
    assert _keys(frame, by) == sorted(_keys(frame, by))
    height = frame["band"].map({"hot": 2, "warm": 1, "cold": 0})
    in_order = height[frame["conversion_probability"].sort_values(kind="stable").index]
    assert in_order.is_monotonic_increasing
    shuffled = scored.sample(frac=1, random_state=random.randrange(2**32))
    pd.testing.assert_frame_equal(rank(shuffled, by).frame, frame)


def _keys(frame: pd.DataFrame, by: str) -> list[tuple[float, float, str]]:
    """An oracle of the order: one sort key per row, smallest first."""
    value = "expected_value" if by == "probability" else by
    rows = zip(frame[value], frame["conversion_probability"], frame["prospect_id"], strict=True)
    if by == "probability":
        return [(0.0, -p, name) for _, p, name in rows]
    return [(np.inf if np.isnan(value) else -value, -p, name) for value, p, name in rows]


def test_the_documented_columns_in_their_order(scored_frame):
    frame = rank(scored_frame([0.2, 0.4]).assign(extra=1)).frame
    documented = (
        "rank prospect_id account_id owner band conversion_probability horizon_days expected_value"
        " days_to_close_p25 days_to_close_median days_to_close_p75 loss_probability reason_1"
        " reason_2 reason_3 caution last_interaction_at as_of model_version"
        " conversion_probability_low conversion_probability_high not_enough_history territory"
        " follow_up expected_value_per_day exploration previous_rank previous_band"
        " previous_probability change_reason sooner_or_later ask_next"
    )
    assert list(frame.columns) == documented.split() == list(RANKED_COLUMNS)


def test_types_do_not_depend_on_who_is_listed(scored_frame):
    full = rank(scored_frame([0.2, 0.4])).frame
    nobody = rank(scored_frame([0.2, 0.4], do_not_contact=[True, True])).frame
    none = rank(scored_frame([])).frame
    assert len(nobody) == len(none) == 0
    pd.testing.assert_series_equal(nobody.dtypes, full.dtypes)
    pd.testing.assert_series_equal(none.dtypes, full.dtypes)


def test_expected_value_is_probability_times_amount(scored_frame):
    scored = scored_frame([0.5, 0.1, 0.9, 0.2], amount=[100, 10_000, np.nan, np.nan])
    by_probability = rank(scored).frame
    by_value = rank(scored, "expected_value").frame
    assert by_probability["prospect_id"].tolist() == ["P-003", "P-001", "P-004", "P-002"]
    assert by_value["prospect_id"].tolist() == ["P-002", "P-001", "P-003", "P-004"]
    assert by_value["expected_value"].tolist()[:2] == [1000, 50]
    assert by_value["expected_value"].isna().tolist() == [False, False, True, True]


def test_value_per_day_is_value_over_the_days_that_the_prospect_stays_open(scored_frame):
    scored = scored_frame(
        [0.5, 0.5, 0.9, 0.2],
        amount=[1000, 1000, np.nan, 3000],
        expected_days_open=[10.0, 25.0, 5.0, 20.0],
    )
    frame = rank(scored, "expected_value_per_day").frame
    assert frame["prospect_id"].tolist() == ["P-001", "P-004", "P-002", "P-003"]
    assert frame["expected_value_per_day"].tolist()[:3] == [50, 30, 20]
    assert np.isnan(frame["expected_value_per_day"][3])


def test_bands_are_those_of_the_listed_prospects(scored_frame):
    scored = scored_frame([0.9, 0.8, 0.2, 0.1], do_not_contact=[True, True, False, False])
    frame = rank(scored, bands=BandRule(hot=0.5, warm=0.5), language="fr").frame
    assert frame["band"].tolist() == ["chaud", "tiède"]


def test_scored_prospects_are_left_as_they_were(scored_frame):
    scored = scored_frame([0.2, 0.4])
    before = scored.copy()
    rank(scored)
    pd.testing.assert_frame_equal(scored, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prospect_id": "P-001"}, "appears twice"),
        ({"conversion_probability": [0.2, np.nan]}, "between 0 and 1"),
        ({"conversion_probability": [0.2, 1.5]}, "between 0 and 1"),
        ({"do_not_contact": [True, None]}, "true or false"),
    ],
)
def test_what_cannot_be_ranked_is_refused(scored_frame, change, message):
    with pytest.raises(ValueError, match=message):
        rank(scored_frame([0.2, 0.4]).assign(**change))


def test_a_missing_column_is_named(scored_frame):
    with pytest.raises(ValueError, match="loss_probability"):
        rank(scored_frame([0.2]).drop(columns="loss_probability"))
