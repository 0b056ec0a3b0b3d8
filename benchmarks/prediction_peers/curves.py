"""From what a predictor yields to P(won by t) at all times of the curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from prediction_peers.task import About, FloatArray


def joined_causes(won_hazard: FloatArray, lost_hazard: FloatArray) -> FloatArray:
    """Return P(won by t) from two models that each take the other cause for censoring.

    Parameters
    ----------
    won_hazard, lost_hazard : ndarray of shape (n, T)
        Cumulative cause-specific hazards at the times.

    Returns
    -------
    ndarray of shape (n, T)

    References
    ----------
    Putter, Fiocco and Geskus (2007), Statistics in Medicine 26, 2389-2430: the cumulative incidence
    from cause-specific hazards; here they are constant between two times.
    """
    won, lost = (increments(hazard) for hazard in (won_hazard, lost_hazard))
    both = won + lost
    after = np.cumsum(both, axis=1)
    closes = np.exp(both - after) * -np.expm1(-both)
    share = np.divide(won, both, out=np.zeros_like(won), where=both > 0)
    found: FloatArray = np.cumsum(closes * share, axis=1)
    return found


def increments(hazard: FloatArray) -> FloatArray:
    """Return what each stretch of time adds to a cumulative hazard; never below 0."""
    rising = np.maximum.accumulate(np.clip(hazard, 0.0, 50.0), axis=1)
    return np.diff(rising, axis=1, prepend=0.0)


def between_horizons(at_horizons: FloatArray, about: About) -> FloatArray:
    """Return the curve of a predictor that knows the horizons only, shape (n, T).

    Between two horizons P grows in proportion to the portfolio's share won: that is all that the
    predictor can say of these times. At the horizons it is what the predictor said.
    """
    portfolio = np.asarray(about.portfolio)
    knots = np.concatenate([[0.0], portfolio[about.horizon_places]])
    values = np.concatenate([np.zeros((len(at_horizons), 1)), at_horizons], axis=1)
    # Each time lies within the stretch that ends at the horizon `after`.
    after = np.searchsorted(about.horizons_days, about.times_days) + 1
    width = knots[after] - knots[after - 1]
    share = np.divide(portfolio - knots[after - 1], width, out=np.ones_like(width), where=width > 0)
    return values[:, after - 1] * (1 - share) + values[:, after] * share
