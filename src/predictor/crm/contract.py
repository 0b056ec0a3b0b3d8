"""The data contract: five tables, their columns, and how raw values become UTC instants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

from predictor.errors import ContractError

ColumnType = Literal["id", "text", "instant", "number", "boolean"]

#: A value that has only a date counts as known at the end of that day: its last microsecond, so
#: that it lies strictly before the next midnight.
END_OF_DAY = ibis.interval(days=1) - ibis.interval(microseconds=1)
DATE_PATTERN = r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}"


@dataclass(frozen=True)
class Column:
    """A column of the contract; a required one must hold a value in each row."""

    name: str
    type: ColumnType
    required: bool = False


@dataclass(frozen=True)
class TableContract:
    """A table of the contract.

    Attributes
    ----------
    name : str
        The table's name; its SQL file is ``<name>.sql``.
    columns : tuple of Column
        The columns that the contract knows.
    instant : str
        The column that dates the fact.
    attributes : bool
        Whether further columns are welcome (attributes of the prospects).
    """

    name: str
    columns: tuple[Column, ...]
    instant: str
    attributes: bool = False

    @property
    def column_names(self) -> list[str]:
        """Names of the columns that the contract knows."""
        return [column.name for column in self.columns]


def _fact_columns(instant: str, *others: Column) -> tuple[Column, ...]:
    return (
        Column("prospect_id", "id", required=True),
        Column(instant, "instant", required=True),
        *others,
        Column("recorded_at", "instant"),
    )


PROSPECTS = TableContract(
    "prospects",
    (
        Column("prospect_id", "id", required=True),
        Column("created_at", "instant", required=True),
        Column("account_id", "id"),
        Column("owner", "text"),
        Column("amount", "number"),
        Column("do_not_contact", "boolean"),
    ),
    instant="created_at",
    attributes=True,
)
INTERACTIONS = TableContract(
    "interactions",
    _fact_columns(
        "occurred_at",
        Column("type", "text", required=True),
        Column("channel", "text"),
        Column("direction", "text"),
        Column("duration_seconds", "number"),
    ),
    instant="occurred_at",
)
ANSWERS = TableContract(
    "answers",
    _fact_columns(
        "answered_at",
        Column("grid", "text", required=True),
        Column("question", "text", required=True),
        Column("answer", "text", required=True),
    ),
    instant="answered_at",
)
STAGES = TableContract(
    "stages",
    _fact_columns("entered_at", Column("stage", "text", required=True)),
    instant="entered_at",
)
OUTCOMES = TableContract(
    "outcomes",
    _fact_columns(
        "closed_at",
        Column("outcome", "text", required=True),
        Column("amount", "number"),
        Column("reason", "text"),
    ),
    instant="closed_at",
)
TABLES = (PROSPECTS, INTERACTIONS, ANSWERS, STAGES, OUTCOMES)
#: The tables of dated facts, with `known_at`: the instant from which a snapshot may use the fact.
FACT_TABLES = (INTERACTIONS, ANSWERS, STAGES)

_FALSE_WORDS = ("false", "f", "no", "n", "0", "0.0", "non", "faux", "off")
_TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0", "oui", "o", "vrai", "v", "on", "x")
#: Columns that the predictor puts beside those of a source while it judges the rows.
RESERVED = frozenset(
    {"known_at", "rejection", "rejected_value", "prospect_created_at", "prospect_reason"}
    | {"set_aside_reason", "_place", "_row_1"}
    | {f"raw_{column.name}" for table in TABLES for column in table.columns}
)


def empty_table(contract: TableContract) -> ir.Table:
    """Return the table of the contract without rows, for a source that does not have it."""
    schema = {column.name: "string" for column in contract.columns}
    return ibis.memtable({name: [] for name in schema}, schema=schema)


def check_columns(contract: TableContract, names: list[str], place: str) -> None:
    """Refuse a table that lacks a required column or has one that the contract does not know.

    Parameters
    ----------
    contract : TableContract
        What the table must be.
    names : list of str
        The columns that the source yields.
    place : str
        The file that yields them, for the message.

    Raises
    ------
    ContractError
        Naming the place, the column and the valid ones.
    """
    valid = ", ".join(
        column.name if column.required else f"{column.name}?" for column in contract.columns
    )
    for column in contract.columns:
        if column.required and column.name not in names:
            raise ContractError(
                f"{place}: yields no column '{column.name}'; it yields {', '.join(names)}; "
                f"the contract of {contract.name} is {valid} (? = optional)"
            )
    reserved = RESERVED.intersection(names)
    if reserved:
        raise ContractError(
            f"{place}: yields a column '{min(reserved)}', a name that the predictor uses itself; "
            "rename it"
        )
    unknown = [name for name in names if name not in contract.column_names]
    if unknown and not contract.attributes:
        raise ContractError(
            f"{place}: yields a column '{unknown[0]}' that the contract of {contract.name} does "
            f"not know; leave it out or name it as one of {valid} (? = optional)"
        )


def typed(value: ir.Value, type_: ColumnType) -> ir.Value:
    """Read a raw value as a type of the contract; what cannot be read becomes missing."""
    if type_ == "instant":
        return as_instant(value)
    if type_ == "boolean":
        return _as_boolean(value)
    if type_ == "number":
        return _as_number(value)
    return as_text(value)


def as_text(value: ir.Value) -> ir.StringValue:
    """Read any value as text; blank text and NaN are missing, and 7.0 is '7' as an integer is."""
    text = value.cast("string").strip().nullif("")
    if not value.type().is_floating():
        return text
    whole = value.try_cast("int64")
    text = (whole.cast("float64") == value).ifelse(whole.cast("string"), text)
    return value.isnan().ifelse(ibis.null("string"), text)


def _as_number(value: ir.Value) -> ir.Value:
    kind = value.type()
    if not (kind.is_numeric() or kind.is_boolean()):
        value = value.cast("string").strip()
    number = value.try_cast("float64")
    return (number.isnan() | number.isinf()).ifelse(ibis.null("float64"), number)


def _as_boolean(value: ir.Value) -> ir.Value:
    if value.type().is_boolean():
        return value
    word = value.cast("string").strip().lower()
    return ibis.cases((word.isin(_TRUE_WORDS), True), (word.isin(_FALSE_WORDS), False))


def as_instant(value: ir.Value) -> ir.TimestampValue:
    """Read a date, a timestamp or ISO text as a UTC instant (microseconds, no zone).

    A timestamp without a zone is taken as UTC. A date, or text that has only a date, becomes the
    last microsecond of its day. What lies outside the years 1 to 9999 is no instant.
    """
    kind = value.type()
    if kind.is_date():
        instant = value.try_cast("timestamp(6)")
    elif kind.is_timestamp():
        # The cast from a zone goes by the session's zone, which is UTC.
        return _of_our_era(value.cast("timestamp(6)"))
    elif kind.is_string():
        text = value.strip()
        # DuckDB ignores an offset in text that it casts to a timestamp without a zone.
        instant = text.try_cast("timestamp('UTC', 6)").cast("timestamp(6)")
        instant = text.re_search(DATE_PATTERN).ifelse(instant, ibis.null("timestamp(6)"))
        at = _of_our_era(instant)
        return text.contains(":").ifelse(at, at + END_OF_DAY)
    else:
        return ibis.null("timestamp(6)")
    return _of_our_era(instant) + END_OF_DAY


def _of_our_era(instant: ir.TimestampValue) -> ir.TimestampValue:
    """Drop the infinities of DuckDB and years that Python cannot say."""
    inside = (instant >= ibis.timestamp(1, 1, 1, 0, 0, 0)) & (
        instant < ibis.timestamp(9999, 12, 31, 0, 0, 0)
    )
    return inside.ifelse(instant, ibis.null("timestamp(6)"))
