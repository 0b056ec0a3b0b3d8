"""Contributions of features summed into the signals that a person would name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from predictor.explanation.contributions import Contributions
    from predictor.features.catalogue import Feature, Signal


@dataclass(frozen=True)
class SignalContributions:
    """What each signal adds to or takes from the portfolio's mean probability.

    Attributes
    ----------
    signals : tuple of Signal, length s
        The signals, in the order of the catalogue.
    values : ndarray, shape (n, s)
        Contributions in probability; a row sums to ``probability - portfolio_probability``.
    probability : ndarray, shape (n,)
        P(won by the horizon).
    portfolio_probability : float
        The portfolio's mean P.
    """

    signals: tuple[Signal, ...]
    values: NDArray[np.float64]
    probability: NDArray[np.float64]
    portfolio_probability: float


def sum_by_signal(
    contributions: Contributions, catalogue: Sequence[Feature]
) -> SignalContributions:
    """Sum the contributions of all features of a signal: windows, recency, decayed counts."""
    signals, membership = membership_of(contributions.feature_names, catalogue)
    return SignalContributions(
        signals=signals,
        values=contributions.values @ membership,
        probability=contributions.probability,
        portfolio_probability=contributions.portfolio_probability,
    )


def membership_of(
    feature_names: Sequence[str], catalogue: Sequence[Feature]
) -> tuple[tuple[Signal, ...], NDArray[np.float64]]:
    """Return the signals, in the order of the catalogue, and which features are theirs.

    The second is 1 where a feature belongs to a signal and 0 elsewhere, shape (F, s).
    """
    signals = tuple(dict.fromkeys(feature.signal for feature in catalogue))
    place = {signal: index for index, signal in enumerate(signals)}
    signal_of = {feature.name: place[feature.signal] for feature in catalogue}
    membership = np.zeros((len(feature_names), len(signals)))
    for row, name in enumerate(feature_names):
        membership[row, signal_of[name]] = 1.0
    return signals, membership


def join_contributions(parts: Sequence[SignalContributions]) -> SignalContributions:
    """Join the contributions of parts of the prospects; there is at least one."""
    return SignalContributions(
        signals=parts[0].signals,
        values=np.concatenate([part.values for part in parts]),
        probability=np.concatenate([part.probability for part in parts]),
        portfolio_probability=parts[0].portfolio_probability,
    )
