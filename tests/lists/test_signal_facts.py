"""What the rules of follow-ups look at: the reasons, and whether their facts are there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from predictor.features.catalogue import NEVER_MISSING, Feature, Relation, Signal, Text
from predictor.lists.follow_ups import suggest
from predictor.lists.signal_facts import NO_REASON, SignalFacts, signal_facts


def feature(name: str, signal: str, missing: object = NEVER_MISSING) -> Feature:
    text = Text(name, name)
    about = Signal(signal, text, lambda _: text)
    return Feature(name, about, Relation(lambda: None), lambda _: None, "count", text, missing)


NEVER = Text("never", "jamais")
CATALOGUE = [
    feature("quote_request_count", "quote_request"),
    feature("quote_request_days_since_last", "quote_request", NEVER),
    feature("answer_bant_budget", "answer_bant_budget", NEVER),
    feature("answer_bant_budget_age_days", "answer_bant_budget", NEVER),
    feature("answer_bant_budget_score", "answer_bant_budget", NEVER),
    feature("strong_days_since_last", "strong", NEVER),
    feature("activity_active_days_7d", "activity"),
    feature("activity_active_days_30d", "activity"),
    feature("activity_days_since_last", "activity", NEVER),
]
#: Nothing ever happened to the first; the second is active; the third has been silent for 9 days.
FEATURES = pd.DataFrame(
    {
        "quote_request_count": [0.0, 2.0, 1.0],
        "quote_request_days_since_last": [np.nan, 3.5, 20.0],
        "answer_bant_budget": [None, "large", ""],
        "answer_bant_budget_age_days": [np.nan, 1.0, np.nan],
        "answer_bant_budget_score": [np.nan, np.nan, np.nan],
        "strong_days_since_last": [np.nan, 3.5, 9.0],
        "activity_active_days_30d": [0, 4, 1],
        "activity_active_days_7d": [0, 2, 0],
        "activity_days_since_last": [np.nan, 3.5, 9.0],
    }
)
SIGNALS = ["quote_request", "answer_bant_budget", "strong", "activity"]
QUOTE, BUDGET, STRONG, ACTIVITY, SILENCE = range(5)


def look_at(contributions) -> SignalFacts:
    return signal_facts(SIGNALS, np.array(contributions), CATALOGUE, FEATURES)


def hot(found: SignalFacts) -> list[str]:
    return suggest([], found, "en")["follow_up_hot"].tolist()


def test_a_signal_is_missing_where_all_that_may_be_missing_is():
    missing = look_at(np.zeros((3, 4))).missing
    assert missing[:, QUOTE].tolist() == [True, False, False]
    assert missing[:, BUDGET].tolist() == [True, False, True]
    assert missing[:, ACTIVITY].tolist() == [True, False, False]
    assert not missing[:, SILENCE].any()


def test_reasons_go_with_the_score_and_the_caution_against_it():
    found = look_at([[0.2, 0.05, -0.1, 0.01], [-0.2, -0.05, 0.006, 0.0], [0.2, 1e-4, 0.0, -1e-3]])
    none = NO_REASON
    assert found.place[0, :STRONG].tolist() == [0, 1]
    assert found.place[1, [QUOTE, BUDGET, STRONG]].tolist() == [0, 1, 3]
    assert found.place[2].tolist() == [0, none, none, none, none]
    assert found.up[0].tolist() == [True, True, False, True, False]


def test_a_strong_signal_counts_as_what_it_tells():
    found = look_at(np.tile([0.0, 0.01, 0.2, 0.0], (3, 1)))
    assert found.place[:, QUOTE].tolist() == [NO_REASON, 0, NO_REASON]
    assert hot(found)[1] == "Call about the quote"


def test_silence_takes_points_and_lasts_longer_than_the_shortest_window():
    quiet = look_at(np.tile([0.0, 0.0, 0.0, -0.1], (3, 1)))
    assert quiet.place[:, SILENCE].tolist() == [NO_REASON, NO_REASON, 0]
    assert hot(quiet)[2] == "Call to get back in touch"
    lively = look_at(np.tile([0.0, 0.0, 0.0, 0.1], (3, 1)))
    assert (lively.place[:, SILENCE] == NO_REASON).all()


def test_where_nothing_was_ever_recorded_the_caution_says_so():
    found = look_at(np.tile([0.01, 0.0, 0.0, 0.0], (3, 1)))
    assert found.place[:, ACTIVITY].tolist() == [3, NO_REASON, NO_REASON]
    assert hot(found)[0] == "Call for a first contact"


def test_a_model_without_such_signals_has_none_of_it():
    found = signal_facts(
        ["quote_request"],
        np.array([[0.1]] * 3),
        CATALOGUE,
        FEATURES[["quote_request_days_since_last"]],
    )
    assert found.names == ("quote_request", "silence")
    assert found.place.tolist() == [[0, NO_REASON]] * 3


def test_nobody_and_nothing():
    assert signal_facts([], np.zeros((0, 0)), [], FEATURES.head(0)[[]]).place.shape == (0, 1)
