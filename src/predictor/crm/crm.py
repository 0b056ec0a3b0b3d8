"""The facts of a CRM after the contract: usable tables, the quarantine, and what was counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from predictor.crm.contract import (
    FACT_TABLES,
    OUTCOMES,
    PROSPECTS,
    TABLES,
    TableContract,
)
from predictor.crm.judging import Judge
from predictor.crm.source import connect, load_raw_tables, own_name
from predictor.crm.store.manifest import Manifest, read_manifest
from predictor.crm.store.views import open_views
from predictor.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

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
    stored : Manifest, optional
        What a store says of these tables, where they are those of a store, whole.
    clustered : bool
        Whether the facts lie sorted by prospect, as in a store.
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
    stored: Manifest | None = None
    clustered: bool = False

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
            stored=None,
            **{name: table.filter(table.known_at < cut) for name, table in self.tables.items()},
        )

    def of_prospect(self, prospect_id: str) -> Crm:
        """Return what the CRM knows of one prospect alone; a store reads little else for it."""
        return replace(
            self,
            stored=None,
            **{
                name: table.filter(table.prospect_id == ibis.literal(prospect_id))
                for name, table in self.tables.items()
            },
        )

    def last_instant(self) -> datetime:
        """Return the midnight (UTC) that follows the latest creation or interaction.

        Outcomes do not count: a closing date typed wrong would move the end of the data.

        Raises
        ------
        SourceError
            If there is no usable prospect.
        """
        if self.stored is not None and self.stored.last_instant is not None:
            return self.stored.last_instant
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
        if self.stored is not None:
            return self.stored.fingerprints
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
    if config.source.store is not None:
        return open_store(config.path(config.source.store))
    connection = connect()
    judge = Judge(connection, load_raw_tables(config, connection), config.source.data_until)
    tables = {}
    with judge.people() as (prospects, outcomes):
        tables[PROSPECTS.name] = _keep(connection, PROSPECTS, prospects)
        tables[OUTCOMES.name] = _keep(connection, OUTCOMES, outcomes)
    for contract in FACT_TABLES:
        with judge.facts(contract) as facts:
            tables[contract.name] = _keep(connection, contract, facts)
    return Crm(
        connection=connection,
        quarantine=judge.quarantine,
        counts=judge.counts,
        unreadable=judge.unreadable,
        **tables,
    )


def open_store(folder: Path) -> Crm:
    """Open what ``predictor cluster`` wrote; its files are read in place.

    Raises
    ------
    SourceError
        If there is no store, it has another format, or a file is missing or was changed.
    """
    manifest = read_manifest(folder)
    return crm_of_views(folder, manifest.types, manifest)


def crm_of_views(
    folder: Path, types: dict[str, dict[str, str]], manifest: Manifest | None = None
) -> Crm:
    """Return a CRM over the files of a store; without a manifest it has no counts."""
    connection = connect()
    return Crm(
        connection=connection,
        counts=manifest.counts_frame if manifest else pd.DataFrame(),
        unreadable=manifest.unreadable_frame if manifest else pd.DataFrame(),
        stored=manifest,
        clustered=True,
        **open_views(connection, folder, types),
    )


def _keep(connection: DuckDB, contract: TableContract, usable: ir.Table) -> ir.Table:
    """Compute a table once and keep it in the engine."""
    return connection.create_table(own_name(contract.name), usable)


def _fingerprint(connection: DuckDB, table: ir.Table) -> str:
    # MD5 is stable across versions of DuckDB; the sum does not depend on the order of the rows.
    cells = [table[name].cast("string").fill_null(MISSING_CELL) for name in table.columns]
    joined = ibis.literal(CELL_SEPARATOR).join(cells)
    lines = ibis.to_sql(table.select(line=joined), dialect="duckdb")
    rows, total = connection.raw_sql(
        f"SELECT count(*), coalesce(sum((md5_number_lower(line) >> 16)::HUGEINT), 0) FROM ({lines})"
    ).fetchall()[0]
    return f"{rows} rows, {int(total) % 2**64:016x}"
