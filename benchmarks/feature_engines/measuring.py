"""One measurement: a fresh process, its seconds and its peak memory."""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feature_engines.task import Task

#: Each engine and its module.
ENGINES = {
    "ours": "ours",
    "ours_first": "ours",
    "sql": "sql",
    "polars": "streaming_polars",
    "pandas": "merged_pandas",
    "featuretools": "deep_featuretools",
}
_SCRIPT = Path(__file__).parents[1] / "features.py"
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")


@dataclass(frozen=True)
class Cost:
    """What one computation took.

    `seconds` and `cpu_seconds` are of the work itself, without imports; `total_seconds` is the
    whole process; `peak_mb` is the most resident memory of the process, in 10**6 bytes.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    total_seconds: float = 0.0


def measure(engine: str, task: Task, python: Path | None, kept: Path) -> Cost:
    """Run an engine in a process of its own, with a folder for what it keeps between processes.

    Raises
    ------
    SystemExit
        If the process fails; the message has its last line.
    """
    command = [str(python or sys.executable), str(_SCRIPT), "--child", engine]
    threads = dict.fromkeys(_THREAD_VARIABLES, str(task.threads))
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--task", task.to_json()],
        env=os.environ | threads | {"PREDICTOR_CACHE": str(kept)},
        capture_output=True,
        text=True,
        check=False,
    )
    total_seconds = time.perf_counter() - start
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message; was it out of memory?"])[-1]
        raise SystemExit(f"{engine} failed (exit code {done.returncode}): {last}")
    cost = json.loads(done.stdout.splitlines()[-1])
    return Cost(**(cost | {"total_seconds": total_seconds}))


def run_child(engine: str, task: Task) -> None:
    """Compute the features in this process and print what it cost."""
    module = importlib.import_module(f"feature_engines.{ENGINES[engine]}")
    start, cpu_start = time.perf_counter(), time.process_time()
    module.compute(task)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    print(json.dumps(asdict(Cost(seconds, cpu_seconds, _peak_mb()))))


def _peak_mb() -> float:
    """Return the peak of this process alone: on Linux ru_maxrss also has the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
