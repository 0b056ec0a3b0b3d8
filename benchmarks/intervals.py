"""How often intervals hold the true P: known simulations of several sizes, fresh snapshots.

    python benchmarks/intervals.py --snapshots 800 1500 5000 15000 --seeds 5

Writes the table of docs/explanation/how_the_model_works.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from predictor.model.phased_rates import PhasedRates

# The simulation with known truth is that of the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.known_truth import simulate_known_truth

HORIZON_DAYS = 30
NOMINAL = (0.5, 0.8, 0.9)
N_FRESH = 4000
FRESH_SEED = 1000


def main() -> None:
    """Measure and print, a row a size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--snapshots", nargs="+", type=int, default=[400, 800, 1500, 5000, 15000])
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    print("| snapshots | won | 50% | 80% | 90% | 80%, upper half | median sd |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for n in arguments.snapshots:
        found = np.mean([measure(n, seed) for seed in range(arguments.seeds)], axis=0)
        shares = " | ".join(f"{share:.2f}" for share in found[1:])
        print(f"| {n:,} | {found[0]:,.0f} | {shares} |", flush=True)


def measure(n: int, seed: int) -> list[float]:
    """Return the number won, the shares held, and the median standard deviation."""
    data, fresh = simulate_known_truth(n, seed), simulate_known_truth(N_FRESH, FRESH_SEED + seed)
    model = PhasedRates(num_threads=1, random_state=seed).fit(data.X, data.y)
    truth = fresh.true_probability(HORIZON_DAYS)
    p = model.predict_proba_won(fresh.X, HORIZON_DAYS)
    held = {}
    for nominal in NOMINAL:
        low, high = model.predict_interval(fresh.X, HORIZON_DAYS, nominal).T
        held[nominal] = (low <= truth) & (truth <= high)
    return [
        float((data.y["outcome"] == "won").sum()),
        *(float(held[nominal].mean()) for nominal in NOMINAL),
        float(held[0.8][p > np.median(p)].mean()),
        float(np.median(model.predict_log_rate_error(fresh.X))),
    ]


if __name__ == "__main__":
    main()
