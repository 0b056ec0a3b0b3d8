from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import predictor
from predictor.errors import RunFileError
from predictor.lists import files, swap
from predictor.lists.columns import RANKED_COLUMNS
from predictor.lists.files import RUN_FILES, write_run
from predictor.lists.ranking import Ranked, rank

GOLDEN = Path(__file__).parent / "golden" / "ranked.csv"
NO_ROWS = pd.DataFrame({"table": pd.Series(dtype="str"), "reason": pd.Series(dtype="str")})


@pytest.fixture
def hostile(scored_frame) -> Ranked:
    scored = scored_frame(
        [0.123456, 0.987654, 0.5, 0.00004, 0.7],
        amount=[1234.567, np.nan, -500.0, 1e6, 100],
        do_not_contact=[False, False, False, False, True],
        account_id=["A,1", None, "007", "+sales@example.com", "x"],
        owner=['Ana "la Grande" Díaz', "=cmd|' /C calc'!A0", "Élodie\nMartin", "@x", "x"],
        caution=["a\r\nb", "a\rb", "-5", "Dupont;=1+1", "x"],
        days_to_close_p25=[1.25, np.nan, 3.0, 0.049, 1],
        last_interaction_at=pd.to_datetime(
            ["2024-02-27T10:30:00.123456", None, "2024-02-01", "2024-02-29T23:59:59", None],
            format="ISO8601",
        ).astype("datetime64[us]"),
    )
    return rank(scored)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "runs" / "2024-03-01"


def _explain(ranked: Ranked) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "prospect_id": ranked.frame["prospect_id"],
            "as_of": ranked.frame["as_of"],
            "signal": "emails",
            "contribution": 0.1,
            "reason": "=1+1",
            "probability": ranked.frame["conversion_probability"],
            "portfolio_probability": ranked.frame["conversion_probability"] - 0.1,
        }
    )


def _write(folder: Path, ranked: Ranked, **manifest: object) -> None:
    write_run(folder, ranked, _explain(ranked), NO_ROWS, manifest)


def test_the_csv_is_the_golden_one(folder, hostile):
    _write(folder, hostile)
    assert (folder / "ranked.csv").read_bytes() == GOLDEN.read_bytes()


def test_every_reader_reads_the_same_csv(folder, hostile):
    _write(folder, hostile)
    path = folder / "ranked.csv"
    with path.open(encoding="utf-8", newline="") as file:
        by_csv = list(csv.DictReader(file))
    by_pandas = pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")
    parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
    text = {name: pyarrow.string() for name in RANKED_COLUMNS}
    converting = pyarrow.csv.ConvertOptions(column_types=text, strings_can_be_null=False)
    by_arrow = pyarrow.csv.read_csv(path, parse_options=parsing, convert_options=converting)
    assert by_csv == by_pandas == by_arrow.to_pylist()
    assert [row["prospect_id"] for row in by_csv] == ["P-002", "P-003", "P-001", "P-004"]
    assert by_csv[0]["owner"] == "'=cmd|' /C calc'!A0"
    assert by_csv[1]["owner"] == "Élodie\nMartin"
    assert by_csv[1]["caution"] == "-5"
    assert by_csv[2]["account_id"] == "A,1"
    assert by_csv[2]["owner"] == 'Ana "la Grande" Díaz'
    assert by_csv[2]["expected_value"] == "152.41"
    assert by_csv[2]["last_interaction_at"] == "2024-02-27 10:30:00"
    assert by_csv[0]["expected_value"] == by_csv[0]["last_interaction_at"] == ""


def test_parquet_keeps_text_types_and_full_precision(folder, hostile):
    _write(folder, hostile)
    back = pd.read_parquet(folder / "ranked.parquet")
    pd.testing.assert_frame_equal(back, hostile.frame)
    assert back["owner"][0] == "=cmd|' /C calc'!A0"
    schema = pq.read_schema(folder / "ranked.parquet")
    assert str(schema.field("as_of").type) == "timestamp[us]"
    assert str(schema.field("rank").type) == "int64"
    assert pq.read_table(folder / "explanations.parquet")["reason"][0].as_py() == "=1+1"


def test_who_must_not_be_contacted_is_not_explained_either(folder, scored_frame):
    scored = scored_frame([0.5, 0.4], do_not_contact=[False, True])
    everyone = _explain(Ranked(scored.assign(rank=1), 0))
    write_run(folder, rank(scored), everyone, NO_ROWS, {})
    assert pd.read_parquet(folder / "explanations.parquet")["prospect_id"].tolist() == ["P-001"]
    rows = json.loads((folder / "manifest.json").read_text())["rows"]
    assert rows == {"ranked": 1, "do_not_contact": 1, "explanations": 1, "quarantine": 0}


def test_the_quarantine_is_safe_text_too(folder, hostile):
    raw = pd.DataFrame(
        {
            "=name": ["=1+1", "a\rb"],
            "closed_at": pd.to_datetime(["2024-01-01T12:00:00+02:00", None], utc=False),
            "amount": [-5.0, np.nan],
        }
    )
    write_run(folder, hostile, _explain(hostile), raw, {})
    text = (folder / "quarantine.csv").read_bytes().decode()
    assert text == "'=name,closed_at,amount\n'=1+1,2024-01-01 10:00:00,-5.0\n\"a\nb\",,\n"


def test_the_manifest_vouches_for_the_files(folder, hostile):
    _write(folder, hostile, model=Path("models") / "a", at=datetime(2024, 3, 1, tzinfo=UTC))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(RUN_FILES)
    assert set(manifest["files"]) == set(RUN_FILES) - {"manifest.json"}
    for name, told in manifest["files"].items():
        content = (folder / name).read_bytes()
        assert told == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert manifest["model"] == "models/a"
    assert manifest["at"] == "2024-03-01T00:00:00+00:00"


def test_numbers_that_json_lacks_become_null(folder, hostile):
    _write(folder, hostile, auc=float("nan"), n=np.int64(3), nested=[{"x": np.float32("inf")}])
    text = (folder / "manifest.json").read_text()
    manifest = json.loads(text, parse_constant=pytest.fail)
    assert (manifest["auc"], manifest["n"], manifest["nested"]) == (None, 3, [{"x": None}])


@pytest.mark.parametrize("key", ["rows", "files"])
def test_the_manifests_own_keys_cannot_be_given(folder, hostile, key):
    with pytest.raises(ValueError, match=key):
        _write(folder, hostile, **{key: 1})


def test_the_same_inputs_give_the_same_bytes(folder, hostile):
    _write(folder, hostile, seed=1)
    first = _contents(folder)
    _write(folder, hostile, seed=1)
    assert _contents(folder) == first


def test_an_empty_run_can_be_written_and_read(folder, scored_frame):
    ranked = rank(scored_frame([]))
    write_run(folder, ranked, _explain(ranked), pd.DataFrame(), {})
    run = predictor.load_run(folder)
    assert len(run.ranked) == len(run.contributions()) == len(run.quarantine) == 0
    assert np.isnan(run.portfolio_probability)


def test_the_folder_can_be_read_by_colleagues(folder, hostile):
    old = os.umask(0o022)
    try:
        _write(folder, hostile)
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


@pytest.mark.parametrize("step", ["_write_tables", "_write_manifest", "_flush", "put_in_place"])
@pytest.mark.parametrize("earlier", [True, False])
def test_a_failing_write_leaves_the_previous_list(folder, hostile, monkeypatch, step, earlier):
    if earlier:
        _write(folder, hostile, seed=1)
    before = _contents(folder)

    def fail(*_: object) -> None:
        msg = "disk full"
        raise OSError(msg)

    monkeypatch.setattr(files, step, fail)
    with pytest.raises(OSError, match="disk full"):
        _write(folder, hostile, seed=2)
    assert _contents(folder) == before
    assert sorted(os.listdir(folder.parent)) == ([folder.name] if earlier else [])  # noqa: PTH208 - names alone


KILLED = """
import os, pickle, signal, sys
import pandas as pd
from pathlib import Path
from predictor.lists import files
from predictor.lists.ranking import Ranked

folder, step = Path(sys.argv[1]), sys.argv[2]
frame = pd.read_parquet(folder / "ranked.parquet")
explanations = pd.read_parquet(folder / "explanations.parquet")
setattr(files, step, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
files.write_run(folder, Ranked(frame.head(1), 0), explanations, pd.DataFrame(), {"seed": 2})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("step", ["_write_manifest", "put_in_place"])
def test_a_killed_write_leaves_the_previous_list_and_the_next_one_tidies_up(folder, hostile, step):
    _write(folder, hostile, seed=1)
    before = _contents(folder)
    source = str(Path(predictor.__file__).parents[1])
    command = [sys.executable, "-c", KILLED, str(folder), step]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": source}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert _contents(folder) == before
    assert len(list(folder.parent.iterdir())) == 2
    _write(folder, hostile, seed=3)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert predictor.load_run(folder).manifest["seed"] == 3


def test_other_runs_are_left_alone_when_tidying(folder, hostile):
    _write(folder, hostile)
    other = folder.with_name("2024-03-01T120000")
    _write(other, hostile)
    partial = other.with_name(f".{other.name}.partial-1")
    partial.mkdir()
    _write(folder, hostile)
    assert partial.exists()
    assert predictor.load_run(other).ranked.equals(hostile.frame)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux exchanges folders")
def test_a_reader_never_finds_the_folder_missing(folder, hostile):
    _write(folder, hostile)
    probe, twin = folder.with_name("probe"), folder.with_name("twin")
    probe.mkdir()
    twin.mkdir()
    if not swap._exchange(probe, twin):
        pytest.skip("this file system cannot exchange folders")
    missed, done = [], threading.Event()

    def read() -> None:
        while not done.is_set():
            if not (folder / "ranked.csv").exists():
                missed.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(8):
        _write(folder, hostile)
    done.set()
    reader.join()
    assert not missed


def test_without_exchange_the_folder_is_replaced_by_two_renames(folder, hostile, monkeypatch):
    monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    _write(folder, hostile, seed=1)
    _write(folder, hostile, seed=2)
    assert predictor.load_run(folder).manifest["seed"] == 2
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_kill_between_the_two_renames_is_undone_by_the_next_write(folder, hostile, monkeypatch):
    _write(folder, hostile, seed=1)
    folder.rename(folder.with_name(f".{folder.name}.retired"))

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "_write_tables", fail)
    with pytest.raises(KeyboardInterrupt):
        _write(folder, hostile, seed=2)
    assert predictor.load_run(folder).manifest["seed"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no lock on a folder")
def test_a_second_writer_waits(folder, hostile):
    folder.parent.mkdir(parents=True)
    second = threading.Thread(target=_write, args=(folder, hostile))
    with swap.locked(folder.parent):
        second.start()
        second.join(0.3)
        assert second.is_alive()
        assert not folder.exists()
    second.join()
    assert folder.exists()


def test_a_folder_with_other_things_in_it_is_not_replaced(tmp_path, hostile):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(RunFileError, match="holds other files"):
        _write(tmp_path, hostile)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_file_where_the_folder_should_be_is_told(tmp_path, hostile):
    (tmp_path / "runs").write_text("")
    with pytest.raises(RunFileError, match="cannot write") as error:
        _write(tmp_path / "runs" / "2024-03-01", hostile)
    assert "\n" not in str(error.value)


def test_a_linked_folder_is_written_where_the_link_points(tmp_path, hostile):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    _write(tmp_path / "link", hostile)
    _write(tmp_path / "link", hostile)
    assert (tmp_path / "link").is_symlink()
    assert predictor.load_run(tmp_path / "disk").ranked.equals(hostile.frame)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def test_companions_are_vouched_for_and_read_back(folder, hostile):
    changes = pd.DataFrame({"prospect_id": ["P-001"], "change": [0.25]})
    write = {
        "changes.parquet": lambda path: changes.to_parquet(path, index=False),
        "owners/Ana.csv": lambda path: path.write_text("rank\n"),
    }
    write_run(folder, hostile, _explain(hostile), NO_ROWS, {}, write)
    run = predictor.load_run(folder)
    assert {"changes.parquet", "owners/Ana.csv"} <= set(run.manifest["files"])
    pd.testing.assert_frame_equal(run.table("changes.parquet"), changes)
    assert run.table("alerts.parquet") is None
    (folder / "changes.parquet").write_bytes(b"changed")
    with pytest.raises(RunFileError, match=r"changes\.parquet: cut short or changed"):
        run.table("changes.parquet")
