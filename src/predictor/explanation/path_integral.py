"""Integrals of gradients along paths between log-rates, compiled.

Of P, the same sums as those of `predictor.explanation.contributions` over
`predictor.model.gradients.won_gradient`, whose docstring has the formula. Of the expected days to
close, E = N / F with N = sum_j m_j dF_j (see `predictor.model.expected_days`): for any weights w of
the steps and G = sum_j w_j dF_j, in the words of that docstring (where w = 1),

    dG/du_k = sum_{j in k} [ w_j S_j w'_j (a_j exp(-s_j) + D_j (1 - w'_j)) - a_j (G - G_j) ]
    dG/dv_k = sum_{j in k} [ w_j S_j w'_j (b_j exp(-s_j) - D_j (1 - w'_j)) - b_j (G - G_j) ]

with w'_j = a_j / s_j and G_j the sum up to step j; and dE = (dN - E dF) / F. The innermost loops
run over the reference, so that the processor takes several references at once.

This module imports numba, and compiles on its first use (kept on disk).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from predictor.model.compiling import compiled, run_in_threads
from predictor.model.expected_days import middle_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.model.baseline import Steps

_LANES = 64
"""References taken at once. All that belongs to them lies in one array at offsets that the compiler
knows, or it would not dare to use the processor's vectors."""
_WON_FACTOR, _LOST_FACTOR, _WON, _OPEN, _LESS = (slot * _LANES for slot in range(5))
_DAYS, _STEP, _OWN_WON, _OWN_LOST = (slot * _LANES for slot in range(5, 9))
# What begins anew in each phase: of P, and of the days times the probability to close on them.
_WON_SLOPE, _LOST_SLOPE, _WON_BEFORE, _LOST_BEFORE = (slot * _LANES for slot in range(9, 13))
_OF_DAYS = 4 * _LANES
_SLOTS = 17

_SMALL_RATE = 1 / 16
"""Up to here eight terms of the exponential's series are exact to rounding."""
_MAX_DOUBLINGS = 1_100
"""More than any finite rate needs."""
_LARGE_RATE = 40.0
"""From here on exp(-rate) is nothing beside 1, and must be none beside the rate either."""


class _Grid(NamedTuple):
    """Steps as the compiled functions read them.

    Those of phase k are bounds[k] to bounds[k + 1]; their middles are empty where P is asked for.
    """

    bounds: NDArray[np.int64]
    increments: NDArray[np.float64]
    middle_days: NDArray[np.float64]


def mean_slopes(
    log_rates: NDArray[np.float64],
    background: NDArray[np.float64],
    steps: Steps,
    n_nodes: int,
    num_threads: int = 0,
) -> NDArray[np.float64]:
    """Integrals of dP/dz along the straight path of each pair.

    Parameters
    ----------
    log_rates : ndarray of shape (2, K, n)
        Where the paths end.
    background : ndarray of shape (2, K, B)
        Where they begin.
    steps : Steps
        From 0 to the horizon; they reach K phases.
    n_nodes : int
        Gauss-Legendre nodes on each path.
    num_threads : int
        0 means one per core.

    Returns
    -------
    ndarray of shape (n, 2 K, B)
    """
    return _integrals(log_rates, background, steps, np.empty(0), n_nodes, num_threads)


def mean_days_slopes(
    log_rates: NDArray[np.float64],
    background: NDArray[np.float64],
    steps: Steps,
    n_nodes: int,
    num_threads: int = 0,
) -> NDArray[np.float64]:
    """Integrals of dE/dz, of the expected days to winning given won by the end of the steps.

    Parameters and result as of `mean_slopes`.
    """
    return _integrals(log_rates, background, steps, middle_days(steps), n_nodes, num_threads)


def _integrals(
    log_rates: NDArray[np.float64],
    background: NDArray[np.float64],
    steps: Steps,
    middles: NDArray[np.float64],
    n_nodes: int,
    num_threads: int,
) -> NDArray[np.float64]:
    n_causes, n_phases, n = log_rates.shape
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    alpha = (nodes + 1) / 2
    # exp(z_b + alpha (z_x - z_b)) is a product of two factors, of the row and of the reference.
    ends = np.exp(alpha[:, None, None] * log_rates.transpose(2, 0, 1)[:, None])
    begins = np.exp((1 - alpha)[:, None, None, None] * background)
    slopes = np.zeros((n, n_causes, n_phases, background.shape[2]))
    bounds = np.searchsorted(steps.phase, np.arange(n_phases + 1))
    grid = _Grid(bounds, steps.increments, middles)

    def integrate(start: int, stop: int) -> None:
        part = slice(start, stop)
        _integrate(ends[part], begins, grid, weights / 2, slopes[part])

    run_in_threads(integrate, n, num_threads)
    return slopes.reshape(n, n_causes * n_phases, background.shape[2])


@compiled
def _integrate(
    ends: NDArray[np.float64],
    begins: NDArray[np.float64],
    grid: _Grid,
    weights: NDArray[np.float64],
    slopes: NDArray[np.float64],
) -> None:
    """Add to slopes (n, 2, K, B) from ends (n, nodes, 2, K) and begins (nodes, 2, K, B)."""
    lanes = np.ones(_SLOTS * _LANES)
    kept = np.empty((begins.shape[2], len(lanes)))
    for first in range(0, begins.shape[3], _LANES):
        n = min(_LANES, begins.shape[3] - first)
        for row in range(len(ends)):
            out = slopes[row, :, :, first : first + n]
            for node in range(len(weights)):
                lanes[_WON : _WON + _LANES] = 0.0
                lanes[_DAYS : _DAYS + _LANES] = 0.0
                lanes[_OPEN : _OPEN + _LANES] = 1.0
                for k in range(begins.shape[2]):
                    for r in range(n):
                        begin = begins[node, :, k, first + r]
                        lanes[_WON_FACTOR + r] = ends[row, node, 0, k] * begin[0]
                        lanes[_LOST_FACTOR + r] = ends[row, node, 1, k] * begin[1]
                    _pass(lanes, grid, k)
                    for slot in range(len(lanes)):  # whole rows take the compiler twice as long
                        kept[k, slot] = lanes[slot]
                _collect(kept, lanes, grid, weights[node], out)


@compiled
def _pass(lanes: NDArray[np.float64], grid: _Grid, phase: int) -> None:
    """Go through the steps of a phase, with its factors in place."""
    most_won = lanes[_WON_FACTOR : _WON_FACTOR + _LANES].max()
    most_lost = lanes[_LOST_FACTOR : _LOST_FACTOR + _LANES].max()
    lanes[_WON_SLOPE:] = 0.0
    for j in range(grid.bounds[phase], grid.bounds[phase + 1]):
        won_step, lost_step = grid.increments[0, j], grid.increments[1, j]
        _lessen(lanes, won_step, lost_step, most_won * won_step + most_lost * lost_step)
        _move(lanes, won_step, lost_step)
        if len(grid.middle_days):
            _move_days(lanes, grid.middle_days[j], won_step, lost_step)


@compiled
def _lessen(lanes: NDArray[np.float64], won_step: float, lost_step: float, largest: float) -> None:
    """Fill in exp(-total) - 1 of a step: its series for a part of the total, then doubled."""
    part, doublings = -1.0, 0
    while largest * -part > _SMALL_RATE and doublings < _MAX_DOUBLINGS:
        part, doublings = part / 2, doublings + 1
    for r in range(_LANES):
        total = lanes[_WON_FACTOR + r] * won_step + lanes[_LOST_FACTOR + r] * lost_step
        x = part * total
        # 1 + x/2 (1 + x/3 (... (1 + x/8))), as products are faster than quotients.
        m = 1 + x * (1 / 8)
        m = 1 + x * m * (1 / 7)
        m = 1 + x * m * (1 / 6)
        m = 1 + x * m * (1 / 5)
        m = 1 + x * m * (1 / 4)
        m = 1 + x * m * (1 / 3)
        m = 1 + x * m * (1 / 2)
        lanes[_LESS + r] = x * m
    for _ in range(doublings):
        for r in range(_LANES):
            # exp(2 x) - 1 = m (m + 2) where m = exp(x) - 1.
            lanes[_LESS + r] *= lanes[_LESS + r] + 2
    if largest > _LARGE_RATE:
        for r in range(_LANES):
            total = lanes[_WON_FACTOR + r] * won_step + lanes[_LOST_FACTOR + r] * lost_step
            if total > _LARGE_RATE:
                lanes[_LESS + r] = -1.0


@compiled
def _move(lanes: NDArray[np.float64], won_step: float, lost_step: float) -> None:
    """Go one step of time."""
    for r in range(_LANES):
        a, b = lanes[_WON_FACTOR + r] * won_step, lanes[_LOST_FACTOR + r] * lost_step
        share = a / (a + b)
        closed = -lanes[_LESS + r]
        turned = closed * (1 - share)
        scale = lanes[_OPEN + r] * share
        own_won = scale * (a * (1 - closed) + turned)
        own_lost = scale * (b * (1 - closed) - turned)
        won = lanes[_WON + r] + scale * closed
        lanes[_STEP + r] = scale * closed
        lanes[_OWN_WON + r], lanes[_OWN_LOST + r] = own_won, own_lost
        lanes[_WON_SLOPE + r] += own_won
        lanes[_LOST_SLOPE + r] += own_lost
        lanes[_WON + r] = won
        lanes[_OPEN + r] *= 1 - closed
        lanes[_WON_BEFORE + r] += won_step * won
        lanes[_LOST_BEFORE + r] += lost_step * won


@compiled
def _move_days(
    lanes: NDArray[np.float64], middle: float, won_step: float, lost_step: float
) -> None:
    """Add the days of the step that was gone."""
    for r in range(_LANES):
        days = lanes[_DAYS + r] + middle * lanes[_STEP + r]
        lanes[_DAYS + r] = days
        lanes[_OF_DAYS + _WON_SLOPE + r] += middle * lanes[_OWN_WON + r]
        lanes[_OF_DAYS + _LOST_SLOPE + r] += middle * lanes[_OWN_LOST + r]
        lanes[_OF_DAYS + _WON_BEFORE + r] += won_step * days
        lanes[_OF_DAYS + _LOST_BEFORE + r] += lost_step * days


@compiled
def _collect(
    kept: NDArray[np.float64],
    lanes: NDArray[np.float64],
    grid: _Grid,
    weight: float,
    slopes: NDArray[np.float64],
) -> None:
    """Add a node's gradient, with the terms that needed the last step, to slopes (2, K, B)."""
    for k in range(len(kept)):
        for cause, factor, slope, before in (
            (0, _WON_FACTOR, _WON_SLOPE, _WON_BEFORE),
            (1, _LOST_FACTOR, _LOST_SLOPE, _LOST_BEFORE),
        ):
            length = grid.increments[cause, grid.bounds[k] : grid.bounds[k + 1]].sum()
            for r in range(slopes.shape[2]):
                won = lanes[_WON + r]
                later = length * won - kept[k, before + r]
                of_won = kept[k, slope + r] - kept[k, factor + r] * later
                if len(grid.middle_days):
                    days = lanes[_DAYS + r]
                    later = length * days - kept[k, _OF_DAYS + before + r]
                    of_days = kept[k, _OF_DAYS + slope + r] - kept[k, factor + r] * later
                    slopes[cause, k, r] += weight * (of_days - days / won * of_won) / won
                else:
                    slopes[cause, k, r] += weight * of_won
