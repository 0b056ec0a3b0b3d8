"""How LightGBM's threads wait: passive against OpenMP's default, while other work runs.

Trains the same booster in turn, in fresh processes, beside busy processes, one per core:

    python benchmarks/threads.py --pairs 3
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys

TRAINING = """
import time, numpy as np, lightgbm as lgb
rng = np.random.default_rng(0)
X = rng.normal(size=(20_000, 60)); y = rng.poisson(np.exp(X[:, 0] - 2)).astype(float)
parameters = dict(objective="poisson", num_leaves=15, num_threads=2, verbosity=-1, seed=0)
start = time.perf_counter()
lgb.train(parameters, lgb.Dataset(X, y), 100)
print(time.perf_counter() - start)
"""


def busy() -> None:
    """Keep a core busy."""
    while True:
        pass


def seconds(policy: str | None) -> float:
    """Train in a fresh process under a wait policy; None is OpenMP's default."""
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    if policy is not None:
        environment["OMP_WAIT_POLICY"] = policy
    command = [sys.executable, "-c", TRAINING]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Print the seconds of each pair and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--busy", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    others = [multiprocessing.Process(target=busy, daemon=True) for _ in range(arguments.busy)]
    for other in others:
        other.start()
    ratios = []
    for _ in range(arguments.pairs):
        passive, default = seconds("passive"), seconds(None)
        ratios.append(default / passive)
        print(f"passive {passive:6.1f} s   default {default:6.1f} s   ratio {ratios[-1]:.1f}")
    print(f"median ratio {statistics.median(ratios):.1f} beside {arguments.busy} busy processes")


if __name__ == "__main__":
    main()
