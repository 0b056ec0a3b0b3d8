"""Scoring some prospects at a time, against scoring all of them at once."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest
from support.worlds import CONFIG

from predictor.config_file import read_config
from predictor.operations import scoring
from predictor.operations.gathering import among, gather
from predictor.operations.next_steps import ask_the_best, seek_next_steps
from predictor.operations.registry import load_predictor

AS_OF = datetime(2026, 6, 29)


@pytest.fixture(scope="module")
def asked(world, read_once):
    config = read_config(world.folder / CONFIG)
    registered = load_predictor(config)
    return read_once(config), config, registered.predictor, registered.version, AS_OF


@pytest.fixture(scope="module")
def whole(asked):
    return scoring.score(*asked)


@pytest.fixture(scope="module")
def gathered(asked, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "CHUNK_ROWS", 64)
        return gather(scoring.score_in_chunks(*asked), tmp_path_factory.mktemp("gathered"))


def test_the_rows_are_those_of_all_at_once(whole, gathered):
    expected = whole.frame.drop(columns="ask_next")
    pd.testing.assert_frame_equal(gathered.frame[expected.columns], expected, rtol=1e-12)


def test_the_explanations_are_those_of_all_who_may_be_contacted(whole, gathered):
    silent = set(whole.frame.loc[whole.frame["do_not_contact"].astype(bool), "prospect_id"])
    assert silent
    table = whole.reasons.table
    expected = table[~table["prospect_id"].isin(silent)].reset_index(drop=True)
    found = pd.read_parquet(gathered.explanations)
    pd.testing.assert_frame_equal(found[expected.columns], expected, check_dtype=False, atol=1e-9)


def test_some_are_read_back_with_all_that_explains_them(whole, gathered):
    open_to_us = whole.frame[~whole.frame["do_not_contact"].astype(bool)]
    assert gathered.explained.tolist() == open_to_us["prospect_id"].tolist()
    ids = open_to_us.nlargest(7, "conversion_probability")["prospect_id"].tolist()
    rows = [whole.frame["prospect_id"].tolist().index(each) for each in ids]
    for some in (gathered.of(ids), whole.of(ids)):
        assert some.frame["prospect_id"].tolist() == ids
        np.testing.assert_allclose(
            some.contributions.values, whole.contributions.values[rows], atol=1e-9
        )
        assert some.contributions.signals == whole.contributions.signals
        assert some.reasons.sentences == [whole.reasons.sentences[row] for row in rows]
        pd.testing.assert_frame_equal(
            some.features, whole.features.iloc[rows].reset_index(drop=True), check_dtype=False
        )


def test_nobody_is_read_back_as_nobody(gathered):
    nobody = gathered.of([])
    assert len(nobody.frame) == len(nobody.features) == len(nobody.contributions.values) == 0
    assert list(nobody.features) == list(gathered.of(gathered.explained[:1]).features)


def test_a_file_is_read_where_the_prospects_lie(gathered):
    ids = gathered.frame["prospect_id"]
    assert ids.is_monotonic_increasing
    (whole,) = pads.dataset(gathered.features).get_fragments()
    assert len(whole.row_groups) > 1
    few = pq.filters_to_expression(among(ids[:5].tolist()))
    assert len(whole.split_by_row_group(few)) == 1


@pytest.mark.parametrize(("asked_for", "told"), [("all", None), (3, 3), ("auto", 8)])
def test_signals_have_sentences_as_the_configuration_says(asked, monkeypatch, asked_for, told):
    crm, config, *rest = asked
    monkeypatch.setattr(scoring, "MANY_PROSPECTS", 10)
    section = config.explanations.model_copy(update={"sentences": asked_for})
    config = config.model_copy(update={"explanations": section})
    (part,) = scoring.score_in_chunks(crm, config, *rest)
    said = np.array([[text != "" for text in row] for row in part.reasons.sentences])
    if told is None:
        assert said.all()
        return
    strongest = np.argsort(-np.abs(part.contributions.values), axis=1)[:, :told]
    assert np.take_along_axis(said, strongest, axis=1).all()
    assert said.sum(axis=1).max() <= told + 4


@pytest.mark.parametrize("top", ["all", 25])
def test_next_steps_are_sought_in_blocks_for_as_many_as_asked(
    asked, whole, gathered, monkeypatch, top
):
    crm, config, predictor, *_ = asked
    limits = config.next_steps.model_copy(update={"top": top, "least_points": 0.1})
    config = config.model_copy(update={"next_steps": limits})
    monkeypatch.setattr("predictor.operations.next_steps.BLOCK", 9)
    frame, steps = ask_the_best(crm.known_at(AS_OF), config, predictor, gathered)
    may = whole.frame[~whole.frame["do_not_contact"].astype(bool)]
    best = may if top == "all" else may.nlargest(top, "conversion_probability")
    rows = best.sort_index().index
    at_once = seek_next_steps(
        crm.known_at(AS_OF),
        config,
        predictor,
        whole.frame.loc[rows].reset_index(drop=True),
        whole.features.iloc[rows].reset_index(drop=True),
    )
    assert steps["prospect_id"].nunique() > 9
    pd.testing.assert_frame_equal(steps, at_once, rtol=1e-12)
    asks = frame.set_index("prospect_id")["ask_next"]
    assert set(asks[asks != ""].index) == set(steps["prospect_id"])
