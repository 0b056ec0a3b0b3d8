"""Which pairs of signals matter together, for one prospect, in probability.

The Shapley interaction values of each log-rate (`predictor.model.tree_interactions`) are carried to
the probability as the contributions are (`predictor.explanation.contributions`): along the
straight path from each snapshot b of the portfolio, with the slopes of P in the log-rates,

    c_ij(x) = mean over b of sum_{c,k} (phi_ij^ck(x) - phi_ij^ck(b)) * integral of dP/dz_ck

so that a row of the matrix sums to the contribution of its signal, and the whole matrix to P(x)
minus the portfolio's mean P. Off the diagonal stands half of what a pair adds together, on it what
the signal adds by itself. Associations, as all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.explanation.contributions import explain_probability
from predictor.explanation.path_integral import mean_slopes
from predictor.explanation.signals import membership_of
from predictor.model.tree_interactions import interaction_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from predictor.features.catalogue import Feature, Signal
    from predictor.model.phased_rates import PhasedRates

NODES = 32
"""Of the quadrature: exact to rounding for all but absurd rates."""


@dataclass(frozen=True)
class PairContributions:
    """What pairs of signals add to the probability of one snapshot.

    Attributes
    ----------
    signals : tuple of Signal, length s
    values : ndarray of shape (s, s)
        Symmetric; rows sum to the contributions of the signals.
    probability : float
    portfolio_probability : float
    """

    signals: tuple[Signal, ...]
    values: NDArray[np.float64]
    probability: float
    portfolio_probability: float

    def strongest(self, n: int = 5) -> pd.DataFrame:
        """Return the pairs that add most, or take most: first, second, contribution.

        The contribution of a pair is both its halves.
        """
        first, second = np.triu_indices(len(self.signals), k=1)
        both = 2 * self.values[first, second]
        order = np.argsort(-np.abs(both), kind="stable")[:n]
        names = np.array([signal.name for signal in self.signals])
        return pd.DataFrame(
            {
                "first": names[first[order]],
                "second": names[second[order]],
                "contribution": both[order],
            }
        )


def explain_pairs(
    model: PhasedRates,
    x: pd.DataFrame,
    reference: pd.DataFrame,
    horizon_days: float,
    catalogue: Sequence[Feature],
) -> PairContributions:
    """Contributions of each pair of signals to the probability of one snapshot.

    Parameters
    ----------
    model : PhasedRates
        Fitted.
    x : DataFrame of shape (1, F)
        The snapshot to explain.
    reference : DataFrame of shape (B, F)
        Snapshots that stand for the portfolio.
    horizon_days : float
        Within (0, model.max_horizon_days_].
    catalogue : sequence of Feature
        Which signal each feature belongs to.

    Raises
    ------
    ValueError
        For more or less than one snapshot, or an empty reference.
    HorizonError
        For a horizon beyond the model's follow-up.
    """
    if len(x) != 1:
        raise ValueError(f"explain one snapshot at a time, got {len(x)}")
    whole = explain_probability(model, x, reference, horizon_days)
    signals, membership = membership_of(whole.feature_names, catalogue)
    steps = model.baseline_.steps_to([horizon_days])
    columns = model.encoding_.select(x), model.encoding_.select(reference)
    matrix = np.concatenate([model.encoding_.matrix(part) for part in columns])
    rates = np.concatenate([model.predict_log_rates(part) for part in columns])
    ends = np.ascontiguousarray(rates[:, :, : steps.n_phases].transpose(1, 2, 0))
    slopes = mean_slopes(ends[:, :, :1], ends[:, :, 1:], steps, NODES, model.num_threads)[0]
    group, values = membership.argmax(axis=1), np.zeros((len(signals), len(signals)))
    weights = slopes.reshape(2, steps.n_phases, -1) / len(reference)
    for cause, boosters in enumerate(model.boosters_):
        parts = [(boosters.shared, weights[cause].sum(axis=0))]
        parts += zip(boosters.phases, weights[cause], strict=False)
        for booster, weight in parts:
            found = interaction_values(booster, matrix, group, len(signals))
            moved = found[0] * weight.sum() - np.tensordot(weight, found[1:], axes=1)
            values += boosters.slope * moved
    return PairContributions(
        signals, values, float(whole.probability[0]), whole.portfolio_probability
    )
