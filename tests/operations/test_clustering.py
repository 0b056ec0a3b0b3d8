"""The command `cluster`, and every other command on the store that it wrote."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.stores import bytes_read
from support.typing_at_a_terminal import predictor
from support.worlds import CONFIG, END, TRAINED, contents, keep_the_week_before

from predictor.config_file import read_config
from predictor.crm.crm import read_crm
from predictor.crm.store import writing
from predictor.features.families import build_catalogue
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features
from predictor.features.snapshots import open_prospects
from predictor.operations.clustering import cluster

if TYPE_CHECKING:
    from pathlib import Path

#: A registry of its own: the numbers of the models of the shared world stay as they are.
SOURCE = "source: {store: store}\nmlflow: {tracking_uri: 'sqlite:///stored.db'}\n"
STORE_FILES = [
    "answers.parquet", "interactions.parquet", "outcomes.parquet", "prospects.parquet",
    "quarantine.parquet", "stages.parquet", "store.json",
]  # fmt: skip
STORED = "crm/stored.yaml"


@pytest.fixture(scope="module")
def clustered(world):
    """Cluster the shared world as a user would, and name the store in a configuration."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(world.folder)
        answer = predictor("cluster", CONFIG, "--output", "crm/store")
    text = world.config.read_text(encoding="utf-8")
    head, _, rest = text.partition("source:\n")
    others = rest[rest.index("attributes:") :]
    (world.folder / STORED).write_text(f"{head}{SOURCE}{others}", encoding="utf-8")
    return answer


@pytest.fixture
def at_store(clustered, at_home):
    return at_home


# --- the command ----------------------------------------------------------------------------------


def test_cluster_says_what_it_wrote_and_what_to_do_with_it(clustered, world):
    crm = read_crm(read_config(world.config))
    rows = int(crm.counts["rows"].sum())
    assert clustered.err == ""
    assert clustered.out == (
        f"Wrote crm/store: {rows:,} rows, 0 in quarantine\n"
        "Name it in a configuration: source: {store: crm/store}\n"
    )
    store = world.folder / "crm" / "store"
    assert sorted(path.name for path in store.iterdir()) == STORE_FILES
    assert not [path for path in store.parent.iterdir() if path.name.startswith(".store")]


def test_quiet_prints_nothing(at_home, tmp_path):
    answer = predictor("cluster", CONFIG, "--output", tmp_path / "store", "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_a_later_store_takes_the_place_of_an_earlier_one(at_home, tmp_path):
    store = tmp_path / "deep" / "store"
    for _ in range(2):
        predictor("cluster", CONFIG, "--output", store, "--quiet")
        assert sorted(path.name for path in store.iterdir()) == STORE_FILES
        (store / "more.txt").write_text("of the earlier store")
    assert [path.name for path in store.parent.iterdir()] == ["store"]


def test_mistakes_end_in_one_line_and_write_nothing(at_store, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear customer")
    (tmp_path / "file").write_text("")
    for words, message in {
        (STORED, "x"): (
            f"{at_store.folder}/crm/store: is a store already (source.store); cluster the "
            "configuration that names the raw source"
        ),
        (CONFIG, "mine"): (
            f"{tmp_path}/mine holds other files than a store: choose another folder"
        ),
        (CONFIG, at_store.run()): (
            f"{at_store.run()} holds other files than a store: choose another folder"
        ),
        (CONFIG, "file"): f"{tmp_path}/file: cannot write a store there (Not a directory)",
    }.items():
        answer = predictor("cluster", words[0], "--output", tmp_path / words[1])
        assert (answer.code, answer.complaint) == (1, message)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "letter.txt", "mine"]


def test_a_source_that_cannot_be_read_leaves_the_earlier_store(at_home, tmp_path):
    predictor("cluster", CONFIG, "--output", tmp_path / "store", "--quiet")
    before = contents(tmp_path / "store")
    (tmp_path / "bad.yaml").write_text("source: {inputs: {prospects: p.csv, outcomes: o.csv}}")
    answer = predictor("cluster", tmp_path / "bad.yaml", "--output", tmp_path / "store")
    assert answer.complaint == f"{tmp_path}/p.csv: no such file (source.inputs.prospects)"
    assert contents(tmp_path / "store") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.yaml", "store"]


# --- stopped and killed ---------------------------------------------------------------------------

SLOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from predictor.crm.store import writing
writing.ROWS_PER_PART = 50
sys.argv = ["predictor", "cluster", {config!r}, "--output", {store!r}]
from predictor.cli import main
main()
"""


def begun(config: Path, store: Path) -> subprocess.Popen[str]:
    """Begin a clustering of many parts, and return when some files of it are there."""
    script = SLOW.format(config=str(config), store=str(store))
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for _ in range(6_000):
        if list(store.parent.glob(f".{store.name}.partial-*/prospects.parquet")):
            return process
        time.sleep(0.01)
    raise AssertionError(process.communicate(timeout=1))


@pytest.fixture
def with_store(world, tmp_path):
    cluster(read_config(world.config), tmp_path / "store", lambda _: None)
    return tmp_path / "store"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_leaves_the_earlier_store_and_nothing_else(world, with_store):
    before = contents(with_store)
    process = begun(world.config, with_store)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "predictor: stopped; nothing was left half-written\n"
    assert contents(with_store) == before
    assert [path.name for path in with_store.parent.iterdir()] == ["store"]


def test_a_killed_run_leaves_the_earlier_store_and_the_next_run_tidies_up(world, with_store):
    before = contents(with_store)
    process = begun(world.config, with_store)
    process.kill()
    process.communicate(timeout=60)
    assert contents(with_store) == before
    assert len(list(with_store.parent.iterdir())) == 2
    cluster(read_config(world.config), with_store, lambda _: None)
    assert [path.name for path in with_store.parent.iterdir()] == ["store"]
    assert contents(with_store) == before


# --- everything on a store is as on its source ----------------------------------------------------


def test_check_says_the_same(at_store):
    answer = predictor("check", STORED)
    assert (answer.code, answer.out, answer.err) == (0, at_store.checked.out, "")


def test_the_same_model_list_figures_and_story_bit_for_bit(at_store, evaluated):
    trained = predictor("train", STORED, "--as-of", TRAINED, "--export", "exported_from_store")
    assert trained.out == at_store.trained.out
    assert contents(at_store.folder / "exported_from_store") == contents(at_store.exported)
    keep_the_week_before(at_store, "from_store")
    scored = predictor("score", STORED, "--output", "from_store")
    assert scored.code == 0
    assert contents(at_store.folder / "from_store" / END) == contents(at_store.run())
    words = ["--model", "champion", "--output", "figures_of_store", "--quiet"]
    assert predictor("evaluate", STORED, *words).code == evaluated.code == 0
    figures = at_store.run().with_name("evaluation") / "metrics.csv"
    assert (at_store.folder / "figures_of_store/metrics.csv").read_bytes() == figures.read_bytes()
    someone = pd.read_parquet(at_store.run() / "ranked.parquet")["prospect_id"].iloc[0]
    words = [someone, "--model", "exported"]
    assert predictor("explain", STORED, *words).out == predictor("explain", CONFIG, *words).out


# --- scoring one prospect reads little of the others ----------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A store of 300,000 interactions of 3,000 prospects in many row groups."""
    folder = tmp_path_factory.mktemp("large")
    rng = np.random.default_rng(0)
    ids = pa.array([f"prospect-{number:06d}" for number in range(3_000)])
    day_us = 86_400_000_000
    start_us = 1_700_000_000_000_000
    created = pa.array(np.full(3_000, start_us), pa.timestamp("us"))
    pq.write_table(pa.table({"prospect_id": ids, "created_at": created}), folder / "p.parquet")
    closed = pa.table(
        {
            "prospect_id": ids.slice(0, 100),
            "closed_at": pa.array(start_us + day_us * rng.integers(1, 60, 100), pa.timestamp("us")),
            "outcome": ["won", "lost"] * 50,
        }
    )
    pq.write_table(closed, folder / "o.parquet")
    calls = pa.table(
        {
            "prospect_id": ids.take(pa.array(rng.integers(0, 3_000, 300_000))),
            "occurred_at": pa.array(
                start_us + rng.integers(1, 60 * day_us, 300_000), pa.timestamp("us")
            ),
            "type": pa.array(["call", "mail", "visit"]).take(pa.array(rng.integers(0, 3, 300_000))),
            "duration_seconds": rng.exponential(60, 300_000),
        }
    )
    pq.write_table(calls, folder / "i.parquet")
    config = folder / "raw.yaml"
    config.write_text(
        "source: {inputs: {prospects: p.parquet, outcomes: o.parquet, interactions: i.parquet}}"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "ROWS_PER_GROUP", 4_096)
        cluster(read_config(config), folder / "store", lambda _: None)
    (folder / "config.yaml").write_text("source: {store: store}")
    return read_config(folder / "config.yaml")


def test_one_prospect_is_looked_up_and_scored_without_reading_the_others(large):
    crm = read_crm(large)
    as_of = crm.last_instant()
    known = crm.known_at(as_of)
    specification = learn_specification(known, large)
    catalogue = build_catalogue(specification)
    someone = "prospect-002222"
    size = (large.path("store") / "interactions.parquet").stat().st_size

    def work() -> None:
        people = open_prospects(known.of_prospect(someone), as_of)
        assert people["prospect_id"].tolist() == [someone]
        features = compute_features(known, specification, catalogue, people)
        assert features["activity_count"].iloc[0] > 50

    assert bytes_read(crm, lambda: open_prospects(known, as_of))["interactions.parquet"] > size / 3
    assert bytes_read(crm, work)["interactions.parquet"] < size / 3
