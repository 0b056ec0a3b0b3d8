"""Time-dependent concordance: whether who is won first had the higher curve on that day."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.censoring import censoring_survival_before, counted_outcomes
from predictor.evaluation.metrics.integrated_brier import checked_curves

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import BoolArray, FloatArray

MAX_WEIGHT = 20.0


def time_dependent_concordance(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    probability: ArrayLike,
    horizons_days: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    max_times: int = 500,
) -> float:
    """Probability that i, won on day t, had a higher P(won by t) than j, not won by t.

    Antolini's concordance [1]_ for one cause, with the pairs of [2]_: i is won at t_i, up to the
    last horizon, and j was still followed after t_i, or censored or lost at t_i, or lost before it
    (so it will never be won). The pair counts as concordant if P_i(t_i) > P_j(t_i), as half if
    they are equal. Pairs carry inverse probabilities of censoring: i and a j followed to t_i
    1 / G(t_i-) each, a j lost before 1 / G(T_j-), capped at 20 each.

    It is reported, and nothing should be decided on it: it is no proper score of the probability at
    a horizon [3]_.

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
    probability : array-like of float, shape (n, H)
        P(won by t) at each horizon; read linearly between them, and from 0 on day 0.
    horizons_days : array-like of float, shape (H,)
        Rising, above 0.
    weight : array-like of float, shape (n,), optional
        How often each snapshot counts, e.g. drawn by a bootstrap; by default once each.
    max_times : int
        Of more distinct days of winning, this many are taken, evenly by rank.

    Returns
    -------
    float
        0 to 1; 0.5 is chance; NaN where there is no pair.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the horizons do not rise.

    References
    ----------
    .. [1] Antolini, Boracchi and Biganzoli (2005), Statistics in Medicine 24, 3927-3944.
    .. [2] Wolbers, Blanche, Koller, Witteman and Gerds (2014), Biostatistics 15, 526-539.
    .. [3] Blanche, Kattan and Gerds (2019), Biostatistics 20, 347-357.
    """
    curves, days = checked_curves(probability, horizons_days)
    curves = np.asfortranarray(curves)  # read by column
    if len(curves) != len(np.asarray(outcome)) or days[0] <= 0:
        raise ValueError(f"got {len(curves)} curves, the first horizon {days[0]:g} days")
    if weight is not None:
        curves = curves[np.asarray(weight, dtype=np.float64) > 0]
    words, duration, counts = counted_outcomes(outcome, duration_days, weight)
    inverse = _inverse_survival(words, duration, duration, counts)
    won, lost = words == "won", words == "lost"
    times = _spread(np.unique(duration[won & (duration <= days[-1])]), max_times)
    concordant = pairs = 0.0
    for time in times:
        case = won & (duration == time)
        control = ~case & ((duration >= time) | lost)
        at_time = inverse[case][0]
        mass = counts * np.where(duration < time, inverse, at_time)
        below = _mass_below(_at(time, curves, days), case, control, mass)
        concordant += float(mass[case] @ below)
        pairs += float(mass[case].sum() * mass[control].sum())
    return concordant / pairs if pairs > 0 else math.nan


def _inverse_survival(
    outcome: ArrayLike, duration_days: ArrayLike, times_days: FloatArray, counts: FloatArray
) -> FloatArray:
    """1 / G(t-) at each time, capped, shape (m,)."""
    survival = censoring_survival_before(outcome, duration_days, times_days, counts)
    inverse: FloatArray = np.minimum(1.0 / survival, MAX_WEIGHT)
    return inverse


def _mass_below(
    score: FloatArray, case: BoolArray, control: BoolArray, mass: FloatArray
) -> FloatArray:
    """Mass of the controls with a lower score than each case, and half of that with the same."""
    others, weights = score[control], mass[control]
    return np.array([weights @ ((others < own) + 0.5 * (others == own)) for own in score[case]])


def _spread(times: FloatArray, most: int) -> FloatArray:
    """At most `most` of the rising times, evenly by rank."""
    if len(times) <= most:
        return times
    chosen: FloatArray = times[np.linspace(0, len(times) - 1, most).round().astype(int)]
    return chosen


def _at(time: float, curves: FloatArray, days: FloatArray) -> FloatArray:
    """P(won by the time), linearly between the horizons and from 0 on day 0; shape (n,)."""
    after = int(np.searchsorted(days, time, side="left"))
    start, low = (days[after - 1], curves[:, after - 1]) if after else (0.0, 0.0)
    share = (time - start) / (days[after] - start)
    value: FloatArray = low + share * (curves[:, after] - low)
    return value
