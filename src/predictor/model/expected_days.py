"""The expected days to winning, given won within the longest supported follow-up, and their slopes.

With dF_j the probability to be won in step j (see `predictor.model.curves`) and m_j the middle of
the step, as P is read linearly within a step,

    F = sum_j dF_j,    N = sum_j m_j dF_j,    E = N / F = E[days to winning | won].

The expectation moves with the median that lists show, and is smooth in the log-rates, as the median
is not: read off a grid, it has a kink at every step, which no quadrature integrates exactly.

For any weights w of the steps and G = sum_j w_j dF_j, with the words of
`predictor.model.gradients.won_gradient` (which is w = 1),

    dG/du_k = sum_{j in k} [ w_j S_j w'_j (a_j exp(-s_j) + D_j (1 - w'_j)) - a_j (G - G_j) ]
    dG/dv_k = sum_{j in k} [ w_j S_j w'_j (b_j exp(-s_j) - D_j (1 - w'_j)) - b_j (G - G_j) ]

with w'_j = a_j / s_j and G_j the sum up to step j; and dE = (dN - E dF) / F.

This module imports numba, which takes a second, and compiles on its first use (kept on disk).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from predictor.model.compiling import compiled, run_in_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.model.baseline import Steps


class _Grid(NamedTuple):
    """Steps as the compiled functions read them."""

    middle_days: NDArray[np.float64]
    phase: NDArray[np.int64]
    increments: NDArray[np.float64]


def expected_days(
    log_rates: NDArray[np.float64], steps: Steps
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the expected days to winning, given won by the end of the steps, and their gradient.

    Parameters
    ----------
    log_rates : ndarray of shape (n, 2, K)
        K are the phases that the steps reach.
    steps : Steps
        From 0 on.

    Returns
    -------
    days : ndarray of shape (n,)
        NaN for a snapshot that cannot be won.
    gradient : ndarray of shape (n, 2, K)
    """
    log_rates = np.ascontiguousarray(log_rates)
    days, gradient = np.empty(len(log_rates)), np.empty_like(log_rates)
    _expected_days(log_rates, _grid(steps), days, gradient)
    return days, gradient


def mean_days_slopes(
    log_rates: NDArray[np.float64],
    background: NDArray[np.float64],
    steps: Steps,
    n_nodes: int,
    num_threads: int = 0,
) -> NDArray[np.float64]:
    """Integrals of the gradient along the straight path from each background point to each point.

    Parameters
    ----------
    log_rates : ndarray of shape (n, 2, K)
    background : ndarray of shape (B, 2, K)
    steps : Steps
    n_nodes : int
        Gauss-Legendre nodes per path.
    num_threads : int
        0: one per core. The result does not depend on it.

    Returns
    -------
    ndarray of shape (n, B, 2, K)
    """
    log_rates, background = np.ascontiguousarray(log_rates), np.ascontiguousarray(background)
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    grid, alpha, weight = _grid(steps), (nodes + 1) / 2, weights / 2
    slopes = np.zeros((len(log_rates), *background.shape))

    def work(start: int, stop: int) -> None:
        rows = slice(start, stop)
        _add_slopes(log_rates[rows], background, grid, alpha, weight, slopes[rows])

    run_in_threads(work, len(log_rates), num_threads)
    return slopes


def _grid(steps: Steps) -> _Grid:
    start = np.concatenate([[0.0], steps.end_days[:-1]])
    middle = (start + steps.end_days) / 2
    return _Grid(middle, steps.phase, np.ascontiguousarray(steps.increments))


@compiled
def _one(z, grid, won_gradient, day_gradient, gradient):  # type: ignore[no-untyped-def] # numba
    """Return E of one point of shape (2, K), and write its gradient."""
    n_phases = z.shape[1]
    factor, before = np.exp(z), np.zeros((2, 2, n_phases))
    length = np.zeros((2, n_phases))
    won_gradient[:] = 0.0
    day_gradient[:] = 0.0
    won, days, still_open = 0.0, 0.0, 1.0
    for j in range(len(grid.phase)):
        k, middle = grid.phase[j], grid.middle_days[j]
        won_step, lost_step = grid.increments[0, j], grid.increments[1, j]
        a, b = factor[0, k] * won_step, factor[1, k] * lost_step
        total = a + b
        share, closed = a / total, -math.expm1(-total)
        scale, kept, turned = still_open * share, 1.0 - closed, closed * (1.0 - share)
        own_won, own_lost = scale * (a * kept + turned), scale * (b * kept - turned)
        won_gradient[0, k] += own_won
        won_gradient[1, k] += own_lost
        day_gradient[0, k] += middle * own_won
        day_gradient[1, k] += middle * own_lost
        won += scale * closed
        days += middle * scale * closed
        still_open *= kept
        length[0, k] += won_step
        length[1, k] += lost_step
        before[0, 0, k] += won_step * won
        before[0, 1, k] += lost_step * won
        before[1, 0, k] += won_step * days
        before[1, 1, k] += lost_step * days
    if won <= 0.0:
        gradient[:] = math.nan
        return math.nan
    expected = days / won
    for c in range(2):
        for k in range(n_phases):
            of_won = won_gradient[c, k] - factor[c, k] * (length[c, k] * won - before[0, c, k])
            of_days = day_gradient[c, k] - factor[c, k] * (length[c, k] * days - before[1, c, k])
            gradient[c, k] = (of_days - expected * of_won) / won
    return expected


@compiled
def _expected_days(log_rates, grid, days, gradient):  # type: ignore[no-untyped-def] # numba
    spare = np.zeros((2, *log_rates.shape[1:]))
    for i in range(len(log_rates)):
        days[i] = _one(log_rates[i], grid, spare[0], spare[1], gradient[i])


@compiled
def _add_slopes(log_rates, background, grid, alpha, weight, slopes):  # type: ignore[no-untyped-def] # numba
    spare = np.zeros((3, *log_rates.shape[1:]))
    for i in range(len(log_rates)):
        for b in range(len(background)):
            for node in range(len(alpha)):
                z = background[b] + alpha[node] * (log_rates[i] - background[b])
                _one(z, grid, spare[0], spare[1], spare[2])
                slopes[i, b] += weight[node] * spare[2]
