"""From log-rates and a baseline to the curves of won, lost and open, and to days to close.

With a_j and b_j the won and lost rates of a snapshot accumulated in step j (baseline times the
exponential of the score of the step's phase), s_j = a_j + b_j, and S_j = exp(-sum_{i<j} s_i) the
probability to be still open before the step,

    P(won by h)  = sum_{j: end_j <= h} S_j * (1 - exp(-s_j)) * a_j / s_j
    P(lost by h) = sum_{j: end_j <= h} S_j * (1 - exp(-s_j)) * b_j / s_j
    P(open at h) = exp(-sum_{j: end_j <= h} s_j)

which is exact for rates that are constant within a step. The three sum to one, and the first two
never fall, whatever the scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from predictor.model.baseline import Baseline, Steps


@dataclass(frozen=True)
class Curves:
    """Probabilities of the three states of n snapshots at H horizons.

    Attributes
    ----------
    horizons_days : ndarray of shape (H,)
    won, lost, open : ndarray of shape (n, H)
        They sum to one; won and lost never fall with the horizon.
    """

    horizons_days: NDArray[np.float64]
    won: NDArray[np.float64]
    lost: NDArray[np.float64]
    open: NDArray[np.float64]


def state_by_step(
    log_rates: NDArray[np.float64], steps: Steps
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
    """Yield (won, lost, open), each of shape (n,), at the end of each step.

    The arrays are updated in place between steps: copy what is to be kept. One step at a time keeps
    the work in the processor's cache and the memory independent of the grid.

    Parameters
    ----------
    log_rates : ndarray of shape (n, 2, K)
    steps : Steps
    """
    factors = np.ascontiguousarray(np.exp(log_rates[:, :, : steps.n_phases]).transpose(2, 1, 0))
    won, lost, still_open = (
        np.zeros(len(log_rates)),
        np.zeros(len(log_rates)),
        np.ones(len(log_rates)),
    )
    for phase, (won_step, lost_step) in zip(steps.phase, steps.increments.T, strict=True):
        a, b = factors[phase, 0] * won_step, factors[phase, 1] * lost_step
        total = a + b
        closed = -np.expm1(-total) * still_open
        new_won = closed * (a / total)
        won += new_won
        lost += closed - new_won
        still_open -= closed
        yield won, lost, still_open


def curves_at(
    log_rates: NDArray[np.float64], baseline: Baseline, horizons_days: NDArray[np.float64]
) -> Curves:
    """Curves of each snapshot at the horizons, in the order given.

    Parameters
    ----------
    log_rates : ndarray of shape (n, 2, K)
    baseline : Baseline
    horizons_days : ndarray of shape (H,)
        Within [0, baseline.max_horizon_days].
    """
    steps = baseline.steps_to(horizons_days)
    states = np.zeros((3, len(log_rates), len(horizons_days)))
    states[2, :, horizons_days <= 0] = 1.0
    for end, state in zip(steps.end_days, state_by_step(log_rates, steps), strict=True):
        for column in np.flatnonzero(horizons_days == end):
            states[:, :, column] = state
    return Curves(horizons_days, states[0], states[1], states[2])


def days_to_close(
    log_rates: NDArray[np.float64], baseline: Baseline, quantiles: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Quantiles of the days to winning, given won within the longest supported follow-up.

    The smallest t with P(won by t) = q * P(won by the longest follow-up), with P read linearly
    within a step of the grid.

    Parameters
    ----------
    log_rates : ndarray of shape (n, 2, K)
    baseline : Baseline
    quantiles : ndarray of shape (Q,)
        Within (0, 1).

    Returns
    -------
    ndarray of shape (n, Q)
        Days; NaN for a snapshot that cannot be won.
    """
    steps = baseline.steps
    won = np.zeros((len(log_rates), len(steps.end_days) + 1))
    for j, state in enumerate(state_by_step(log_rates, steps)):
        won[:, j + 1] = state[0]
    days = np.concatenate([[0.0], steps.end_days])
    target = won[:, -1:] * quantiles
    # The last grid point still below the target; at most the one before the end.
    below = (won[:, None, :-1] < target[:, :, None]).sum(axis=2) - 1
    below = np.maximum(below, 0)
    row = np.arange(len(won))[:, None]
    low, high = won[row, below], won[row, below + 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip((target - low) / (high - low), 0.0, 1.0)
    return np.asarray(days[below] + share * (days[below + 1] - days[below]))
