"""Snapshots as a model reads them, with their log-rates: computed once for all that is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from predictor.features.targets import CAUSES
from predictor.model.curves import curves_at

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from predictor.model.phased_rates import PhasedRates


@dataclass(frozen=True)
class EncodedRows:
    """Encoded features and log-rates of n snapshots.

    Attributes
    ----------
    model : PhasedRates
        That encoded them.
    matrix : ndarray of shape (n, F)
    log_rates : ndarray of shape (n, 2, K)
    """

    model: PhasedRates
    matrix: NDArray[np.float64]
    log_rates: NDArray[np.float64]

    @classmethod
    def of(cls, model: PhasedRates, X: pd.DataFrame) -> EncodedRows:
        """Encode the snapshots and predict their log-rates. Errors as `predict_log_rates`."""
        matrix = model.encoding_.matrix(X)
        rates = [boosters.log_rates(matrix, model.num_threads) for boosters in model.boosters_]
        return cls(model, matrix, np.stack(rates, axis=1))

    def interval(self, horizon_days: NDArray[np.float64], coverage: float) -> NDArray[np.float64]:
        """See `PhasedRates.predict_interval`; of one horizon, shape (n, 2)."""
        error = float(ndtri((1 + coverage) / 2)) * self.log_rate_error()
        moves = np.stack([error, np.zeros(len(error))], axis=1)[:, :, None]
        ends = [self.log_rates - moves, self.log_rates + moves]
        baseline = self.model.baseline_
        return np.column_stack([curves_at(end, baseline, horizon_days).won[:, 0] for end in ends])

    def log_rate_error(self) -> NDArray[np.float64]:
        """See `PhasedRates.predict_log_rate_error`; shape (n,)."""
        spread = self.model.spread_
        if spread is None:
            return np.full(len(self.matrix), np.nan)
        slope = self.model.boosters_[CAUSES.index("won")].slope
        return slope * spread.standard_deviation(self.matrix, self.model.num_threads)
