"""What the rules of follow-ups look at: the reasons, and whether their facts are there."""

from __future__ import annotations

import random
import re

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.feature_rows import random_row
from support.random_histories import SPECIFICATION

from predictor.explanation.reasons import REASON_COLUMNS, find_reasons
from predictor.explanation.signals import SignalContributions
from predictor.features.catalogue import NEVER_MISSING, Feature, Relation, Signal, Text, is_missing
from predictor.features.families import build_catalogue
from predictor.lists.follow_up_rules import BUILT_IN
from predictor.lists.follow_ups import suggest
from predictor.lists.signal_facts import NO_REASON, SignalFacts, signal_facts


def strong_told(values) -> frozenset[str]:
    days = values["strong_days_since_last"]
    same = not is_missing(days) and days == values["quote_request_days_since_last"]
    return frozenset(["quote_request"] if same else ["another_type"])


def about(name: str) -> Signal:
    text = Text(name, name)
    return Signal(name, text, lambda _: text, strong_told if name == "strong" else None)


def feature(name: str, signal: str, missing: object = NEVER_MISSING) -> Feature:
    text = Text(name, name)
    return Feature(
        name, about(signal), Relation(lambda: None), lambda _: None, "count", text, missing
    )


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
END = pd.Timestamp("2024-03-05")
SIGNALS = ["quote_request", "answer_bant_budget", "strong", "activity"]
QUOTE, BUDGET, STRONG, ACTIVITY, SILENCE = range(5)


def look_at(contributions, names=SIGNALS, features=FEATURES) -> SignalFacts:
    signals, values = tuple(about(name) for name in names), np.array(contributions)
    last = pd.to_datetime([None, "2024-03-01", "2024-03-01"][: len(values)])
    snapshots = pd.DataFrame(
        {
            "prospect_id": list("abc")[: len(values)],
            "as_of": END,
            "last_interaction_at": last,
        }
    )
    explained = SignalContributions(signals, values, 0.2 + values.sum(axis=1), 0.2)
    reasons = find_reasons(snapshots, features, explained, "en")
    return signal_facts(reasons, CATALOGUE, features)


def hot(found: SignalFacts) -> list[str]:
    return suggest([], found, "en")["follow_up_hot"].tolist()


def test_a_signal_is_missing_where_all_that_may_be_missing_is():
    missing = look_at(np.zeros((3, 4))).missing
    assert missing[:, QUOTE].tolist() == [True, False, False]
    assert missing[:, BUDGET].tolist() == [True, False, True]
    assert missing[:, ACTIVITY].tolist() == [True, False, False]
    assert not missing[:, SILENCE].any()


def test_reasons_go_with_the_score_and_the_caution_against_it():
    found = look_at([[0.2, 0.05, -0.1, 0.01], [-0.2, -0.05, 0.0, 0.006], [0.2, 1e-4, 0.0, -1e-3]])
    none = NO_REASON
    assert found.place[0, :STRONG].tolist() == [0, 1]
    assert found.place[1, [QUOTE, BUDGET, ACTIVITY]].tolist() == [0, 1, 3]
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


def test_a_first_contact_is_not_suggested_where_nobody_reads_that_there_was_none():
    found = look_at(np.tile([0.01, -0.02, 0.0, 0.0], (3, 1)))
    assert found.place[0].tolist() == [3, 0, NO_REASON, NO_REASON, NO_REASON]
    assert hot(found)[0] == "Call and ask for the budget"


def test_a_signal_that_is_passed_over_as_its_fact_is_told_has_no_place_of_its_own():
    # The second one's strong signal tells of its quote request, and weighs more.
    found = look_at(np.tile([0.1, 0.01, 0.2, 0.0], (3, 1)))
    assert found.place[1].tolist() == [0, 1, 0, NO_REASON, NO_REASON]
    # The first one's tells of another type, so that both are told.
    assert found.place[2].tolist() == [1, 2, 0, NO_REASON, NO_REASON]


def test_a_model_without_such_signals_has_none_of_it():
    found = look_at([[0.1]] * 3, ["quote_request"], FEATURES[["quote_request_days_since_last"]])
    assert found.names == ("quote_request", "silence")
    assert found.place.tolist() == [[0, NO_REASON]] * 3


def test_nobody_and_nothing():
    found = look_at(np.zeros((0, 0)), [], FEATURES.head(0)[[]])
    assert found.place.shape == (0, 1)


EVERYTHING = build_catalogue(SPECIFICATION)
EVERY_SIGNAL = tuple(dict.fromkeys(each.signal for each in EVERYTHING))
#: What a reader must find in the reasons or the caution, for each built-in rule about a signal.
WORDS = {
    "quote_request": "quote", "demo_request": "demo", "meeting": "meeting", "call": "call",
    "email_reply": "repl", "price_page_visit": "price", "webinar_attendance": "webinar",
    "webinar_registration": "webinar", "event_attendance": "event",
    "whitepaper_download": "white paper", "concept_money": "budget|money|price",
    "concept_authority": "decide|decision|authority", "concept_need": "need|challenge|goal|plan",
    "concept_timing": "timing|timeline|date|prior", "activity": "nothing recorded",
    "silence": "no activity|none for|last activity",
}  # fmt: skip


def words_of(signal: str) -> str:
    found = WORDS.get(signal)
    return found or signal.removeprefix("answer_*_").replace("_", "[ _]")


@settings(max_examples=40)
@example(seed=66025280)  # another sentence that says "nothing recorded yet" is not silence
@given(seed=st.integers(0, 2**32))
def test_what_a_follow_up_refers_to_is_in_the_reasons(seed):
    rng, names = random.Random(seed), list("abcd")
    features = pd.DataFrame([random_row(rng, EVERYTHING, SPECIFICATION) for _ in names])
    values = np.array(
        [[rng.choice((0, 1)) * rng.gauss(0, 0.01) for _ in EVERY_SIGNAL] for _ in names]
    )
    explained = SignalContributions(EVERY_SIGNAL, values, 0.2 + values.sum(axis=1), 0.2)
    last = pd.Series([None] * len(names), dtype="datetime64[us]")
    people = pd.DataFrame({"prospect_id": names, "as_of": END, "last_interaction_at": last})
    reasons = find_reasons(people, features, explained, "en")
    suggested = suggest([], signal_facts(reasons, EVERYTHING, features), "en")
    read = reasons.columns[[*REASON_COLUMNS]].agg(" ".join, axis=1).str.lower()
    for band in ("hot", "warm", "cold"):
        for text, said in zip(suggested[f"follow_up_{band}"], read, strict=True):
            rules = [rule.signal for rule in BUILT_IN if rule.en == text and rule.band == band]
            if None not in rules:
                assert any(re.search(words_of(signal), said) for signal in rules), (text, said)
