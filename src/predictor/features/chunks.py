"""Computes features in DuckDB, some prospects at a time, so that the memory stays bounded."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.util import gen_name

from predictor.crm.source import own_name
from predictor.features.facts import Facts, facts_of, first_interactions
from predictor.features.relations.interactions import coded
from predictor.features.relations.prospects import same_account
from predictor.features.table import feature_schema, feature_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Feature
    from predictor.features.specification import FeatureSpecification

#: The tables of which a chunk reads its own prospects only.
_CHUNKED = ("interactions", "coded_interactions", "answers", "stages")
_SNAPSHOT_SCHEMA = {
    "snapshot_id": "int64",
    "prospect_id": "string",
    "number": "int64",
    "as_of": "timestamp(6)",
    "as_of_us": "int64",
}


class ChunkedRun:
    """One computation: views of fixed names stand before the facts of each chunk.

    So the SQL does not depend on them, and is made once per specification and catalogue.

    Parameters
    ----------
    crm : Crm
        The facts.
    specification : FeatureSpecification
        What was frozen at training.
    catalogue : sequence of Feature
        The features to compute.
    keys : pa.Table
        The snapshots, as `snapshot_keys` gives them.
    sort : bool
        Sort the interactions by prospect before the first chunk.
    """

    def __init__(
        self,
        crm: Crm,
        specification: FeatureSpecification,
        catalogue: Sequence[Feature],
        keys: pa.Table,
        *,
        sort: bool,
    ) -> None:
        self._connection = crm.connection
        self._schema = feature_schema(catalogue)
        self._keys = keys
        self._own: list[str] = []
        facts = facts_of(crm)
        if any(feature.relation.build is same_account for feature in catalogue):
            first = first_interactions(facts, ibis.memtable(keys.select(["prospect_id"])))
            facts = replace(facts, first_interactions=self._kept("first", first))
        if sort:
            sorted_ = self._sorted(coded(facts.interactions, specification))
            facts = replace(facts, coded_interactions=sorted_)
        schemas = tuple(
            (name, tuple(table.schema().items())) for name, table in facts.tables.items()
        )
        self._sql = _sql(specification, tuple(catalogue), schemas)
        self._read = {
            name: table for name, table in facts.tables.items() if f'"{_view(name)}"' in self._sql
        }

    def features(self, start: int, end: int) -> pa.Table:
        """Compute the features of the keys from `start` to `end`."""
        keys = self._keys.slice(start, end - start)
        for name, table in self._read.items():
            mine = _between(table, keys) if name in _CHUNKED else table
            self._connection.create_view(_view(name), mine, overwrite=True)
        connection = self._connection.con
        connection.register(_view("snapshots"), keys)
        table = connection.sql(self._sql).to_arrow_table()
        connection.unregister(_view("snapshots"))
        # Cheaper here than an ORDER BY, which would move every column through the sort.
        table = table.take(pc.sort_indices(table["snapshot_id"]))
        return table.select(self._schema.names).cast(self._schema)

    def close(self) -> None:
        """Leave nothing behind in the engine."""
        for name in self._read:
            self._connection.raw_sql(f"DROP VIEW IF EXISTS {_view(name)}")
        for table in self._own:
            self._connection.raw_sql(f"DROP TABLE IF EXISTS {table}")

    def _kept(self, name: str, table: ir.Table) -> ir.Table:
        self._own.append(own_name(gen_name(name)))
        return self._connection.create_table(self._own[-1], table)

    def _sorted(self, interactions: ir.Table) -> ir.Table:
        """Sort by the number of the prospect, so that no chunk passes over the others' rows."""
        people = ibis.memtable(self._keys.select(["prospect_id", "number"])).distinct()
        mine = interactions.join(people, "prospect_id")
        mine = mine.select("number", *interactions.drop("prospect_id").columns)
        return self._kept("sorted", mine.order_by("number").rename(prospect_id="number"))


def snapshot_keys(people: pd.Series, instants: pd.Series) -> pa.Table:
    """Return sorted snapshots as the engine reads them, each prospect with a number."""
    names = pa.chunked_array([pa.array(people, pa.string())])
    as_of = instants.to_numpy("datetime64[us]")
    return pa.table(
        {
            "snapshot_id": pa.array(np.arange(len(names))),
            "prospect_id": names,
            "number": pa.array(np.cumsum(_begins(names))),
            "as_of": pa.array(as_of, pa.timestamp("us")),
            "as_of_us": pa.array(as_of.astype("int64")),
        }
    )


def cuts(keys: pa.Table, max_rows: int) -> list[tuple[int, int]]:
    """Cut sorted snapshots into stretches of about `max_rows`, never within a prospect.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.Series(pd.to_datetime(["2024-01-01"] * 5))
    >>> cuts(snapshot_keys(pd.Series(list("aabcc")), days), 2)
    [(0, 2), (2, 5)]
    """
    rows = keys.num_rows
    starts = np.append(np.flatnonzero(_begins(keys["prospect_id"])), rows)
    wanted = np.arange(max_rows, rows, max_rows)
    edges = np.unique([0, *starts[np.searchsorted(starts, wanted)], rows])
    return [(int(start), int(end)) for start, end in pairwise(edges)]


def _begins(names: pa.ChunkedArray) -> np.ndarray:
    """Say for each row whether its prospect differs from the one before."""
    begins = np.ones(len(names), dtype=bool)
    if len(names) > 1:
        begins[1:] = pc.not_equal(names.slice(1), names.slice(0, len(names) - 1)).to_numpy()
    return begins


def _between(table: ir.Table, keys: pa.Table) -> ir.Table:
    """Keep the prospects of the keys: a range of literals lets DuckDB pass over row groups."""
    key = keys["number" if table.prospect_id.type().is_integer() else "prospect_id"]
    return table.filter(table.prospect_id.between(key[0].as_py(), key[-1].as_py()))


def _view(name: str) -> str:
    return own_name(f"chunk_{name}")


@lru_cache(maxsize=16)
def _sql(
    specification: FeatureSpecification,
    catalogue: tuple[Feature, ...],
    schemas: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...],
) -> str:
    tables = {name: ibis.table(dict(schema), name=_view(name)) for name, schema in schemas}
    snapshots = ibis.table(_SNAPSHOT_SCHEMA, name=_view("snapshots"))
    features = feature_table(Facts(**tables), specification, catalogue, snapshots)
    return str(ibis.to_sql(features, dialect="duckdb", pretty=False))
