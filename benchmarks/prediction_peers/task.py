"""What every predictor is asked for: P(won by t) of the same snapshots, from the same features.

This module and those of the peers run in environments without this project: NumPy and pandas only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
#: From the encoded features of n snapshots to P(won by t), shape (n, number of times).
Predict = Callable[[pd.DataFrame], FloatArray]
TRAIN, TEST = "train.parquet", "test.parquet"
TRAIN_TARGET, TEST_TARGET = "train_target.parquet", "test_target.parquet"
ABOUT = "about.json"


@dataclass(frozen=True)
class Task:
    """One measurement of one predictor on one data set.

    `data` is the folder of the data set, `output` the Parquet file for the probabilities.
    `max_rows` training snapshots are drawn at random if there are more; `budget_seconds` is what a
    search over settings may take per horizon.
    """

    peer: str
    data: Path
    output: Path
    threads: int
    seed: int
    budget_seconds: float
    max_rows: int | None = None

    def to_json(self) -> str:
        """Return what `from_json` reads back in another process."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Task:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        return cls(**(fields | {name: Path(fields[name]) for name in ("data", "output")}))


@dataclass(frozen=True)
class About:
    """What the predictors must know of a data set beside its matrices.

    Attributes
    ----------
    config : str
        The configuration of the business.
    horizons_days : list of int
        Horizons that are judged, rising.
    times_days : list of float
        Times of the curve that each predictor returns; the horizons are among them.
    categories : dict of str to list of str
        Levels of each column that holds codes of levels, in the order of the codes.
    portfolio : list of float
        Share won by each time, of all training snapshots (Aalen-Johansen).
    """

    config: str
    horizons_days: list[int]
    times_days: list[float]
    categories: dict[str, list[str]]
    portfolio: list[float]

    @classmethod
    def read(cls, folder: Path) -> About:
        """Read it from the folder of a data set."""
        fields = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        return cls(**{name: fields[name] for name in cls.__dataclass_fields__})

    @property
    def horizon_places(self) -> list[int]:
        """Places of the horizons among the times."""
        return [self.times_days.index(days) for days in self.horizons_days]


@dataclass(frozen=True)
class Training:
    """Training data of one predictor.

    Attributes
    ----------
    task, about
        What is asked for.
    features : DataFrame of shape (n, F)
        Numbers with NaN for missing; columns named in `about.categories` hold codes.
    target : DataFrame of shape (n, ...)
        outcome, duration_days, group, as_of; label_h and weight_h for each horizon h (weight 0
        where the label is unknown); fold of the account, for searches; of a simulation, true_h.
    """

    task: Task
    about: About
    features: pd.DataFrame
    target: pd.DataFrame

    def of_cause(self, cause: str) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Return the days followed and whether each ended by the cause, within the longest time.

        Zero days become a thousandth: survival models want positive times.
        """
        longest_days = self.about.times_days[-1]
        days = self.target["duration_days"].to_numpy(float)
        event = (self.target["outcome"].to_numpy(str) == cause) & (days <= longest_days)
        return np.clip(days, 1e-3, longest_days), event

    @property
    def held_out(self) -> NDArray[np.bool_]:
        """Which rows validate where a search holds out one fold only."""
        return self.target["fold"].to_numpy(int) == 0


def read_training(task: Task) -> Training:
    """Read the training snapshots, no more than the task allows."""
    about = About.read(task.data)
    features = pd.read_parquet(task.data / TRAIN)
    target = pd.read_parquet(task.data / TRAIN_TARGET)
    rows = sampled_rows(len(features), task.max_rows, task.seed)
    return Training(
        task,
        about,
        features.iloc[rows].reset_index(drop=True),
        target.iloc[rows].reset_index(drop=True),
    )


def sampled_rows(n_rows: int, max_rows: int | None, seed: int) -> NDArray[np.int64]:
    """Return the places of a random sample, rising; all of them if there are no more."""
    if max_rows is None or n_rows <= max_rows:
        return np.arange(n_rows)
    chosen = np.random.default_rng(seed).choice(n_rows, max_rows, replace=False)
    return np.sort(chosen)


def as_categories(features: pd.DataFrame, about: About) -> pd.DataFrame:
    """Return the features with pandas' categories in place of codes; a missing one stays so."""
    return features.assign(
        **{
            name: pd.Categorical.from_codes(
                features[name].fillna(-1).astype(int), categories=levels
            )
            for name, levels in about.categories.items()
        }
    )
