"""The rule of time on the whole way: the future changes no model, feature, score or reason.

The facts take the real reading path. One exception is known and left out here: an outcome without a
usable date sets its prospect aside whole, whenever it is learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from support.histories import (
    Answer,
    Fact,
    History,
    Interaction,
    Outcome,
    Prospect,
    Stage,
    arrow_table,
    known_at,
    make_config,
)

from predictor.crm.contract import TABLES
from predictor.crm.crm import Crm, read_crm
from predictor.crm.simulator import simulate
from predictor.features.snapshots import open_prospects
from predictor.model import training
from predictor.model.training import fit_predictor, training_snapshots
from predictor.operations.scoring import Scores, score

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from predictor.config import Config
    from predictor.model.predictor import TrainedPredictor

TRAINED_AT = datetime(2026, 4, 6)
#: A Monday on the grid, and an instant of no importance at which nothing changes over.
SCORED_AT = (datetime(2026, 4, 27), datetime(2026, 5, 20, 13, 7, 11, 5))
SETTINGS: dict[str, Any] = {
    "attributes": {name: {"known_at": "creation"} for name in ("industry", "deciders")},
    "features": {"windows_days": (7, 30), "max_types": 3},
    "snapshots": {"every_days": 14},
    "phases_days": (7, 30),
    "model": {"num_threads": 1, "max_rounds": 6},
}
N_NEW = 10


@dataclass(frozen=True)
class World:
    """A simulated CRM, what was learnt of it, and a folder for more."""

    tables: dict[str, pa.Table]
    crm: Crm
    config: Config
    predictor: TrainedPredictor
    scores: dict[datetime, Scores]
    folder: Path

    @property
    def created(self) -> dict[str, datetime]:
        prospects = self.tables["prospects"]
        return dict(
            zip(
                prospects["prospect_id"].to_pylist(),
                prospects["created_at"].to_pylist(),
                strict=True,
            )
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    tables = simulate(300, seed=11).tables
    crm, config = _read(tables, folder)
    predictor = fit_predictor(crm, config, TRAINED_AT)
    scores = {
        as_of: score(crm, config, predictor, "1", as_of) for as_of in (TRAINED_AT, *SCORED_AT)
    }
    return World(tables, crm, config, predictor, scores, folder)


def _read(tables: dict[str, pa.Table], folder: Path) -> tuple[Crm, Config]:
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    config = make_config(folder, {name: f"{name}.parquet" for name in tables}, **SETTINGS)
    return read_crm(config), config


# --- facts of the future

#: Prospect, kind of fact, days after the instant, whether it happened before and is recorded late.
EVENTS = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.sampled_from(["interaction", "answer", "stage", "outcome", "prospect", "copy"]),
        st.sampled_from([0.0, 1e-9]) | st.floats(0, 60),
        st.booleans(),
    ),
    min_size=60,
    max_size=150,
)
TYPES = ("email_open", "quote_request", "a type nobody saw before")


def _future(world: World, events: list[tuple[int, str, float, bool]], instant: datetime) -> History:
    """Turn drawn events into facts that occur, or are recorded, at or after an instant."""
    created = world.created
    new = [
        Prospect(f"new{n}", instant + timedelta(days=n), attributes=(("industry", "unseen"),))
        for n in range(N_NEW)
    ]
    created |= {prospect.prospect_id: prospect.created_at for prospect in new}
    ids = list(created)
    copies = world.tables["interactions"]
    facts: list[Fact] = [*new]
    for draw, kind, after_days, late in events:
        who, after = ids[draw % len(ids)], instant + timedelta(days=after_days)
        born = created[who]
        if kind == "copy":  # the same interaction, recorded once more
            facts.append(_copy(copies.slice(draw % len(copies), 1), after))
        elif kind == "prospect":  # the same prospect, created once more with other attributes
            facts.append(Prospect(who, after, attributes=(("industry", "unseen"),)))
        elif late and born < instant:
            facts.append(_fact(kind, draw, who, born + (instant - born) * (draw % 97 / 97), after))
        else:
            facts.append(_fact(kind, draw, who, max(born, after), None))
    assert all(known_at(fact) >= instant for fact in facts)
    return _history(facts)


def _fact(kind: str, draw: int, who: str, happened: datetime, recorded: datetime | None) -> Fact:
    if kind == "interaction":
        type_ = TYPES[draw % len(TYPES)]
        return Interaction(who, happened, type_, duration_seconds=9.5, recorded_at=recorded)
    if kind == "answer":
        grid = ("BANT", "a grid nobody saw before")[draw % 2]
        return Answer(who, happened, grid, "budget", "an answer nobody gave", recorded)
    if kind == "stage":
        return Stage(who, happened, ("negotiation", "a new stage")[draw % 2], recorded)
    return Outcome(who, happened, ("won", "lost")[draw % 2], recorded_at=recorded)


def _copy(row: pa.Table, recorded_at: datetime) -> Interaction:
    (values,) = row.to_pylist()
    known = max(recorded_at, values["recorded_at"] or recorded_at)
    return Interaction(**(values | {"recorded_at": known}))


def _history(facts: list[Fact]) -> History:
    kinds = (Prospect, Interaction, Answer, Stage, Outcome)
    return History(*(tuple(fact for fact in facts if isinstance(fact, kind)) for kind in kinds))


def _with(world: World, more: History, seed: int) -> tuple[Crm, Config]:
    """Read the world again with more facts in it, its rows in another order."""
    rng = np.random.default_rng(seed)
    tables = {}
    for contract, facts in zip(TABLES, more.rows, strict=True):
        both = [world.tables[contract.name], arrow_table(contract.name, facts)]
        table = pa.concat_tables(both, promote_options="default")
        tables[contract.name] = table.take(rng.permutation(len(table)))
    return _read(tables, world.folder)


# --- the properties


@settings(max_examples=2, deadline=None)
@given(events=EVENTS, seed=st.integers(0, 2**32))
def test_the_future_changes_no_model_and_no_score(
    world: World, events: list[tuple[int, str, float, bool]], seed: int
) -> None:
    more = _future(world, events, TRAINED_AT)
    crm, config = _with(world, more, seed)
    predictor = fit_predictor(crm, config, TRAINED_AT)
    assert _files(predictor, world.folder / "again") == _files(
        world.predictor, world.folder / "first"
    )
    assert_same(score(crm, config, predictor, "1", TRAINED_AT), world.scores[TRAINED_AT])


@settings(max_examples=2, deadline=None)
@given(events=EVENTS, seed=st.integers(0, 2**32), as_of=st.sampled_from(SCORED_AT))
def test_the_future_changes_no_feature_score_or_reason(
    world: World, events: list[tuple[int, str, float, bool]], seed: int, as_of: datetime
) -> None:
    crm, config = _with(world, _future(world, events, as_of), seed)
    assert_same(score(crm, config, world.predictor, "1", as_of), world.scores[as_of])


def test_the_past_does_change_scores_so_that_the_properties_can_fail(world: World) -> None:
    as_of = SCORED_AT[0]
    (who, *_) = open_prospects(world.crm, as_of)["prospect_id"]
    news = Interaction(who, as_of - timedelta(microseconds=1), "quote_request")
    crm, config = _with(world, History(interactions=(news,)), 0)
    with pytest.raises(AssertionError):
        assert_same(score(crm, config, world.predictor, "1", as_of), world.scores[as_of])


class _CaughtFeaturesError(Exception):
    """Carries the matrix that a model would have been fitted on."""


class _Spy:
    def fit(self, X: pd.DataFrame, *_: object, **__: object) -> None:
        raise _CaughtFeaturesError(X)


def test_training_and_scoring_compute_the_same_features(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained_at = datetime(2026, 6, 22)
    monkeypatch.setattr(training, "make_model", lambda _: _Spy())
    # The choices of another training would be others, such as the rates that shares are drawn to.
    specification = world.predictor.specification
    monkeypatch.setattr(training, "learn_specification", lambda *_: specification)
    with pytest.raises(_CaughtFeaturesError) as caught:
        fit_predictor(world.crm, world.config, trained_at)
    (features,) = caught.value.args
    snapshots = training_snapshots(world.crm, world.config, trained_at)
    shared = list(world.predictor.portfolio.columns)
    assert list(features.columns) == shared
    as_of = SCORED_AT[0]
    scores = world.scores[as_of]
    at_scoring = scores.features.set_index(scores.frame["prospect_id"])[shared]
    mine = snapshots["as_of"] == as_of
    at_training = features[mine].set_index(snapshots.loc[mine, "prospect_id"])[shared]
    both = at_training.index.intersection(at_scoring.index)
    assert len(both) > 10
    assert_frame_equal(at_training.loc[both], at_scoring.loc[both], check_exact=True)


def assert_same(found: Scores, expected: Scores) -> None:
    """Compare to the last bit."""
    assert len(expected.frame) > 10
    for ours, theirs in (
        (found.frame, expected.frame),
        (found.features, expected.features),
        (found.reasons.table, expected.reasons.table),
        (found.reasons.columns, expected.reasons.columns),
    ):
        assert_frame_equal(ours, theirs, check_exact=True)
    assert np.array_equal(found.contributions.values, expected.contributions.values)
    assert np.array_equal(found.contributions.probability, expected.contributions.probability)


def _files(predictor: TrainedPredictor, folder: Path) -> dict[str, bytes]:
    """Return the saved files of a predictor."""
    predictor.save(folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
