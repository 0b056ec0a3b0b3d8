"""The oracle itself, on examples that are small enough to work out by hand."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from features.oracle import Oracle
from support.histories import (
    DAY,
    MICROSECOND,
    Answer,
    History,
    Interaction,
    Outcome,
    Prospect,
    Stage,
)

from predictor.features.specification import Attribute, FeatureSpecification, Question, Ratio
from predictor.features.specification import Stage as UsualStage

AS_OF = datetime(2024, 3, 4)  # a Monday
CREATED = datetime(2024, 1, 1)
ME = Prospect("p", CREATED)
YES_NO = (("no", 0.0), ("maybe", 0.5), ("yes", 1.0))


def values_of(family: str, *facts: object, as_of: datetime = AS_OF, **choices: Any) -> Any:
    def of(kind: type) -> tuple[Any, ...]:
        return tuple(fact for fact in facts if isinstance(fact, kind))

    prospects = of(Prospect) or (ME,)
    history = History(prospects, of(Interaction), of(Answer), of(Stage), of(Outcome))
    choices = {"windows_days": (7, 30), "half_life_days": 10.0} | choices
    specification = FeatureSpecification(families=(family,), **choices)
    return Oracle(history.usable(), specification).features("p", as_of)


def before(days: float, type_: str = "call", **others: Any) -> Interaction:
    return Interaction("p", AS_OF - timedelta(days=days), type_, **others)


def test_a_fact_counts_from_the_microsecond_after_it_is_known() -> None:
    seen = {"types": ("call",)}
    for as_of, number in ((AS_OF, 0), (AS_OF + MICROSECOND, 1)):
        at_once = Interaction("p", AS_OF, "call")
        late = Interaction("p", AS_OF - 3 * DAY, "call", recorded_at=AS_OF)
        for fact in (at_once, late):
            assert values_of("engagement", fact, as_of=as_of, **seen)["call_count"] == number


def test_engagement_by_hand() -> None:
    found = values_of(
        "engagement",
        before(7, duration_seconds=60.0),  # the oldest instant of the window
        before(7 + 1e-9, duration_seconds=30.0),
        before(20),
        before(40),
        before(10, "fax"),
        types=("call",),
        timed_types=("call",),
        other_types=True,
    )
    assert found["call_count_7d"] == 1
    assert found["call_count_30d"] == 3
    assert found["call_count"] == 4
    assert found["call_days_since_last"] == 7
    assert found["call_days_since_first"] == 40
    assert found["call_decayed_count"] == pytest.approx(2 * 2**-0.7 + 0.25 + 0.0625)
    # (1 + 7/30) in 7 days against (2 + 23/30) in 23 days.
    assert found["call_trend"] == pytest.approx(math.log((37 / 210) / (83 / 690)))
    assert (found["call_seconds_7d"], found["call_seconds_mean_7d"]) == (60, 60)
    assert (found["call_seconds_30d"], found["call_seconds_mean_30d"]) == (90, 45)
    assert found["other_count_30d"] == 1
    assert found["other_days_since_first"] == 10
    assert not [name for name in found if name.startswith("other_seconds")]


def test_nothing_seen_is_no_trend_and_no_day() -> None:
    found = values_of("engagement", types=("call",), timed_types=("call",))
    assert found["call_trend"] == pytest.approx(0, abs=1e-15)
    assert found["call_count"] == found["call_seconds_7d"] == 0
    for name in ("days_since_last", "days_since_first", "seconds_mean_30d"):
        assert found[f"call_{name}"] is None
    assert "call_trend" not in values_of("engagement", types=("call",), windows_days=(7,))


def test_activity_by_hand() -> None:
    found = values_of(
        "activity",
        before(1, duration_seconds=5.0),  # the first 24 hours
        before(1 + 1e-9, "fax", duration_seconds=2.5),  # the second 24 hours
        before(1.5, "letter"),
        before(8),
        before(31),
        types=("call",),
        timed_types=("call",),
    )
    assert (found["activity_count_7d"], found["activity_count_30d"]) == (3, 4)
    assert found["activity_count"] == 5
    assert found["activity_seconds_7d"] == 7.5
    assert (found["activity_types_7d"], found["activity_types"]) == (2, 2)
    assert (found["activity_active_days_7d"], found["activity_active_days_30d"]) == (2, 3)
    assert found["activity_active_days"] == 4
    assert found["activity_days_since_first"] == 31


def test_rhythm_by_hand() -> None:
    found = values_of("rhythm", before(0.5), before(0.75), before(4.5), before(5), before(8.5))
    # Active on the days 0, 4 and 8: three days of silence each.
    assert found["rhythm_longest_silence_days"] == 3
    assert found["rhythm_usual_gap_days"] == 2
    assert found["rhythm_silence_ratio"] == 0.25
    assert found["rhythm_most_in_a_day_7d"] == 2
    both = values_of("rhythm", before(3), before(3, "fax"))
    assert (both["rhythm_longest_silence_days"], both["rhythm_usual_gap_days"]) == (0, 0)
    assert both["rhythm_silence_ratio"] is None
    one = values_of("rhythm", before(3))
    assert (one["rhythm_longest_silence_days"], one["rhythm_usual_gap_days"]) == (0, None)
    none = values_of("rhythm")
    assert none["rhythm_longest_silence_days"] is None
    assert none["rhythm_most_in_a_day_30d"] == 0


def test_channels_by_hand() -> None:
    facts = (
        before(1, channel="phone", direction="Inbound"),
        before(2, channel="mail", direction="OUT"),
        before(40, channel="phone", direction="in"),
        before(41, channel="fax"),
    )
    found = values_of("channels", *facts, channels=True, inbound_rate=0.2)
    assert (found["channels_7d"], found["channels"]) == (2, 3)
    assert found["inbound_share"] == (2 + 1) / (3 + 5)
    assert found["inbound_share_30d"] == (1 + 1) / (2 + 5)
    undirected = values_of("channels", *facts, inbound_rate=0.0)
    assert [*undirected] == ["inbound_share", "inbound_share_30d"]
    assert values_of("channels", *facts) == {}


@pytest.mark.parametrize(
    ("instant", "weekend", "off_hours", "with_hour"),
    [
        (datetime(2024, 2, 9, 22, 59, 59), 0, 1, 1),  # Friday 23:59 in Paris
        (datetime(2024, 2, 9, 23), 1, 1, 1),  # Saturday in Paris, not yet in Greenwich
        (datetime(2024, 2, 11, 23), 0, 1, 1),  # Monday in Paris
        (datetime(2024, 2, 12, 6, 59, 59, 999_999), 0, 1, 1),
        (datetime(2024, 2, 12, 7), 0, 0, 1),
        (datetime(2024, 2, 12, 17), 0, 1, 1),
        (datetime(2023, 7, 10, 6), 0, 0, 1),  # two hours ahead in summer
        (datetime(2023, 7, 10, 16), 0, 1, 1),
        (datetime(2023, 3, 24, 16, 59), 0, 0, 1),  # the last Friday of winter
        (datetime(2023, 3, 27, 16, 59), 0, 1, 1),  # the first Monday of summer
        (date(2024, 2, 9), 0, 0, 0),  # a Friday wherever it ends
        (date(2024, 2, 10), 1, 0, 0),
    ],
)
def test_habits_by_hand(instant: date, weekend: int, off_hours: int, with_hour: int) -> None:
    found = values_of(
        "habits",
        Interaction("p", instant, "call"),
        types=("call",),
        time_zone="Europe/Paris",
        weekend_rate=0.25,
        off_hours_rate=0.5,
    )
    assert found["habits_weekend_share"] == (weekend + 1.25) / 6
    assert found["habits_off_hours_share"] == (off_hours + 2.5) / (with_hour + 5)


def test_ratios_by_hand() -> None:
    found = values_of(
        "ratios",
        *(before(days, "sent") for days in (1, 2, 30, 31)),
        *(before(days, "open") for days in (1, 40)),
        types=("sent", "open"),
        ratios=(Ratio("opened", ("open",), ("sent",), 0.4),),
    )
    assert found == {"ratio_opened": (2 + 2) / (4 + 5), "ratio_opened_30d": (1 + 2) / (3 + 5)}


def test_sequence_by_hand() -> None:
    found = values_of(
        "sequence",
        before(1, "visit"),
        before(2, "demo"),
        before(2, "call"),
        before(2, "fax"),
        before(3, "demo"),
        before(3, "visit"),
        types=("visit", "call", "demo"),
        other_types=True,
        strong_types=("demo",),
    )
    # Two strong ones, the last 2 days ago; those at the same instant came not since.
    assert list(found.values()) == ["visit", "call", "demo", 2, 2, 1]
    rest = values_of("sequence", before(1, "fax"), types=("visit",), other_types=True)
    assert list(rest.values()) == ["other", None, None]
    none = values_of("sequence", types=("visit",), strong_types=("visit",))
    assert list(none.values()) == [None, None, None, 0, None, None]


def asked(days: float, answer: str, grid: str = "BANT", question: str = "Budget") -> Answer:
    return Answer("p", AS_OF - timedelta(days=days), grid, question, answer)


def test_a_question_by_hand() -> None:
    facts = [asked(9, "no"), asked(8, "no"), asked(7, "yes"), asked(2, "maybe"), asked(1, "maybe")]
    questions = (Question("BANT", "Budget", None, YES_NO),)
    found = values_of("qualification", *facts, questions=questions)
    assert found == {
        "answer_bant_budget": "maybe",
        "answer_bant_budget_age_days": 1,
        "answer_bant_budget_times": 5,
        "answer_bant_budget_revisions": 2,
        "answer_bant_budget_score": 0.5,
        "answer_bant_budget_direction": -1,
        "grid_bant_share": 1,
        "grid_bant_score": 0.5,
    }
    unknown = values_of("qualification", *facts, asked(0.5, "who knows"), questions=questions)
    assert unknown["answer_bant_budget_score"] is None
    assert unknown["answer_bant_budget_direction"] is None
    same = values_of("qualification", asked(2, "no"), asked(1, "no"), questions=questions)
    assert same["answer_bant_budget_direction"] == 0
    none = values_of("qualification", questions=questions)
    assert none["answer_bant_budget_direction"] == none["grid_bant_share"] == 0
    assert none["grid_bant_score"] is None


def test_grids_and_concepts_by_hand() -> None:
    questions = (
        Question("BANT", "Budget", "money", YES_NO),
        Question("CHAMP", "Money", "money", (("low", 0.0), ("high", 1.0))),
        Question("CHAMP", "Need", "need", YES_NO),
        Question("CHAMP", "Who", "need"),
    )
    facts = (asked(3, "yes"), asked(2, "low", "CHAMP", "Money"), asked(1, "Zoé", "CHAMP", "Who"))
    found = values_of("qualification", *facts, questions=questions)
    assert found["grid_champ_share"] == 2 / 3
    assert found["grid_champ_score"] == 0
    assert found["grid_bant_score"] == 1
    assert found["concept_money_score"] == 0
    assert found["concept_money_age_days"] == 2
    assert not [name for name in found if name.startswith("concept_need")]
    # At the same instant the later text wins, whatever its grid.
    tie = values_of("qualification", *facts, asked(2, "maybe"), questions=questions)
    assert tie["concept_money_score"] == 0.5


def entered(days: float, stage: str) -> Stage:
    return Stage("p", AS_OF - timedelta(days=days), stage)


def test_stages_by_hand() -> None:
    order = (UsualStage("first", 10.0), UsualStage("second", None), UsualStage("third", 4.0))
    names = ("first", "third", "second", "nowhere", "first", "third")
    facts = [entered(60 - 10 * place, name) for place, name in enumerate(names)]
    facts.append(entered(2, "third"))
    found = values_of("stage", *facts, stages=order)
    assert found == {
        "stage": "third",
        "stage_age_days": 2,
        "stage_relative_age": 0.5,
        "stage_place": 2,
        "stage_moves": 5,
        "stage_steps_back": 1,
        "stage_speed": 1.0,  # two places in 60 days
    }
    unknown = values_of("stage", *facts, entered(1, "nowhere"), stages=order)
    for name in ("stage_relative_age", "stage_place", "stage_speed"):
        assert unknown[name] is None
    early = values_of("stage", entered(0.5, "first"), entered(0.25, "second"), stages=order)
    # Less than a day counts as one.
    assert (early["stage_speed"], early["stage_relative_age"]) == (30, None)
    assert values_of("stage", *facts) == {}


def test_fit_by_hand() -> None:
    def prospect(name: str, industry: str | None) -> Prospect:
        return Prospect(name, CREATED, attributes=(("industry", industry), ("size", 3.0)))

    facts = (
        *(prospect(name, "steel") for name in "pab"),
        *(prospect(name, None) for name in "cd"),
        Outcome("a", AS_OF - DAY, "won"),
        Outcome("b", AS_OF - DAY, "won", recorded_at=AS_OF),
        Outcome("c", AS_OF - DAY, "lost"),
        Outcome("d", AS_OF, "won"),
    )
    attributes = (Attribute("industry", "categorical"), Attribute("size", "numeric"))
    found = values_of("fit", *facts, attributes=attributes)
    assert found == {
        "attribute_industry": "steel",
        "attribute_industry_won_rate": (1 + 20 * 0.5) / (1 + 20),
        "attribute_size": 3.0,
    }
    early = values_of("fit", *facts, attributes=attributes[:1], as_of=AS_OF - DAY)
    assert list(early.values()) == ["steel", None]
    unborn = values_of("fit", *facts, attributes=attributes, as_of=CREATED)
    assert list(unborn.values()) == [None, None, None]


def test_account_by_hand() -> None:
    facts = (
        *(Prospect(name, CREATED, "acme") for name in "pabc"),
        Prospect("late", AS_OF, "acme"),
        Prospect("stranger", CREATED, "other"),
        Prospect("alone", CREATED),
        Outcome("a", AS_OF - 2 * DAY, "won"),
        Outcome("b", AS_OF - 3 * DAY, "won"),
        Outcome("c", AS_OF - DAY, "lost"),
        Outcome("p", AS_OF - DAY, "lost"),
        Outcome("stranger", AS_OF - DAY, "won"),
        *(Interaction(name, AS_OF - DAY, "call") for name in ("p", "a", "late", "alone")),
    )
    assert values_of("account", *facts, accounts=True) == {
        "account_prospects": 3,
        "account_won": 2,
        "account_lost": 1,
        "account_days_since_won": 2,
        "account_people": 2,
    }
    assert set(values_of("account", ME, accounts=True).values()) == {None}
    unborn = values_of("account", *facts, accounts=True, as_of=CREATED)
    assert set(unborn.values()) == {None}
    assert values_of("account", *facts) == {}


@pytest.mark.parametrize(
    ("as_of", "month", "weekday", "days_left"),
    [
        (AS_OF, 3, 1, 27),
        (datetime(2024, 3, 31, 23, 59, 59), 3, 7, 0),
        (datetime(2024, 4, 1), 4, 1, 90),
        (datetime(2023, 12, 30), 12, 6, 1),
        (datetime(2024, 2, 29), 2, 4, 31),
    ],
)
def test_calendar_by_hand(as_of: datetime, month: int, weekday: int, days_left: int) -> None:
    assert list(values_of("calendar", as_of=as_of).values()) == [month, weekday, days_left]


def test_age_by_hand() -> None:
    assert values_of("age") == {"age_days": 63}
    assert values_of("age", as_of=CREATED) == {"age_days": None}
    assert values_of("age", as_of=CREATED + MICROSECOND)["age_days"] == 1 / 86_400_000_000
