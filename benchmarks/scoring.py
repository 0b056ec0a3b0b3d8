"""A list with reasons of many prospects whose features are built: time and memory.

Everything that a run does with features in a Parquet file, against the sum of its library calls
(predict, contributions, write), each in a fresh process:

    python benchmarks/scoring.py --prospects 1000000

See benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from predictor.config_file import read_config
from predictor.crm.crm import read_crm
from predictor.explanation.contributions import explain_rows
from predictor.explanation.signals import sum_by_signal
from predictor.explanation.table import explanation_table
from predictor.features.matrix import compute_features
from predictor.features.snapshots import open_prospects
from predictor.lists.changes import previous_columns
from predictor.lists.files import to_csv, write_run
from predictor.model.encoded_rows import EncodedRows
from predictor.model.predictor import TrainedPredictor
from predictor.model.training import fit_predictor
from predictor.operations.demo import write_simulated_crm
from predictor.operations.figures import figures_of
from predictor.operations.gathering import explanations_writer, gather
from predictor.operations.list_rules import rank_as_configured
from predictor.operations.scoring import CHUNK_ROWS, STRONGEST, Numbers, Scorer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from predictor.config import Config
    from predictor.lists.ranking import Ranked

WINDOWS_DAYS = (30,)
"""One window in place of three: about 230 features of 56 signals."""
PEOPLE = "person."
"""Columns of the file that are no features begin with it."""


def configuration(folder: Path) -> Config:
    """Read the configuration of the simulated CRM, with fewer windows."""
    config = read_config(folder / "config.yaml")
    features = config.features.model_copy(update={"windows_days": WINDOWS_DAYS})
    return config.model_copy(update={"features": features})


def prepare(folder: Path, n_prospects: int, n_simulated: int, seed: int) -> None:
    """Train on a simulated CRM, and write people and features for as many as asked for.

    Open prospects of the simulation are drawn with replacement, and all numbers but counts are
    moved by up to 1%, so that no two are the same.
    """
    write_simulated_crm(folder, n_simulated, "short", None, seed, print)
    config, crm = configuration(folder), read_crm(configuration(folder))
    as_of = config.source.data_until
    predictor = fit_predictor(crm, config, as_of)
    predictor.save(folder / "model")
    people = open_prospects(crm.known_at(as_of), as_of, config.lost_after_silence_days, None)
    catalogue = predictor.catalogue(config.labels)
    features = compute_features(crm.known_at(as_of), predictor.specification, catalogue, people)
    rng, writer = np.random.default_rng(seed), None
    for start in range(0, n_prospects, CHUNK_ROWS):
        size = min(CHUNK_ROWS, n_prospects - start)
        drawn = rng.integers(0, len(people), size)
        ids = [f"P{start + number:08d}" for number in range(size)]
        who = people.iloc[drawn].assign(prospect_id=ids).add_prefix(PEOPLE)
        rows = pa.Table.from_pandas(
            pd.concat([who, _moved(features.iloc[drawn], rng)], axis=1), preserve_index=False
        )
        writer = writer or pq.ParquetWriter(folder / "built.parquet", rows.schema)
        writer.write_table(rows)
    writer.close()


def _moved(features: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    numbers = features.select_dtypes("number")
    share = 1 + 0.01 * rng.uniform(-1, 1, (len(features), 1))
    moved = numbers.where(numbers == numbers.round(), numbers * share)
    return pd.concat([moved, features.drop(columns=moved.columns)], axis=1)[features.columns]


def built(folder: Path) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Read people and features, one row group after the other."""
    file = pq.ParquetFile(folder / "built.parquet")
    for group in range(file.num_row_groups):
        rows = file.read_row_group(group).to_pandas()
        ours = [name for name in rows.columns if name.startswith(PEOPLE)]
        people = rows[ours].copy().rename(columns=lambda name: name.removeprefix(PEOPLE))
        yield people, rows.drop(columns=ours)


def make_scorer(folder: Path) -> Scorer:
    """Return what scores, with its compiled parts ready."""
    scorer = Scorer(configuration(folder), TrainedPredictor.load(folder / "model"), "1")
    _, features = next(built(folder))
    scorer.numbers(features)
    return scorer


@dataclass
class Clock:
    """Seconds spent in each library call."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, call: str) -> Iterator[None]:
        """Count the seconds of a block."""
        start = time.perf_counter()
        yield
        self.seconds[call] = self.seconds.get(call, 0.0) + time.perf_counter() - start


def first_list(config: Config, frame: pd.DataFrame) -> Ranked:
    """Rank, without a run before and without what could change the scores."""
    as_of = config.source.data_until
    before = previous_columns(frame, None, None, pd.DataFrame(), as_of, config.language)
    return rank_as_configured(config, frame.join(before).assign(ask_next=""), as_of, None)


def library_calls(folder: Path) -> dict[str, float]:
    """Do the library calls one after the other, each with all threads, and time them alone."""
    scorer, clock, frames, writer = make_scorer(folder), Clock(), [], None
    config = scorer.config
    with TemporaryDirectory() as scratch:
        for people, features in built(folder):
            with clock.of("predict"):
                rows = EncodedRows.of(scorer.predictor.model, features)
                figures = figures_of(rows, config.horizon_days)
            with clock.of("contributions"):
                explained = explain_rows(rows, scorer.portfolio)
                days = scorer.days_to_close(rows)
            numbers = Numbers(figures, sum_by_signal(explained, scorer.catalogue), days)
            scores = scorer.words(people, features, numbers, STRONGEST)
            frames.append(scores.frame)
            reasons = scores.reasons
            table = explanation_table(reasons)
            path = Path(scratch, "explanations.parquet")
            writer = writer or explanations_writer(path, table.schema)
            with clock.of("write"):
                writer.write_table(table)
        frame = pd.concat(frames, ignore_index=True)
        ranked = first_list(config, frame)
        with clock.of("write"):
            writer.close()
            to_csv(ranked.frame, Path(scratch, "ranked.csv"))
            ranked.frame.to_parquet(Path(scratch, "ranked.parquet"), index=False)
    return clock.seconds


def whole_scoring(folder: Path) -> dict[str, float]:
    """Score as a run does, from the file of features to the folder of the list."""
    scorer = make_scorer(folder)
    config, start = scorer.config, time.perf_counter()
    with TemporaryDirectory() as scratch:
        parts = scorer.score_parts(built(folder), STRONGEST)
        scores = gather(parts, Path(scratch), keep_features=False)
        gathered = time.perf_counter()
        ranked = first_list(config, scores.frame)
        nothing = pd.DataFrame({"table": [], "reason": []})
        write_run(folder / "run", ranked, scores.explanations, nothing, {"language": "en"})
    end = time.perf_counter()
    return {"scored": gathered - start, "ranked and written": end - gathered, "whole": end - start}


CHILDREN = {"calls": library_calls, "whole": whole_scoring}


def measure(name: str, folder: Path) -> dict[str, float]:
    """Run one of `CHILDREN` in a fresh process."""
    command = [sys.executable, __file__, "--folder", str(folder), "--child", name]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output.splitlines()[-1])


def main() -> None:
    """Measure, or be the process that is measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prospects", type=int, default=50_000)
    parser.add_argument("--simulated", type=int, default=2_000, help="prospects trained on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="keeps the data and the list")
    parser.add_argument("--child", choices=list(CHILDREN), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        found = CHILDREN[arguments.child](arguments.folder)
        peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps(found | {"peak GB": peak_gb}))
        return
    with TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch)
        if not (folder / "built.parquet").exists():
            prepare(folder, arguments.prospects, arguments.simulated, arguments.seed)
        report(folder, measure("calls", folder), measure("whole", folder))


def report(folder: Path, calls: dict[str, float], whole: dict[str, float]) -> None:
    """Print the table."""
    data = pq.ParquetFile(folder / "built.parquet")
    columns = [name for name in data.schema.names if not name.startswith(PEOPLE)]
    print(f"{data.metadata.num_rows:,} prospects, {len(columns)} features")
    library = {name: seconds for name, seconds in calls.items() if name != "peak GB"}
    for name, seconds in library.items():
        print(f"{name:<28}{seconds:8.1f} s")
    total = sum(library.values())
    print(f"{'sum of the library calls':<28}{total:8.1f} s")
    for name in ("scored", "ranked and written", "whole"):
        print(f"{name:<28}{whole[name]:8.1f} s")
    print(f"{'whole / sum':<28}{whole['whole'] / total:8.2f}")
    print(f"{'peak memory':<28}{whole['peak GB']:8.2f} GB")


if __name__ == "__main__":
    main()
