"""How long a prospect stays open: the restricted mean of the time to its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.model.baseline import Baseline


def expected_days_open(
    log_rates: NDArray[np.float64], baseline: Baseline, horizon_days: float
) -> NDArray[np.float64]:
    """Give the expected days that a snapshot stays open, counted up to the horizon.

    With S(t) the probability to be still open after t days, the restricted mean survival time is

        E[min(T, h)] = integral of S(t) from 0 to h

    (Irwin, 1949, "The standard error of an estimate of expectation of life", Journal of Hygiene
    47; Royston and Parmar, 2013, BMC Medical Research Methodology 13:152). The rates are constant
    within a step j of the baseline's grid, with s_j accumulated over it, so that the integral is
    exact:

        sum_j S_j * length_j * (1 - exp(-s_j)) / s_j

    Parameters
    ----------
    log_rates : ndarray of shape (n, 2, K)
        Score per cause and phase.
    baseline : Baseline
    horizon_days : float
        Within (0, baseline.max_horizon_days].

    Returns
    -------
    ndarray of shape (n,)
        Days, within (0, horizon_days].
    """
    steps = baseline.steps_to([horizon_days])
    lengths = np.diff(steps.end_days, prepend=0.0)
    factors = np.ascontiguousarray(np.exp(log_rates[:, :, : steps.n_phases]).transpose(2, 1, 0))
    days, still_open = np.zeros(len(log_rates)), np.ones(len(log_rates))
    for phase, (won, lost), length in zip(steps.phase, steps.increments.T, lengths, strict=True):
        total = factors[phase, 0] * won + factors[phase, 1] * lost
        closed = -np.expm1(-total) * still_open
        days += length * closed / total
        still_open -= closed
    return days
