"""Histories of prospects as plain Python facts, and the two ways to make a CRM of them.

`read_history` takes the real reading path (files, contract, quarantine). `load_history` is ten
times faster: it applies the contract in plain Python and hands typed tables to the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from predictor.config import Config
from predictor.crm.contract import TABLES
from predictor.crm.crm import Crm, read_crm
from predictor.crm.source import connect

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import ibis.expr.types as ir

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)

#: A `date` that is no `datetime` is a value that has only a date.
Instant = datetime | date


@dataclass(frozen=True)
class Prospect:
    prospect_id: str
    created_at: Instant
    account_id: str | None = None
    owner: str | None = None
    amount: float | None = None
    do_not_contact: bool | None = None
    attributes: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Interaction:
    prospect_id: str
    occurred_at: Instant
    type: str
    channel: str | None = None
    direction: str | None = None
    duration_seconds: float | None = None
    recorded_at: Instant | None = None


@dataclass(frozen=True)
class Answer:
    prospect_id: str
    answered_at: Instant
    grid: str
    question: str
    answer: str
    recorded_at: Instant | None = None


@dataclass(frozen=True)
class Stage:
    prospect_id: str
    entered_at: Instant
    stage: str
    recorded_at: Instant | None = None


@dataclass(frozen=True)
class Outcome:
    prospect_id: str
    closed_at: Instant
    outcome: str
    amount: float | None = None
    reason: str | None = None
    recorded_at: Instant | None = None


Fact = Prospect | Interaction | Answer | Stage | Outcome
_INSTANT_OF: dict[type, str] = {
    Prospect: "created_at",
    Interaction: "occurred_at",
    Answer: "answered_at",
    Stage: "entered_at",
    Outcome: "closed_at",
}


def end_of_day(instant: Instant) -> datetime:
    """Return the instant; a value that has only a date counts as known at the end of that day."""
    if isinstance(instant, datetime):
        return instant
    return datetime.combine(instant, time()) + DAY - MICROSECOND


def happened_at(fact: Fact) -> datetime:
    return end_of_day(getattr(fact, _INSTANT_OF[type(fact)]))


def known_at(fact: Fact) -> datetime:
    """Return when a fact had both occurred and been recorded."""
    recorded_at = getattr(fact, "recorded_at", None)
    if recorded_at is None:
        return happened_at(fact)
    return max(happened_at(fact), end_of_day(recorded_at))


@dataclass(frozen=True)
class History:
    """The facts of some prospects, as the raw tables of a CRM hold them."""

    prospects: tuple[Prospect, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    answers: tuple[Answer, ...] = ()
    stages: tuple[Stage, ...] = ()
    outcomes: tuple[Outcome, ...] = field(default=())

    def __add__(self, other: History) -> History:
        return History(*(mine + theirs for mine, theirs in zip(self.rows, other.rows, strict=True)))

    @property
    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """The five tables, in the order of the contract."""
        return tuple(getattr(self, table.name) for table in fields(self))

    def each(self, change: Callable[[tuple[Any, ...]], Iterable[Any]]) -> History:
        return History(*(tuple(change(rows)) for rows in self.rows))

    def where(self, condition: Callable[[Fact], bool]) -> History:
        return self.each(lambda rows: [fact for fact in rows if condition(fact)])

    def of(self, prospect_id: str) -> History:
        return self.where(lambda fact: fact.prospect_id == prospect_id)

    def shuffled(self, rng: random.Random) -> History:
        return self.each(lambda rows: rng.sample(rows, len(rows)))

    def shifted(self, by: timedelta) -> History:
        return self.each(lambda rows: [_shift(fact, by) for fact in rows])

    def usable(self) -> History:
        """Apply the contract: full instants, no duplicates, one outcome, known prospects only.

        A prospect with outcomes of which none can be used is set aside whole.
        """
        prospects = _first(self.prospects, lambda p: p.prospect_id, happened_at)
        created = {prospect.prospect_id: happened_at(prospect) for prospect in prospects}
        mine = self.where(lambda fact: fact.prospect_id in created)
        outcomes = [o for o in mine.outcomes if happened_at(o) >= created[o.prospect_id]]
        aside = {o.prospect_id for o in mine.outcomes} - {o.prospect_id for o in outcomes}
        mine = mine.where(lambda fact: fact.prospect_id not in aside)
        return History(
            tuple(prospect for prospect in prospects if prospect.prospect_id not in aside),
            _first(mine.interactions, _content, known_at),
            _first(mine.answers, _content, known_at),
            _first(mine.stages, _content, known_at),
            _first(
                outcomes,
                lambda o: o.prospect_id,
                lambda o: (known_at(o), happened_at(o), o.outcome),
            ),
        )


def _shift(fact: Any, by: timedelta) -> Any:
    name = _INSTANT_OF[type(fact)]
    moved = replace(fact, **{name: happened_at(fact) + by})
    if getattr(fact, "recorded_at", None) is not None:
        moved = replace(moved, recorded_at=end_of_day(fact.recorded_at) + by)
    return moved


def _content(fact: Any) -> Any:
    """Return what makes two facts exact duplicates: everything but when they were recorded."""
    return replace(fact, recorded_at=None, **{_INSTANT_OF[type(fact)]: happened_at(fact)})


def _first(
    facts: Iterable[Any], key: Callable[[Any], Any], order: Callable[[Any], Any]
) -> tuple[Any, ...]:
    chosen: dict[Any, Any] = {}
    for fact in sorted(facts, key=order):
        full = _shift(fact, timedelta())
        chosen.setdefault(key(fact), full)
    return tuple(chosen.values())


def read_history(history: History, folder: Path, **config: Any) -> tuple[Crm, Config]:
    """Write a history as Parquet with instants as text, and read it through the contract."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {}
    for contract, facts in zip(TABLES, history.rows, strict=True):
        inputs[contract.name] = f"{contract.name}.parquet"
        table = arrow_table(contract.name, facts, text=True)
        pq.write_table(table, folder / inputs[contract.name])
    configuration = make_config(folder, inputs, **config)
    return read_crm(configuration), configuration


def make_config(folder: Path, inputs: dict[str, str], **config: Any) -> Config:
    source = {"inputs": inputs, "data_until": "2100-01-01"}
    return Config(source=source, folder=folder, **config)


def load_history(history: History) -> Crm:
    """Hand the usable facts of a history to the engine, without files."""
    connection = connect()
    usable = history.usable()
    tables = {
        contract.name: connection.create_table(contract.name, _usable_table(contract.name, facts))
        for contract, facts in zip(TABLES, usable.rows, strict=True)
    }
    nothing = ibis.memtable({"table": []}, schema={"table": "string"})
    return Crm(
        connection=connection,
        quarantine=nothing,
        counts=pd.DataFrame(),
        unreadable=pd.DataFrame(),
        **tables,
    )


def arrow_table(name: str, facts: Iterable[Any], *, text: bool = False) -> pa.Table:
    """Return facts as a raw table of the contract; `text` writes instants as text."""
    facts = list(facts)
    contract = next(table for table in TABLES if table.name == name)
    types = {"number": pa.float64(), "boolean": pa.bool_(), "instant": pa.timestamp("us")}
    columns: dict[str, pa.Array] = {}
    for column in contract.columns:
        values = [getattr(fact, column.name) for fact in facts]
        type_ = types.get(column.type, pa.string())
        if text and column.type == "instant":
            values, type_ = [_text(value) for value in values], pa.string()
        columns[column.name] = pa.array(values, type_)
    if contract.attributes:
        names = dict.fromkeys(key for fact in facts for key, _ in fact.attributes)
        columns |= {
            key: _typed([dict(fact.attributes).get(key) for fact in facts]) for key in names
        }
    return pa.table(columns)


def _typed(values: list[Any]) -> pa.Array:
    """Return an array of the values' own type; text where there is none."""
    array = pa.array(values)
    return array.cast(pa.string()) if pa.types.is_null(array.type) else array


def _text(instant: Instant | None) -> str | None:
    if isinstance(instant, datetime):
        return instant.isoformat(sep=" ", timespec="microseconds")
    return instant and instant.isoformat()


def _usable_table(name: str, facts: tuple[Any, ...]) -> ir.Table:
    table = arrow_table(name, facts)
    if "recorded_at" in table.column_names:
        table = table.drop_columns("recorded_at")
    known = pa.array([known_at(fact) for fact in facts], pa.timestamp("us"))
    return ibis.memtable(table.append_column("known_at", known))
