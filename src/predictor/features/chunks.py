"""Computes features in DuckDB, some prospects at a time, so that the memory stays bounded."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.util import gen_name

from predictor.crm.source import own_name
from predictor.features.facts import Facts, facts_of
from predictor.features.kept_sql import kept_sql, sql_key
from predictor.features.relations.interactions import coded
from predictor.features.table import by_relation, feature_schema, feature_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Feature, Relation
    from predictor.features.specification import FeatureSpecification

#: Names of tables, each with the names and types of its columns.
Schemas: TypeAlias = tuple[tuple[str, tuple[tuple[str, Any], ...]], ...]
_SNAPSHOT_SCHEMA = {
    "snapshot_id": "int64",
    "prospect_id": "string",
    "number": "int64",
    "as_of": "timestamp(6)",
    "as_of_us": "int64",
}


class ChunkedRun:
    """One computation: views of fixed names stand before the facts of each chunk.

    So the SQL does not depend on them, and is made once per specification and catalogue. What is
    made of everyone's facts is computed for all snapshots first, and kept: a chunk reads the facts
    of its own prospects only, so that the whole takes time in proportion to the facts.

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
        self._views: set[str] = set()
        self._own: list[str] = []
        facts = facts_of(crm)
        ready = {
            relation: self._of_everyone(facts, specification, features)
            for relation, features in by_relation(catalogue).items()
            if relation.of_everyone
        }
        if sort:
            sorted_ = self._sorted(coded(facts.interactions, specification))
            facts = replace(facts, coded_interactions=sorted_)
        self._sql = _sql(specification, tuple(catalogue), _schemas(facts.tables), tuple(ready))
        kept = {_ready(number): table for number, table in enumerate(ready.values())}
        self._read = self._used(facts.tables | kept, self._sql)

    def features(self, start: int, end: int) -> tuple[np.ndarray, pa.Table]:
        """Compute the features of the keys from `start` to `end`; in no order, with the ids."""
        keys = self._keys.slice(start, end - start)
        for name, table in self._read.items():
            self._view(name, _between(table, keys))
        with self._snapshots(keys):
            table = self._connection.con.sql(self._sql).to_arrow_table()
        ids = table["snapshot_id"].to_numpy()
        return ids, table.select(self._schema.names).cast(self._schema)

    def close(self) -> None:
        """Leave nothing behind in the engine."""
        for name in self._views:
            self._connection.raw_sql(f"DROP VIEW IF EXISTS {name}")
        for table in self._own:
            self._connection.raw_sql(f"DROP TABLE IF EXISTS {table}")

    def _of_everyone(
        self, facts: Facts, specification: FeatureSpecification, features: Sequence[Feature]
    ) -> ir.Table:
        """Compute features of all snapshots, and keep them by snapshot."""
        sql = _sql(specification, tuple(features), _schemas(facts.tables))
        for name, table in self._used(facts.tables, sql).items():
            self._view(name, table)
        name = self._own_name("everyone")
        with self._snapshots(self._keys):
            self._connection.raw_sql(f"CREATE TABLE {name} AS FROM ({sql}) ORDER BY snapshot_id")
        return self._connection.table(name)

    def _sorted(self, interactions: ir.Table) -> ir.Table:
        """Sort by the number of the prospect, so that no chunk passes over the others' rows."""
        people = ibis.memtable(self._keys.select(["prospect_id", "number"])).distinct()
        mine = interactions.join(people, "prospect_id")
        mine = mine.select("number", *interactions.drop("prospect_id").columns)
        mine = mine.order_by("number").rename(prospect_id="number")
        return self._connection.create_table(self._own_name("sorted"), mine)

    def _own_name(self, name: str) -> str:
        self._own.append(own_name(gen_name(name)))
        return self._own[-1]

    def _view(self, name: str, table: ir.Table) -> None:
        self._connection.create_view(_name(name), table, overwrite=True)
        self._views.add(_name(name))

    def _used(self, tables: Mapping[str, ir.Table], sql: str) -> dict[str, ir.Table]:
        return {name: table for name, table in tables.items() if f'"{_name(name)}"' in sql}

    @contextmanager
    def _snapshots(self, keys: pa.Table) -> Iterator[None]:
        """Let the engine see some snapshots."""
        connection = self._connection.con
        connection.register(_name("snapshots"), keys)
        yield
        connection.unregister(_name("snapshots"))


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
    """Keep what belongs to the keys: a range of literals lets DuckDB pass over row groups."""
    column = "prospect_id" if "prospect_id" in table.columns else "snapshot_id"
    numbered = column == "prospect_id" and table[column].type().is_integer()
    key = keys["number" if numbered else column]
    return table.filter(table[column].between(key[0].as_py(), key[-1].as_py()))


def _name(name: str) -> str:
    return own_name(f"chunk_{name}")


def _ready(number: int) -> str:
    return f"ready_{number}"


def _schemas(tables: Mapping[str, ir.Table]) -> Schemas:
    return tuple((name, tuple(table.schema().items())) for name, table in tables.items())


@lru_cache(maxsize=32)
def _sql(
    specification: FeatureSpecification,
    catalogue: tuple[Feature, ...],
    schemas: Schemas,
    ready: tuple[Relation, ...] = (),
) -> str:
    """Return the query of features, over views of the facts and of the relations that are ready."""
    parts = [(relation.build.__qualname__, relation.part) for relation in ready]
    key = sql_key(specification, catalogue, schemas, parts)

    def write() -> str:
        return _written(specification, catalogue, schemas, ready)

    return write() if key is None else kept_sql(key, write)


def _written(
    specification: FeatureSpecification,
    catalogue: Sequence[Feature],
    schemas: Schemas,
    ready: Sequence[Relation],
) -> str:
    facts = {name: ibis.table(dict(schema), name=_name(name)) for name, schema in schemas}
    features = feature_table(
        Facts(**facts),
        specification,
        catalogue,
        ibis.table(_SNAPSHOT_SCHEMA, name=_name("snapshots")),
        {relation: _ready_table(relation, n, catalogue) for n, relation in enumerate(ready)},
    )
    return str(ibis.to_sql(features, dialect="duckdb", pretty=False))


def _ready_table(relation: Relation, number: int, catalogue: Sequence[Feature]) -> ir.Table:
    features = [feature for feature in catalogue if feature.relation == relation]
    schema = pa.schema([("snapshot_id", pa.int64()), *feature_schema(features)])
    return ibis.table(ibis.Schema.from_pyarrow(schema), name=_name(_ready(number)))
