"""Probabilities beside other people's predictors: same snapshots, same features, same test.

Each predictor is fitted in a fresh process, in an environment of its own if need be:

    python benchmarks/prediction.py loan_applications --folder runs \
        --peers ours lightgbm_weighted cox --python cox=survival/bin/python

and the tables are made of all that the folder holds:

    python benchmarks/prediction.py --folder runs --table prediction.md --plot prediction.png

See benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import importlib
from datetime import datetime
from pathlib import Path

from prediction_peers.measuring import run_child
from prediction_peers.peers import PEERS
from prediction_peers.task import Task


def main() -> None:
    """Measure, or be the process that is measured."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.child:
        run_child(Task.from_json(arguments.child))
        return
    if arguments.folder is None:
        parser.error("--folder is needed: it keeps the matrices and the measurements")
    for name in ("python", "max_rows"):
        setattr(arguments, name, dict(getattr(arguments, name)))
    # Imported now: the process that is measured may run in an environment that lacks it.
    comparison = importlib.import_module("prediction_peers.comparison")
    try:
        comparison.compare(arguments)
    except KeyboardInterrupt:
        raise SystemExit("stopped; finished measurements are in the folder") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add, date = parser.add_argument, datetime.fromisoformat
    add(
        "data",
        nargs="*",
        help="loan_applications, school_crm, driver_signups, simulated_short, simulated_long, or "
        "a configuration file; none: only the reports",
    )
    add("--folder", type=Path, help="keeps matrices, probabilities and measurements")
    add("--peers", nargs="+", choices=list(PEERS), help="default: all")
    add(
        "--python",
        type=_python,
        action="append",
        default=[],
        help="Python of the environment of a peer: cox=path (may be repeated)",
    )
    add("--fit-limit-seconds", type=float, help="a predictor that takes longer is stopped")
    add("--budget-seconds", type=float, default=600.0, help="FLAML's search, per horizon")
    add("--max-train-snapshots", type=_whole, help="a sample, the same for all predictors")
    add("--max-test-snapshots", type=_whole, help="the same for the test")
    add(
        "--max-rows",
        type=_rows,
        action="append",
        default=[],
        help="training snapshots of one predictor at most: xgbse=5000 (may be repeated)",
    )
    add("--threads", type=_whole, default=2)
    add("--seed", type=int, default=0, help="of samples, held-out accounts and predictors")
    add("--prospects", type=_whole, help="of a simulation; default 6000")
    add("--train-as-of", type=date, help="training instant, UTC; data sets by name have theirs")
    add("--until", type=date, help="end of the test's looks")
    add("--followed-until", type=date, help="end of its follow-up; default: the end of the data")
    add("--table", type=Path, help="write the tables here (Markdown)")
    add("--plot", type=Path, help="write the plot here (PNG)")
    add("--child", help=argparse.SUPPRESS)
    return parser


def _whole(text: str) -> int:
    number = float(text)
    if number < 1 or number != int(number):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1 (1e6 is one)")
    return int(number)


def _python(text: str) -> tuple[str, Path]:
    peer, path = _peer_and(text, "cox=path")
    return peer, Path(path)


def _rows(text: str) -> tuple[str, int]:
    peer, number = _peer_and(text, "xgbse=5000")
    return peer, _whole(number)


def _peer_and(text: str, example: str) -> tuple[str, str]:
    peer, _, value = text.partition("=")
    if peer not in PEERS or not value:
        raise argparse.ArgumentTypeError(f"'{text}' is not like {example}")
    return peer, value


if __name__ == "__main__":
    main()
