"""Measures the predictors on the data sets one after the other, and reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from prediction_peers.data_sets import DATA_SETS, data_set_of
from prediction_peers.figures import figures
from prediction_peers.measuring import measure
from prediction_peers.peers import ORACLE, PEERS, chosen_peers
from prediction_peers.plotting import draw
from prediction_peers.preparing import Limits, prepare
from prediction_peers.reporting import Measured, report
from prediction_peers.task import ABOUT, Task
from predictor.errors import PredictorError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

RESULTS = "results.jsonl"
_ORDER = {name: place for place, name in enumerate(DATA_SETS)}


def compare(arguments: argparse.Namespace) -> None:
    """Measure what the arguments ask for, and write the reports on all that the folder holds.

    Raises
    ------
    SystemExit
        If an argument is of no use or a data set cannot be made; a peer that fails is reported.
    """
    for path in (arguments.table, arguments.plot):
        if path and not path.parent.is_dir():
            raise SystemExit(f"{path}: its folder does not exist; make it first")
    for python in arguments.python.values():
        if not python.is_file():
            raise SystemExit(f"{python} does not exist: --python wants peer=path of a Python")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for word in arguments.data:
        _measure_all(arguments, word)
    if not arguments.data or arguments.table or arguments.plot:
        _report(arguments)


def _measure_all(arguments: argparse.Namespace, word: str) -> None:
    """Measure the predictors in turn on one data set."""
    data = data_set_of(arguments, word)
    folder = arguments.folder / data.name
    limits = Limits(arguments.max_train_snapshots, arguments.max_test_snapshots, arguments.seed)
    print(f"{data.name}: snapshots and features", flush=True)
    try:
        prepare(data, folder, limits)
    except PredictorError as error:
        raise SystemExit(str(error)) from None
    for peer in chosen_peers(arguments.peers, simulated=data.cycle is not None):
        task = Task(
            peer=peer,
            data=folder / "oracle" if peer == ORACLE else folder,
            output=folder / f"{peer}.parquet",
            threads=arguments.threads,
            seed=arguments.seed,
            budget_seconds=arguments.budget_seconds,
            max_rows=arguments.max_rows.get(peer, PEERS[peer].max_rows),
        )
        found = measure(task, arguments.python.get(peer), arguments.fit_limit_seconds)
        settings = {"threads": task.threads, "budget_seconds": task.budget_seconds}
        measurement = {"data_set": data.name, "peer": peer} | settings | found
        with (arguments.folder / RESULTS).open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(measurement)}\n")
        print(_line(measurement), flush=True)


def _line(measurement: dict[str, Any]) -> str:
    """Return one measurement as a line of progress."""
    m = measurement
    if "failed" in m:
        return f"  {m['peer']:27} {m['failed']}"
    return (
        f"  {m['peer']:27} {m['rows']:8,} rows, fit {m['fit_seconds']:8.1f} s, "
        f"predict {m['predict_seconds']:6.1f} s, {m['peak_mb']:6,.0f} MB"
    )


def _report(arguments: argparse.Namespace) -> None:
    """Compute the figures of every data set in the folder, and write table and plot."""
    by_data_set: dict[str, dict[str, dict[str, Any]]] = {}
    for measurement in _earlier(arguments.folder / RESULTS):
        # The latest measurement of a predictor stands.
        by_data_set.setdefault(measurement["data_set"], {})[measurement["peer"]] = measurement
    measured = []
    for name in sorted(by_data_set, key=lambda name: _ORDER.get(name, len(_ORDER))):
        latest = by_data_set[name]
        folder = arguments.folder / name
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        costs = {peer: latest[peer] for peer in PEERS if peer in latest}
        measured.append(Measured(name, about, costs, figures(folder, costs)))
    if not measured:
        raise SystemExit(f"{arguments.folder} holds no measurement yet: name a data set")
    text = report(measured)
    print(f"\n{text}")
    if arguments.table:
        arguments.table.write_text(f"{text}\n", encoding="utf-8")
    if arguments.plot:
        draw(measured, arguments.plot)


def _earlier(results: Path) -> list[dict[str, Any]]:
    if not results.exists():
        return []
    found = []
    for number, text in enumerate(results.read_text(encoding="utf-8").splitlines(), 1):
        try:
            measurement = json.loads(text)
        except json.JSONDecodeError:
            measurement = None
        if not isinstance(measurement, dict) or not {"data_set", "peer"} <= set(measurement):
            raise SystemExit(f"{results}, line {number}: no measurement; remove the line")
        found.append(measurement)
    return found
