"""The feature matrix: one row per snapshot, computed by the same code for training and scoring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from predictor.errors import ContractError
from predictor.features.relations import build_relations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Feature
    from predictor.features.specification import FeatureSpecification


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
        The features to compute (`build_catalogue` of the specification).
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
    _check_attributes(crm, specification)
    keys = ibis.memtable(
        pa.table(
            {
                "snapshot_id": pa.array(range(len(snapshots)), pa.int64()),
                "prospect_id": pa.array(snapshots["prospect_id"].astype(str), pa.string()),
                "as_of": pa.array(snapshots["as_of"], pa.timestamp("us")),
            }
        )
    )
    relations = build_relations(crm, specification, keys)
    result: ir.Table = keys.select("snapshot_id")
    for name, relation in relations.items():
        chosen = [feature for feature in catalogue if feature.relation == name]
        if chosen:
            result = _join(result, relation, chosen)
    table = crm.connection.to_pyarrow(result.order_by("snapshot_id"))
    return _frame(table, catalogue).set_axis(snapshots.index, axis="index")


def _check_attributes(crm: Crm, specification: FeatureSpecification) -> None:
    for attribute in specification.attributes:
        if attribute.name not in crm.attribute_names:
            raise ContractError(
                f"the model was trained with the attribute '{attribute.name}', which the prospects "
                f"lack; they have {', '.join(crm.attribute_names) or 'no attributes'}"
            )


def _join(result: ir.Table, relation: ir.Table, features: list[Feature]) -> ir.Table:
    aggregates = {feature.name: feature.expression(relation) for feature in features}
    grouped = relation.group_by("snapshot_id").agg(**aggregates)
    joined = result.left_join(grouped, "snapshot_id").drop("snapshot_id_right")
    absent = {feature.name: feature.absent for feature in features if feature.absent is not None}
    return joined.mutate(**{name: joined[name].fill_null(value) for name, value in absent.items()})


def _frame(table: pa.Table, catalogue: Sequence[Feature]) -> pd.DataFrame:
    columns = {}
    for feature in catalogue:
        column = table.column(feature.name)
        if feature.unit == "category":
            columns[feature.name] = column.cast(pa.string()).to_pandas().astype("str")
        else:
            columns[feature.name] = column.cast(pa.float64()).to_pandas().astype("float64")
    return pd.DataFrame(columns)
