"""The computation of features: one expression, which runs on any engine that Ibis reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from predictor.features.joined import Joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from predictor.features.catalogue import Feature, Relation
    from predictor.features.facts import Facts
    from predictor.features.specification import FeatureSpecification


def feature_table(
    facts: Facts,
    specification: FeatureSpecification,
    catalogue: Sequence[Feature],
    snapshots: ir.Table,
    ready: Mapping[Relation, ir.Table] | None = None,
) -> ir.Table:
    """Return the features of snapshots as an expression.

    Parameters
    ----------
    facts : Facts
        Tables of any engine that Ibis reaches.
    specification, catalogue
        As for `compute_features`.
    snapshots : ir.Table
        Columns snapshot_id (int64), prospect_id, as_of (timestamp), as_of_us (int64, since 1970);
        and number (int64, one per prospect) if the facts have coded interactions.
    ready : mapping of Relation to ir.Table, optional
        snapshot_id and the features of some relations, where they were computed before.

    Returns
    -------
    ir.Table
        snapshot_id and the features.
    """
    joined = Joined(facts, specification, snapshots)
    result = snapshots.select("snapshot_id")
    for number, (relation, features) in enumerate(by_relation(catalogue).items()):
        if ready and relation in ready:
            table = ready[relation]
            columns = {feature.name: table[feature.name] for feature in features}
        else:
            table = relation.build(joined, *relation.part)
            columns = {feature.name: feature.expression(table) for feature in features}
        # A name of its own for each id: dropping them one by one would nest a query in a query.
        own_id = f"_id_{number}"
        chosen = table.select(table.snapshot_id.name(own_id), **columns)
        result = result.left_join(chosen, [("snapshot_id", own_id)])
    return result.select("snapshot_id", **{f.name: _finished(result[f.name], f) for f in catalogue})


def by_relation(catalogue: Iterable[Feature]) -> dict[Relation, list[Feature]]:
    """Return the features that are read from each relation."""
    found: dict[Relation, list[Feature]] = {}
    for feature in catalogue:
        found.setdefault(feature.relation, []).append(feature)
    return found


def _finished(column: ir.Value, feature: Feature) -> ir.Value:
    if feature.unit == "category":
        return column
    number = column.cast("float64")
    if feature.absent is None:
        return number
    return number.fill_null(ibis.literal(feature.absent, "float64"))


def feature_schema(catalogue: Sequence[Feature]) -> pa.Schema:
    """Return the names and types of features: string for the unit ``category``, else float64."""
    kinds = {f.name: pa.string() if f.unit == "category" else pa.float64() for f in catalogue}
    return pa.schema(kinds.items())
