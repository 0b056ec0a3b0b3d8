"""What a CRM knew at an instant, where its data end, and how its tables are told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import ibis
import pytest
from support.sources import counted, read_tables

from predictor.crm.contract import TABLES
from predictor.errors import SourceError

MICROSECOND = timedelta(microseconds=1)
TABLES_IN = {
    "prospects": [
        {"prospect_id": "P1", "created_at": "2024-01-10 08:00", "page": "home", "amount": "5"},
        {"prospect_id": "P2", "created_at": "2024-02-10", "page": "price", "owner": "Ann"},
        {"prospect_id": "P3", "created_at": "2024-03-10", "account_id": "x|y", "owner": "z"},
    ],
    "interactions": [
        # recorded after it occurred, and before (a planned call): the later of the two counts
        {
            "prospect_id": "P1",
            "occurred_at": "2024-02-01 09:00",
            "type": "call",
            "recorded_at": "2024-02-03 10:00",
        },
        {
            "prospect_id": "P1",
            "occurred_at": "2024-02-05 09:00",
            "type": "mail",
            "recorded_at": "2024-02-01 10:00",
        },
        {"prospect_id": "P2", "occurred_at": "2024-03-15 18:00", "type": "call"},
        {"prospect_id": "P2", "occurred_at": "2024-03-15 18:00", "type": "call"},
    ],
    "outcomes": [
        {
            "prospect_id": "P1",
            "closed_at": "2024-03-01",
            "outcome": "won",
            "recorded_at": "2024-03-05",
        },
        {"prospect_id": "P2", "closed_at": "2024-06-01", "outcome": "lost"},
    ],
}


@pytest.fixture(scope="module")
def crm():
    return read_tables(TABLES_IN)


def known(crm, table: str, instant: datetime) -> int:
    return crm.connection.execute(crm.known_at(instant).tables[table].count())


@pytest.mark.parametrize(
    ("table", "rows_before", "instant"),
    [
        ("prospects", 0, datetime(2024, 1, 10, 8)),
        # a date alone is known at the end of its day, so strictly before the next midnight
        ("prospects", 1, datetime(2024, 2, 10, 23, 59, 59, 999_999)),
        ("interactions", 0, datetime(2024, 2, 3, 10)),
        ("interactions", 1, datetime(2024, 2, 5, 9)),
        ("interactions", 2, datetime(2024, 3, 15, 18)),
        ("outcomes", 0, datetime(2024, 3, 5, 23, 59, 59, 999_999)),
        ("outcomes", 1, datetime(2024, 6, 1, 23, 59, 59, 999_999)),
    ],
)
def test_a_fact_is_known_strictly_after_its_instant(crm, table, rows_before, instant):
    assert known(crm, table, instant) == rows_before
    assert known(crm, table, instant + MICROSECOND) == rows_before + 1


def test_every_table_bears_the_instant_from_which_it_may_be_used(crm):
    for contract in TABLES:
        columns = crm.tables[contract.name].columns
        expected = [name for name in contract.column_names if name != "recorded_at"]
        assert [name for name in columns if name in expected] == expected
        assert "known_at" in columns
        assert not {"rejection", "rejected_value", "_row", "recorded_at"} & set(columns)
    assert crm.attribute_names == ["page"]


def test_a_table_that_the_source_lacks_is_empty(crm):
    assert crm.connection.execute(crm.answers.count()) == 0
    assert crm.answers.answered_at.type().is_timestamp()
    assert counted(crm, "answers") == {}


def test_counts_stand_in_the_order_of_the_contract_used_rows_first(crm):
    assert crm.counts.values.tolist() == [
        ["prospects", "used", 3],
        ["interactions", "used", 3],
        ["interactions", "exact duplicate", 1],
        ["outcomes", "used", 2],
    ]


def test_the_data_end_at_the_midnight_after_the_last_creation_or_interaction(crm):
    # not at the outcome of 2024-06-01
    assert crm.last_instant() == datetime(2024, 3, 16)
    assert crm.known_at(datetime(2024, 3, 15)).last_instant() == datetime(2024, 3, 11)
    assert crm.known_at(datetime(2024, 2, 1)).last_instant() == datetime(2024, 1, 11)


def test_a_source_without_a_usable_prospect_says_so(crm):
    with pytest.raises(SourceError) as caught:
        crm.known_at(datetime(2020, 1, 1)).last_instant()
    assert str(caught.value) == (
        "the source has no usable prospect; 'predictor check' says what was quarantined"
    )


def test_fingerprints_do_not_depend_on_the_order_of_rows(crm):
    prints = crm.fingerprints()
    shuffled = {
        name: table.order_by(ibis.desc("prospect_id")) for name, table in crm.tables.items()
    }
    assert replace(crm, **shuffled).fingerprints() == prints
    assert read_tables(
        {name: rows[::-1] for name, rows in TABLES_IN.items()}
    ).fingerprints() == prints  # fmt: skip
    assert prints["prospects"].startswith("3 rows, ")
    assert prints["answers"] == "0 rows, 0000000000000000"


CHANGES = {
    "a cell": lambda t: t.mutate(page=(t.prospect_id == "P1").ifelse("HOME", t.page)),
    "a cell that becomes missing": lambda t: t.mutate(page=t.page.nullif("home")),
    "a missing cell that becomes a word": lambda t: t.mutate(owner=t.owner.fill_null("None")),
    "a microsecond": lambda t: t.mutate(created_at=t.created_at + ibis.interval(microseconds=1)),
    "text that moves to the next cell": lambda t: t.mutate(
        account_id=(t.prospect_id == "P3").ifelse("x", t.account_id),
        owner=(t.prospect_id == "P3").ifelse("y|z", t.owner),
    ),
    "a row that is lost": lambda t: t.filter(t.prospect_id != "P2"),
    "a row that stands twice": lambda t: t.union(t.filter(t.prospect_id == "P2")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_fingerprints_tell_every_change(crm, change):
    before = crm.fingerprints()
    after = replace(crm, prospects=change(crm.prospects)).fingerprints()
    assert after.pop("prospects") != before.pop("prospects")
    assert after == before
