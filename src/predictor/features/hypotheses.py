"""What the features of a prospect would be with one more fact, by the pipeline of all features.

A hypothesis adds one fact (an answer, an interaction, a stage) to each of some snapshots, a
microsecond before as_of: the latest instant that a snapshot may use. Every pair of a snapshot and a
hypothesis becomes a prospect of its own that has the facts of the real one and the added fact, so
that one query computes all pairs, by the very definitions of the catalogue: the answer, its score
and age, the grid and the concept that it belongs to cannot contradict each other.

Only features that read the table of the added fact are computed. Left as they are, even so: habits
(a fact of no hour says nothing about hours), and what is counted over others (an account's people).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis.util import gen_name

from predictor.crm.contract import FACT_TABLES
from predictor.crm.source import own_name
from predictor.features.matrix import compute_features

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Feature
    from predictor.features.specification import FeatureSpecification

FactTable = Literal["answers", "interactions", "stages"]

_INSTANTS = {contract.name: contract.instant for contract in FACT_TABLES}
#: The modules of relations that read each table of facts are named after it.
_RELATIONS = "predictor.features.relations."
_WITHOUT_AN_HOUR = "habits"
_JUST_BEFORE = np.timedelta64(1, "us")


@dataclass(frozen=True)
class Hypothesis:
    """One more fact.

    Attributes
    ----------
    table : {'answers', 'interactions', 'stages'}
        Where the fact belongs.
    fact : tuple of (str, value)
        Its columns but for the prospect and the instants; those not named are missing.
    """

    table: FactTable
    fact: tuple[tuple[str, str | float | None], ...]


@dataclass(frozen=True)
class Looks:
    """Snapshots with their features, and what these are computed from.

    Attributes
    ----------
    crm : Crm
        The facts.
    specification : FeatureSpecification
        What was frozen at training.
    catalogue : sequence of Feature
        The features.
    snapshots : pd.DataFrame, shape (n, ...)
        Columns prospect_id, as_of and owner.
    features : pd.DataFrame, shape (n, F)
        In the order of the snapshots.
    """

    crm: Crm
    specification: FeatureSpecification
    catalogue: Sequence[Feature]
    snapshots: pd.DataFrame
    features: pd.DataFrame

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Looks:
        """Return some of them, by place or by a mask."""
        return replace(
            self,
            snapshots=self.snapshots.loc[self.snapshots.index[rows]].reset_index(drop=True),
            features=self.features.loc[self.features.index[rows]].reset_index(drop=True),
        )


def touched(catalogue: Sequence[Feature], table: FactTable) -> tuple[Feature, ...]:
    """Return the features that a hypothesis on a table may change."""
    return tuple(
        feature
        for feature in catalogue
        if feature.relation.build.__module__ == _RELATIONS + table
        and not feature.relation.of_everyone
        and feature.signal.name != _WITHOUT_AN_HOUR
    )


def hypothetical_features(
    looks: Looks,
    hypotheses: Sequence[Hypothesis],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> pd.DataFrame:
    """Compute the features that hypotheses may change, as if each had come true.

    Parameters
    ----------
    looks : Looks
        The n snapshots as they are.
    hypotheses : sequence of Hypothesis
        All of one table.
    pairs : (ndarray of shape (m,), ndarray of shape (m,))
        The place of a snapshot, and that of a hypothesis, of each pair.

    Returns
    -------
    pd.DataFrame, shape (m, n_touched)
        In the order of the pairs, with the columns of `touched`.

    Raises
    ------
    ValueError
        If the hypotheses are of several tables.
    """
    tables = {hypothesis.table for hypothesis in hypotheses}
    if len(tables) != 1:
        raise ValueError(f"hypotheses of one table at a time, got {sorted(tables)}")
    (table,) = tables
    rows, chosen = pairs
    snapshots = looks.snapshots
    imagined = pd.DataFrame(
        {
            "prospect_id": pd.Series(np.arange(len(rows)), dtype="str").str.zfill(10),
            "of": snapshots["prospect_id"].astype("str").to_numpy()[rows],
            "as_of": snapshots["as_of"].to_numpy("datetime64[us]")[rows],
        }
    )
    facts = pd.DataFrame([dict(hypothesis.fact) for hypothesis in hypotheses])
    added = facts.iloc[chosen].reset_index(drop=True)
    with _imagined(looks.crm, table, imagined, added) as hypothetical:
        return compute_features(
            hypothetical,
            looks.specification,
            touched(looks.catalogue, table),
            imagined[["prospect_id", "as_of"]],
        )


@contextmanager
def _imagined(
    crm: Crm, table: FactTable, imagined: pd.DataFrame, added: pd.DataFrame
) -> Iterator[Crm]:
    """Give each imagined prospect the facts of the real one, and the added fact."""
    real = crm.tables[table]
    people = ibis.memtable(imagined[["prospect_id", "of"]].rename(columns={"prospect_id": "id"}))
    copied = real.join(people, real.prospect_id == people.of).drop("prospect_id", "of")
    instant = imagined["as_of"] - _JUST_BEFORE
    fact = added.assign(
        prospect_id=imagined["prospect_id"], known_at=instant, **{_INSTANTS[table]: instant}
    )
    facts = ibis.union(
        _like(copied.rename(prospect_id="id"), real), _like(ibis.memtable(fact), real)
    )
    name = own_name(gen_name("hypothetical"))
    kept = crm.connection.create_table(name, facts)
    nothing = {
        other: facts.filter(ibis.literal(False))
        for other, facts in crm.tables.items()
        if other != table
    }
    try:
        yield replace(crm, stored=None, clustered=False, **nothing, **{table: kept})
    finally:
        crm.connection.raw_sql(f"DROP TABLE {name}")


def _like(table: ir.Table, real: ir.Table) -> ir.Table:
    """Bring a table to the columns and types of another; what it lacks is missing."""
    columns = {
        name: (table[name] if name in table.columns else ibis.null()).cast(type_)
        for name, type_ in real.schema().items()
    }
    return table.select(**columns)
