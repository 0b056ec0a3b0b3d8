"""Judges every row by the contract: rows in = rows used + rows quarantined, always.

A rule gives a row the reason for which it cannot be used; the first rule that applies counts.
No rule looks at facts that are learnt later than the row itself, so that a later fact never changes
what an earlier instant sees. There is one deliberate exception: a prospect whose outcomes all lack
a usable date is neither open nor dated, and is set aside whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from predictor.crm.contract import OUTCOMES, PROSPECTS, Column, TableContract, as_text, typed
from predictor.crm.source import ROW

if TYPE_CHECKING:
    from datetime import datetime

OUTCOME_WORDS = ("won", "lost")
SET_ASIDE = "prospect set aside: "
AFTER_THE_END = "after the end of the data"


def type_columns(raw: ir.Table, contract: TableContract) -> ir.Table:
    """Read every column of the contract; keep the raw text of the required ones and of instants.

    Returns
    -------
    ir.Table
        The contract's columns, the attributes where the contract welcomes them, `ROW`, `known_at`
        (from which instant a snapshot may use the fact), and ``raw_<column>`` as text.
    """
    names = raw.columns
    columns = {ROW: raw[ROW]}
    for column in contract.columns:
        value = raw[column.name] if column.name in names else ibis.null("string")
        columns[column.name] = typed(value, column.type)
        columns[f"raw_{column.name}"] = as_text(value)
    if contract.attributes:
        columns |= {name: raw[name] for name in names if name not in (ROW, *contract.column_names)}
    table = raw.select(**columns)
    known_at = table[contract.instant]
    if "recorded_at" in contract.column_names:
        known_at = ibis.greatest(known_at, table.recorded_at.fill_null(known_at))
    return table.mutate(known_at=known_at)


def judge_prospects(table: ir.Table, data_until: datetime) -> ir.Table:
    """Add `rejection` and `rejected_value` to prospects; usable rows have no rejection."""
    judged = _judge(
        table, _required_rules(table, PROSPECTS) + _future_rules(table, data_until, "created_at")
    )
    first = ibis.row_number().over(
        group_by=[judged.prospect_id, judged.rejection.isnull()],
        order_by=[judged.created_at, judged[ROW]],
    )
    judged = judged.mutate(_place=first)
    duplicate = judged.rejection.isnull() & (judged["_place"] > 0)
    return judged.mutate(
        rejection=duplicate.ifelse("duplicate prospect_id", judged.rejection),
        rejected_value=duplicate.ifelse(judged.prospect_id, judged.rejected_value),
    ).drop("_place")


def judge_outcomes(
    table: ir.Table, prospects: ir.Table, data_until: datetime, now: datetime
) -> ir.Table:
    """Add `rejection` and `rejected_value` to typed outcomes.

    An outcome after `data_until` has not happened yet, and its prospect is still open; one in the
    future even of `now` has no usable date. Of several usable outcomes of a prospect the one known
    first counts: a later correction never rewrites what an earlier instant knew.
    """
    table = _with_prospects(table, prospects)
    word = table.outcome.lower()
    rules = [
        *_prospect_rules(table),
        (table.prospect_reason.notnull(), "prospect set aside", table.prospect_id),
        *_required_rules(table, OUTCOMES),
        (~word.isin(OUTCOME_WORDS), "outcome is neither won nor lost", table.outcome),
        (table.known_at > ibis.literal(now), "closed in the future", table.raw_closed_at),
        *_future_rules(table, data_until, "closed_at"),
        (
            table.closed_at < table.prospect_created_at,
            "closed before creation",
            table.raw_closed_at,
        ),
    ]
    judged = _judge(table, rules).mutate(outcome=word)
    place = ibis.row_number().over(
        group_by=[judged.prospect_id, judged.rejection.isnull()],
        order_by=[judged.known_at, judged.closed_at, judged.outcome, judged[ROW]],
    )
    judged = judged.mutate(_place=place)
    later = judged.rejection.isnull() & (judged["_place"] > 0)
    return judged.mutate(
        rejection=later.ifelse("another outcome was known before", judged.rejection),
        rejected_value=later.ifelse(judged.outcome, judged.rejected_value),
    ).drop("_place")


def set_aside(outcomes: ir.Table) -> ir.Table:
    """Return the prospects that have outcomes but none with a usable date, each with the reason."""
    # What comes after the end of the data must not tell which prospects there were before it.
    not_yet = (outcomes.rejection == AFTER_THE_END).fill_null(False)
    known = outcomes.filter(outcomes.prospect_created_at.notnull() & ~not_yet)
    grouped = known.group_by("prospect_id").agg(
        usable=known.rejection.isnull().any(), set_aside_reason=known.rejection.min()
    )
    return grouped.filter(~grouped.usable).drop("usable")


def judge_set_aside(prospects: ir.Table, aside: ir.Table) -> ir.Table:
    """Quarantine the usable rows of prospects that are set aside."""
    joined = prospects.left_join(aside, "prospect_id")
    hit = joined.rejection.isnull() & joined.set_aside_reason.notnull()
    return joined.mutate(
        rejection=hit.ifelse(ibis.literal(SET_ASIDE) + joined.set_aside_reason, joined.rejection),
        rejected_value=hit.ifelse(joined.prospect_id, joined.rejected_value),
    ).select(*prospects.columns)


def judge_facts(
    table: ir.Table, contract: TableContract, prospects: ir.Table, data_until: datetime
) -> ir.Table:
    """Add `rejection` and `rejected_value` to typed interactions, answers or stages."""
    table = _with_prospects(table, prospects)
    rules = [
        *_prospect_rules(table),
        (table.prospect_reason.notnull(), "prospect set aside", table.prospect_id),
        *_required_rules(table, contract),
        *_future_rules(table, data_until, contract.instant),
    ]
    judged = _judge(table, rules)
    same = [judged[c.name] for c in contract.columns if c.name != "recorded_at"]
    place = ibis.row_number().over(
        group_by=[*same, judged.rejection.isnull()], order_by=[judged.known_at, judged[ROW]]
    )
    judged = judged.mutate(_place=place)
    duplicate = judged.rejection.isnull() & (judged["_place"] > 0)
    return judged.mutate(
        rejection=duplicate.ifelse("exact duplicate", judged.rejection),
        rejected_value=duplicate.ifelse(judged[f"raw_{contract.instant}"], judged.rejected_value),
    ).drop("_place")


Rule = tuple[ir.BooleanValue, str, ir.Value]


def _judge(table: ir.Table, rules: list[Rule]) -> ir.Table:
    """Give each row the reason of the first rule that applies, and the value that broke it."""
    reason = ibis.cases(*((condition, reason) for condition, reason, _ in rules))
    value = ibis.cases(*((condition, value.cast("string")) for condition, _, value in rules))
    return table.mutate(rejection=reason.cast("string"), rejected_value=value.cast("string"))


def _with_prospects(table: ir.Table, prospects: ir.Table) -> ir.Table:
    """Put beside each fact the creation of its prospect and whether that prospect can be used."""
    usable = prospects.rejection.isnull()
    known = prospects.filter(prospects.prospect_id.notnull())
    known = known.group_by("prospect_id").agg(
        # One usable row is enough: a second, broken row of a prospect takes nothing away from it.
        prospect_created_at=ibis.coalesce(
            known.created_at.min(where=usable), known.created_at.min()
        ),
        prospect_reason=usable.any().ifelse(ibis.null("string"), known.rejection.min()),
    )
    return table.left_join(known, "prospect_id").select(
        *(table[name] for name in table.columns), known.prospect_created_at, known.prospect_reason
    )


def _prospect_rules(table: ir.Table) -> list[Rule]:
    return [
        (table.prospect_id.isnull(), "no prospect_id", table.raw_prospect_id),
        (
            table.prospect_created_at.isnull() & table.prospect_reason.isnull(),
            "unknown prospect",
            table.prospect_id,
        ),
    ]


def _required_rules(table: ir.Table, contract: TableContract) -> list[Rule]:
    rules: list[Rule] = []
    for column in contract.columns:
        raw = table[f"raw_{column.name}"]
        if column.required:
            rules.append((raw.isnull(), f"no {column.name}", raw))
        if column.type == "instant":
            unreadable = raw.notnull() & table[column.name].isnull()
            rules.append((unreadable, f"{column.name} is not a date", raw))
    return rules


def _future_rules(table: ir.Table, data_until: datetime, instant: str) -> list[Rule]:
    late = table.known_at > ibis.literal(data_until)
    return [(late, AFTER_THE_END, table[f"raw_{instant}"])]


def unreadable_cells(table: ir.Table, columns: tuple[Column, ...]) -> ir.Table:
    """Count optional numbers and truth values that could not be read and count as missing."""
    optional = [c.name for c in columns if c.type in {"number", "boolean"}]
    aggregates = {
        name: (table[f"raw_{name}"].notnull() & table[name].isnull()).sum() for name in optional
    }
    examples = {
        f"example_{name}": table[f"raw_{name}"].min(where=table[name].isnull()) for name in optional
    }
    return table.aggregate(**aggregates, **examples)
