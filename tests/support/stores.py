"""Stores written from small sources, and what the engine reads of a store's files."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.sources import Row, Tables, csv_text, write_config

from predictor.config_file import parse_config
from predictor.operations.clustering import cluster

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir
    import pandas as pd

    from predictor.config import Config
    from predictor.crm.crm import Crm

UNTIL = "2024-06-30"


def stored(config: Config, folder: Path) -> Config:
    """Cluster a source into ``folder/store``, and return a configuration that names the store."""
    cluster(config, folder / "store", lambda _: None)
    return parse_config("source: {store: store}", folder / "stored.yaml")


def source_of(tables: Tables, folder: Path) -> Config:
    """Write tables as CSV files and return the configuration that names them."""
    files = {f"{table}.csv": csv_text(rows) for table, rows in tables.items()}
    inputs = ", ".join(f"{table}: {table}.csv" for table in tables)
    return write_config(folder, files, f"{{inputs: {{{inputs}}}, data_until: {UNTIL}}}")


def frames(crm: Crm) -> dict[str, pd.DataFrame]:
    """Return every table and the quarantine, their rows in one order."""
    tables = {**crm.tables, "quarantine": crm.quarantine}
    return {
        name: crm.connection.execute(table.order_by(table.columns))
        for name, table in tables.items()
    }


def messy_tables(seed: int, n_rows: int = 300) -> Tables:
    """Return a CRM with every kind of mistake: unknown prospects, bad dates, duplicates, blanks."""
    rng = random.Random(seed)
    ids = [*(f"P{number}" for number in range(40)), " P1", "", None]
    dates = [
        *(f"2024-0{rng.randint(1, 6)}-{rng.randint(10, 28)} 08:00" for _ in range(9)),
        "2024-03-01",
        "2999-01-01",
        "soon",
        None,
    ]

    def rows(number: int, **columns: list[Any]) -> list[Row]:
        return [{name: rng.choice(of) for name, of in columns.items()} for _ in range(number)]

    return {
        "prospects": [
            *({"prospect_id": f"P{n}", "created_at": "2024-01-02", "page": "a"} for n in range(30)),
            *rows(20, prospect_id=ids, created_at=dates, page=["b", None], amount=["5", "5 EUR"]),
        ],
        "interactions": rows(
            n_rows,
            prospect_id=ids,
            occurred_at=dates,
            type=["call", "mail", None],
            recorded_at=dates,
            duration_seconds=["60", None, *(f"{rng.randint(100, 999)} min" for _ in range(30))],
        ),
        "answers": rows(
            60,
            prospect_id=ids,
            answered_at=dates,
            grid=["BANT"],
            question=["need"],
            answer=["a", "b"],
        ),
        "outcomes": rows(
            15, prospect_id=ids, closed_at=dates, outcome=["won", "lost", "?"], recorded_at=dates
        ),
    }


def row_groups_scanned(crm: Crm, table: ir.Table) -> tuple[int, int]:
    """Return how many row groups of one file the engine looks into, and how many it has."""
    rows = crm.connection.raw_sql(f"EXPLAIN ANALYZE {table.compile()}").fetchall()
    found = re.findall(r"Row Groups Scanned: (\d+) / (\d+)", rows[0][1])
    ((scanned, total),) = found
    return int(scanned), int(total)


def bytes_read(crm: Crm, work: Callable[[], object]) -> dict[str, int]:
    """Return how many bytes of each file the engine reads for some work."""
    engine = crm.connection
    engine.raw_sql("CALL enable_logging('FileSystem')")
    engine.raw_sql("CALL truncate_duckdb_logs()")
    work()
    rows = engine.raw_sql(
        "SELECT path, sum(bytes)::BIGINT FROM duckdb_logs_parsed('FileSystem') "
        "WHERE op = 'READ' GROUP BY path"
    ).fetchall()
    engine.raw_sql("CALL disable_logging()")
    return {Path(path).name: n_bytes for path, n_bytes in rows}
