"""One measurement: a fresh process, its seconds and its peak memory, within a limit."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import resource
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from prediction_peers.peers import PEERS
from prediction_peers.task import TEST, read_training

if TYPE_CHECKING:
    from prediction_peers.task import FloatArray, Task

_SCRIPT = Path(__file__).parents[1] / "prediction.py"
_COST = "cost: "
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Cost:
    """What one predictor took.

    Seconds are of the work itself, without imports and reading; `cpu_seconds` is of fit and
    predict, `peak_mb` the most resident memory of the process, in 10**6 bytes; `rows` are the
    training snapshots that it was given.
    """

    fit_seconds: float
    predict_seconds: float
    cpu_seconds: float
    peak_mb: float
    rows: int
    versions: dict[str, str]


def measure(task: Task, python: Path | None, limit_seconds: float | None) -> dict[str, Any]:
    """Fit and predict in a process of its own.

    Returns
    -------
    dict
        The fields of `Cost`; or `failed`, the reason why there are none.
    """
    task.output.unlink(missing_ok=True)
    command = [str(python or sys.executable), str(_SCRIPT), "--child", task.to_json()]
    process = subprocess.Popen(
        command,
        env=os.environ | dict.fromkeys(_THREAD_VARIABLES, str(task.threads)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that the workers of a library end with it
    )
    try:
        printed, complaint = process.communicate(timeout=limit_seconds)
    except subprocess.TimeoutExpired:
        return {"failed": f"not finished in {limit_seconds:g} s"}
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode != 0:
        last = (complaint.strip().splitlines() or ["no message; was it out of memory?"])[-1]
        return {"failed": last[:200]}
    # A library may print as well, even at the end.
    line = next(line for line in reversed(printed.splitlines()) if line.startswith(_COST))
    cost: dict[str, Any] = json.loads(line.removeprefix(_COST))
    return cost


def run_child(task: Task) -> None:
    """Fit and predict in this process, write the probabilities and print what it cost."""
    warnings.simplefilter("ignore")  # of other people's libraries; a failure is no warning
    peer = PEERS[task.peer]
    module, _, function = peer.fit.partition(":")
    fit = getattr(importlib.import_module(f"prediction_peers.{module}"), function)
    training = read_training(task)
    features = pd.read_parquet(task.data / TEST)
    start, cpu_start = time.perf_counter(), time.process_time()
    predict = fit(training)
    fitted = time.perf_counter()
    curve = predict(features)
    done = time.perf_counter()
    cpu_seconds = time.process_time() - cpu_start
    _write(task, curve, (len(features), len(training.about.times_days)))
    rows, versions = len(training.features), _versions(peer.packages)
    cost = Cost(fitted - start, done - fitted, cpu_seconds, _peak_mb(), rows, versions)
    print(f"{_COST}{json.dumps(asdict(cost))}")


def _write(task: Task, curve: FloatArray, shape: tuple[int, int]) -> None:
    """Write P(won by t), under a temporary name first: a file that is there is whole."""
    if curve.shape != shape or not np.isfinite(curve).all():
        raise ValueError(f"{task.peer} gave {curve.shape} or missing values, expected {shape}")
    if curve.min() < -1e-9 or curve.max() > 1 + 1e-9:
        raise ValueError(f"{task.peer} gave P from {curve.min()} to {curve.max()}")
    frame = pd.DataFrame(np.clip(curve, 0.0, 1.0), columns=[f"t{j}" for j in range(shape[1])])
    temporary = task.output.with_suffix(".tmp")
    frame.to_parquet(temporary)
    temporary.replace(task.output)


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in packages}


def _peak_mb() -> float:
    """Return the peak of this process alone: on Linux ru_maxrss also has the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
