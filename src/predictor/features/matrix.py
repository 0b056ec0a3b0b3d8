"""The feature matrix: one row per snapshot, computed by the same code for training and scoring."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from predictor.errors import ContractError
from predictor.features.chunks import ChunkedRun, cuts, snapshot_keys
from predictor.features.table import feature_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Feature
    from predictor.features.specification import FeatureSpecification

#: About how many snapshots are computed at a time.
MAX_ROWS = 50_000


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
    if not catalogue:
        return pd.DataFrame(index=snapshots.index)
    chunks = list(feature_chunks(crm, specification, catalogue, snapshots))
    places = np.concatenate([[], *(places for places, _ in chunks)])
    features = pa.concat_tables(
        [feature_schema(catalogue).empty_table(), *(table for _, table in chunks)]
    )
    frame = to_frame(features, catalogue).iloc[np.argsort(places)]
    return frame.set_axis(snapshots.index, axis="index")


def to_frame(features: pa.Table, catalogue: Sequence[Feature]) -> pd.DataFrame:
    """Turn features in Arrow into a frame: text for the unit ``category``, float64 otherwise."""
    texts = {feature.name: "str" for feature in catalogue if feature.unit == "category"}
    frame: pd.DataFrame = features.to_pandas().astype(texts)
    return frame


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
        Places of some snapshots and their features, in this order: float64, or string for the
        unit ``category``. The chunks come by prospect_id; within one the order is any.
    """
    _check_attributes(crm, specification)
    people = snapshots["prospect_id"].astype("str")
    order = people.argsort(kind="stable").to_numpy()
    keys = snapshot_keys(people.iloc[order], snapshots["as_of"].iloc[order])
    parts = cuts(keys, max_rows)
    sort = len(parts) > 1 and not crm.clustered
    with closing(ChunkedRun(crm, specification, catalogue, keys, sort=sort)) as run:
        for start, end in parts:
            ids, features = run.features(start, end)
            yield order[ids], features


def _check_attributes(crm: Crm, specification: FeatureSpecification) -> None:
    for attribute in specification.attributes if "fit" in specification.families else ():
        if attribute.name not in crm.attribute_names:
            raise ContractError(
                f"the model was trained with the attribute '{attribute.name}', which the prospects "
                f"lack; they have {', '.join(crm.attribute_names) or 'no attributes'}"
            )
