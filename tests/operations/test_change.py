"""The change since the last run against scores of edited CRMs, one cause of change at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import ibis
import numpy as np
import pandas as pd
import pytest
from support.shifted_models import with_shifted_rates
from support.worlds import CONFIG, END, WEEK_BEFORE

from predictor.config_file import read_config
from predictor.errors import ModelFileError
from predictor.explanation.changes import PARTS, PORTFOLIO
from predictor.lists.previous import read_previous
from predictor.operations import scoring
from predictor.operations.change import Splitter, changes_since, model_of
from predictor.operations.gathering import gather
from predictor.operations.registry import RegisteredPredictor, load_predictor
from predictor.operations.scoring import score, score_in_chunks

THEN, NOW = datetime.fromisoformat(WEEK_BEFORE), datetime.fromisoformat(END)


class Splits:
    """The split of every change since the stored run, of whatever CRM and model."""

    def __init__(self, at_home, crm):
        self.config = read_config(at_home.folder / CONFIG)
        self.crm = crm
        self.registered = load_predictor(self.config)
        self.previous = read_previous(at_home.run(END), self.config.horizon_days)

    def scores(self, crm, as_of=NOW, registered=None):
        registered = registered or self.registered
        return score(crm, self.config, registered.predictor, registered.version, as_of)

    def split(self, crm=None, registered=None, scores=None):
        crm, registered = crm or self.crm, registered or self.registered
        scores = scores or self.scores(crm, registered=registered)
        both = scores.explained[scores.explained.isin(self.before.index)]
        splitter = Splitter.between(self.previous, crm, self.config, registered, NOW)
        return splitter.split(scores.of(both)), scores

    @property
    def before(self):
        return self.previous.table.set_index("prospect_id")["conversion_probability"]

    def table(self, scores, tell=lambda _: None):
        arguments = (self.previous, self.crm, self.config, self.registered, scores, NOW)
        return changes_since(*arguments, tell)


def probability_of(scores):
    return scores.frame.set_index("prospect_id")["conversion_probability"]


@pytest.fixture(scope="module")
def splits(world, read_once):
    return Splits(world, read_once(read_config(world.folder / CONFIG)))


@pytest.fixture(scope="module")
def whole(splits):
    return splits.split()


@pytest.fixture(scope="module")
def table(splits, whole):
    return splits.table(whole[1])


@pytest.fixture(scope="module")
def quiet(splits):
    """The source with nothing learnt since, its scores and their split."""
    crm = splits.crm.known_at(THEN)
    split, scores = splits.split(crm)
    return crm, scores, split


def test_parts_sum_to_the_change_and_each_parts_signals_to_the_part(splits, whole):
    split, scores = whole
    change = probability_of(scores).loc[split.parts.index] - splits.before.loc[split.parts.index]
    assert len(change) > 30
    assert change.abs().max() > 0.05
    np.testing.assert_allclose(split.parts.sum(axis=1), change, atol=1e-12)
    for part in PARTS:
        np.testing.assert_allclose(split.signals[part].sum(axis=1), split.parts[part], atol=1e-12)


def test_without_a_new_model_the_portfolio_does_not_move(whole):
    split, _ = whole
    assert (split.parts["model"] == 0).all()
    for part in PARTS:
        assert split.signals[part][PORTFOLIO].abs().max() < 2e-9


def test_a_past_told_as_before_leaves_nothing_to_the_data(whole):
    split, _ = whole
    assert (split.parts["data"] == 0).all()


def test_time_is_the_score_of_the_facts_of_then_at_the_new_instant(splits, whole, quiet):
    split, _ = whole
    later = probability_of(quiet[1])
    ids = split.parts.index
    np.testing.assert_allclose(
        split.parts["time"], later.loc[ids] - splits.before.loc[ids], atol=1e-12
    )


def test_where_nothing_is_learnt_time_alone_changes_the_score(quiet):
    split = quiet[2]
    assert (split.parts[["data", "prospect", "model"]] == 0).all(axis=None)
    assert split.parts["time"].abs().max() > 0.01


def test_a_fact_recorded_since_is_the_prospects_also_where_it_happened_before(splits, quiet):
    crm, scores, split_of_time = quiet
    prospect = probability_of(scores).loc[split_of_time.parts.index].idxmax()
    learnt = add_interactions(
        crm,
        prospect,
        "website_visit",
        at=THEN - pd.Timedelta(days=2),
        known=NOW - pd.Timedelta(days=1),
    )
    split, _ = splits.split(learnt)
    assert (split.parts["data"] == 0).all()
    assert abs(split.parts.loc[prospect, "prospect"]) > 1e-4


def test_a_rewritten_past_is_the_datas_and_the_sum_stays(splits):
    fewer = replace(
        splits.crm, interactions=splits.crm.interactions.filter(ibis._.type != "quote_request")
    )
    split, scores = splits.split(fewer)
    ids = split.parts.index
    rewritten = split.parts["data"].abs() > 1e-6
    assert 0 < rewritten.sum() < len(ids)
    then = probability_of(splits.scores(fewer, THEN))
    np.testing.assert_allclose(
        split.parts.loc[rewritten, "data"],
        (then - splits.before).loc[ids][rewritten],
        atol=1e-12,
    )
    np.testing.assert_allclose(
        split.parts.sum(axis=1),
        probability_of(scores).loc[ids] - splits.before.loc[ids],
        atol=1e-12,
    )
    np.testing.assert_allclose(split.signals["data"].sum(axis=1), split.parts["data"], atol=1e-12)


def test_a_prospect_that_the_source_had_not_then_changes_by_the_data_alone(splits, whole):
    prospect = whole[0].parts.index[0]
    people = splits.crm.prospects
    late = people.prospect_id == prospect
    moved = people.mutate(known_at=late.ifelse(ibis.literal(THEN), people.known_at))
    split, scores = splits.split(replace(splits.crm, prospects=moved))
    parts = split.parts.loc[prospect]
    assert parts[["time", "prospect", "model"]].tolist() == [0.0, 0.0, 0.0]
    change = probability_of(scores)[prospect] - splits.before[prospect]
    assert parts["data"] == pytest.approx(change, abs=1e-12)


def test_a_new_model_has_what_it_alone_changes(splits, whole, monkeypatch):
    old_split, old_scores = whole
    other = with_shifted_rates(splits.registered, 1.3)
    monkeypatch.setattr("predictor.operations.change.load_predictor", lambda *_: splits.registered)
    split, scores = splits.split(registered=other)
    pd.testing.assert_frame_equal(
        split.parts[["data", "time", "prospect"]],
        old_split.parts[["data", "time", "prospect"]],
        atol=1e-12,
    )
    ids = split.parts.index
    moved = probability_of(scores).loc[ids] - probability_of(old_scores).loc[ids]
    assert (moved > 0).all()
    np.testing.assert_allclose(split.parts["model"], moved, atol=1e-12)
    portfolio = (
        scores.contributions.portfolio_probability - old_scores.contributions.portfolio_probability
    )
    np.testing.assert_allclose(split.signals["model"][PORTFOLIO], portfolio, atol=2e-9)


def test_a_model_from_a_folder_is_found_again_and_another_in_its_place_is_not(world, splits):
    exported = load_predictor(splits.config, str(world.folder / "exported"))
    manifest = {**splits.previous.manifest, "model_version": "exported", **exported.source()}
    previous = replace(splits.previous, manifest=manifest)
    other = with_shifted_rates(splits.registered, 1.3)
    found = model_of(splits.config, previous, other)
    assert found.training == exported.predictor.training
    assert model_of(splits.config, previous, exported) is exported.predictor
    manifest["model_sha256"] = "0" * 64
    with pytest.raises(ModelFileError, match="another model has taken the place of exported"):
        model_of(splits.config, previous, exported)


def test_a_model_of_other_features_is_shown_its_own(splits, whole, monkeypatch):
    known = splits.registered.predictor
    other = replace(known, specification=replace(known.specification, half_life_days=1.0))
    monkeypatch.setattr("predictor.operations.change.load_predictor", lambda *_: splits.registered)
    split, _ = splits.split(registered=RegisteredPredictor(other, "other/8"))
    same, _ = whole
    np.testing.assert_allclose(split.parts["prospect"], same.parts["prospect"], atol=1e-12)
    assert split.parts["model"].abs().max() > 1e-4


def test_the_table_has_three_signals_and_the_rest_sum_to_the_change(splits, whole, table):
    change = probability_of(whole[1]).loc[table.index] - splits.before.loc[table.index]
    np.testing.assert_allclose(table.filter(like="by_").sum(axis=1), change, atol=1e-9)
    named = [f"signal_{place}_change" for place in (1, 2, 3)]
    signals = table[[*named, "other_signals_change", "portfolio_change"]]
    np.testing.assert_allclose(signals.sum(axis=1), change, atol=1e-9)
    sizes = table[named].abs().to_numpy()
    assert (np.diff(sizes, axis=1) <= 0).all()


def test_blocks_of_prospects_make_one_table(splits, whole, table, monkeypatch):
    monkeypatch.setattr("predictor.operations.change.BLOCK", len(table) // 2 + 1)
    blocks = splits.table(whole[1])
    pd.testing.assert_frame_equal(blocks, table, atol=1e-12)


def test_all_that_lie_in_files_are_split_a_few_at_a_time(
    splits, whole, table, monkeypatch, tmp_path
):
    monkeypatch.setattr(scoring, "CHUNK_ROWS", 100)
    registered = splits.registered
    parts = score_in_chunks(
        splits.crm, splits.config, registered.predictor, registered.version, NOW
    )
    scores = gather(parts, tmp_path)
    monkeypatch.setattr("predictor.operations.change.BLOCK", 7)
    found = splits.table(scores)
    may = whole[1].frame.set_index("prospect_id")["do_not_contact"].astype(bool)
    expected = table[~may.loc[table.index]]
    assert len(expected) > 30
    pd.testing.assert_frame_equal(found, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("told", "reason", "french"),
    [
        ({"model_version": "gone/4"}, "no model models:/gone/4", "pas de modèle models:/gone/4"),
        (
            {"model_version": "exported"},
            "its model exported was no registered one",
            "son modèle exported n'était pas enregistré",
        ),
        (
            {"trained_as_of": "2020-01-01T00:00:00"},
            "another model has taken the place of",
            "un autre modèle a pris la place de",
        ),
        ({"files": {}}, "cut short or changed since the run wrote it", "tronqué ou modifié"),
    ],
)
def test_what_cannot_be_split_is_said_and_kept_whole(
    splits, whole, told, reason, french, monkeypatch
):
    manifest = {**splits.previous.manifest, **told}
    monkeypatch.setattr(splits, "previous", replace(splits.previous, manifest=manifest))
    said = []
    table = splits.table(whole[1], said.append)
    assert len(said) == 1
    assert said[0].en.startswith(f"changes since {WEEK_BEFORE} are not split: ")
    assert reason in said[0].en
    assert said[0].fr.startswith(f"évolutions depuis {WEEK_BEFORE} sans répartition : ")
    assert french in said[0].fr
    change = probability_of(whole[1]).loc[table.index] - splits.before.loc[table.index]
    np.testing.assert_allclose(table["by_data"], change, atol=1e-12)
    assert table[["by_time", "by_prospect", "by_model"]].isna().all(axis=None)


def add_interactions(crm, prospect, kind, at, known):
    interactions = crm.interactions
    one = interactions.limit(1).mutate(
        prospect_id=ibis.literal(prospect),
        type=ibis.literal(kind),
        occurred_at=ibis.literal(pd.Timestamp(at)).cast(interactions.occurred_at.type()),
        known_at=ibis.literal(pd.Timestamp(known)).cast(interactions.known_at.type()),
    )
    return replace(crm, interactions=interactions.union(one))
