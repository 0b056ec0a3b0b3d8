"""What training sees in a CRM, and chooses once for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from support.histories import (
    Answer,
    History,
    Interaction,
    Outcome,
    Prospect,
    Stage,
    load_history,
)
from support.specifications import config_of, features_of, history_of

from predictor.errors import ContractError
from predictor.features.families import FAMILIES, build_catalogue
from predictor.features.learning import learn_specification
from predictor.features.specification import Attribute, FeatureSpecification, Question, Ratio
from predictor.features.specification import Stage as StageOfProcess


def test_the_most_frequent_types_are_kept_and_ties_go_by_name() -> None:
    history = history_of(["c", "c", "c", "b", "a", "d"])
    learnt = learn_specification(load_history(history), config_of(max_types=2))
    assert learnt.types == ("c", "a")
    assert learnt.other_types


def test_no_rest_without_more_types_than_are_kept() -> None:
    learnt = learn_specification(load_history(history_of(["a", "b"])), config_of(max_types=2))
    assert not learnt.other_types


def test_nothing_is_learnt_where_nothing_is_known() -> None:
    for history in (History(), History((Prospect("p", datetime(2024, 1, 1)),))):
        learnt = learn_specification(load_history(history), config_of())
        assert learnt == FeatureSpecification(tuple(FAMILIES), (7,), 14.0, calendar=("weekday",))
        assert features_of(history, learnt)["activity_count"] == 0


def test_types_are_timed_that_ever_took_time() -> None:
    durations = {"a": (None, 0.0), "b": (None, 0.1), "c": (60.0, 60.0), "d": (90.0,)}
    visits = tuple(
        Interaction("p", datetime(2024, 2, day), type_, duration_seconds=seconds)
        for type_, taken in durations.items()
        for day, seconds in enumerate(taken, 1)
    )
    crm = load_history(History((Prospect("p", datetime(2024, 1, 1)),), visits))
    learnt = learn_specification(crm, config_of(max_types=3))
    assert (learnt.types, learnt.timed_types) == (("a", "b", "c"), ("b", "c"))


def test_families_are_those_that_are_not_left_out() -> None:
    config = config_of(leave_out=("habits", "age"))
    learnt = learn_specification(load_history(history_of(["call"])), config)
    assert learnt.families == tuple(f for f in FAMILIES if f not in ("habits", "age"))


def test_accounts_are_looked_at_where_they_are_declared() -> None:
    crm = load_history(history_of(["call"]))
    assert not learn_specification(crm, config_of()).accounts
    learnt = learn_specification(crm, config_of(account_id="creation"))
    assert learnt.accounts
    assert learnt.attributes == ()


def test_strong_types_and_ratios_are_those_whose_types_have_a_name() -> None:
    types = ["sent", "sent", "sent", "sent", "open", "open", "open", "demo", "demo", "fax"]
    ratios = {
        "opened": {"of": ("open",), "among": ("sent",)},
        "reached": {"of": ("open", "demo"), "among": ("sent", "demo")},
        "faxed": {"of": ("fax",), "among": ("sent",)},
        "never": {"of": ("sent",), "among": ("never seen",)},
    }
    config = config_of(3, strong_types=("fax", "demo", "never seen"), ratios=ratios)
    learnt = learn_specification(load_history(history_of(types)), config)
    assert learnt.strong_types == ("demo",)
    assert learnt.ratios == (
        Ratio("opened", ("open",), ("sent",), 0.75),
        Ratio("reached", ("open", "demo"), ("sent", "demo"), 5 / 6),
    )


def test_rates_of_channels_and_habits_are_those_of_all_prospects() -> None:
    hours = (
        (datetime(2024, 2, 9, 12), "phone", "Inbound"),  # a Friday at noon, 21 o'clock in Tokyo
        (datetime(2024, 2, 9, 16), None, "out"),  # Saturday, 1 o'clock
        (datetime(2024, 2, 9, 23), "mail", None),  # Saturday, 8 o'clock
        (date(2024, 2, 10), None, "in"),  # a Saturday, no hour
        (datetime(2024, 2, 12, 3), None, "incoming"),  # Monday at noon
    )
    visits = tuple(
        Interaction("p", at, "call", channel, direction) for at, channel, direction in hours
    )
    history = History((Prospect("p", datetime(2024, 1, 1)),), visits)
    config = config_of(time_zone="Asia/Tokyo")
    learnt = learn_specification(load_history(history), config)
    assert learnt.time_zone == "Asia/Tokyo"
    assert learnt.channels
    assert (learnt.inbound_rate, learnt.weekend_rate, learnt.off_hours_rate) == (0.75, 0.6, 0.5)


def test_questions_have_the_concept_and_the_order_that_is_said_or_usual() -> None:
    said = {
        ("BANT", "Budget"): "No maybe",  # usual words, whatever their case
        ("BANT", "Purse"): "soon late",
        ("CHAMP", "Money"): "high low",
        ("CHAMP", "Goals"): "anything else",
    }
    answers = tuple(
        Answer("p", datetime(2024, 3, 1), grid, question, text)
        for (grid, question), texts in said.items()
        for text in texts.split()
    )
    grids = {"BANT": {"Purse": {"concept": "money", "answers": ("late", "never", "soon")}}}
    config = config_of(grids=grids)
    learnt = learn_specification(load_history(history_of([], answers=answers)), config)
    assert learnt.questions == (
        Question("BANT", "Budget", "money", (("No", 0.0), ("maybe", 0.5))),
        Question("BANT", "Purse", "money", (("late", 0.0), ("never", 0.5), ("soon", 1.0))),
        Question("CHAMP", "Goals", "need"),
        Question("CHAMP", "Money", "money", (("high", 1.0), ("low", 1 / 3))),
    )


def test_stages_have_their_order_and_the_median_of_the_days_in_them() -> None:
    def entries(prospect_id: str, *days: tuple[int, str]) -> list[Stage]:
        return [
            Stage(prospect_id, datetime(2024, 1, 1) + timedelta(days=day), stage)
            for day, stage in days
        ]

    stages = (
        *entries("p", (0, "zero"), (1, "one"), (5, "two")),
        *entries("q", (0, "zero"), (9, "one")),
        *entries("r", (2, "zero"), (5, "two")),
    )
    people = tuple(Prospect(name, datetime(2024, 1, 1)) for name in "pqr")
    crm = load_history(History(people, stages=stages))
    learnt = learn_specification(crm, config_of())
    in_order = (StageOfProcess("zero", 3.0), StageOfProcess("one", 4.0))
    assert learnt.stages == (*in_order, StageOfProcess("two", None))
    said = learn_specification(crm, config_of(stages=("two", "never", "one")))
    assert [stage.name for stage in said.stages] == ["two", "never", "one", "zero"]


def test_an_attribute_that_is_no_column_is_refused() -> None:
    with pytest.raises(ContractError, match=r"attribute 'sise' is declared .* they have size"):
        learn_specification(load_history(_with_attribute("size", 1.0)), config_of(sise="creation"))


def test_an_attribute_that_is_a_date_is_refused() -> None:
    history = _with_attribute("since", datetime(2020, 1, 1))
    with pytest.raises(ContractError, match="attribute 'since' is a date"):
        learn_specification(load_history(history), config_of(since="creation"))


@pytest.mark.parametrize("name", ["snapshot_id", "as_of_us", "age_us", "At_us", "known_us"])
def test_an_attribute_with_a_name_of_the_engine_is_refused(name: str) -> None:
    history = _with_attribute(name, "x")
    with pytest.raises(ContractError, match=f"attribute '{name}' .* rename it"):
        learn_specification(load_history(history), config_of(**{name: "creation"}))


@pytest.mark.parametrize("name", ["as_of", "value", "won", "type", "everyone", 'say "hi"', "_id"])
def test_any_other_name_will_do_for_an_attribute(name: str) -> None:
    history = _with_attribute(name, "x") + History(
        (Prospect("q", datetime(2024, 1, 1), attributes=((name, "x"),)),),
        outcomes=(Outcome("q", datetime(2024, 2, 1), "won"),),
    )
    learnt = learn_specification(load_history(history), config_of(**{name: "creation"}))
    row = features_of(history, replace(learnt, families=("fit",)))
    assert list(row) == ["x", 1.0]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("a", "categorical", "a"),
        (3, "numeric", 3.0),
        (True, "categorical", "true"),
        ("", "categorical", ""),
    ],
)
def test_attributes_of_every_type(value: object, kind: str, expected: object) -> None:
    history = _with_attribute("x", value)
    learnt = learn_specification(load_history(history), config_of(x="creation"))
    assert learnt.attributes == (Attribute("x", kind),)
    assert features_of(history, learnt)["attribute_x"] == expected


def _with_attribute(name: str, value: object) -> History:
    return History((Prospect("p", datetime(2024, 1, 1), attributes=((name, value),)),))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (364, ("weekday",)),
        (365, ("weekday", "days_to_quarter_end")),
        (729, ("weekday", "days_to_quarter_end")),
        (730, ("month", "weekday", "days_to_quarter_end")),
    ],
)
def test_only_what_came_round_again_is_taken_of_the_calendar(
    days: int, expected: tuple[str, ...]
) -> None:
    first = datetime(2021, 5, 3)
    people = (Prospect("p", first), Prospect("q", first + timedelta(days=days)))
    learnt = learn_specification(load_history(History(people)), config_of())
    assert learnt.calendar == expected
    named = [f.name for f in build_catalogue(learnt) if f.name.startswith("calendar_")]
    assert named == [f"calendar_{name}" for name in expected]
