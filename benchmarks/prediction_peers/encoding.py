"""Features for peers that take neither missing values nor categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from prediction_peers.task import About


@dataclass(frozen=True)
class DenseEncoding:
    """One column per level; medians for missing numbers, with a column that says so.

    Attributes
    ----------
    levels : dict of str to int
        Number of levels of each column of codes; a missing one has 0 in all of its columns.
    medians : Series
        Of each other column that is not empty in training.
    marked : list of str
        Columns that have missing values in training.
    kept : list of str
        Columns of the result that vary in training.
    """

    levels: dict[str, int]
    medians: pd.Series
    marked: list[str]
    kept: list[str]

    @classmethod
    def of(cls, features: pd.DataFrame, about: About) -> DenseEncoding:
        """Learn the encoding from training data."""
        levels = {name: len(known) for name, known in about.categories.items()}
        medians = features.drop(columns=list(levels)).median().dropna()
        marked = [str(name) for name in medians.index if features[name].isna().any()]
        columns = _dense(features, levels, medians, marked)
        varies = columns.columns[columns.max() > columns.min()]
        return cls(levels, medians, marked, [str(name) for name in varies])

    def encode(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return floats without missing values, shape (n, len(kept))."""
        return _dense(features, self.levels, self.medians, self.marked)[self.kept]


def _dense(
    features: pd.DataFrame, levels: dict[str, int], medians: pd.Series, marked: list[str]
) -> pd.DataFrame:
    columns = {
        f"{name}={code}": (features[name] == code).astype(float)
        for name, n_levels in levels.items()
        for code in range(n_levels)
    }
    columns |= {f"{name} missing": features[name].isna().astype(float) for name in marked}
    numbers = features[list(medians.index)].fillna(medians)
    return pd.concat([numbers, pd.DataFrame(columns, index=features.index)], axis=1)


@dataclass(frozen=True)
class Scaling:
    """Mean and spread of training; values are kept within `limit` spreads."""

    mean: pd.Series
    spread: pd.Series
    limit: float = 5.0

    @classmethod
    def of(cls, encoded: pd.DataFrame) -> Scaling:
        """Learn it from training data."""
        return cls(encoded.mean(), encoded.std().replace(0.0, 1.0))

    def scale(self, encoded: pd.DataFrame) -> pd.DataFrame:
        """Return the scaled columns: one far value must not decide a linear model's forecast."""
        scaled: pd.DataFrame = ((encoded - self.mean) / self.spread).clip(-self.limit, self.limit)
        return scaled.astype(np.float64)
