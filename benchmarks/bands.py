"""How often bands change, and are changed back, at several margins: one scoring a day.

    predictor demo demo --prospects 1500
    python benchmarks/bands.py demo/config.yaml --days 22

Writes the table of docs/explanation/lists.md. A change is undone where the prospect is back in its
band within a week.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.config_file import read_config
from predictor.crm.crm import read_crm
from predictor.features.matrix import compute_features
from predictor.features.snapshots import open_prospects
from predictor.lists.bands import BandRule
from predictor.lists.capacity import Capacity
from predictor.lists.work import Work, plan_work
from predictor.operations.registry import load_predictor

if TYPE_CHECKING:
    from predictor.config import Config

MARGINS = (0.0, 0.05, 0.1, 0.2, 0.3)
RULES = {
    "quantile": {"by": "quantile"},
    "probability": {"by": "probability", "hot": 0.4, "warm": 0.15},
    "capacity": {"by": "capacity"},
}
CAPACITY = Capacity(per_owner=3)
BACK_WITHIN_DAYS = 7


def main() -> None:
    """Measure and print, a row a rule and margin."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("--days", type=int, default=22)
    arguments = parser.parse_args()
    looks = daily_lists(read_config(arguments.config), arguments.days)
    print("| bands by | margin | changes | undone | hot, mean |")
    print("|---|--:|--:|--:|--:|")
    for name, rule in RULES.items():
        for margin in MARGINS:
            changes, undone, hot = measure(looks, BandRule(**rule, margin=margin))
            print(f"| {name} | {margin:g} | {changes} | {undone} | {hot:.1f} |")


def daily_lists(config: Config, days: int) -> list[pd.DataFrame]:
    """Score on each of the last days of the data; each list with the best prospect first."""
    crm, predictor = read_crm(config), load_predictor(config).predictor
    lists = []
    for ago in range(days, -1, -1):
        as_of = crm.last_instant() - timedelta(days=ago)
        people = open_prospects(crm.known_at(as_of), as_of, config.lost_after_silence_days)
        catalogue = predictor.catalogue(config.labels)
        X = compute_features(crm.known_at(as_of), predictor.specification, catalogue, people)
        p = predictor.model.predict_proba_won(X, config.horizon_days)
        listed = people.assign(conversion_probability=p)[~people["do_not_contact"].astype(bool)]
        keys = ["conversion_probability", "prospect_id"]
        lists.append(listed.sort_values(keys, ascending=[False, True], ignore_index=True))
    return lists


def measure(lists: list[pd.DataFrame], rule: BandRule) -> tuple[int, int, float]:
    """Return changes of a band, how many of them were undone soon, and the mean number of hot."""
    before, history, hot = None, defaultdict(list), []
    for listed in lists:
        work = Work(CAPACITY, previous_bands=before)
        bands = np.array(["cold", "warm", "hot"])[plan_work(listed, rule, work).height]
        before = pd.Series(bands, index=listed["prospect_id"])
        hot.append((bands == "hot").sum())
        for prospect_id, band in before.items():
            history[prospect_id].append(band)
    changes = undone = 0
    for bands in history.values():
        at = [day for day in range(1, len(bands)) if bands[day] != bands[day - 1]]
        changes += len(at)
        undone += sum(
            later - day <= BACK_WITHIN_DAYS and bands[later] == bands[day - 1]
            for day, later in pairwise(at)
        )
    return changes, undone, float(np.mean(hot))


if __name__ == "__main__":
    main()
