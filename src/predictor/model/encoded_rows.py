"""Snapshots as a model reads them, with their log-rates: computed once for all that is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from predictor.model.phased_rates import PhasedRates


@dataclass(frozen=True)
class EncodedRows:
    """Encoded features and log-rates of n snapshots.

    Attributes
    ----------
    matrix : ndarray of shape (n, F)
    log_rates : ndarray of shape (n, 2, K)
    """

    matrix: NDArray[np.float64]
    log_rates: NDArray[np.float64]

    @classmethod
    def of(cls, model: PhasedRates, X: pd.DataFrame) -> EncodedRows:
        """Encode the snapshots and predict their log-rates. Errors as `predict_log_rates`."""
        matrix = model.encoding_.matrix(X)
        rates = [boosters.log_rates(matrix, model.num_threads) for boosters in model.boosters_]
        return cls(matrix, np.stack(rates, axis=1))
