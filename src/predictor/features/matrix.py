"""The feature matrix: one row per snapshot, computed by the same code for training and scoring.

`feature_table` is the computation, an expression that runs on any engine that Ibis reaches.
`feature_chunks` runs it on a CRM, so many prospects at a time that the memory stays bounded.
"""

from __future__ import annotations

from contextlib import closing
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
from predictor.errors import ContractError
from predictor.features.facts import Facts, facts_of, first_interactions
from predictor.features.joined import Joined
from predictor.features.relations.prospects import same_account

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Feature, Relation
    from predictor.features.specification import FeatureSpecification

#: Snapshots computed at a time, apart from those of one prospect, which stay together.
MAX_ROWS = 50_000
_UNSORTED = 4
#: Tables of which a chunk reads its own prospects only.
_CHUNKED = ("interactions", "answers", "stages")
_SNAPSHOT_SCHEMA = {
    "snapshot_id": "int64",
    "prospect_id": "string",
    "as_of": "timestamp(6)",
    "as_of_us": "int64",
}


def compute_features(
    crm: Crm,
    specification: FeatureSpecification,
    catalogue: Sequence[Feature],
    snapshots: pd.DataFrame,
) -> pd.DataFrame:
    """Compute the features of snapshots, each as of its own instant.

    Parameters
    ----------
    crm : Crm
        The facts; those not known before a snapshot's as_of are not used for it.
    specification : FeatureSpecification
        What was frozen at training.
    catalogue : sequence of Feature
        The features to compute (`build_catalogue` of the specification, or some of them).
    snapshots : pd.DataFrame, shape (n, ...)
        Columns prospect_id and as_of (UTC, no zone).

    Returns
    -------
    pd.DataFrame, shape (n, len(catalogue))
        In the order of the snapshots, with their index. Text for the unit ``category``, float64
        otherwise; missing values are NaN.

    Raises
    ------
    ContractError
        If the prospects lack an attribute of the specification.
    """
    chunks = list(feature_chunks(crm, specification, catalogue, snapshots))
    places = np.concatenate([[], *(places for places, _ in chunks)])
    features = pa.concat_tables([_schema(catalogue).empty_table(), *(table for _, table in chunks)])
    texts = {feature.name: "str" for feature in catalogue if feature.unit == "category"}
    frame: pd.DataFrame = features.to_pandas().astype(texts).iloc[np.argsort(places)]
    return frame.set_axis(snapshots.index, axis="index")


def feature_chunks(
    crm: Crm,
    specification: FeatureSpecification,
    catalogue: Sequence[Feature],
    snapshots: pd.DataFrame,
    max_rows: int = MAX_ROWS,
) -> Iterator[tuple[np.ndarray, pa.Table]]:
    """Compute the features of snapshots, some prospects at a time.

    Parameters
    ----------
    crm, specification, catalogue, snapshots
        As for `compute_features`.
    max_rows : int
        About how many snapshots to compute at a time.

    Yields
    ------
    (ndarray of int, pa.Table)
        Places of some snapshots, by prospect_id, and their features, in this order: float64, or
        string for the unit ``category``.
    """
    _check_attributes(crm, specification)
    people = snapshots["prospect_id"].astype("str")
    order = people.argsort(kind="stable").to_numpy()
    keys = _keys(people.iloc[order], snapshots["as_of"].iloc[order])
    # Each chunk passes over all facts that do not lie sorted by prospect: then fewer are better.
    most = max_rows if crm.clustered else _UNSORTED * max_rows
    with closing(_Run(crm, specification, catalogue, keys)) as run:
        for start, end in _cuts(keys["prospect_id"], most):
            yield order[start:end], run.features(start, end)


def feature_table(
    facts: Facts,
    specification: FeatureSpecification,
    catalogue: Sequence[Feature],
    snapshots: ir.Table,
) -> ir.Table:
    """Return the features of snapshots as an expression.

    Parameters
    ----------
    facts : Facts
        Tables of any engine that Ibis reaches.
    specification, catalogue
        As for `compute_features`.
    snapshots : ir.Table
        Columns snapshot_id (int64), prospect_id, as_of (timestamp), as_of_us (int64, since 1970).

    Returns
    -------
    ir.Table
        snapshot_id and the features.
    """
    joined = Joined(facts, specification, snapshots)
    by_relation: dict[Relation, list[Feature]] = {}
    for feature in catalogue:
        by_relation.setdefault(feature.relation, []).append(feature)
    result = snapshots.select("snapshot_id")
    for number, (relation, features) in enumerate(by_relation.items()):
        table = relation.build(joined, *relation.part)
        columns = {feature.name: feature.expression(table) for feature in features}
        # A name of its own for each id: dropping them one by one would nest a query in a query.
        own_id = f"_id_{number}"
        chosen = table.select(table.snapshot_id.name(own_id), **columns)
        result = result.left_join(chosen, [("snapshot_id", own_id)])
    return result.select("snapshot_id", **{f.name: _finished(result[f.name], f) for f in catalogue})


def _finished(column: ir.Value, feature: Feature) -> ir.Value:
    if feature.unit == "category":
        return column
    number = column.cast("float64")
    if feature.absent is None:
        return number
    return number.fill_null(ibis.literal(feature.absent, "float64"))


class _Run:
    """One computation in DuckDB: views of fixed names stand before the facts of each chunk.

    So the SQL does not depend on them and is made once per specification.
    """

    def __init__(
        self,
        crm: Crm,
        specification: FeatureSpecification,
        catalogue: Sequence[Feature],
        keys: pa.Table,
    ) -> None:
        self._connection = crm.connection
        self._catalogue = tuple(catalogue)
        self._keys = keys
        self._facts = facts_of(crm)
        self._first = own_name(gen_name("first"))
        if any(feature.relation.build is same_account for feature in catalogue):
            self._facts = replace(self._facts, first_interactions=self._first_interactions())
        tables = self._facts.tables
        schemas = tuple((name, tuple(table.schema().items())) for name, table in tables.items())
        self._sql = _sql(specification, self._catalogue, schemas)
        self._read = {name: table for name, table in tables.items() if _view(name) in self._sql}

    def features(self, start: int, end: int) -> pa.Table:
        """Compute the features of the keys from `start` to `end`."""
        keys = self._keys.slice(start, end - start)
        first, last = keys["prospect_id"][0].as_py(), keys["prospect_id"][-1].as_py()
        for name, table in self._read.items():
            # A range of literals lets the store pass over row groups of other prospects.
            mine = table.prospect_id.between(first, last) if name in _CHUNKED else True
            self._connection.create_view(_view(name), table.filter(mine), overwrite=True)
        connection = self._connection.con
        connection.register(_view("snapshots"), keys)
        table = connection.sql(self._sql).to_arrow_table()
        connection.unregister(_view("snapshots"))
        return table.select(_schema(self._catalogue).names).cast(_schema(self._catalogue))

    def close(self) -> None:
        """Leave nothing behind in the engine."""
        for name in self._read:
            self._connection.raw_sql(f"DROP VIEW IF EXISTS {_view(name)}")
        self._connection.raw_sql(f"DROP TABLE IF EXISTS {self._first}")

    def _first_interactions(self) -> ir.Table:
        asked = ibis.memtable(self._keys.select(["prospect_id"]))
        first = first_interactions(self._facts, asked)
        return self._connection.create_table(self._first, first)


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
    return str(ibis.to_sql(features.order_by("snapshot_id"), dialect="duckdb", pretty=False))


def _keys(people: pd.Series, instants: pd.Series) -> pa.Table:
    as_of = instants.to_numpy("datetime64[us]")
    return pa.table(
        {
            "snapshot_id": pa.array(np.arange(len(people))),
            "prospect_id": pa.array(people, pa.string()),
            "as_of": pa.array(as_of, pa.timestamp("us")),
            "as_of_us": pa.array(as_of.astype("int64")),
        }
    )


def _cuts(people: pa.ChunkedArray, max_rows: int) -> list[tuple[int, int]]:
    """Cut sorted prospects into stretches of about `max_rows`, never within a prospect."""
    rows = len(people)
    if rows == 0:
        return []
    new = pc.not_equal(people.slice(1), people.slice(0, rows - 1)).to_numpy()
    starts = np.append(np.flatnonzero(new) + 1, rows)
    wanted = np.arange(max_rows, rows, max_rows)
    edges = np.unique([0, *starts[np.searchsorted(starts, wanted)], rows])
    return [(int(start), int(end)) for start, end in pairwise(edges)]


def _check_attributes(crm: Crm, specification: FeatureSpecification) -> None:
    for attribute in specification.attributes:
        if attribute.name not in crm.attribute_names:
            raise ContractError(
                f"the model was trained with the attribute '{attribute.name}', which the prospects "
                f"lack; they have {', '.join(crm.attribute_names) or 'no attributes'}"
            )


def _schema(catalogue: Sequence[Feature]) -> pa.Schema:
    kinds = {f.name: pa.string() if f.unit == "category" else pa.float64() for f in catalogue}
    return pa.schema(kinds.items())
