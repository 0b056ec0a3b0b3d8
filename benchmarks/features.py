"""Features at growing sizes: this engine beside SQL tuned by hand, Polars, pandas, featuretools.

The same 80 features, Parquet to Parquet, each measurement in a fresh process, the engines in turn:

    python benchmarks/features.py --interactions 1e6 1e7 --repeats 3 --engines ours sql polars

The engines must agree on every number, or nothing is reported. See benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from feature_engines.measuring import ENGINES, run_child
from feature_engines.task import Task

LAYOUTS = ("clustered", "time")


def main() -> None:
    """Measure, or be the process that is measured."""
    arguments = _parser().parse_args()
    if arguments.child:
        run_child(arguments.child, Task.from_json(arguments.task))
        return
    # Imported now: the process that is measured may run in an environment that lacks it.
    comparison = importlib.import_module("feature_engines.comparison")
    try:
        comparison.compare(arguments)
    except KeyboardInterrupt:
        raise SystemExit("stopped; finished measurements are in the file of --results") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--interactions", type=_whole, nargs="+", default=[1_000_000], help="sizes: 1e6 1e7")
    add("--layout", nargs="+", choices=LAYOUTS, default=list(LAYOUTS), help="order of the rows")
    add("--engines", nargs="+", choices=list(ENGINES), default=["sql", "ours"])
    add("--repeats", type=_whole, default=3)
    add("--threads", type=_whole, default=2)
    add("--memory-limit", help="of DuckDB (ours and sql), for example 1500MB")
    add("--chunked", type=_whole, help="snapshots at a time (ours and sql)")
    add("--limit", type=_limit, nargs="*", default=[], help="largest sizes: pandas=1e7")
    add("--featuretools-python", type=Path, help="Python of an environment with featuretools")
    add("--folder", type=Path, help="keep the generated data here, for the next run")
    add("--results", type=Path, help="add to these earlier measurements (JSON lines)")
    add("--table", type=Path, help="write the table here (Markdown)")
    add("--plot", type=Path, help="write the plot here (PNG)")
    add("--child", choices=list(ENGINES), help=argparse.SUPPRESS)
    add("--task", help=argparse.SUPPRESS)
    return parser


def _whole(text: str) -> int:
    number = float(text)
    if number < 1 or number != int(number):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1 (1e6 is one)")
    return int(number)


def _limit(text: str) -> tuple[str, int]:
    engine, _, size = text.partition("=")
    if engine not in ENGINES or not size:
        raise argparse.ArgumentTypeError(f"'{text}' is not like pandas=1e7")
    return engine, _whole(size)


if __name__ == "__main__":
    main()
