"""The engine of this project, on a CRM put together from the files without the contract."""

from __future__ import annotations

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.dataset

from feature_engines.task import FEATURES, HALF_LIFE_DAYS, TYPES, WINDOWS_DAYS, Task, quoted
from predictor.crm.contract import TABLES, TableContract
from predictor.crm.crm import Crm
from predictor.crm.source import connect
from predictor.features.families import build_catalogue
from predictor.features.matrix import MAX_ROWS, feature_chunks
from predictor.features.specification import FeatureSpecification
from predictor.operations.matrix_files import writing_matrix

# Loaded on first use otherwise, in the measured time; as is pyarrow.dataset, of pandas' reader.
_ = ibis.duckdb

SPECIFICATION = FeatureSpecification(
    families=("engagement", "activity", "rhythm"),
    windows_days=WINDOWS_DAYS,
    half_life_days=HALF_LIFE_DAYS,
    types=TYPES,
    timed_types=(),
    other_types=False,
)


def compute(task: Task) -> None:
    """Compute the features with the project's own code."""
    task.output.mkdir(parents=True)
    by_name = {feature.name: feature for feature in build_catalogue(SPECIFICATION)}
    catalogue = [by_name[name] for name in FEATURES]
    snapshots = pd.read_parquet(task.snapshots)
    max_rows = task.chunk_snapshots or MAX_ROWS
    schema = pa.schema({"snapshot_id": pa.int64()} | dict.fromkeys(FEATURES, pa.float64()))
    with writing_matrix(task.output / "features.parquet", schema) as write:
        for places, features in feature_chunks(
            _crm(task), SPECIFICATION, catalogue, snapshots, max_rows
        ):
            ids = pa.array(snapshots["snapshot_id"].to_numpy()[places])
            write(pa.table([ids, *features.columns], schema=schema))


def _crm(task: Task) -> Crm:
    connection = connect()
    connection.raw_sql(f"SET threads = {task.threads}")
    connection.raw_sql(f"SET temp_directory = {quoted(task.scratch)}")
    if task.memory_limit:
        connection.raw_sql(f"SET memory_limit = '{task.memory_limit}'")
    tables = {contract.name: ibis.memtable(_empty(contract)) for contract in TABLES}
    tables["interactions"] = connection.read_parquet(task.interactions)
    return Crm(
        connection=connection,
        quarantine=ibis.memtable({"table": []}, schema={"table": "string"}),
        counts=pd.DataFrame(),
        unreadable=pd.DataFrame(),
        clustered=task.clustered,
        **tables,
    )


def _empty(contract: TableContract) -> pa.Table:
    types = {"instant": pa.timestamp("us"), "number": pa.float64(), "boolean": pa.bool_()}
    columns = {column.name: types.get(column.type, pa.string()) for column in contract.columns}
    columns.pop("recorded_at", None)
    return pa.schema(columns | {"known_at": pa.timestamp("us")}).empty_table()
