"""The same expressions give the same numbers on engines other than DuckDB.

DataFusion comes with the development tools. Spark needs `pip install '.[spark]'` and Java 17.
"""

from __future__ import annotations

import importlib.util
import random
import shutil
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from support.histories import load_history
from support.random_histories import AS_OFS, SPECIFICATION, random_history
from support.snapshots import snapshots_of

from predictor.features.facts import Facts, facts_of
from predictor.features.families import build_catalogue
from predictor.features.matrix import compute_features
from predictor.features.table import feature_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from predictor.crm.crm import Crm
    from predictor.features.specification import FeatureSpecification

#: Logarithms, exponentials and divisions may end in another bit.
TOLERANCE = 1e-9


def datafusion() -> Any:
    if importlib.util.find_spec("datafusion") is None:
        pytest.skip("DataFusion is not installed: pip install -e '.[dev]'")
    return ibis.datafusion.connect()


def spark() -> Any:
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip("Spark is not installed: pip install -e '.[spark]', and Java 17")
    from pyspark.sql import SparkSession  # noqa: PLC0415 - seldom installed

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    return ibis.pyspark.connect(session)


@pytest.fixture(scope="module")
def crm() -> Crm:
    return load_history(random_history(random.Random(7), 40).usable())


@pytest.fixture(scope="module")
def snapshots(crm: Crm) -> pd.DataFrame:
    ids = crm.connection.execute(crm.prospects.prospect_id)
    return snapshots_of([*sorted(ids), "unknown"], AS_OFS)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Leave the other engines' own deprecations to them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("connect", [datafusion, spark])
@pytest.mark.parametrize("time_zone", ["UTC", "America/New_York"])
def test_another_engine_gives_the_same_numbers(
    crm: Crm, snapshots: pd.DataFrame, connect: Any, time_zone: str
) -> None:
    specification = replace(SPECIFICATION, time_zone=time_zone)
    expected = compute_features(crm, specification, build_catalogue(specification), snapshots)
    found = _elsewhere(connect(), crm, specification, snapshots)
    assert list(found.columns) == list(expected.columns)
    for name in expected:
        ours, theirs = found[name], expected[name]
        if expected[name].dtype == "float64":
            ours = ours.astype("float64")
            assert np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True), name
        else:
            assert ours.astype("str").equals(theirs), name


def _elsewhere(
    connection: Any, crm: Crm, specification: FeatureSpecification, snapshots: pd.DataFrame
) -> pd.DataFrame:
    """Copy the facts into another engine and compute the features there."""
    facts = Facts(
        **{
            name: ibis.memtable(_plain(crm.connection.to_pyarrow(table)))
            for name, table in facts_of(crm).tables.items()
        }
    )
    as_of = snapshots["as_of"].to_numpy("datetime64[us]")
    keys = pa.table(
        {
            "snapshot_id": pa.array(np.arange(len(snapshots))),
            "prospect_id": pa.array(snapshots["prospect_id"], pa.string()),
            "as_of": pa.array(as_of),
            "as_of_us": pa.array(as_of.astype("int64")),
        }
    )
    features = feature_table(
        facts, specification, build_catalogue(specification), ibis.memtable(keys)
    )
    found = connection.to_pyarrow(features).to_pandas().sort_values("snapshot_id")
    return found.drop(columns="snapshot_id").reset_index(drop=True)


def _plain(table: pa.Table) -> pa.Table:
    """Give a type to the columns that have none, because they hold nothing."""
    return table.cast(
        pa.schema(
            [f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in table.schema]
        )
    )
