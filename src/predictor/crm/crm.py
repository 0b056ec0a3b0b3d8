"""The facts of a CRM after the contract: usable tables, the quarantine, and what was counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from predictor.crm import quarantine
from predictor.crm.contract import (
    FACT_TABLES,
    OUTCOMES,
    PROSPECTS,
    TABLES,
    TableContract,
    empty_table,
)
from predictor.crm.source import ROW, connect, load_raw_tables, own_name
from predictor.errors import SourceError

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend as DuckDB

    from predictor.config import Config

DAY = timedelta(days=1)
#: Control characters that no CRM writes, so that moving text from one cell to the next is a change.
CELL_SEPARATOR = "\x1f"
MISSING_CELL = "\x1e"


@dataclass(frozen=True)
class Crm:
    """What a CRM knows, each table holding usable rows only.

    Attributes
    ----------
    connection : DuckDB
        The engine that holds the tables.
    prospects, interactions, answers, stages, outcomes : ir.Table
        The columns of the contract and `known_at`, the instant from which a snapshot may use
        the fact: the later of the fact's time and of `recorded_at`. Prospects also
        hold their attributes.
    quarantine : ir.Table
        Rows that cannot be used: table, row, prospect_id, reason, value.
    counts : pd.DataFrame
        One row per table and reason ('used' for usable rows): table, reason, rows.
    unreadable : pd.DataFrame
        Optional cells that could not be read: table, column, cells, example. They count as missing,
        those of do_not_contact as true.
    """

    connection: DuckDB
    prospects: ir.Table
    interactions: ir.Table
    answers: ir.Table
    stages: ir.Table
    outcomes: ir.Table
    quarantine: ir.Table
    counts: pd.DataFrame
    unreadable: pd.DataFrame

    @property
    def tables(self) -> dict[str, ir.Table]:
        """The five tables by name, in the order of the contract."""
        return {contract.name: getattr(self, contract.name) for contract in TABLES}

    @property
    def attribute_names(self) -> list[str]:
        """Columns of the prospects beyond the contract."""
        known = {*PROSPECTS.column_names, "known_at"}
        return [name for name in self.prospects.columns if name not in known]

    def known_at(self, instant: datetime) -> Crm:
        """Return the CRM as it stood at an instant: only facts known strictly before it.

        This is the only door through which training and scoring see outcomes.

        Parameters
        ----------
        instant : datetime
            UTC, without a zone.
        """
        cut = ibis.literal(instant)
        return replace(
            self,
            **{name: table.filter(table.known_at < cut) for name, table in self.tables.items()},
        )

    def last_instant(self) -> datetime:
        """Return the midnight (UTC) that follows the latest creation or interaction.

        Outcomes do not count: a closing date typed wrong would move the end of the data.

        Raises
        ------
        SourceError
            If there is no usable prospect.
        """
        latest = [
            self.connection.execute(table[column].max())
            for table, column in ((self.prospects, "created_at"), (self.interactions, "known_at"))
        ]
        known = [pd.Timestamp(value) for value in latest if not pd.isna(value)]
        if not known:
            raise SourceError(
                "the source has no usable prospect; 'predictor check' says what was quarantined"
            )
        last = max(known)
        midnight: datetime = (last.normalize() + DAY).to_pydatetime()
        return midnight

    def fingerprints(self) -> dict[str, str]:
        """Return rows and a checksum of each usable table, the same for any order of rows."""
        return {name: _fingerprint(self.connection, table) for name, table in self.tables.items()}


def read_crm(config: Config) -> Crm:
    """Read a source through the contract.

    Parameters
    ----------
    config : Config
        Names the source.

    Returns
    -------
    Crm
        Usable tables, quarantine and counts; per table, rows in = rows used + rows quarantined.

    Raises
    ------
    SourceError, ContractError
        If the source cannot be read or a table breaks the contract as a whole.
    """
    connection = connect()
    places = load_raw_tables(config, connection)
    now = datetime.now(UTC).replace(tzinfo=None)
    data_until = config.source.data_until or now

    def typed(contract: TableContract) -> ir.Table:
        raw = (
            connection.table(own_name(f"raw_{contract.name}"))
            if contract.name in places
            else empty_table(contract).mutate(**{ROW: ibis.literal(0, "int64")})
        )
        return _keep(connection, f"typed_{contract.name}", quarantine.type_columns(raw, contract))

    typed_tables = {contract.name: typed(contract) for contract in TABLES}
    judged = _judge(connection, typed_tables, data_until, max(now, data_until))
    tables = {
        contract.name: _keep(connection, contract.name, _usable(judged[contract.name], contract))
        for contract in TABLES
    }
    rejected = _keep(connection, "quarantine", _rejected(judged))
    return Crm(
        connection=connection,
        quarantine=rejected,
        counts=_count(connection, judged),
        unreadable=_unreadable(connection, typed_tables),
        **tables,
    )


def _keep(connection: DuckDB, name: str, table: ir.Table) -> ir.Table:
    """Compute a table once and keep it in the engine."""
    return connection.create_table(own_name(name), table)


def _judge(
    connection: DuckDB,
    typed_tables: dict[str, ir.Table],
    data_until: datetime,
    now: datetime,
) -> dict[str, ir.Table]:
    prospects = _keep(
        connection,
        "first_prospects",
        quarantine.judge_prospects(typed_tables[PROSPECTS.name], data_until),
    )
    outcomes = _keep(
        connection,
        "judged_outcomes",
        quarantine.judge_outcomes(typed_tables[OUTCOMES.name], prospects, data_until, now),
    )
    prospects = _keep(
        connection,
        "judged_prospects",
        quarantine.judge_set_aside(prospects, quarantine.set_aside(outcomes)),
    )
    facts = {
        contract.name: _keep(
            connection,
            f"judged_{contract.name}",
            quarantine.judge_facts(typed_tables[contract.name], contract, prospects, data_until),
        )
        for contract in FACT_TABLES
    }
    return {PROSPECTS.name: prospects, **facts, OUTCOMES.name: outcomes}


def _usable(judged: ir.Table, contract: TableContract) -> ir.Table:
    dropped = {ROW, "rejection", "rejected_value", "recorded_at", "prospect_created_at"}
    dropped |= {"prospect_reason", *(f"raw_{name}" for name in contract.column_names)}
    kept = [name for name in judged.columns if name not in dropped]
    if contract is PROSPECTS:
        # Whoever may have asked not to be contacted is not contacted.
        unreadable = judged.do_not_contact.isnull() & judged.raw_do_not_contact.notnull()
        judged = judged.mutate(do_not_contact=judged.do_not_contact | unreadable)
    return judged.filter(judged.rejection.isnull()).select(*kept)


def _rejected(judged: dict[str, ir.Table]) -> ir.Table:
    parts = [
        table.filter(table.rejection.notnull()).select(
            table=ibis.literal(name),
            row=table[ROW].cast("int64"),
            prospect_id=table.prospect_id,
            reason=table.rejection,
            value=table.rejected_value,
        )
        for name, table in judged.items()
    ]
    return ibis.union(*parts).order_by("table", "row")


def _count(connection: DuckDB, judged: dict[str, ir.Table]) -> pd.DataFrame:
    parts = [
        table.group_by(reason=table.rejection.fill_null("used"))
        .agg(rows=lambda t: t.count())
        .mutate(table=ibis.literal(name))
        .select("table", "reason", "rows")
        for name, table in judged.items()
    ]
    counts: pd.DataFrame = connection.execute(ibis.union(*parts))
    order = {name: place for place, name in enumerate(judged)}
    return counts.sort_values(
        ["table", "rows", "reason"],
        key=lambda column: column.map(order) if column.name == "table" else column,
        ascending=[True, False, True],
        ignore_index=True,
    )


def _unreadable(connection: DuckDB, typed_tables: dict[str, ir.Table]) -> pd.DataFrame:
    rows = []
    for contract in TABLES:
        table = typed_tables[contract.name]
        if not any(c.type in {"number", "boolean"} for c in contract.columns):
            continue
        found = connection.execute(quarantine.unreadable_cells(table, contract.columns)).iloc[0]
        rows += [
            (contract.name, name, int(cells), found[f"example_{name}"])
            for name, cells in found.items()
            if not name.startswith("example_") and not pd.isna(cells) and cells > 0
        ]
    return pd.DataFrame(rows, columns=["table", "column", "cells", "example"])


def _fingerprint(connection: DuckDB, table: ir.Table) -> str:
    # MD5 is stable across versions of DuckDB; the sum does not depend on the order of the rows.
    cells = [table[name].cast("string").fill_null(MISSING_CELL) for name in table.columns]
    joined = ibis.literal(CELL_SEPARATOR).join(cells)
    lines = ibis.to_sql(table.select(line=joined), dialect="duckdb")
    rows, total = connection.raw_sql(
        f"SELECT count(*), coalesce(sum((md5_number_lower(line) >> 16)::HUGEINT), 0) FROM ({lines})"
    ).fetchall()[0]
    return f"{rows} rows, {int(total) % 2**64:016x}"
