"""Scoring some prospects at a time, against scoring all of them at once."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from support.worlds import CONFIG

from predictor.config_file import read_config
from predictor.operations import scoring
from predictor.operations.gathering import gather
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


def test_the_best_are_read_back_with_all_that_explains_them(whole, gathered):
    best = gathered.best(7)
    open_to_us = whole.frame[~whole.frame["do_not_contact"].astype(bool)]
    ids = open_to_us.nlargest(7, "conversion_probability")["prospect_id"].tolist()
    assert best.frame["prospect_id"].tolist() == ids
    rows = [whole.frame["prospect_id"].tolist().index(each) for each in ids]
    np.testing.assert_allclose(
        best.contributions.values, whole.contributions.values[rows], atol=1e-9
    )
    assert best.contributions.signals == whole.contributions.signals
    assert best.reasons.sentences == [whole.reasons.sentences[row] for row in rows]
    pd.testing.assert_frame_equal(
        best.features, whole.features.iloc[rows].reset_index(drop=True), check_dtype=False
    )
