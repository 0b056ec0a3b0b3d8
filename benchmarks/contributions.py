"""TreeSHAP of the same LightGBM boosters by several libraries: rows a second, and exactness.

    python benchmarks/contributions.py --rows 2000
    python benchmarks/contributions.py --python woodelf=e/woodelf/bin/python

See benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import lightgbm as lgb
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

N_FEATURES = 80
TREES = {"31 leaves, depth 6": (31, 6), "15 leaves, depth 6": (15, 6)}
PEERS = ("lightgbm", "ours", "shap", "woodelf", "fasttreeshap")


def rows(n: int, seed: int) -> np.ndarray:
    """Draw rows with zeros and missing values."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, N_FEATURES))
    X[:, :20][rng.random((n, 20)) < 0.5] = 0.0
    X[rng.random(X.shape) < 0.2] = np.nan
    return X


def grow(num_leaves: int, max_depth: int, n_trees: int) -> lgb.Booster:
    """Train a booster."""
    X = rows(20_000, 0)
    score = 0.2 * np.nan_to_num(X[:, 10:30]).sum(axis=1) - 1
    y = np.random.default_rng(1).poisson(np.exp(score))
    params = {"objective": "poisson", "num_leaves": num_leaves, "max_depth": max_depth}
    return lgb.train(
        params | {"feature_fraction": 0.4, "verbosity": -1}, lgb.Dataset(X, y), n_trees
    )


def explainer(peer: str, booster: lgb.Booster, threads: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from rows to contributions, shape (n, F)."""
    if peer == "ours":
        from predictor.model.tree_shap import shap_tables, tree_shap  # noqa: PLC0415

        tables = shap_tables(booster)
        return lambda X: tree_shap(tables, X, threads)[:, :-1]
    if peer == "shap":
        import shap  # noqa: PLC0415

        return shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent").shap_values
    if peer == "woodelf":
        import pandas as pd  # noqa: PLC0415
        from woodelf import WoodelfExplainer  # noqa: PLC0415

        names = booster.feature_name()
        found = WoodelfExplainer(booster, feature_perturbation="tree_path_dependent")
        return lambda X: np.asarray(found.shap_values(pd.DataFrame(X, columns=names)))
    if peer == "fasttreeshap":
        import fasttreeshap  # noqa: PLC0415

        # Its own check of additivity refuses Poisson boosters; the difference is measured here.
        found = fasttreeshap.TreeExplainer(booster, algorithm="v2", n_jobs=threads)
        return lambda X: found.shap_values(X, check_additivity=False)
    return lambda X: booster.predict(X, pred_contrib=True, num_threads=threads)[:, :-1]


def run_child(peer: str, path: Path, n_rows: int, threads: int) -> None:
    """Measure one peer on one booster, and print rows a second and the largest difference."""
    booster = lgb.Booster(model_file=path)
    X = rows(n_rows, 2)
    explain = explainer(peer, booster, threads)
    explain(X[:1_000])  # whatever is compiled or made once
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        found = explain(X)
        seconds.append(time.perf_counter() - start)
    exact = booster.predict(X[:500], pred_contrib=True, num_threads=threads)[:, :-1]
    off = float(np.abs(np.asarray(found)[:500] - exact).max())
    print(json.dumps([n_rows / min(seconds), off]))


def measure(python: str, arguments: list[str]) -> str:
    """Run a child, and give its cells of the table; or why there are none."""
    done = subprocess.run(
        [python, __file__, *arguments], check=False, capture_output=True, text=True
    )
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["failed"])[-1]
    speed, off = json.loads(done.stdout.splitlines()[-1])
    return f"{speed:,.0f} rows/s, differs by {off:.0e}"


def main() -> None:
    """Measure, or be the process that is measured."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument(
        "--python", action="append", default=[], help="of a peer's environment: woodelf=path"
    )
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        peer, path = arguments.child
        run_child(peer, Path(path), arguments.rows, arguments.threads)
        return
    pythons = dict(entry.split("=", 1) for entry in arguments.python)
    with TemporaryDirectory() as folder:
        for name, (num_leaves, max_depth) in TREES.items():
            path = Path(folder, "booster.txt")
            grow(num_leaves, max_depth, arguments.trees).save_model(path)
            print(f"{arguments.trees} trees, {name}, {N_FEATURES} features")
            for peer in arguments.peers:
                limits = ["--rows", str(arguments.rows), "--threads", str(arguments.threads)]
                python = pythons.get(peer, sys.executable)
                print(f"  {peer:<14}{measure(python, [*limits, '--child', peer, str(path)])}")


if __name__ == "__main__":
    main()
