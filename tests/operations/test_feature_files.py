"""Feature matrices from file to file: read and written in parts, whole or not at all."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.typing_at_a_terminal import predictor
from support.worlds import CONFIG

from predictor.config_file import read_config
from predictor.crm.crm import read_crm
from predictor.crm.simulator import simulate, write_simulation
from predictor.errors import SnapshotError
from predictor.features import matrix
from predictor.features.families import build_catalogue
from predictor.features.learning import learn_specification
from predictor.operations import snapshot_files
from predictor.operations.matrix_files import writing_matrix
from predictor.operations.share import STEPS, Share
from predictor.operations.snapshot_files import read_pairs

# --- pairs in -------------------------------------------------------------------------------------

JANUARY = datetime(2024, 1, 1)


def csv_pairs(folder: Path, text: str | bytes) -> list[tuple[str, datetime, int]]:
    file = folder / "pairs.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return [tuple(row.values()) for row in read_pairs(file).to_pylist()]


def test_pairs_are_ordered_by_prospect_and_instant_and_keep_their_rows(tmp_path):
    text = "prospect_id,as_of\nP2,2024-01-01\nP1,2024-02-01T10:00:00+02:00\n P1 ,2024-01-01\n"
    assert csv_pairs(tmp_path, text) == [
        ("P1", JANUARY, 3),
        ("P1", datetime(2024, 2, 1, 8), 2),
        ("P2", JANUARY, 1),
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfprospect_id,as_of\nNA,2024-01-01\n",
        "prospect_id,as_of\r\nNA,2024-01-01\r\n",
        'note,as_of,prospect_id\n"two\nlines",2024-01-01,NA\n',
        "prospect_id,as_of\n\nNA,2024-01-01 00:00:00.000000",
    ],
    ids=["byte order mark", "windows", "more columns", "blank line"],
)
def test_csv_in_any_dress(tmp_path, text):
    assert csv_pairs(tmp_path, text) == [("NA", JANUARY, 1)]


@pytest.mark.parametrize(
    ("people", "instants"),
    [
        ([7], [JANUARY]),
        (["7"], [date(2024, 1, 1)]),
        (["7"], ["2024-01-01"]),
        (["7"], pa.array([JANUARY.replace(tzinfo=UTC)], pa.timestamp("ns", "Europe/Paris"))),
        (pa.array(["7"]).dictionary_encode(), [JANUARY]),
    ],
    ids=["whole numbers", "dates", "text", "a time zone", "a dictionary"],
)
def test_parquet_of_any_type(tmp_path, people, instants):
    pq.write_table(pa.table({"prospect_id": people, "as_of": instants}), tmp_path / "p.parquet")
    assert read_pairs(tmp_path / "p.parquet").to_pylist() == [
        {"prospect_id": "7", "as_of": JANUARY, "row": 1}
    ]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_rows_are_numbered_through_all_batches(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(snapshot_files, "_BATCH_ROWS", 100)
    frame = pd.DataFrame({"prospect_id": [f"P{n:06d}" for n in range(90_000)], "as_of": JANUARY})
    frame["as_of"] = frame["as_of"].astype("str")
    frame.loc[89_990, "as_of"] = "soon"
    file = tmp_path / f"pairs.{kind}"
    frame.to_csv(file, index=False) if kind == "csv" else frame.to_parquet(file, index=False)
    with pytest.raises(SnapshotError, match="row 89991: as_of 'soon' is no date"):
        read_pairs(file)
    good = frame[frame["as_of"] != "soon"].iloc[::-1]
    good.to_csv(file, index=False) if kind == "csv" else good.to_parquet(file, index=False)
    assert read_pairs(file)["row"].to_pylist() == list(range(89_999, 0, -1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prospect_id,as_of\nP1,2024-01-01\nP1,2024-01-02,x\n",
         "row 2: has 3 cells, the heading 2; mend it"),
        ("prospect_id,as_of\nP1,2024-01-01\nP1\n", "row 2: has 1 cells, the heading 2; mend it"),
        ("prospect_id,as_of\nP1,2024-01-01\n ,2024-01-01\n",
         "row 2: prospect_id is empty; fill it in"),
        ("prospect_id,as_of\nP1,\n",
         "row 1: as_of '' is no date; write it as 2024-01-31 or 2024-01-31T09:30:00"),
        ("as_of,prospect_id,as_of\n2024-01-01,P1,2024-01-01\n", "two columns 'as_of'; keep one"),
        ("", "cannot be read: Empty CSV file"),
        (b"prospect_id,as_of\nP\xe9,2024-01-01\n", "cannot be read: In CSV column #0: Row #2: "),
    ],
)  # fmt: skip
def test_pairs_that_cannot_be_read_end_in_one_line(tmp_path, text, message):
    with pytest.raises(SnapshotError) as caught:
        csv_pairs(tmp_path, text)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path}/pairs.csv: {message}")
    assert "\n" not in said


def test_a_file_that_is_not_there_or_no_parquet_ends_in_one_line(tmp_path):
    with pytest.raises(SnapshotError, match=r"nowhere\.csv: no such file$"):
        read_pairs(tmp_path / "nowhere.csv")
    (tmp_path / "p.parquet").write_bytes(b"PAR1")
    with pytest.raises(SnapshotError, match=r"p\.parquet: cannot be read: "):
        read_pairs(tmp_path / "p.parquet")
    with pytest.raises(SnapshotError, match=r"must be a \.csv or \.parquet file"):
        read_pairs(tmp_path / "p.xlsx")


# --- a matrix out ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """A small CRM; no model is needed to compute features."""
    folder = tmp_path_factory.mktemp("features")
    write_simulation(simulate(n_prospects=150, seed=1), folder / "crm")
    with (folder / CONFIG).open("a", encoding="utf-8") as config:
        config.write("features: {windows_days: [7, 30], max_types: 4}\n")
    return folder


@pytest.fixture
def home(simulated, monkeypatch):
    monkeypatch.chdir(simulated)
    return simulated


@pytest.fixture
def pairs(home):
    """Pairs of some prospects a week, two and three after their creation, in disorder."""
    some = pd.read_parquet("crm/crm/prospects.parquet")[["prospect_id", "created_at"]].head(40)
    weeks = [
        some.assign(as_of=some["created_at"] + pd.Timedelta(days=7 * week)) for week in (1, 2, 3)
    ]
    frame = pd.concat(weeks)[["prospect_id", "as_of"]].sample(frac=1, random_state=0)
    frame.to_parquet("pairs.parquet", index=False)
    return frame


def test_a_matrix_in_parts_is_the_matrix_in_one(pairs, monkeypatch):
    words = ["features", CONFIG, "--snapshots", "pairs.parquet"]
    predictor(*words, "--output", "whole.parquet", "--quiet")
    monkeypatch.setattr(matrix.feature_chunks, "__defaults__", (40,))
    predictor(*words, "--output", "parts.parquet", "--quiet")
    assert pq.ParquetFile("whole.parquet").num_row_groups == 1
    assert pq.ParquetFile("parts.parquet").num_row_groups >= 3
    parts = pd.read_parquet("parts.parquet")
    pd.testing.assert_frame_equal(parts, pd.read_parquet("whole.parquet"))
    ordered = pairs.sort_values(["prospect_id", "as_of"], ignore_index=True)
    pd.testing.assert_frame_equal(parts[["prospect_id", "as_of"]], ordered)
    config = read_config(Path(CONFIG))
    crm = read_crm(config)
    specification = learn_specification(crm.known_at(crm.last_instant()), config)
    catalogue = build_catalogue(specification)
    expected = matrix.compute_features(crm, specification, catalogue, ordered)
    pd.testing.assert_frame_equal(parts.drop(columns=["prospect_id", "as_of"]), expected)


def test_csv_and_parquet_hold_the_same(home, pairs):
    words = ["features", CONFIG, "--snapshots", "pairs.parquet", "--quiet"]
    for name in ("m.csv", "m.parquet"):
        assert predictor(*words, "--output", name).code == 0
    written = pd.read_parquet("m.parquet")
    with (home / "m.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == list(written.columns)
    for name in written.columns.drop("as_of"):
        said = pd.Series([row[name] for row in rows]).replace("", None)
        pd.testing.assert_series_equal(
            said.astype(written[name].dtype), written[name], check_names=False
        )
    assert [datetime.fromisoformat(row["as_of"]) for row in rows] == written["as_of"].tolist()


@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_no_pairs_make_a_matrix_without_rows(home, name):
    (home / "none.csv").write_text("prospect_id,as_of\n")
    answer = predictor("features", CONFIG, "--snapshots", "none.csv", "--output", name)
    assert answer.out.startswith(f"Wrote {name}: 0 snapshots, ")
    read = pd.read_csv if name.endswith("csv") else pd.read_parquet
    assert read(name).shape == (0, int(answer.out.split()[-2]) + 2)


SCHEMA = pa.schema([("as_of", pa.timestamp("us")), ("x", pa.float64()), ("y", pa.string())])
ROWS = {"as_of": [JANUARY, datetime(2024, 1, 1, 9, 30, 0, 5)], "x": [3.0, None], "y": ["a,b", None]}


def test_instants_of_csv_are_plain_and_missing_values_empty(tmp_path):
    with writing_matrix(tmp_path / "m.csv", SCHEMA) as write:
        write(pa.table(ROWS, schema=SCHEMA))
    assert (tmp_path / "m.csv").read_text() == (
        '"as_of","x","y"\n"2024-01-01 00:00:00",3,"a,b"\n"2024-01-01 09:30:00.000005",,\n'
    )


@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_a_matrix_that_fails_halfway_leaves_what_was_there(tmp_path, name):
    (tmp_path / name).write_text("of yesterday")
    with pytest.raises(ZeroDivisionError), writing_matrix(tmp_path / name, SCHEMA) as write:
        write(pa.table(ROWS, schema=SCHEMA)) or 1 / 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "of yesterday"


def test_a_folder_that_is_not_there_ends_in_one_line(tmp_path):
    path = tmp_path / "nowhere" / "m.csv"
    with pytest.raises(SnapshotError) as caught, writing_matrix(path, SCHEMA):
        pass
    assert str(caught.value).startswith(f"{path}: cannot be written: ")


SLOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from predictor.features import matrix
matrix.feature_chunks.__defaults__ = (1,)
sys.argv = ["predictor", "features", {config!r}, "--snapshots", {pairs!r}, "--output", {output!r}]
from predictor.cli import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("name", ["m.csv", "m.parquet"])
def test_ctrl_c_leaves_what_was_there_and_nothing_else(pairs, tmp_path, name):
    (tmp_path / name).write_text("of yesterday")
    script = SLOW.format(config=CONFIG, pairs="pairs.parquet", output=str(tmp_path / name))
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for _ in range(6_000):
        if (tmp_path / f".{name}.partial").exists():
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "predictor: stopped; nothing was left half-written\n"
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "of yesterday"


# --- the progress bar -----------------------------------------------------------------------------


def test_shares_of_the_work_become_steps_of_the_bar():
    steps: list[str] = []
    share = Share(steps.append)
    share("begin", 0.0)
    assert steps == ["begin"]
    share("half", 0.5)
    assert len(steps) == STEPS // 2
    share("half again", 0.5)
    assert len(steps) == STEPS // 2
    share("end", 1.0)
    assert len(steps) == STEPS
    assert steps[-1] == "end"
