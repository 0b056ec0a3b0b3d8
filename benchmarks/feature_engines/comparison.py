"""Runs the engines in turn over all sizes, checks that they agree, and reports."""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feature_engines.checking import disagreements
from feature_engines.data import DataSet, write_data
from feature_engines.measuring import Cost, measure
from feature_engines.reporting import REFERENCE, draw, line, table
from feature_engines.task import Task

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_FEATURETOOLS_LIMIT = 100_000


def compare(arguments: argparse.Namespace) -> None:
    """Measure all that the arguments ask for, and write the reports.

    Raises
    ------
    SystemExit
        If an argument is of no use, or an engine fails or disagrees with the first one.
    """
    _check_arguments(arguments)
    found = _earlier(arguments.results)
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        for size in sorted(arguments.interactions):
            data = DataSet(folder, size)
            print(f"{size:,} interactions: data", flush=True)
            write_data(data, arguments.layout)
            for layout in arguments.layout:
                for measurement in _alternate(arguments, data, layout, Path(temporary)):
                    print(line(measurement), flush=True)
                    found.append(measurement)
                    _keep(arguments.results, measurement)
    report = table(found)
    print(f"\n{report}")
    if arguments.table:
        arguments.table.write_text(f"{report}\n")
    if arguments.plot:
        draw(found, arguments.plot)


def _check_arguments(arguments: argparse.Namespace) -> None:
    """Refuse now what would fail after an hour."""
    python = arguments.featuretools_python
    if "featuretools" in arguments.engines and not (python and python.is_file()):
        raise SystemExit(
            "featuretools needs --featuretools-python, the Python of an environment that has it;"
            " see benchmarks/README.md"
        )
    for path in (arguments.table, arguments.plot, arguments.results):
        if path and not path.parent.is_dir():
            raise SystemExit(f"{path}: its folder does not exist; make it first")


def _alternate(
    arguments: argparse.Namespace, data: DataSet, layout: str, scratch: Path
) -> Iterator[dict[str, Any]]:
    """Measure the engines in turn; the first round also checks that they agree."""
    engines = _engines(arguments, data.interactions)
    outputs = {engine: scratch / "output" / engine for engine in engines}
    for repeat in range(arguments.repeats):
        round_ = uuid.uuid4().hex  # ratios are taken within a round
        # Each round starts with another engine, so that none always follows the same one.
        turn = repeat % len(engines)
        for engine in (*engines[turn:], *engines[:turn]):
            shutil.rmtree(outputs[engine], ignore_errors=True)
            task = _task(arguments, data, layout, outputs[engine], scratch)
            python = arguments.featuretools_python if engine == "featuretools" else None
            cost = _measure(engine, task, python)
            if repeat == 0:
                _check(engine, outputs[engine], engines[0], outputs[engines[0]])
            about = {"interactions": data.interactions, "layout": layout, "engine": engine}
            yield {"round": round_, **about, **asdict(cost)}
    for folder in ("output", "kept"):
        shutil.rmtree(scratch / folder, ignore_errors=True)


def _measure(engine: str, task: Task, python: Path | None) -> Cost:
    """Measure an engine; what this project keeps between processes is there or is not."""
    kept = task.scratch / "kept"
    if engine == "ours_first":
        shutil.rmtree(kept, ignore_errors=True)
    elif engine == "ours" and not kept.exists():
        measure(engine, task, python, kept)
        shutil.rmtree(task.output)
    return measure(engine, task, python, kept)


def _engines(arguments: argparse.Namespace, size: int) -> list[str]:
    """Return the engines for a size, the reference first."""
    limits = {"featuretools": _FEATURETOOLS_LIMIT, **dict(arguments.limit)}
    chosen = [name for name in dict.fromkeys(arguments.engines) if size <= limits.get(name, size)]
    if not chosen:
        raise SystemExit(f"no engine is left for {size:,} interactions; raise its --limit")
    return sorted(chosen, key=lambda name: name != REFERENCE)


def _task(
    arguments: argparse.Namespace, data: DataSet, layout: str, output: Path, scratch: Path
) -> Task:
    output.parent.mkdir(exist_ok=True)
    return Task(
        interactions=data.layout(layout),
        snapshots=data.snapshots,
        output=output,
        scratch=scratch,
        clustered=layout == "clustered",
        threads=arguments.threads,
        memory_limit=arguments.memory_limit,
        chunk_snapshots=arguments.chunked,
    )


def _check(engine: str, output: Path, reference: str, expected: Path) -> None:
    if engine == reference:
        return
    lines = disagreements(output, expected)
    if lines:
        raise SystemExit("\n".join([f"{engine} disagrees with {reference}:", *lines]))


def _earlier(results: Path | None) -> list[dict[str, Any]]:
    if results is None or not results.exists():
        return []
    found = []
    for number, text in enumerate(results.read_text().splitlines(), 1):
        try:
            measurement = json.loads(text)
        except json.JSONDecodeError:
            measurement = None
        if not isinstance(measurement, dict) or "peak_mb" not in measurement:
            raise SystemExit(f"{results}, line {number}: no measurement; remove the line")
        found.append(measurement)
    return found


def _keep(results: Path | None, measurement: dict[str, Any]) -> None:
    if results is not None:
        with results.open("a") as file:
            file.write(json.dumps(measurement) + "\n")
