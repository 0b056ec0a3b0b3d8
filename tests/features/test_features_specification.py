"""What is frozen at training, and the names that come of a business's own types and questions."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from support.histories import (
    Answer,
    History,
    Interaction,
    Prospect,
    Stage,
    load_history,
    read_history,
)
from support.random_histories import SPECIFICATION
from support.specifications import (
    SNAPSHOT,
    config_of,
    features_of,
    history_of,
    specification_of,
)

from predictor.errors import ContractError
from predictor.features.catalogue import slug, unique_names
from predictor.features.families import build_catalogue
from predictor.features.families.engagement import count_columns
from predictor.features.families.qualification import answer_columns
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features
from predictor.features.specification import Attribute, FeatureSpecification, Question, Ratio
from predictor.features.specification import Stage as StageOfProcess

if TYPE_CHECKING:
    from pathlib import Path


WEIRD_TYPES = (
    "a b",
    "a_b",
    "A-B",
    "a_b_2",
    "o'brien",
    'say "hi"',
    "100% {done}",
    "back\\slash",
    "réunion",
    "встреча",
    "会议",
    "🎉",
    "; DROP TABLE prospects; --",
    "activity",
    *("age", "stage", "strong", "channels", "initiative", "account", "calendar", "rhythm"),
    *("habits", "sequence", "ratio", "strong count", "stage age"),
    "e\u0301te\u0301",
    "\u00e9t\u00e9",
)


def test_a_type_called_other_is_one_of_the_rest() -> None:
    history = history_of(["other", "other", "other", "call", "call", "fax", "letter"])
    learnt = learn_specification(load_history(history), config_of(max_types=2))
    assert learnt.types == ("call", "fax")
    row = features_of(history, learnt)
    assert row["other_count"] == 4
    assert row["activity_count_7d"] == 7


def test_a_type_called_other_has_its_own_features_where_there_is_no_rest() -> None:
    history = history_of(["other", "call"])
    learnt = learn_specification(load_history(history), config_of())
    assert learnt.types == ("call", "other")
    assert features_of(history, learnt)["other_count"] == 1


def test_unseen_types_go_to_the_rest_if_training_had_one() -> None:
    history = history_of(["call", "new", "newer"])
    row = features_of(history, specification_of(("call",), other_types=True))
    assert row["other_count"] == 2
    assert row["activity_types_7d"] == 2


def test_unseen_types_count_as_activity_alone_if_training_had_no_rest() -> None:
    history = history_of(["call", "new", "newer"])
    row = features_of(history, specification_of(("call",)))
    assert not [name for name in row.index if name.startswith(("other", "new"))]
    assert row["call_count"] == 1
    assert row["activity_count_7d"] == 3


def test_a_frozen_specification_replays_from_json() -> None:
    history = History(
        (Prospect("p", datetime(2024, 1, 1), attributes=(("industry", "a"), ("size", 2.0))),),
        (Interaction("p", datetime(2024, 3, 1), "call", duration_seconds=3.0),),
        (Answer("p", datetime(2024, 3, 1), "BANT", "Été, 'x'", "yes"),),
        (Stage("p", datetime(2024, 3, 1), "proposal"),),
    )
    crm = load_history(history)
    learnt = learn_specification(crm, config_of(industry="creation", size="creation"))
    replayed = FeatureSpecification.from_json(json.loads(json.dumps(learnt.to_json())))
    assert replayed == learnt
    assert replayed.timed_types == ("call",)
    assert replayed.attributes == (
        Attribute("industry", "categorical"),
        Attribute("size", "numeric"),
    )
    first, second = build_catalogue(learnt), build_catalogue(replayed)
    assert first == second
    frames = [compute_features(crm, learnt, catalogue, SNAPSHOT) for catalogue in (first, second)]
    assert frames[0].equals(frames[1])


def test_every_part_of_a_specification_comes_back_from_json() -> None:
    replayed = FeatureSpecification.from_json(json.loads(json.dumps(SPECIFICATION.to_json())))
    assert replayed == SPECIFICATION
    assert hash(replayed) == hash(SPECIFICATION)


def test_the_same_types_have_the_same_features_whatever_else_the_data_holds() -> None:
    few, many = history_of(["call"]), history_of(["call", "call"])
    learnt = learn_specification(load_history(few), config_of())
    assert [*features_of(few, learnt).index] == [*features_of(many, learnt).index]


def test_weird_types_are_counted_apart_through_the_real_reading_path(tmp_path: Path) -> None:
    types = [type_ for number, type_ in enumerate(WEIRD_TYPES) for _ in range(number + 1)]
    questions = (("a b", "c"), ("a", "b c"), ("A", "b_c"), ("да", "Да"))
    answers = tuple(
        Answer("p", datetime(2024, 3, 1), grid, question, f"{grid}|{question}")
        for grid, question in questions
    )
    history = history_of(types, answers=answers)
    crm, config = read_history(history, tmp_path, features={"windows_days": (7,)})
    learnt = learn_specification(crm, config)
    catalogue = build_catalogue(learnt)
    row = compute_features(crm, learnt, catalogue, SNAPSHOT).iloc[0]
    columns = count_columns(learnt)
    assert len({*columns.values()}) == len(WEIRD_TYPES)
    for number, type_ in enumerate(WEIRD_TYPES):
        assert row[columns[type_]] == number + 1
    for (grid, question), column in answer_columns(learnt).items():
        assert row[column] == f"{grid}|{question}"


def test_names_are_unique_and_plain() -> None:
    questions = tuple(Question(*q) for q in (("g", "a b"), ("g", "a_b"), ("g a", "b")))
    attributes = (Attribute("a b", "numeric"), Attribute("a_b", "categorical"))
    catalogue = build_catalogue(
        specification_of(
            WEIRD_TYPES,
            timed_types=WEIRD_TYPES,
            other_types=True,
            questions=questions,
            attributes=attributes,
            stages=(StageOfProcess("a b", None), StageOfProcess("a_b", 3.0)),
        )
    )
    names = [feature.name for feature in catalogue]
    assert len(set(names)) == len(names)
    assert all(slug(name) == name for name in names)
    signals = {feature.signal for feature in catalogue}
    assert len({signal.name for signal in signals}) == len(signals)


def test_unique_names_avoid_what_is_taken() -> None:
    assert unique_names(["a b", "a_b", "a_b_2", "a-b"]) == ["a_b", "a_b_2", "a_b_2_2", "a_b_3"]
    assert unique_names(["age", "!?"], taken=["age"]) == ["age_2", "unnamed"]


def test_two_features_of_one_name_are_refused_with_their_name() -> None:
    with pytest.raises(ContractError, match="email_decayed_count"):
        build_catalogue(specification_of(("email", "email_decayed")))


def test_a_type_never_takes_the_name_of_another_signal() -> None:
    catalogue = build_catalogue(
        specification_of(
            ("attribute_size", "grid_bant", "grid", "answer_bant_need", "ratio_r", "concept_need"),
            attributes=(Attribute("size", "numeric"),),
            questions=(Question("BANT", "need"),),
            ratios=(Ratio("r", ("grid",), ("grid_bant",), 0.5),),
        )
    )
    signals = [signal.name for signal in {feature.signal for feature in catalogue}]
    assert len(set(signals)) == len(signals)
    assert {"attribute_size_2", "grid_bant_2", "grid", "answer_bant_need_2"} <= set(signals)
