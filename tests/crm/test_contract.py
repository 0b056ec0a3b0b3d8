"""Raw values become instants, numbers, truth values and text as the contract says."""

from datetime import date, datetime

import pandas as pd
import pyarrow as pa
import pytest

from predictor.crm.contract import (
    FACT_TABLES,
    OUTCOMES,
    PROSPECTS,
    RESERVED,
    TABLES,
    as_instant,
    check_columns,
    typed,
)
from predictor.crm.source import connect
from predictor.errors import ContractError


@pytest.fixture(scope="module")
def engine():
    return connect()


def computed(engine, values: pa.Array, compute) -> list:
    engine.con.register("given", pa.table({"value": values}))
    table = engine.table("given")
    result = engine.to_pyarrow(table.select(result=compute(table.value)))
    return result["result"].to_pylist()


def from_text(engine, text: str | None) -> datetime | None:
    return computed(engine, pa.array([text], pa.string()), as_instant)[0]


def end_of(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 23, 59, 59, 999_999)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        # a date alone is known at the end of its day, however it is written
        ("2024-01-05", end_of(2024, 1, 5)),
        (" 2024-01-05 ", end_of(2024, 1, 5)),
        ("2024-1-5", end_of(2024, 1, 5)),
        ("2024/01/05", end_of(2024, 1, 5)),
        ("2024-02-29", end_of(2024, 2, 29)),
        ("2024-12-31", end_of(2024, 12, 31)),
        ("0001-01-01", end_of(1, 1, 1)),
        # midnight that is written out is midnight
        ("2024-01-05 00:00", datetime(2024, 1, 5)),
        ("2024-01-05T00:00:00", datetime(2024, 1, 5)),
        ("2024-01-05 24:00:00", datetime(2024, 1, 6)),
        ("2024-01-05 10:20", datetime(2024, 1, 5, 10, 20)),
        ("2024-01-05T10:20:30.123456", datetime(2024, 1, 5, 10, 20, 30, 123_456)),
        ("2024-01-05T10:20:30.1", datetime(2024, 1, 5, 10, 20, 30, 100_000)),
        # zones, and summer time
        ("2024-01-05T10:00:00Z", datetime(2024, 1, 5, 10)),
        ("2024-01-05T10:00:00+02:00", datetime(2024, 1, 5, 8)),
        ("2024-01-05 10:00:00+0200", datetime(2024, 1, 5, 8)),
        ("2024-01-05 10:00:00-05:30", datetime(2024, 1, 5, 15, 30)),
        ("2024-01-01T00:30:00+01:00", datetime(2023, 12, 31, 23, 30)),
        ("2024-01-05 10:00:00 Europe/Paris", datetime(2024, 1, 5, 9)),
        ("2024-07-05 10:00:00 Europe/Paris", datetime(2024, 7, 5, 8)),
        ("2024-10-27T02:30:00+02:00", datetime(2024, 10, 27, 0, 30)),
        ("2024-10-27T02:30:00+01:00", datetime(2024, 10, 27, 1, 30)),
        # no instant
        ("", None),
        ("   ", None),
        (None, None),
        ("soon", None),
        ("2024-02-30", None),
        ("2024-13-01", None),
        ("05/01/2024", None),
        ("Jan 5 2024", None),
        ("1704067200", None),
        ("2024", None),
        ("2024-01-05 10:00 PM", None),
        ("2024-01-05 10:00 nowhere", None),
        ("infinity", None),
        ("-infinity", None),
        ("epoch", None),
        ("0000-01-01", None),
        ("2024-01-05 (BC)", None),
        ("99999-01-01", None),
    ],
)
def test_text_as_an_instant(engine, text, instant):
    assert from_text(engine, text) == instant


def test_dates_and_timestamps_as_instants(engine):
    days = pa.array([date(2024, 1, 5), None])
    assert computed(engine, days, as_instant) == [end_of(2024, 1, 5), None]
    moment = datetime(2024, 7, 5, 10, 0, 0, 5)
    for unit in ("us", "ns"):
        assert computed(engine, pa.array([moment], pa.timestamp(unit)), as_instant) == [moment]
    zoned = pa.array(
        [pd.Timestamp("2024-07-05 10:00", tz="Europe/Paris")], pa.timestamp("us", "UTC")
    )
    assert computed(engine, zoned, as_instant) == [datetime(2024, 7, 5, 8)]


def test_numbers_are_no_instants(engine):
    for numbers in (pa.array([20240105]), pa.array([1.7e9]), pa.array([True])):
        assert computed(engine, numbers, as_instant) == [None]


def test_infinite_timestamps_are_no_instants(engine):
    engine.raw_sql(
        "CREATE OR REPLACE TABLE endless AS SELECT x::TIMESTAMP AS t, x::DATE AS d, "
        "x::TIMESTAMPTZ AS z FROM (VALUES ('infinity'), ('-infinity')) AS ends(x)"
    )
    table = engine.table("endless")
    read = engine.to_pyarrow(table.select(**{name: as_instant(table[name]) for name in "tdz"}))
    assert all(value is None for row in read.to_pylist() for value in row.values())


def test_the_session_reads_and_writes_utc(engine):
    assert engine.raw_sql("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.5", 1.5), (" 2 ", 2.0), ("1e3", 1000.0), ("-7", -7.0), ("0", 0.0)]
    + [(text, None) for text in ("", "1,5", "1 000", "12 EUR", "nan", "inf", "-Infinity", "x")],
)
def test_text_as_a_number(engine, text, number):
    assert computed(engine, pa.array([text]), lambda v: typed(v, "number")) == [number]


def test_other_types_as_numbers(engine):
    def numbers(values: pa.Array) -> list:
        return computed(engine, values, lambda v: typed(v, "number"))

    assert numbers(pa.array([1, None])) == [1.0, None]
    assert numbers(pa.array([1.5, float("nan"), float("inf")])) == [1.5, None, None]
    assert numbers(pa.array([True])) == [1.0]
    assert numbers(pa.array([date(2024, 1, 5)])) == [None]
    assert numbers(pa.array([[1]])) == [None]


@pytest.mark.parametrize(
    ("text", "truth"),
    [(text, True) for text in ("true", "TRUE", " Yes ", "y", "1", "1.0", "Oui", "vrai", "x")]
    + [(text, False) for text in ("false", "No", "n", "0", "0.0", "non", "Faux")]
    + [(text, None) for text in ("", "maybe", "2", None)],
)
def test_text_as_a_truth_value(engine, text, truth):
    assert computed(engine, pa.array([text], pa.string()), lambda v: typed(v, "boolean")) == [truth]


def test_other_types_as_truth_values(engine):
    def truths(values: pa.Array) -> list:
        return computed(engine, values, lambda v: typed(v, "boolean"))

    assert truths(pa.array([True, False, None])) == [True, False, None]
    assert truths(pa.array([1, 0, 2])) == [True, False, None]
    assert truths(pa.array([1.0, 0.0, float("nan")])) == [True, False, None]
    assert truths(pa.array([date(2024, 1, 5)])) == [None]


def test_ids_keep_every_character(engine):
    def ids(values: pa.Array) -> list:
        return computed(engine, values, lambda v: typed(v, "id"))

    texts = ["007", "1234567890123456789", "1e5", " P 1 ", "é", "", "  "]
    assert ids(pa.array(texts)) == ["007", "1234567890123456789", "1e5", "P 1", "é", None, None]
    assert ids(pa.array([9_007_199_254_740_993])) == ["9007199254740993"]
    # pandas turns integers into floats as soon as one is missing
    assert ids(pa.array([7.0, 7.5, float("nan"), None])) == ["7", "7.5", None, None]


def test_the_contract_of_the_five_tables():
    assert [table.name for table in TABLES] == [
        "prospects",
        "interactions",
        "answers",
        "stages",
        "outcomes",
    ]
    required = {table.name: [c.name for c in table.columns if c.required] for table in TABLES}
    assert required == {
        "prospects": ["prospect_id", "created_at"],
        "interactions": ["prospect_id", "occurred_at", "type"],
        "answers": ["prospect_id", "answered_at", "grid", "question", "answer"],
        "stages": ["prospect_id", "entered_at", "stage"],
        "outcomes": ["prospect_id", "closed_at", "outcome"],
    }
    assert [table.name for table in FACT_TABLES] == ["interactions", "answers", "stages"]
    assert [table.name for table in TABLES if table.attributes] == ["prospects"]
    dated = [table for table in TABLES if "recorded_at" in table.column_names]
    assert [table.name for table in dated] == ["interactions", "answers", "stages", "outcomes"]


@pytest.mark.parametrize("contract", TABLES, ids=lambda contract: contract.name)
def test_columns_that_a_table_must_and_may_have(contract):
    required = [column.name for column in contract.columns if column.required]
    check_columns(contract, required, "here")
    check_columns(contract, contract.column_names, "here")
    for name in required:
        with pytest.raises(ContractError, match=rf"^here: yields no column '{name}'; it yields "):
            check_columns(contract, [other for other in required if other != name], "here")


def test_a_missing_column_names_what_is_there_and_what_is_needed():
    with pytest.raises(ContractError) as caught:
        check_columns(PROSPECTS, ["id", "created"], "people.sql")
    assert str(caught.value) == (
        "people.sql: yields no column 'prospect_id'; it yields id, created; the contract of "
        "prospects is prospect_id, created_at, account_id?, owner?, amount?, do_not_contact? "
        "(? = optional)"
    )


def test_a_column_beyond_the_contract_is_an_attribute_or_a_mistake():
    check_columns(PROSPECTS, ["prospect_id", "created_at", "source"], "people.sql")
    with pytest.raises(ContractError) as caught:
        check_columns(OUTCOMES, ["prospect_id", "closed_at", "outcome", "why"], "outcomes.sql")
    assert str(caught.value) == (
        "outcomes.sql: yields a column 'why' that the contract of outcomes does not know; leave it "
        "out or name it as one of prospect_id, closed_at, outcome, amount?, reason?, recorded_at? "
        "(? = optional)"
    )


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_attribute_takes_a_name_of_ours(name):
    with pytest.raises(ContractError, match=f"yields a column '{name}', a name that"):
        check_columns(PROSPECTS, ["prospect_id", "created_at", name], "people.sql")
