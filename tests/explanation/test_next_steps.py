"""What could change a score, against a CRM in which it has happened, and by plain counting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd
import pytest
from support.small_worlds import END, SmallWorld, small_world

from predictor.config_types import LabelConfig
from predictor.explanation.next_steps import (
    COLUMNS,
    ask_next,
    find_next_steps,
)
from predictor.features.matrix import compute_features
from predictor.features.openings import Opening, find_openings

if TYPE_CHECKING:
    from predictor.crm.crm import Crm
    from predictor.features.hypotheses import Hypothesis

LEAST_SUPPORT = 5
HORIZON_DAYS = 30
#: So little training gives the answers little weight.
SMALL_RANGE = 0.0005


@pytest.fixture(scope="module")
def world() -> SmallWorld:
    return small_world()


@pytest.fixture(scope="module")
def openings(world: SmallWorld) -> list[Opening]:
    return find_openings(world.looks, world.crm, {}, LEAST_SUPPORT)


@pytest.fixture(scope="module")
def table(world: SmallWorld, openings: list[Opening]) -> pd.DataFrame:
    return find_next_steps(
        world.looks, world.predictor.model, openings, HORIZON_DAYS, "en", least_range=SMALL_RANGE
    )


def frame_of(world: SmallWorld, name: str) -> pd.DataFrame:
    frame = world.simulation.tables[name].to_pandas()
    return frame[frame["recorded_at"].fillna(pd.Timestamp(0)) < END]


def crm_in_which_it_happened(world: SmallWorld, hypothesis: Hypothesis, who: str) -> Crm:
    """Record the fact of one prospect by plain SQL."""
    real = world.crm.tables[hypothesis.table]
    instant = END - pd.Timedelta(microseconds=1)
    given = {"prospect_id": who, "known_at": instant, **dict(hypothesis.fact)}
    dated = {"answers": "answered_at", "interactions": "occurred_at"}
    given[dated[hypothesis.table]] = instant
    row = {
        name: ibis.literal(given[name]).cast(type_)
        if given.get(name) is not None
        else ibis.null().cast(type_)
        for name, type_ in real.schema().items()
    }
    fact = real.limit(1).select(**row)
    return replace(world.crm, **{hypothesis.table: real.union(fact)})


def as_if(world: SmallWorld, row: int, hypothesis: Hypothesis) -> float:
    looks, who = world.looks, world.looks.snapshots["prospect_id"].iloc[row]
    crm = crm_in_which_it_happened(world, hypothesis, who)
    features = compute_features(
        crm, looks.specification, looks.catalogue, looks.snapshots.iloc[[row]]
    )
    for feature in looks.catalogue:
        if feature.signal.name in ("habits", "account"):
            features[feature.name] = looks.features[feature.name].iloc[[row]]
    return float(world.predictor.model.predict_proba_won(features, HORIZON_DAYS)[0])


def test_ranges_are_those_of_a_crm_in_which_it_has_happened(
    world: SmallWorld, openings: list[Opening], table: pd.DataFrame
) -> None:
    by_signal = {(o.kind, o.signal, o.action.en): o for o in openings}
    ids = world.looks.snapshots["prospect_id"].tolist()
    some = pd.concat(
        [table[table["kind"] == kind].iloc[::9].head(2) for kind in ("question", "step")]
    )
    assert set(some["kind"]) == {"question", "step"}
    for found in some.to_dict("records"):
        opening = by_signal[found["kind"], found["signal"], found["action"]]
        row = ids.index(found["prospect_id"])
        then = {v.text.en: as_if(world, row, v.hypothesis) for v in opening.values}
        if found["kind"] == "question":
            assert found["probability_low"] == pytest.approx(min(then.values()), abs=1e-12)
            assert then[found["value_low"]] == min(then.values())
        else:
            assert found["probability_low"] == found["probability"]
        assert found["probability_high"] == pytest.approx(max(then.values()), abs=1e-12)
        assert then[found["value_high"]] == max(then.values())


def test_questions_are_open_that_the_prospects_own_grid_asks_and_nobody_answered(
    world: SmallWorld, openings: list[Opening]
) -> None:
    answers = frame_of(world, "answers")
    people = world.looks.snapshots
    answered = answers.groupby("prospect_id")[["grid", "question"]].apply(
        lambda given: set(given.itertuples(index=False, name=None))
    )
    teams = world.simulation.tables["prospects"].to_pandas().set_index("prospect_id")["team"]
    seen = 0
    for opening in openings:
        if opening.kind != "question":
            continue
        grid, question = (dict(opening.values[0].hypothesis.fact)[k] for k in ("grid", "question"))
        for who in people["prospect_id"].iloc[opening.rows]:
            assert (grid, question) not in answered.get(who, set())
            # Each team has its grid: whoever has not answered is asked what its owner asks.
            asked_in_team = answers[answers["prospect_id"].map(teams) == teams[who]]["grid"]
            assert set(asked_in_team) == {grid}
            seen += 1
    assert seen > 100


def test_steps_are_open_that_were_not_taken_within_the_longest_window(
    world: SmallWorld, openings: list[Opening]
) -> None:
    facts = frame_of(world, "interactions")
    late = facts[facts["occurred_at"] >= END - pd.Timedelta(days=30)]
    steps = [o for o in openings if o.kind == "step"]
    assert {o.signal for o in steps} >= {"meeting", "demo_request", "call"}
    assert "email_open" not in {o.signal for o in steps}  # not the team's to do
    for opening in steps:
        type_ = dict(opening.values[0].hypothesis.fact)["type"]
        had = set(late.loc[late["type"] == type_, "prospect_id"])
        people = world.looks.snapshots["prospect_id"]
        assert set(people.iloc[opening.rows]) == set(people) - had


def test_no_stage_is_suggested_as_a_step(world: SmallWorld, openings: list[Opening]) -> None:
    assert world.looks.specification.stages
    assert {value.hypothesis.table for o in openings for value in o.values} == {
        *("answers", "interactions"),
    }
    assert all(f.signal.action is None for f in world.looks.catalogue if f.name == "stage")


def test_answers_are_said_in_french(world: SmallWorld, openings: list[Opening]) -> None:
    said = {value.text.en: value.text.fr for o in openings for value in o.values}
    assert said["no budget"] == "pas de budget"
    labels = {"no budget": LabelConfig(en="no means", fr="aucun moyen")}
    own = find_openings(world.looks, world.crm, labels, LEAST_SUPPORT)
    assert "aucun moyen" in {value.text.fr for o in own for value in o.values}


def test_support_counts_the_prospects_that_had_the_value(
    world: SmallWorld, openings: list[Opening]
) -> None:
    tables = {name: frame_of(world, name) for name in ("answers", "interactions")}
    keys = {"answers": ["grid", "question", "answer"], "interactions": ["type"]}
    for opening in openings:
        for value in opening.values:
            fact, rows = dict(value.hypothesis.fact), tables[value.hypothesis.table]
            for key in keys[value.hypothesis.table]:
                rows = rows[rows[key] == fact[key]]
            assert value.support == rows["prospect_id"].nunique() >= LEAST_SUPPORT


def test_a_value_without_support_does_not_count(world: SmallWorld) -> None:
    none = find_openings(world.looks, world.crm, {}, 100_000)
    assert none == []
    nothing = find_next_steps(world.looks, world.predictor.model, none, HORIZON_DAYS, "en")
    assert list(nothing.columns) == list(COLUMNS)
    assert nothing.empty
    ids = world.looks.snapshots["prospect_id"]
    assert ask_next(nothing, ids).tolist() == [""] * len(ids)
    few = find_openings(world.looks, world.crm, {}, 200)
    assert {v.support >= 200 for o in few for v in o.values} == {True}


def test_the_widest_come_first_and_a_question_always_has_a_place(table: pd.DataFrame) -> None:
    assert list(table.columns) == list(COLUMNS)
    width = table["probability_high"] - table["probability_low"]
    assert (width >= SMALL_RANGE).all()
    assert table["prospect_id"].nunique() > 20
    for _, found in table.assign(width=width).groupby("prospect_id"):
        assert found["place"].tolist() == list(range(1, len(found) + 1))
        assert found["width"].is_monotonic_decreasing
        assert len(found) <= 3


def test_with_a_place_for_one_the_question_stays(
    world: SmallWorld, openings: list[Opening], table: pd.DataFrame
) -> None:
    one = find_next_steps(
        world.looks,
        world.predictor.model,
        openings,
        HORIZON_DAYS,
        "en",
        most=1,
        least_range=SMALL_RANGE,
    )
    assert one["prospect_id"].is_unique
    asked = set(table.loc[table["kind"] == "question", "prospect_id"])
    assert set(one.loc[one["kind"] == "question", "prospect_id"]) == asked != set()
    said = ask_next(one, one["prospect_id"])
    assert said.tolist() == ask_next(table, one["prospect_id"]).tolist() == one["sentence"].tolist()


def test_small_parts_give_the_same(
    world: SmallWorld, openings: list[Opening], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [o for o in openings if o.kind == "question"][:2] + openings[-2:]
    whole = find_next_steps(world.looks, world.predictor.model, some, HORIZON_DAYS, "en", 3, 0.0)
    monkeypatch.setattr("predictor.explanation.next_steps.PAIRS_AT_ONCE", 1)
    monkeypatch.setattr("predictor.explanation.next_steps.ROWS_PER_CHUNK", 7)
    parts = find_next_steps(world.looks, world.predictor.model, some, HORIZON_DAYS, "en", 3, 0.0)
    assert len(parts) > 20
    pd.testing.assert_frame_equal(parts, whole)


@pytest.mark.parametrize("least_range", [0.0, 0.01, 0.05])
def test_narrow_ranges_are_left_out_unless_wide_for_the_prospect(
    world: SmallWorld, openings: list[Opening], least_range: float
) -> None:
    def found(least: float) -> pd.DataFrame:
        return find_next_steps(
            world.looks, world.predictor.model, openings, HORIZON_DAYS, "en", 10_000, least
        ).drop(columns="place")

    everything = found(-1.0)
    width = everything["probability_high"] - everything["probability_low"]
    kept = [
        wide >= least_range or wide >= p / 5
        for wide, p in zip(width, everything["probability"], strict=True)
    ]
    assert sum(kept) < len(kept) or least_range == 0
    pd.testing.assert_frame_equal(
        found(least_range), everything[kept].reset_index(drop=True), check_dtype=False
    )


def test_sentences_in_both_languages(
    world: SmallWorld, openings: list[Opening], table: pd.DataFrame
) -> None:
    french = find_next_steps(
        world.looks, world.predictor.model, openings, HORIZON_DAYS, "fr", least_range=SMALL_RANGE
    )
    assert len(french) == len(table)
    question = r"^(Ask|[A-Z]).*: [\d.]+% to [\d.]+%, depending on the answer$"
    step = r"^[A-Z].*: [\d.]+% without, [\d.]+% with$"
    kinds = table["kind"] == "question"
    assert table.loc[kinds, "sentence"].str.match(question).all()
    assert table.loc[~kinds, "sentence"].str.match(step).all()
    percent = "[\\d,]+\u202f%"
    assert (
        french.loc[kinds, "sentence"]
        .str.match(f"^.*\u00a0: de {percent} à {percent} selon la réponse$")
        .all()
    )
    assert (
        french.loc[~kinds, "sentence"]
        .str.match(f"^.*\u00a0: {percent} sans, {percent} avec$")
        .all()
    )


def test_a_business_marks_its_own_types(world: SmallWorld) -> None:
    labels = {
        "email_reply": LabelConfig(en="answer", action_en="Ask for an answer"),
        "budget": LabelConfig(en="means", fr="moyens"),
    }
    looks = replace(world.looks, catalogue=world.predictor.catalogue(labels))
    found = find_openings(looks, world.crm, labels, LEAST_SUPPORT)
    actions = {opening.signal: opening.action for opening in found}
    assert actions["email_reply"].en == actions["email_reply"].fr == "Ask for an answer"
    assert actions["answer_bant_budget"].en == "Ask about means"
    assert actions["answer_bant_budget"].fr == "Poser la question «\u00a0moyens\u00a0»"


def test_a_prospect_without_answers_is_asked_what_its_owner_asks(world: SmallWorld) -> None:
    columns = [f.name for f in world.looks.catalogue if f.name.startswith("answer_")]
    blank = world.looks.features.assign(**dict.fromkeys(columns, np.nan))
    looks = replace(world.looks, features=blank)
    found = [o for o in find_openings(looks, world.crm, {}, 1) if o.kind == "question"]
    rows = np.sort(np.concatenate([o.rows for o in found]))
    # Each is asked the four questions of one grid.
    np.testing.assert_array_equal(rows, np.repeat(np.arange(len(blank)), 4))
