"""What the top of the list is worth: precision, lift and share of the won found in it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray, HorizonLabels


def precision_at(labels: HorizonLabels, probability: ArrayLike, share: float) -> float:
    """Share won by h among the top `share` of all snapshots, with censoring weights.

    Ties at the edge are averaged: each enters with the fraction of the tied places that lie in
    the top, which is its expectation over random orders of the tied.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h), or any score.
    share : float
        0 < share <= 1 of the snapshots, of known label or not.

    Returns
    -------
    float
        0 to 1; a random order gives the base rate; NaN where no label in the top is known.
    """
    mass = labels.weight * membership(labels.checked_score(probability), share)
    return float(mass[labels.label].sum() / mass.sum()) if mass.sum() > 0 else math.nan


def lift_at(labels: HorizonLabels, probability: ArrayLike, share: float) -> float:
    """`precision_at` over the base rate: 1 is a random order; NaN where nobody is won."""
    base_rate = labels.base_rate
    return precision_at(labels, probability, share) / base_rate if base_rate > 0 else math.nan


def won_found_at(labels: HorizonLabels, probability: ArrayLike, share: float) -> float:
    """Share of all won by h that stand in the top `share`; a random order gives `share`."""
    mass = labels.weight * labels.label
    inside = membership(labels.checked_score(probability), share)
    return float((mass * inside).sum() / mass.sum()) if mass.sum() > 0 else math.nan


def lift_table(
    labels: HorizonLabels, probability: ArrayLike, shares: Sequence[float] | None = None
) -> pd.DataFrame:
    """Precision, lift and won found for several shares of the list.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
    shares : sequence of float, optional
        By default 1% to 100% in steps of 1%.

    Returns
    -------
    DataFrame
        Columns share, precision, lift, won_found; one row a share.
    """
    shares = np.linspace(0.01, 1.0, 100).tolist() if shares is None else shares
    rows = [
        {
            "share": share,
            "precision": precision_at(labels, probability, share),
            "lift": lift_at(labels, probability, share),
            "won_found": won_found_at(labels, probability, share),
        }
        for share in shares
    ]
    return pd.DataFrame(rows)


def membership(score: FloatArray, share: float) -> FloatArray:
    """Fraction with which each row belongs to the top `share`, shape (n,); sums to share * n.

    Raises
    ------
    ValueError
        If share is not in (0, 1].
    """
    if not 0.0 < share <= 1.0:
        raise ValueError(f"share must lie in (0, 1], got {share}")
    places = share * len(score)
    _, group, n_tied = np.unique(-score, return_inverse=True, return_counts=True)
    n_above = np.cumsum(n_tied) - n_tied
    fraction: FloatArray = np.clip((places - n_above) / n_tied, 0.0, 1.0)[group]
    return fraction
