"""How the probability to be won answers to each log-rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.model.baseline import Steps


def won_gradient(
    log_rates: NDArray[np.float64], steps: Steps
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability to be won by the end of the steps, and its gradient in the log-rates.

    With the words of `predictor.model.curves`, u_k and v_k the won and lost log-rates of phase k,
    w_j = a_j / s_j, D_j = 1 - exp(-s_j), and F_j = sum_{i<=j} S_i D_i w_i, so that P = F_last:
    a_j = exp(u_k) * baseline_j moves its own step and every later survival, hence

        dP/du_k = sum_{j in k} [ S_j w_j (a_j exp(-s_j) + D_j (1 - w_j)) - a_j (P - F_j) ]
        dP/dv_k = sum_{j in k} [ S_j w_j (b_j exp(-s_j) - D_j (1 - w_j)) - b_j (P - F_j) ]

    The first terms are a_j dF/da_j and b_j dF/db_j of the step alone, from
    d/da [(1 - exp(-s)) a / s] = exp(-s) a / s + (1 - exp(-s)) b / s^2.

    Parameters
    ----------
    log_rates : ndarray of shape (2, K, n)
        Points in the last axis; K are the phases that the steps reach.
    steps : Steps
        From 0 to the horizon.

    Returns
    -------
    probability : ndarray of shape (n,)
    gradient : ndarray of shape (2, K, n)
    """
    factors = np.exp(log_rates)
    n = log_rates.shape[2]
    won, still_open = np.zeros(n), np.ones(n)
    gradient = np.zeros_like(log_rates)
    # sum_j baseline_j * F_j and sum_j baseline_j per phase: the terms in P - F_j, once P is known.
    before, length = np.zeros_like(log_rates), np.zeros((*log_rates.shape[:2], 1))
    for phase, increments in zip(steps.phase, steps.increments.T, strict=True):
        a, b = factors[:, phase] * increments[:, None]
        total = a + b
        share = a / total
        closed = -np.expm1(-total)
        scale = still_open * share
        turned = closed * (1 - share)
        kept = 1 - closed
        gradient[0, phase] += scale * (a * kept + turned)
        gradient[1, phase] += scale * (b * kept - turned)
        won += scale * closed
        still_open *= kept
        before[:, phase] += increments[:, None] * won
        length[:, phase, 0] += increments
    gradient -= factors * (length * won - before)
    return won, gradient
