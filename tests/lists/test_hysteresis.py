"""Nobody flickers: a band changes only past its edge by the margin."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from predictor.lists.bands import (
    HOT,
    UNKNOWN,
    WARM,
    BandRule,
    assign_bands,
    band_heights,
    band_names,
)

probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=40)
margins = st.floats(0, 0.9)


@st.composite
def rules(draw: st.DrawFn) -> BandRule:
    one, other, margin = draw(st.floats(0, 1)), draw(st.floats(0, 1)), draw(margins)
    if draw(st.booleans()):
        return BandRule("probability", max(one, other), min(one, other), margin)
    return BandRule("quantile", one, min(other, 1 - one), margin)


def heights(p, rule: BandRule, previous=None) -> np.ndarray:
    return band_heights(pd.Series(assign_bands(p, rule, previous=previous)))


@given(probabilities, rules())
def test_the_same_scores_again_give_the_plain_rule(p, rule):
    plain = heights(p, rule)
    assert heights(p, rule, plain).tolist() == plain.tolist()


@given(probabilities, rules(), st.data())
def test_without_a_previous_band_or_a_margin_the_plain_rule_holds(p, rule, data):
    plain = heights(p, rule).tolist()
    assert heights(p, rule, [UNKNOWN] * len(p)).tolist() == plain
    any_band = data.draw(st.lists(st.integers(-1, 2), min_size=len(p), max_size=len(p)))
    without = BandRule(rule.by, rule.hot, rule.warm, margin=0)
    assert heights(p, without, any_band).tolist() == plain


@given(st.floats(0, 1), st.floats(0, 1), margins, st.data())
def test_noise_within_the_margin_changes_no_band(one, other, margin, data):
    rule = BandRule("probability", max(one, other), min(one, other), margin)
    width = margin * min(*(min(edge, 1 - edge) for edge in (one, other)))
    p = np.array(data.draw(probabilities))
    first = before = heights(p, rule)
    for _ in range(4):
        noise = data.draw(st.lists(st.floats(-1, 1), min_size=len(p), max_size=len(p)))
        noisy = np.clip(p + np.array(noise) * width * (1 - 1e-9), 0, 1)
        before = heights(noisy, rule, before)
        assert before.tolist() == first.tolist()


@given(st.integers(20, 200), st.floats(0.05, 0.5), st.floats(0.05, 0.5), margins, st.randoms())
def test_places_that_move_less_than_the_margin_change_no_band(n, hot, warm, margin, random):
    rule = BandRule("quantile", hot, warm, margin)
    width = margin * min(min(edge, 1 - edge) for edge in (hot, hot + warm))
    places = int(width * n * (1 - 1e-9))
    p = np.arange(n)[::-1] / n
    first = heights(p, rule)
    # A shuffle within blocks moves nobody by more than the block's length less one.
    block = np.arange(n) // (places + 1)
    shuffled = np.array(sorted(range(n), key=lambda i: (block[i], random.random())))
    moved = np.empty(n)
    moved[shuffled] = p
    assert heights(moved, rule, first).tolist() == first.tolist()


@given(probabilities, rules(), st.data())
def test_a_band_that_changed_is_past_its_edge_by_the_margin(p, rule, data):
    before = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(p), max_size=len(p))))
    after = heights(p, rule, before)
    ranks = pd.Series(p).rank(ascending=False)
    value = np.array(p) if rule.by == "probability" else 1 - ((ranks - 0.5) / len(p)).to_numpy()
    warm, hot = (
        (rule.warm, rule.hot)
        if rule.by == "probability"
        else (1 - rule.hot - rule.warm, 1 - rule.hot)
    )
    for v, b, a in zip(value, before, after, strict=True):
        for reached, edge in ((WARM, warm), (HOT, hot)):
            margin = rule.margin * max(min(edge, 1 - edge), 0)
            if b < reached <= a:
                assert v >= edge + margin - 1e-8
            if a < reached <= b:
                assert v < edge - margin + 1e-8


def test_a_hot_prospect_stays_hot_until_it_has_fallen_past_the_margin():
    rule = BandRule("probability", hot=0.4, warm=0.1, margin=0.1)
    bands, before = [], None
    for p in (0.41, 0.37, 0.35, 0.42, 0.45):
        before = heights([p], rule, before)
        bands += band_names(before).tolist()
    assert bands == ["hot", "hot", "warm", "warm", "hot"]


def test_the_margin_never_closes_a_band():
    for hot in (0.01, 0.1, 0.9):
        rule = BandRule("probability", hot=hot, warm=hot / 2, margin=0.9)
        assert heights([1.0, 0.0], rule, [0, 2]).tolist() == [2, 0]


def test_bands_of_the_other_language_are_understood():
    rule = BandRule("probability", hot=0.4, warm=0.1, margin=0.1)
    before = band_heights(pd.Series(["chaud", "tiède", "froid", None]))
    assert before.tolist() == [2, 1, 0, -1]
    assert assign_bands([0.37] * 4, rule, "fr", before).tolist() == ["chaud", *["tiède"] * 3]
