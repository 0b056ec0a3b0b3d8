"""The expected days to winning, given won within the longest supported follow-up.

With dF_j the probability to be won in step j (see `predictor.model.curves`) and m_j the middle of
the step, as P is read linearly within a step,

    F = sum_j dF_j,    N = sum_j m_j dF_j,    E = N / F = E[days to winning | won].

The expectation moves with the median that lists show, and is smooth in the log-rates, as the median
is not: read off a grid, it has a kink at every step, which no quadrature integrates exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.model.baseline import Steps


def expected_days(log_rates: NDArray[np.float64], steps: Steps) -> NDArray[np.float64]:
    """Give the expected days to winning, given won by the end of the steps.

    Parameters
    ----------
    log_rates : ndarray of shape (n, 2, K)
        K are the phases that the steps reach.
    steps : Steps
        From 0 on.

    Returns
    -------
    ndarray of shape (n,)
        NaN for a snapshot that cannot be won.
    """
    factors = np.ascontiguousarray(np.exp(log_rates).transpose(2, 1, 0))
    won, days, still_open = (np.full(len(log_rates), start, factors.dtype) for start in (0, 0, 1))
    for phase, increments, middle in zip(
        steps.phase, steps.increments.T, middle_days(steps), strict=True
    ):
        rates = factors[phase] * increments[:, None]
        closed = -np.expm1(-rates.sum(axis=0)) * still_open
        step = closed * rates[0] / rates.sum(axis=0)
        won += step
        days += middle * step
        still_open -= closed
    with np.errstate(invalid="ignore"):
        return np.asarray(days / won)


def middle_days(steps: Steps) -> NDArray[np.float64]:
    """Give the middle of each step, in days from its as_of."""
    return np.asarray((np.append(0.0, steps.end_days[:-1]) + steps.end_days) / 2)
