"""What features would be with one more fact, against the pipeline where the fact is recorded."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from support.histories import MICROSECOND, Answer, History, Interaction, Stage, load_history
from support.random_histories import AS_OFS, SPECIFICATION, random_history
from support.snapshots import snapshots_of

from predictor.features.families import build_catalogue
from predictor.features.hypotheses import Hypothesis, Looks, hypothetical_features, touched
from predictor.features.matrix import compute_features
from predictor.features.snapshots import open_prospects

if TYPE_CHECKING:
    from predictor.crm.crm import Crm

AS_OF = AS_OFS[1]
CATALOGUE = build_catalogue(SPECIFICATION)
HYPOTHESES = {
    "answers": [
        Hypothesis("answers", (("grid", grid), ("question", question), ("answer", answer)))
        for grid, question, answer in (
            ("BANT", "budget", "yes"),
            ("CHAMP", "need", "never heard"),
            ("GPCT", "budget", "no"),
        )
    ],
    "interactions": [
        Hypothesis(
            "interactions", (("type", "call"), ("direction", "out"), ("duration_seconds", 33.0))
        ),
        Hypothesis(
            "interactions",
            (("type", "quote_request"), ("channel", "web"), ("direction", "inbound")),
        ),
        Hypothesis("interactions", (("type", "fax"),)),
    ],
    "stages": [Hypothesis("stages", (("stage", stage),)) for stage in ("discovery", "limbo")],
}
#: Signals that a hypothesis leaves as they are.
LEFT = ("habits", "account")
MAKERS = {"answers": Answer, "interactions": Interaction, "stages": Stage}


@pytest.fixture(scope="module")
def history() -> History:
    return random_history(random.Random(7), 40)


@pytest.mark.parametrize("table", list(HYPOTHESES))
def test_edited_rows_are_those_of_a_crm_that_has_the_fact(history: History, table: str) -> None:
    hypotheses = HYPOTHESES[table]
    crm = load_history(history)
    people = open_prospects(crm, AS_OF)
    assert len(people) > 10
    base = compute_features(crm, SPECIFICATION, CATALOGUE, people)
    n, k = len(people), len(hypotheses)
    pairs = np.tile(np.arange(n), k), np.repeat(np.arange(k), n)
    found = hypothetical_features(
        Looks(crm, SPECIFICATION, CATALOGUE, people, base), hypotheses, pairs
    )
    assert list(found.columns) == [f.name for f in touched(CATALOGUE, table)]
    for number, hypothesis in enumerate(hypotheses):
        edited = base.assign(**found[pairs[1] == number].set_axis(base.index))
        expected = compute_features(
            load_history(with_fact(history, table, hypothesis)), SPECIFICATION, CATALOGUE, people
        )
        free = [f.name for f in CATALOGUE if f.signal.name in LEFT]
        pd.testing.assert_frame_equal(
            edited.drop(columns=free), expected.drop(columns=free), check_exact=True
        )
        assert not edited.equals(base)


def with_fact(history: History, table: str, hypothesis: Hypothesis) -> History:
    """Return the same history with the fact for everybody, just before the look."""
    facts = tuple(
        MAKERS[table](p.prospect_id, AS_OF - MICROSECOND, **dict(hypothesis.fact))
        for p in history.prospects
    )
    return replace(history, **{table: (*getattr(history, table), *facts)})


def test_pairs_come_back_in_their_order_and_nothing_stays_in_the_engine(history: History) -> None:
    crm = load_history(history)
    people = snapshots_of([p.prospect_id for p in history.prospects], [AS_OF])
    tables = engine_tables(crm)
    looks = Looks(crm, SPECIFICATION, CATALOGUE, people, pd.DataFrame())
    hypotheses = HYPOTHESES["stages"]
    rows, chosen = np.array([5, 3, 5, 20]), np.array([0, 1, 1, 0])
    found = hypothetical_features(looks, hypotheses, (rows, chosen))
    assert found["stage"].tolist() == ["discovery", "limbo", "limbo", "discovery"]
    assert engine_tables(crm) == tables
    none = np.array([], dtype=np.int64)
    empty = hypothetical_features(looks, hypotheses, (none, none))
    assert empty.shape == (0, len(touched(CATALOGUE, "stages")))


def engine_tables(crm: Crm) -> set[str]:
    rows = crm.connection.con.sql("SELECT table_name FROM information_schema.tables").fetchall()
    return {name for (name,) in rows if not name.startswith("ibis_pandas")}


def test_hypotheses_of_two_tables_are_refused(history: History) -> None:
    mixed = [HYPOTHESES["answers"][0], HYPOTHESES["stages"][0]]
    people = snapshots_of(["p0"], [AS_OF])
    looks = Looks(load_history(history), SPECIFICATION, CATALOGUE, people, pd.DataFrame())
    with pytest.raises(ValueError, match="of one table at a time"):
        hypothetical_features(looks, mixed, (np.array([0]), np.array([0])))
