"""A store holds what its source holds, is read in place, and is refused once it was changed."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from support.sources import counted, write_config
from support.stores import frames, messy_tables, row_groups_scanned, source_of, stored

from predictor.config_file import parse_config
from predictor.crm.contract import FACT_TABLES
from predictor.crm.crm import open_store, read_crm
from predictor.crm.store import writing
from predictor.errors import PredictorError

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = "prospect_id,created_at,page\nP1,2024-01-01,home\nP2,2024-01-02,price\n"
CLOSED = "prospect_id,closed_at,outcome\nP1,2024-02-01,won\n"
FILES = {"people.csv": PEOPLE, "closed.csv": CLOSED}
WHOLE = "{inputs: {prospects: people.csv, outcomes: closed.csv}, data_until: 2024-06-30}"


def assert_same(crm, other) -> None:
    for name, frame in frames(crm).items():
        pd.testing.assert_frame_equal(frame, frames(other)[name])
    pd.testing.assert_frame_equal(crm.counts, other.counts)
    assert crm.unreadable.values.tolist() == other.unreadable.values.tolist()
    assert {name: table.schema() for name, table in crm.tables.items()} == {
        name: table.schema() for name, table in other.tables.items()
    }
    assert crm.fingerprints() == other.fingerprints()
    assert crm.last_instant() == other.last_instant()


# --- a store holds what its source holds ----------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_a_store_holds_what_its_source_holds(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(writing, "ROWS_PER_PART", 60)
    config = source_of(messy_tables(seed), tmp_path)
    crm, other = read_crm(config), read_crm(stored(config, tmp_path))
    assert len(counted(crm, "interactions")) > 5
    assert len(crm.unreadable) > 0
    assert_same(crm, other)


def test_what_a_store_says_of_itself_is_what_its_files_say(tmp_path):
    crm = read_crm(stored(source_of(messy_tables(0), tmp_path), tmp_path))
    whole = crm.known_at(pd.Timestamp("2100-01-01").to_pydatetime())
    assert whole.stored is None
    assert crm.fingerprints() == whole.fingerprints()
    assert crm.last_instant() == whole.last_instant()


def test_a_cut_of_a_store_does_not_pass_for_the_whole(tmp_path):
    crm = read_crm(stored(source_of(messy_tables(0), tmp_path), tmp_path))
    before = crm.known_at(pd.Timestamp("2024-02-15").to_pydatetime())
    assert before.fingerprints() != crm.fingerprints()
    assert before.last_instant() < crm.last_instant()
    someone = frames(crm)["interactions"]["prospect_id"].iloc[0]
    one = crm.of_prospect(someone)
    assert one.fingerprints() != crm.fingerprints()
    assert set(frames(one)["interactions"]["prospect_id"]) == {someone}


TYPES = [
    "12345678901234567890123::HUGEINT",
    "'67e55044-10b1-426f-9247-bb680e5fe0c8'::UUID",
    "'a'::ENUM ('a', 'b')",
    "DATE '2024-01-31'",
    "TIMESTAMPTZ '2024-01-31 10:00:00+02'",
    "TIMESTAMP_NS '2024-01-31 10:00:00'",
    "TIME '10:00:00'",
    "INTERVAL 3 DAY",
    "1.50::DECIMAL(18, 3)",
    "12345678901234567890.5::DECIMAL(38, 3)",
    "0.1::FLOAT",
    "7::UTINYINT",
    "['a', NULL]",
    "{'a': 1, 'b': 'x'}",
    "MAP {'a': 1}",
    "'abc'::BLOB",
    "NULL",
    "TRUE",
]


def test_attributes_of_any_type_come_back_as_they_were(tmp_path):
    odd = ", ".join(f"{value} AS a{number}" for number, value in enumerate(TYPES))
    sql = {
        "sql/prospects.sql": f"SELECT *, {odd} FROM people",
        "sql/outcomes.sql": "SELECT * FROM closed",
    }
    source = "{inputs: {people: people.csv, closed: closed.csv}, sql: sql, data_until: 2024-06-30}"
    config = write_config(tmp_path, FILES | sql, source)
    crm, other = read_crm(config), read_crm(stored(config, tmp_path))
    assert crm.fingerprints() == other.fingerprints()
    described = [
        each.connection.raw_sql(f"DESCRIBE {each.prospects.compile()}").fetchall()
        for each in (crm, other)
    ]
    assert len(described[0]) > len(TYPES)
    assert described[0] == described[1]


@pytest.mark.parametrize("kind", ["VARCHAR", "HUGEINT", "DOUBLE"])
def test_ids_of_any_type_meet(tmp_path, kind):
    sql = {
        "sql/prospects.sql": "SELECT number AS prospect_id, opened AS created_at FROM people",
        "sql/interactions.sql": f"SELECT number::{kind} AS prospect_id, opened AS occurred_at, "
        "'call' AS type, 12345678901234567890123::HUGEINT AS channel FROM calls",
        "sql/outcomes.sql": "SELECT number AS prospect_id, opened AS closed_at, 'won' AS outcome "
        "FROM people",
    }
    files = {
        "people.csv": "number,opened\n7,2024-01-01\n12,2024-01-01\n",
        "calls.csv": "number,opened\n7,2024-01-05\n7,2024-01-06\n12,2024-01-05\n,2024-01-05\n",
    }
    inputs = "{inputs: {people: people.csv, calls: calls.csv}, sql: sql, data_until: 2024-06-30}"
    config = write_config(tmp_path, files | sql, inputs)
    other = read_crm(stored(config, tmp_path))
    assert counted(other, "interactions") == {"used": 3, "no prospect_id": 1}
    assert_same(read_crm(config), other)


def test_rows_keep_the_numbers_of_the_select(tmp_path):
    tables = messy_tables(1)
    crm = read_crm(stored(source_of(tables, tmp_path), tmp_path))
    rejected = frames(crm)["quarantine"].query("table == 'interactions'")
    assert len(rejected) > 20
    for row in rejected.itertuples():
        assert (tables["interactions"][row.row - 1]["prospect_id"] or "").strip() == (
            "" if pd.isna(row.prospect_id) else row.prospect_id
        )


def test_a_source_without_facts_makes_a_store(tmp_path):
    config = write_config(tmp_path, FILES, WHOLE)
    assert_same(read_crm(config), read_crm(stored(config, tmp_path)))


def test_a_source_without_a_usable_prospect_says_so_from_a_store_too(tmp_path):
    files = FILES | {"people.csv": "prospect_id,created_at\nP1,soon\n"}
    crm = read_crm(stored(write_config(tmp_path, files, WHOLE), tmp_path))
    with pytest.raises(PredictorError, match="no usable prospect"):
        crm.last_instant()


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_database_makes_the_same_store_as_its_tables(tmp_path, kind):
    connect = sqlite3.connect if kind == "sqlite" else duckdb.connect
    with connect(tmp_path / "crm.db") as database:
        database.execute("CREATE TABLE prospects (prospect_id TEXT, created_at TEXT)")
        database.execute("CREATE TABLE outcomes (prospect_id TEXT, closed_at TEXT, outcome TEXT)")
        database.execute("CREATE TABLE stages (prospect_id TEXT, entered_at TEXT, stage TEXT)")
        for number in range(5):
            database.execute(f"INSERT INTO prospects VALUES ('P{number}', '2024-01-0{number + 1}')")
            database.execute(f"INSERT INTO stages VALUES ('P{4 - number}', '2024-01-20', 'offer')")
        database.execute("INSERT INTO outcomes VALUES ('P1', '2024-02-01', 'won')")
    database.close()
    source = f"{{connection: '{kind}://crm.db', data_until: 2024-06-30}}"
    config = write_config(tmp_path, {}, source)
    other = read_crm(stored(config, tmp_path))
    assert counted(other, "stages") == {"used": 5}
    assert_same(read_crm(config), other)


# --- it is sorted, and read in place --------------------------------------------------------------


def test_facts_are_sorted_by_prospect_and_time(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "ROWS_PER_PART", 50)
    monkeypatch.setattr(writing, "ROWS_PER_GROUP", 20)
    config = stored(source_of(messy_tables(2), tmp_path), tmp_path)
    for contract in FACT_TABLES:
        file = config.path("store") / f"{contract.name}.parquet"
        frame = pd.read_parquet(file)
        ordered = frame.sort_values(["prospect_id", contract.instant], kind="stable")
        assert frame.index.tolist() == ordered.index.tolist()
        groups = pq.ParquetFile(file).metadata
        assert all(groups.row_group(n).num_rows <= 20 for n in range(groups.num_row_groups))
    assert groups.num_rows == 0  # no stages: an empty file


def test_the_same_source_makes_the_same_files(tmp_path):
    config = source_of(messy_tables(3), tmp_path)
    first = {p.name: p.read_bytes() for p in stored(config, tmp_path).path("store").iterdir()}
    second = {p.name: p.read_bytes() for p in stored(config, tmp_path).path("store").iterdir()}
    assert first == second
    assert sorted(first) == [
        "answers.parquet", "interactions.parquet", "outcomes.parquet", "prospects.parquet",
        "quarantine.parquet", "stages.parquet", "store.json",
    ]  # fmt: skip


def test_one_prospect_is_found_without_reading_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "ROWS_PER_GROUP", 2_048)
    calls = [
        {"prospect_id": f"P{n % 30}", "occurred_at": f"2024-03-01 00:00:00.{n:06d}", "type": "call"}
        for n in range(30_000)
    ]
    tables = {**messy_tables(0), "interactions": calls}
    crm = read_crm(stored(source_of(tables, tmp_path), tmp_path))
    someone = frames(crm)["prospects"]["prospect_id"].iloc[5]
    scanned, total = row_groups_scanned(crm, crm.interactions)
    assert scanned == total >= 10
    scanned, total = row_groups_scanned(crm, crm.of_prospect(someone).interactions)
    assert scanned <= 2


# --- a store that was changed is refused ----------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    stored(write_config(folder, FILES, WHOLE), folder)
    return folder


def edited(folder: Path, target: Path, change) -> str:
    """Copy a store, change it, and return what opening it complains of, its path as STORE."""
    target.mkdir()
    for file in (folder / "store").iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    change(target)
    with pytest.raises(PredictorError) as caught:
        open_store(target)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(str(target), "STORE")


def another_format(store: Path) -> None:
    file = store / "store.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(document | {"format": 99}), encoding="utf-8")


AGAIN = "write it again with 'predictor cluster'"
CHANGES = {
    "missing": (
        lambda store: (store / "stages.parquet").unlink(),
        f"STORE/stages.parquet: is missing from the store; {AGAIN}",
    ),
    "longer": (
        lambda store: (store / "stages.parquet").write_bytes(b"x" * 5000),
        "STORE/stages.parquet: has changed since the store was written (5,000 bytes, not ",
    ),
    "garbage": (
        lambda store: (store / "stages.parquet").write_bytes(
            b"x" * (store / "stages.parquet").stat().st_size
        ),
        "STORE/stages.parquet: cannot be read: ",
    ),
    "another format": (
        another_format,
        f"STORE: the store has format 99, this version reads format 1; {AGAIN}",
    ),
    "not JSON": (
        lambda store: (store / "store.json").write_text("{"),
        f"STORE/store.json: is not the manifest of a store; {AGAIN}",
    ),
    "other JSON": (
        lambda store: (store / "store.json").write_text("[]"),
        f"STORE/store.json: is not the manifest of a store; {AGAIN}",
    ),
    "cut JSON": (
        lambda store: (store / "store.json").write_text('{"format": 1}'),
        f"STORE/store.json: is not the manifest of a store; {AGAIN}",
    ),
    "no manifest": (
        lambda store: (store / "store.json").unlink(),
        "STORE: no store there (source.store); 'predictor cluster' writes one",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_store_that_was_changed_is_refused_in_one_line(folder, tmp_path, name):
    change, message = CHANGES[name]
    assert edited(folder, tmp_path / "copy", change).startswith(message)


def test_a_store_that_is_not_there_is_refused_in_one_line(tmp_path):
    config = parse_config("source: {store: nowhere}", tmp_path / "config.yaml")
    with pytest.raises(PredictorError) as caught:
        read_crm(config)
    assert str(caught.value) == (
        f"{tmp_path}/nowhere: no store there (source.store); 'predictor cluster' writes one"
    )
