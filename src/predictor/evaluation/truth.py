"""Estimated against true probabilities, where the truth is known (the simulator)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from predictor.evaluation.censoring import FloatArray


@dataclass(frozen=True)
class Truth:
    """The true probabilities of a simulated CRM, per prospect, instant and horizon."""

    table: pd.DataFrame

    @classmethod
    def read(cls, path: Path) -> Truth:
        """Read `truth.parquet` of a simulation.

        Raises
        ------
        ConfigurationError
            If there is no such file, or it is no truth of a simulation.
        """
        try:
            table = pd.read_parquet(path, filters=[("kind", "==", "probability")])
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{path}: cannot read the truth (evaluation.truth)") from error
        return cls(table[["prospect_id", "as_of", "horizon_days", "probability_won"]])

    def compare(
        self, snapshots: pd.DataFrame, probability: NDArray[np.float64], horizon_days: int
    ) -> dict[str, float]:
        """Return error and bias of P over the snapshots whose true P is known; empty if none is."""
        true = self.table[self.table["horizon_days"] == horizon_days]
        keys = snapshots[["prospect_id", "as_of"]].assign(probability=probability)
        joined = keys.merge(true, on=["prospect_id", "as_of"])
        if joined.empty:
            return {}
        pair = joined["probability"], joined["probability_won"]
        return {"rmse_to_truth": root_mean_squared_error(*pair), "bias_to_truth": bias(*pair)}


def root_mean_squared_error(probability: ArrayLike, true_probability: ArrayLike) -> float:
    """Root of the mean squared difference between P and the true P.

    Parameters
    ----------
    probability, true_probability : array-like of float, shape (n,)

    Returns
    -------
    float
        In probability.

    Raises
    ------
    ValueError
        If the lengths differ or a value is missing.
    """
    return float(np.sqrt(np.mean(np.square(_difference(probability, true_probability)))))


def bias(probability: ArrayLike, true_probability: ArrayLike) -> float:
    """Mean of P minus the true P: above 0 promises too much; arguments as above."""
    return float(np.mean(_difference(probability, true_probability)))


def _difference(probability: ArrayLike, true_probability: ArrayLike) -> FloatArray:
    estimate = np.asarray(probability, dtype=np.float64)
    truth = np.asarray(true_probability, dtype=np.float64)
    if estimate.shape != truth.shape:
        raise ValueError(f"got {estimate.shape} probabilities for {truth.shape} true ones")
    difference = estimate - truth
    if not np.isfinite(difference).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(difference))} probabilities are missing")
    return difference
