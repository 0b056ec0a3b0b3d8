"""What counts of windows tell of the order in which things came, against their instants."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.features.families.ratio_words import ratio_sentences
from predictor.features.specification import FeatureSpecification, Ratio

WINDOWS_DAYS = (7, 30, 90)
REPLIED = Ratio("replied", ("email_reply",), ("email_sent",), 0.1)
OPENED = Ratio("opened", ("email_open",), ("email_sent",), 0.3)
SPECIFICATION = FeatureSpecification(
    ("engagement", "ratios"),
    WINDOWS_DAYS,
    14.0,
    types=("email_sent", "email_reply", "email_open"),
    ratios=(REPLIED, OPENED),
)
#: Days before the look; many lie on a window's edge.
ages = st.lists(st.one_of(st.sampled_from((0.5, 7.0, 8.0, 30.0, 90.0)), st.floats(0, 400)))


def counts(name: str, days: list[float]) -> dict[str, float]:
    windows = {f"{name}_count_{w}d": float(sum(d <= w for d in days)) for w in WINDOWS_DAYS}
    return {**windows, f"{name}_count": float(len(days))}


def said(ratio: Ratio, sent: list[float], came: list[float], language: str = "en") -> str:
    values = counts("email_sent", sent) | counts(ratio.of[0], came)
    phrase, _ = ratio_sentences("ratio", ratio, SPECIFICATION, {})
    return phrase(values)[language]


@given(sent=ages, came=ages)
@pytest.mark.parametrize("ratio", [REPLIED, OPENED], ids=lambda ratio: ratio.name)
def test_no_sentence_tells_more_or_fewer_than_there_were(
    ratio: Ratio, sent: list[float], came: list[float]
) -> None:
    text = said(ratio, sent, came)
    since = sum(day < min(came, default=float("inf")) for day in sent)
    if text.startswith("At least"):
        assert 1 < int(re.findall(r"\d+", text)[0]) <= since
    elif text.startswith(("No reply to our last", "None of our last", "Our last")):
        assert int((re.findall(r"\d+", text) or ["1"])[0]) == since
    elif text.startswith(("No reply", "None of", "Our e-mail")):
        assert not came
        assert int((re.findall(r"\d+", text) or ["1"])[0]) == len(sent)
    elif sent or came:
        assert text.startswith(f"{len(sent)} e-mail")
    else:
        assert text == "We have not sent an e-mail yet"


@given(sent=ages, came=ages)
def test_what_the_counts_tell_exactly_is_told_exactly(sent: list[float], came: list[float]) -> None:
    before = [day for day in came if day > WINDOWS_DAYS[-1]]
    within = [day for day in sent if day <= WINDOWS_DAYS[-1]]
    if before and within:
        s = "s" if len(within) > 1 else ""
        number = f"{len(within)} " if s else ""
        assert said(REPLIED, within, before) == f"No reply to our last {number}e-mail{s}"


@pytest.mark.parametrize(
    ("sent", "came", "en", "fr"),
    [
        ([1, 2, 3], [8], "No reply to our last 3 e-mails",
         "Pas de réponse à nos 3 derniers e-mails"),
        ([1, 2, 20], [25], "At least 2 e-mails from us since the last reply",
         "Au moins 2 e-mails de notre part depuis la dernière réponse"),
        ([1], [200], "No reply to our last e-mail", "Pas de réponse à notre dernier e-mail"),
        ([1, 20], [25], "2 e-mails from us, 1 e-mail reply",
         "2 e-mails de notre part, 1 réponse à un e-mail"),
        ([1, 2, 300], [], "No reply to our 3 e-mails", "Pas de réponse à nos 3 e-mails"),
    ],
)  # fmt: skip
def test_the_sentences(sent: list[float], came: list[float], en: str, fr: str) -> None:
    assert said(REPLIED, sent, came) == en
    assert said(REPLIED, sent, came, "fr") == fr
