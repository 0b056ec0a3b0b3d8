from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.errors import ConfigurationError
from predictor.lists.bands import BAND_NAMES, BandRule, assign_bands

probabilities = st.lists(st.sampled_from([0.0, 0.01, 0.2, 0.2001, 0.5, 0.9, 1.0]), max_size=60)


@st.composite
def rules(draw: st.DrawFn) -> BandRule:
    one, other = draw(st.floats(0, 1)), draw(st.floats(0, 1))
    if draw(st.booleans()):
        return BandRule("probability", hot=max(one, other), warm=min(one, other))
    return BandRule("quantile", hot=one, warm=min(other, 1 - one))


@given(probabilities, rules(), st.sampled_from(["en", "fr"]))
def test_bands_never_fall_as_probability_rises_and_ties_share_one(p, rule, language):
    bands = assign_bands(p, rule, language)
    place = {name: i for i, name in enumerate(reversed(BAND_NAMES[language]))}
    height = np.array([place[name] for name in bands], dtype=int)
    by_probability = np.argsort(p, kind="stable")
    assert (np.diff(height[by_probability]) >= 0).all()
    for value in set(p):
        assert len({name for name, q in zip(bands, p, strict=True) if q == value}) == 1


@pytest.mark.parametrize("n", [1, 4, 5, 10, 14, 15, 100, 1000, 1005])
@pytest.mark.parametrize(("hot", "warm"), [(0.1, 0.3), (0.2, 0.1), (0.0, 0.5), (0.5, 0.5)])
def test_without_ties_the_shares_are_met_to_the_nearest_prospect(n, hot, warm):
    p = np.random.default_rng(n).permutation(n) / n
    bands = assign_bands(p, BandRule(hot=hot, warm=warm))
    assert (bands == "hot").sum() == np.floor(hot * n + 0.5 + 1e-6)
    assert np.isin(bands, ["hot", "warm"]).sum() == np.floor((hot + warm) * n + 0.5 + 1e-6)


def test_the_best_are_hot():
    p = np.arange(10) / 10
    assert assign_bands(p, BandRule()).tolist() == ["cold"] * 6 + ["warm"] * 3 + ["hot"]


def test_a_list_of_equals_is_not_all_hot():
    assert set(assign_bands([0.3] * 50, BandRule())) == {"cold"}


def test_thresholds_belong_to_the_higher_band():
    rule = BandRule("probability", hot=0.5, warm=0.2)
    assert assign_bands([0.5, 0.49, 0.2, 0.19], rule).tolist() == ["hot", "warm", "warm", "cold"]


def test_names_in_french():
    rule = BandRule("probability", hot=0.5, warm=0.2)
    assert assign_bands([0.9, 0.3, 0.0], rule, "fr").tolist() == ["chaud", "tiède", "froid"]


def test_nobody_listed():
    assert len(assign_bands([], BandRule())) == 0


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"hot": 1.2}, "between 0 and 1"),
        ({"warm": -0.1}, "between 0 and 1"),
        ({"hot": 0.7, "warm": 0.4}, "exceed 1"),
        ({"by": "probability", "hot": 0.2, "warm": 0.5}, "exchange them"),
        ({"hot": float("nan")}, "between 0 and 1"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused_in_one_line(rule, message):
    with pytest.raises(ConfigurationError, match=message) as error:
        BandRule(**rule)
    assert "\n" not in str(error.value)


def test_shares_that_fill_the_list_despite_rounding_are_accepted():
    assert BandRule(hot=0.1, warm=0.9).warm == 0.9
    assert BandRule(hot=0.7, warm=0.3).hot == 0.7
