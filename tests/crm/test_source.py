"""Raw files, databases and SQL become tables; each mistake is one line that names the file."""

import sqlite3
from pathlib import Path

import duckdb
import pytest
from support.sources import counted, write_config

from predictor.crm.crm import read_crm
from predictor.crm.source import connect, load_raw_tables, own_name
from predictor.errors import PredictorError

PEOPLE = "prospect_id,created_at,page\nP1,2024-01-01,home\nP2,2024-01-02,price\n"
CLOSED = "prospect_id,closed_at,outcome\nP1,2024-02-01,won\n"
WHOLE = "{inputs: {prospects: people.csv, outcomes: closed.csv}}"
WITH_SQL = "{inputs: {people: people.csv, closed: closed.csv}, sql: sql}"
FILES = {"people.csv": PEOPLE, "closed.csv": CLOSED}
SQL = {"sql/prospects.sql": "SELECT * FROM people", "sql/outcomes.sql": "SELECT * FROM closed"}


def complaint(folder: Path, files: dict, source: str = WHOLE) -> str:
    """Return the one line that reading ends in, with the folder shown as DIR."""
    with pytest.raises(PredictorError) as caught:
        load_raw_tables(write_config(folder, files, source), connect())
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(str(folder), "DIR")


# --- tables of the contract -----------------------------------------------------------------------


def test_whole_files_as_contract_tables(tmp_path):
    crm = read_crm(write_config(tmp_path, FILES, WHOLE))
    assert counted(crm, "prospects") == {"used": 2}
    assert crm.attribute_names == ["page"]


def test_raw_tables_may_bear_the_names_of_contract_tables(tmp_path):
    """A raw 'prospects', 'quarantine' or 'outcomes' is in nobody's way."""
    sql = {
        "sql/prospects.sql": "SELECT prospect_id, created_at FROM prospects WHERE page = 'home'",
        "sql/outcomes.sql": "SELECT * FROM quarantine",
    }
    source = "{inputs: {prospects: people.csv, quarantine: closed.csv}, sql: sql}"
    crm = read_crm(write_config(tmp_path, FILES | sql, source))
    assert counted(crm, "prospects") == {"used": 1}
    assert counted(crm, "outcomes") == {"used": 1}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM people;",
        "SELECT * FROM people; -- the end",
        "/* a; b */ SELECT * FROM people -- c; d\n;\n;\n",
        "WITH a AS (SELECT *, ';' AS mark FROM people) SELECT * EXCLUDE mark FROM a",
        "FROM people",
        "(SELECT * FROM people)",
        "\ufeffSELECT * FROM people",
        "select *, 'a%sb {x} ''y''' as odd from people",
    ],
)
def test_one_select_in_any_dress(tmp_path, sql):
    engine = connect()
    config = write_config(tmp_path, FILES | SQL | {"sql/prospects.sql": sql}, WITH_SQL)
    load_raw_tables(config, engine)
    raw = engine.raw_sql(f"SELECT prospect_id FROM {own_name('raw_prospects')}").fetchall()
    assert sorted(raw) == [("P1",), ("P2",)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("", ": is empty; it needs one SELECT"),
        ("-- nothing yet\n", ": is empty; it needs one SELECT"),
        (";", ": is empty; it needs one SELECT"),
        ("SELECT * FROM people\n;\nSELECT 1", ":2: a second statement; keep one SELECT"),
        ("\nDROP TABLE people", ":2: 'DROP' is no SELECT"),
        ("INSERT INTO people SELECT 1", ":1: 'INSERT' is no SELECT"),
        ("SELECT *\nFORM people", ':2: Parser Error: syntax error at or near "people"'),
        ("SELECT *\n\nFROM peple",
         ':3: Catalog Error: Table with name peple does not exist! Did you mean "people"?'),
        ("SELECT 'x FROM people", ": cannot be read: Error tokenizing 'SELECT 'x FROM peopl'"),
        ("SELECT *, error('boom') AS e FROM people", ": Invalid Input Error: boom"),
        ("SELECT * FROM people WHERE prospect_id = ?",
         ": Invalid Input Error: Values were not provided for the following parameters: 1"),
        ("SELECT prospect_id FROM people",
         (": yields no column 'created_at'; it yields prospect_id; the contract of prospects is "
         "prospect_id, created_at, account_id?, owner?, amount?, do_not_contact? (? = optional)")),
        ("SELECT *, 1 AS known_at FROM people",
         ": yields a column 'known_at', a name that the predictor uses itself; rename it"),
        (b"SELECT * FROM people -- caf\xe9", ": is not UTF-8 text; save it as UTF-8"),
    ],
)  # fmt: skip
def test_mistakes_in_a_sql_file(tmp_path, sql, message):
    files = FILES | SQL | {"sql/prospects.sql": sql}
    assert complaint(tmp_path, files, WITH_SQL) == f"DIR/sql/prospects.sql{message}"


def test_a_misspelt_column_is_named_with_the_closest_ones(tmp_path):
    files = FILES | SQL | {"sql/prospects.sql": "SELECT prospect_id,\n creatd_at FROM people"}
    assert complaint(tmp_path, files, WITH_SQL).startswith(
        'DIR/sql/prospects.sql:2: Binder Error: Referenced column "creatd_at" not found in FROM '
        'clause! Candidate bindings: "created_at"'
    )


def test_a_value_that_sql_cannot_cast_is_named(tmp_path):
    files = FILES | SQL | {"sql/prospects.sql": "SELECT * REPLACE (page::INT AS page) FROM people"}
    said = complaint(tmp_path, files, WITH_SQL)
    assert said == "DIR/people.csv:2: 'home' in column page is no INTEGER; the SQL may use TRY_CAST"


def test_an_unknown_column_of_a_fact_table(tmp_path):
    sql = {"sql/outcomes.sql": "SELECT *, 1 AS why FROM closed"}
    said = complaint(tmp_path, FILES | SQL | sql, WITH_SQL)
    assert said.startswith("DIR/sql/outcomes.sql: yields a column 'why' that the contract of out")


def test_sql_files_that_are_missing_or_stray(tmp_path):
    stray = "not a table of the contract"
    valid = "valid: prospects, interactions, answers, stages, outcomes"
    cases = [
        (FILES, "DIR/sql: no such folder of SQL files; mend source.sql"),
        (
            FILES | {"sql/prospects.sql": SQL["sql/prospects.sql"]},
            "DIR/sql: no table 'outcomes'; only the other tables may be missing",
        ),
        (
            FILES | SQL | {"sql/interaction.sql": "SELECT 1"},
            f"DIR/sql/interaction.sql: {stray}; did you mean interactions.sql? {valid}",
        ),
        (FILES | SQL | {"sql/zzz.sql": "SELECT 1"}, f"DIR/sql/zzz.sql: {stray}; {valid}"),
    ]
    for place, (files, message) in enumerate(cases):
        folder = tmp_path / str(place)
        folder.mkdir()
        assert complaint(folder, files, WITH_SQL) == message


def test_inputs_that_are_missing_or_misspelt(tmp_path):
    said = complaint(tmp_path, FILES, "{inputs: {prospects: people.csv}}")
    assert said == "source.inputs: no table 'outcomes'; only the other tables may be missing"
    said = complaint(tmp_path, FILES, "{inputs: {prospects: people.csv, outcome: closed.csv}}")
    assert said == (
        "source.inputs.outcome: not a table of the contract; did you mean outcomes? valid: "
        "prospects, interactions, answers, stages, outcomes; a raw table under another name needs "
        "SQL (source.sql)"
    )
    said = complaint(tmp_path / "empty", {"people.csv": PEOPLE}, WHOLE)
    assert said == "DIR/closed.csv: no such file (source.inputs.outcomes)"


def test_rows_are_numbered_in_the_order_of_the_select(tmp_path):
    people = PEOPLE + ",2024-01-03,home\nP4,soon,home\n"
    crm = read_crm(write_config(tmp_path, FILES | {"people.csv": people}, WHOLE))
    rejected = crm.connection.execute(crm.quarantine)
    assert rejected[["row", "reason"]].values.tolist() == [
        [3, "no prospect_id"],
        [4, "created_at is not a date"],
    ]


def test_it_says_which_place_yields_each_table(tmp_path):
    config = write_config(tmp_path, FILES | SQL, WITH_SQL)
    places = load_raw_tables(config, connect())
    assert places == {
        "prospects": str(tmp_path / "sql/prospects.sql"),
        "outcomes": str(tmp_path / "sql/outcomes.sql"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", "raw.csv:3: the row has 2 fields, the heading 3"),
        ("a,b,c\n1,2,3\n4,5,6,7\n", "raw.csv:3: the row has 4 fields, the heading 3"),
        ("a,b\n4\n", "raw.csv:2: the row has 1 fields, the heading 2"),
        ("# export\na,b\n1,2\n", "raw.csv:2: the row has 2 fields, the heading 1"),
        (
            "a,b,c\n" + "1,2,3\n" * 9000 + "4,5\n",
            "raw.csv:9002: the row has 2 fields, the heading 3",
        ),
        ('a,b\n1,"x\n2,y\n', "raw.csv:2: a quote is opened and not closed as CSV asks"),
        (
            "a,b\r\n1,2\n3,4\r\n",
            "raw.csv: is not regular CSV; are its line ends mixed? save it with one kind",
        ),
        ("", "raw.csv:1: has no heading with the names of the columns"),
        ("\n\n", "raw.csv:1: has no heading with the names of the columns"),
        (b"a,b\n1,caf\xe9\n", "raw.csv: is not UTF-8 text; save it as UTF-8"),
        (b"\xff\xfea\x00,\x00b\x00", "raw.csv: is not UTF-8 text; save it as UTF-8"),
        (
            b"a,b\n" + b"1,2\n" * 99_999 + b"1,caf\xe9\n",
            "raw.csv:100001: is not UTF-8 text; save the file as UTF-8",
        ),
    ],
    ids=lambda value: repr(value)[:24],
)  # fmt: skip
def test_no_row_of_an_irregular_csv_is_lost_in_silence(tmp_path, text, message):
    said = complaint(tmp_path, {"raw.csv": text, "closed.csv": CLOSED},
                     "{inputs: {prospects: raw.csv, outcomes: closed.csv}}")  # fmt: skip
    assert said == f"DIR/{message}"


# --- databases ------------------------------------------------------------------------------------


@pytest.fixture
def duckdb_file(tmp_path):
    path = tmp_path / "crm.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(
            "CREATE TABLE prospects AS SELECT * FROM (VALUES ('P1', TIMESTAMPTZ "
            "'2024-07-01 10:00+02', 'home'), ('P2', TIMESTAMPTZ '2024-07-02 10:00+02', 'x')) "
            "AS t(prospect_id, created_at, page)"
        )
        database.execute(
            "CREATE TABLE outcomes AS SELECT 'P1' AS prospect_id, DATE '2024-08-01' AS closed_at, "
            "'won' AS outcome"
        )
        database.execute("CREATE TABLE other AS SELECT 1 AS x")
    return path


@pytest.fixture
def sqlite_file(tmp_path):
    path = tmp_path / "crm.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE prospects (prospect_id TEXT, created_at TEXT, amount REAL)")
    database.executemany(
        "INSERT INTO prospects VALUES (?, ?, ?)",
        [("007", "2024-01-01", 3.5), ("8", "soon", None), (None, "2024-01-01", 1)],
    )
    database.execute("CREATE TABLE outcomes (prospect_id TEXT, closed_at TEXT, outcome TEXT)")
    database.execute("INSERT INTO outcomes VALUES ('007', '2024-02-01T10:00:00+02:00', 'Won')")
    database.execute("CREATE TABLE stages (prospect_id TEXT, entered_at TEXT, stage TEXT)")
    database.commit()
    database.close()
    return path


def test_tables_of_a_duckdb_file(duckdb_file):
    crm = read_crm(write_config(duckdb_file.parent, {}, "{connection: 'duckdb://crm.duckdb'}"))
    people = crm.connection.execute(crm.prospects.order_by("prospect_id"))
    assert people["created_at"].astype(str).tolist() == [
        "2024-07-01 08:00:00",
        "2024-07-02 08:00:00",
    ]
    assert people["page"].tolist() == ["home", "x"]
    assert counted(crm, "outcomes") == {"used": 1}
    # nothing holds the file any more, and nothing was written to it
    with duckdb.connect(str(duckdb_file)) as database:
        assert len(database.execute("SHOW TABLES").fetchall()) == 3


def test_sql_over_a_duckdb_file(duckdb_file):
    folder = duckdb_file.parent
    sql = {
        "sql/prospects.sql": "SELECT prospect_id, created_at FROM prospects WHERE page = 'x';",
        "sql/outcomes.sql": "SELECT * FROM outcomes",
    }
    source = f"{{connection: 'duckdb://{duckdb_file}', sql: sql}}"
    assert counted(read_crm(write_config(folder, sql, source)), "prospects") == {"used": 1}
    sql["sql/outcomes.sql"] = "SELECT *\nFROM outcome"
    assert complaint(folder, sql, source) == (
        "DIR/sql/outcomes.sql:2: Catalog Error: Table with name outcome does not exist! "
        'Did you mean "outcomes"?'
    )


def test_tables_of_a_sqlite_file(sqlite_file):
    crm = read_crm(write_config(sqlite_file.parent, {}, "{connection: 'sqlite://crm.db'}"))
    assert counted(crm, "prospects") == {
        "used": 1,
        "created_at is not a date": 1,
        "no prospect_id": 1,
    }
    outcome = crm.connection.execute(crm.outcomes).iloc[0]
    assert (outcome["prospect_id"], outcome["outcome"]) == ("007", "won")
    assert str(outcome["closed_at"]) == "2024-02-01 08:00:00"
    assert counted(crm, "stages") == {}


def test_sql_over_a_sqlite_file(sqlite_file):
    folder = sqlite_file.parent
    sql = {
        "sql/prospects.sql": "SELECT prospect_id, created_at FROM prospects -- all\n;",
        "sql/outcomes.sql": "SELECT * FROM outcomes",
    }
    source = "{connection: 'sqlite://crm.db', sql: sql}"
    assert counted(read_crm(write_config(folder, sql, source)), "prospects")["used"] == 1
    sql["sql/outcomes.sql"] = "SELECT * FROM outcome"
    assert complaint(folder, sql, source) == "DIR/sql/outcomes.sql: no such table: outcome"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("duckdb://none.duckdb", "DIR/none.duckdb: no such database (source.connection)"),
        ("sqlite://none.db", "DIR/none.db: no such database (source.connection)"),
        ("sqlite://people.csv", "source.connection 'sqlite://...': file is not a database"),
        ("nowhere", "source.connection 'nowhere://...': Don't know how to connect to 'nowhere'"),
    ],
)
def test_a_database_that_cannot_be_reached(tmp_path, url, message):
    assert complaint(tmp_path, FILES, f"{{connection: '{url}'}}") == message


def test_a_password_is_never_shown(tmp_path):
    said = complaint(tmp_path, {}, "{connection: 'postgres://me:hush@127.0.0.1:1/crm'}")
    assert "hush" not in said
    assert said.startswith("source.connection 'postgres://...': ")


def test_a_database_without_a_needed_table(tmp_path):
    with duckdb.connect(str(tmp_path / "crm.duckdb")) as database:
        database.execute("CREATE TABLE prospects AS SELECT 'P1' AS prospect_id")
    said = complaint(tmp_path, {}, "{connection: 'duckdb://crm.duckdb'}")
    assert said == "source.connection: no table 'outcomes'; only the other tables may be missing"
