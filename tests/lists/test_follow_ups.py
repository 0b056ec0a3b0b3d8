"""Suggested follow-ups: by band, by the strongest reason that a rule names, in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.errors import ConfigurationError
from predictor.lists.bands import COLD, HOT, WARM
from predictor.lists.follow_up_rules import BUILT_IN, FollowUp, check_signals
from predictor.lists.follow_ups import FOLLOW_UP_COLUMNS, pick, suggest
from predictor.lists.signal_facts import NO_REASON, SignalFacts

NAMES = ("quote_request", "demo_request", "silence", "answer_bant_budget", "stage", "activity")


def facts(**given) -> SignalFacts:
    """One prospect; the keywords name the signals that are reasons, strongest first."""
    place = np.full((1, len(NAMES)), NO_REASON)
    up = np.ones((1, len(NAMES)), dtype=bool)
    missing = np.zeros((1, len(NAMES)), dtype=bool)
    for rank, (name, what) in enumerate(given.items()):
        place[0, NAMES.index(name)] = rank
        up[0, NAMES.index(name)] = "down" not in what
        missing[0, NAMES.index(name)] = "missing" in what
    return SignalFacts(NAMES, place, up, missing)


def suggested(found: SignalFacts, *rules: FollowUp, language: str = "en") -> tuple[str, str, str]:
    """What is suggested if the prospect is hot, warm, cold."""
    (row,) = suggest(rules, found, language)[list(FOLLOW_UP_COLUMNS)[::-1]].to_numpy().tolist()
    return tuple(row)


def test_without_a_reason_the_band_decides():
    assert suggested(facts()) == (
        "Contact personally, today or tomorrow",
        "Send informative content",
        "Reactivate with a short message",
    )
    assert suggested(facts(), language="fr") == (
        "Contacter personnellement, aujourd'hui ou demain",
        "Envoyer un contenu informatif",
        "Relancer par un court message",
    )


def test_the_strongest_reason_with_a_rule_decides():
    assert suggested(facts(stage="", demo_request="", quote_request=""))[0] == "Arrange the demo"
    assert suggested(facts(quote_request="", demo_request=""))[0] == "Call about the quote"


def test_a_fact_that_is_missing_is_not_talked_about_but_asked_for():
    never_asked = facts(quote_request="missing down", answer_bant_budget="missing down")
    assert suggested(never_asked)[:2] == ("Call and ask for the budget", "Ask for the budget")
    assert suggested(facts(answer_bant_budget=""))[0] == "Contact personally, today or tomorrow"


def test_after_a_silence_one_gets_back_in_touch():
    hot, warm, cold = suggested(facts(silence="down"))
    assert (hot, warm) == ("Call to get back in touch", "Get back in touch")
    assert cold == "Reactivate: ask whether the project is still on"
    assert suggested(facts(activity="down"))[2] == "Reactivate with a short message"


def test_where_nothing_was_recorded_there_is_a_first_contact_to_make():
    assert suggested(facts(activity="missing down"))[2] == "Send a first message"


def test_own_rules_come_before_the_built_in_ones():
    own = FollowUp("Ring", "Sonner", signal="demo_request", band="hot")
    assert suggested(facts(quote_request="", demo_request=""), own) == (
        "Ring",
        "Call about the quote",
        "Ask where the quote stands",
    )
    every_hot = FollowUp("Visit", "Visiter", band="hot")
    assert suggested(facts(quote_request=""), every_hot)[0] == "Visit"
    assert suggested(facts(demo_request=""), every_hot, own)[0] == "Ring"
    assert suggested(facts(quote_request=""), every_hot, language="fr")[0] == "Visiter"


def test_among_equals_the_first_rule_counts():
    rules = [FollowUp(text, text, signal="answer_*") for text in ("one", "two")]
    assert suggested(facts(answer_bant_budget=""), *rules) == ("one", "one", "one")


def test_points_and_missing_narrow_a_rule():
    up = FollowUp("up", "up", signal="stage", points="up")
    down = FollowUp("down", "down", signal="stage", points="down")
    missing = FollowUp("missing", "missing", signal="stage", missing=True)
    assert suggested(facts(stage=""), down, missing, up)[0] == "up"
    assert suggested(facts(stage="down"), up, down, missing)[0] == "down"
    assert suggested(facts(stage="missing down"), up, down, missing)[0] == "missing"


@st.composite
def many_facts(draw: st.DrawFn) -> SignalFacts:
    n = draw(st.integers(0, 8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    place = np.array([rng.permutation(len(NAMES)) for _ in range(n)]).reshape(n, len(NAMES))
    flags = rng.random((2, n, len(NAMES))) < 0.5
    return SignalFacts(NAMES, np.minimum(place, NO_REASON), flags[0], flags[1])


rules = st.builds(
    FollowUp,
    en=st.sampled_from("abcdef"),
    fr=st.sampled_from("uvwxyz"),
    band=st.none() | st.sampled_from(["hot", "warm", "cold"]),
    signal=st.none() | st.sampled_from([*NAMES, "answer_*", "*_request"]),
    missing=st.booleans(),
    points=st.none() | st.sampled_from(["up", "down"]),
)


def oracle(own, found: SignalFacts, row: int, band: str) -> str:
    """Go through the rules as the documentation tells a person to."""
    in_order = np.argsort(found.place[row], kind="stable")
    reasons = [column for column in in_order if found.place[row, column] < NO_REASON]
    for group in (own, BUILT_IN):
        mine = [rule for rule in group if rule.band in (None, band)]
        for column in reasons:
            for rule in mine:
                way = "up" if found.up[row, column] else "down"
                if (
                    rule.names(NAMES[column])
                    and found.missing[row, column] == rule.missing
                    and rule.points in (None, way)
                ):
                    return rule.en
        for rule in mine:
            if rule.signal is None:
                return rule.en
    raise AssertionError


@given(st.lists(rules, max_size=5), many_facts())
def test_suggestions_agree_with_going_through_the_rules(own, found):
    table = suggest(own, found, "en")
    for row in range(len(found.place)):
        for band in ("hot", "warm", "cold"):
            assert table[f"follow_up_{band}"][row] == oracle(own, found, row, band)


def test_the_band_picks_the_suggestion():
    table = suggest([], facts(), "en")
    scored = pd.concat([table] * 3, ignore_index=True)
    picked = pick(scored, np.array([HOT, WARM, COLD]))
    assert tuple(picked) == suggested(facts())


# --- mistakes ------------------------------------------------------------------------------------


def test_a_signal_that_is_none_is_told_with_the_closest():
    own = [FollowUp("a", "a"), FollowUp("b", "b", signal="quote_requests")]
    with pytest.raises(ConfigurationError) as caught:
        check_signals(own, ["activity", "answer_bant_budget"])
    message = str(caught.value)
    assert message.startswith(
        "follow_ups: rule 2 names the signal 'quote_requests', which the model does not have; did "
        "you mean 'quote_request'? valid: activity, answer_bant_budget, call, "
    )
    assert "\n" not in message


@pytest.mark.parametrize("signal", ["activity", "answer_*_budget", "webinar_attendance", "*"])
def test_signals_of_the_model_patterns_and_usual_types_are_accepted(signal):
    check_signals([FollowUp("a", "a", signal=signal)], ["activity", "answer_bant_budget"])


def test_no_suggestion_promises_or_explains():
    for rule in BUILT_IN:
        for text in (rule.en, rule.fr):
            assert text == text.strip()
            words = text.lower().split()
            assert not {"because", "car", "grâce", "score", "will"} & set(words)
        assert rule.en != rule.fr
