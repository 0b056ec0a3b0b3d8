"""The figures of scored prospects, all from one prediction of their log-rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.model.curves import curves_at, days_to_close
from predictor.model.open_days import expected_days_open
from predictor.model.spread import ENOUGH_HISTORY_ERROR

if TYPE_CHECKING:
    from predictor.model.encoded_rows import EncodedRows

TIME_QUANTILES = (0.25, 0.5, 0.75)
COVERAGE = 0.8


def figures_of(rows: EncodedRows, horizon_days: int) -> pd.DataFrame:
    """Give probabilities, their interval, and the days to close and open, shape (n, ...).

    They are those of the methods of `PhasedRates`, each of which would encode and predict anew.

    Parameters
    ----------
    rows : EncodedRows
    horizon_days : int
        Within what the model supports.
    """
    baseline, horizon = rows.model.baseline_, np.array([float(horizon_days)])
    curves = curves_at(rows.log_rates, baseline, horizon)
    days = days_to_close(rows.log_rates, baseline, np.array(TIME_QUANTILES))
    interval = rows.interval(horizon, COVERAGE)
    # Where the error is not known, there was not enough either.
    enough = rows.log_rate_error() <= ENOUGH_HISTORY_ERROR
    return pd.DataFrame(
        {
            "conversion_probability": curves.won[:, 0],
            "loss_probability": curves.lost[:, 0],
            "horizon_days": np.full(len(rows.matrix), horizon_days),
            "days_to_close_p25": days[:, 0],
            "days_to_close_median": days[:, 1],
            "days_to_close_p75": days[:, 2],
            "conversion_probability_low": interval[:, 0],
            "conversion_probability_high": interval[:, 1],
            "not_enough_history": ~enough,
            "expected_days_open": expected_days_open(rows.log_rates, baseline, horizon_days),
        }
    )
