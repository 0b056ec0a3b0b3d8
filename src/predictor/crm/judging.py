"""Takes the raw tables of a source through the contract, and keeps count of every row.

`predictor.crm.quarantine` holds the rules. Each table is dropped as soon as the next one is made of
it, so that the facts stand in the engine once or twice, and not once for each step.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from predictor.crm import quarantine
from predictor.crm.contract import OUTCOMES, PROSPECTS, TABLES, TableContract, empty_table
from predictor.crm.source import ROW, own_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ibis.backends.duckdb import Backend as DuckDB

_QUARANTINE = own_name("quarantine")
_ORDER = {contract.name: place for place, contract in enumerate(TABLES)}
_COLUMN_ORDER = {c.name: place for table in TABLES for place, c in enumerate(table.columns)}


def _all(table: ir.Table) -> ir.Table:
    return table


class Judge:
    """Judges the tables of one source: first its people, then each table of facts.

    Parameters
    ----------
    connection : DuckDB
        The engine that holds the raw tables, under ``own_name("raw_<table>")``.
    places : mapping of str to str
        The tables that the source has; the others are empty.
    data_until : datetime, optional
        The end of the data; by default now.

    Attributes
    ----------
    data_until : datetime
        The end of the data.
    """

    def __init__(
        self, connection: DuckDB, places: dict[str, str], data_until: datetime | None
    ) -> None:
        now = datetime.now(UTC).replace(tzinfo=None)
        self.data_until = data_until or now
        self._now = max(now, self.data_until)
        self._connection = connection
        self._places = places
        self._numbers = count()
        self._counts: list[pd.DataFrame] = []
        self._unreadable: list[pd.DataFrame] = []
        self._prospects: ir.Table | None = None
        connection.raw_sql(
            f'CREATE TABLE {_QUARANTINE} ("table" VARCHAR, "row" BIGINT, prospect_id VARCHAR, '
            'reason VARCHAR, "value" VARCHAR)'
        )

    @contextmanager
    def people(self) -> Iterator[tuple[ir.Table, ir.Table]]:
        """Judge prospects and outcomes; yield the usable ones, to be used within the block."""
        first = self._keep(quarantine.judge_prospects(self._typed(PROSPECTS), self.data_until))
        closed = self._typed(OUTCOMES)
        outcomes = self._keep(quarantine.judge_outcomes(closed, first, self.data_until, self._now))
        aside = quarantine.set_aside(outcomes)
        self._prospects = self._keep(quarantine.judge_set_aside(first, aside))
        self._drop(first)
        self._drop_raw(PROSPECTS, OUTCOMES)
        self._count(PROSPECTS, self._prospects)
        self._count(OUTCOMES, outcomes)
        yield _usable(self._prospects, PROSPECTS), _usable(outcomes, OUTCOMES)
        self._drop(outcomes)

    @contextmanager
    def facts(
        self, contract: TableContract, part: Callable[[ir.Table], ir.Table] = _all
    ) -> Iterator[ir.Table]:
        """Judge facts; yield the usable ones, to be used within the block.

        Parameters
        ----------
        contract : TableContract
            A table of facts.
        part : callable
            From a table with prospect_id to the rows of some prospects, all their rows; by default
            those of every prospect.
        """
        if self._prospects is None:
            raise RuntimeError("the people are judged before the facts")
        typed, people = self._typed(contract, part), part(self._prospects)
        judged = self._keep(quarantine.judge_facts(typed, contract, people, self.data_until))
        if part is _all:
            self._drop_raw(contract)
        self._count(contract, judged)
        yield _usable(judged, contract)
        self._drop(judged)

    @property
    def quarantine(self) -> ir.Table:
        """The rows that cannot be used: table, row, prospect_id, reason, value."""
        return self._connection.table(_QUARANTINE).order_by("table", "row")

    @property
    def counts(self) -> pd.DataFrame:
        """One row per table and reason ('used' for usable rows): table, reason, rows."""
        counts = pd.concat(self._counts).groupby(["table", "reason"], as_index=False)
        return counts.agg(rows=("rows", "sum")).sort_values(
            ["table", "rows", "reason"],
            key=lambda column: column.map(_ORDER) if column.name == "table" else column,
            ascending=[True, False, True],
            ignore_index=True,
        )

    @property
    def unreadable(self) -> pd.DataFrame:
        """Optional cells that could not be read: table, column, cells, example."""
        cells = pd.concat(self._unreadable).groupby(["table", "column"], as_index=False)
        return cells.agg(cells=("cells", "sum"), example=("example", "min")).sort_values(
            ["table", "column"],
            key=lambda column: column.map(_ORDER if column.name == "table" else _COLUMN_ORDER),
            ignore_index=True,
        )

    def _typed(
        self, contract: TableContract, part: Callable[[ir.Table], ir.Table] = _all
    ) -> ir.Table:
        if contract.name not in self._places:
            raw = empty_table(contract).mutate(**{ROW: ibis.literal(0, "int64")})
        else:
            raw = part(self._connection.table(own_name(f"raw_{contract.name}")))
        return quarantine.type_columns(raw, contract)

    def _drop_raw(self, *contracts: TableContract) -> None:
        for contract in contracts:
            if contract.name in self._places:
                self._drop(self._connection.table(own_name(f"raw_{contract.name}")))

    def _count(self, contract: TableContract, judged: ir.Table) -> None:
        """Take note of what is used, of what is not and why, and of cells that cannot be read."""
        grouped = judged.group_by(reason=judged.rejection.fill_null("used"))
        counts = self._connection.execute(grouped.agg(rows=judged.count()))
        self._counts.append(counts.assign(table=contract.name))
        self._unreadable.append(self._unreadable_cells(contract, judged))
        rejected = judged.filter(judged.rejection.notnull()).select(
            table=ibis.literal(contract.name),
            row=judged[ROW].cast("int64"),
            prospect_id=judged.prospect_id,
            reason=judged.rejection,
            value=judged.rejected_value,
        )
        rows = ibis.to_sql(rejected, dialect="duckdb")
        self._connection.raw_sql(f"INSERT INTO {_QUARANTINE} {rows}")

    def _unreadable_cells(self, contract: TableContract, judged: ir.Table) -> pd.DataFrame:
        names = [c.name for c in contract.columns if c.type in {"number", "boolean"}]
        rows = []
        if names:
            cells = quarantine.unreadable_cells(judged, contract.columns)
            found = self._connection.execute(cells).iloc[0]
            rows = [
                (contract.name, name, int(found[name]), found[f"example_{name}"])
                for name in names
                if not pd.isna(found[name]) and found[name] > 0
            ]
        return pd.DataFrame(rows, columns=["table", "column", "cells", "example"])

    def _keep(self, table: ir.Table) -> ir.Table:
        """Compute a table once and keep it in the engine."""
        return self._connection.create_table(own_name(f"step_{next(self._numbers)}"), table)

    def _drop(self, *tables: ir.Table) -> None:
        for table in tables:
            # Ibis writes a DROP for an in-memory engine that DuckDB 2 does not read.
            self._connection.raw_sql(f"DROP TABLE {table.get_name()}")


def _usable(judged: ir.Table, contract: TableContract) -> ir.Table:
    dropped = {ROW, "rejection", "rejected_value", "recorded_at", "prospect_created_at"}
    dropped |= {"prospect_reason", *(f"raw_{name}" for name in contract.column_names)}
    kept = [name for name in judged.columns if name not in dropped]
    if contract is PROSPECTS:
        # Whoever may have asked not to be contacted is not contacted.
        unreadable = judged.do_not_contact.isnull() & judged.raw_do_not_contact.notnull()
        judged = judged.mutate(do_not_contact=judged.do_not_contact | unreadable)
    return judged.filter(judged.rejection.isnull()).select(*kept)
