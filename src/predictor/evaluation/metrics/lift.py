"""What the top of the list is worth: precision, lift and share of the won found in it."""

from __future__ import annotations

import math
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray, HorizonLabels


def precision_at(
    labels: HorizonLabels, probability: ArrayLike, top: float, lists: ArrayLike | None = None
) -> float:
    """Share won by h among the top of the list, with censoring weights.

    Ties at the edge are averaged: each enters with the fraction of the tied places that lie in
    the top, which is its expectation over random orders of the tied.

    Parameters
    ----------
    labels : HorizonLabels
    probability : array-like of float, shape (n,)
        P(won by h), or any score.
    top : float or int
        A float is a share of the snapshots, 0 < share <= 1; an int is a count, at least 1: how
        many the team can call. Snapshots of unknown label take their places.
    lists : array-like, shape (n,), optional
        The list that each snapshot stands in, e.g. its as_of: the top of each list is taken. By
        default all stand in one.

    Returns
    -------
    float
        0 to 1; a random order gives the base rate; NaN where no label in the top is known.

    Raises
    ------
    ValueError
        If `top` is neither, or `lists` has another length.
    """
    inside = membership(labels.checked_score(probability), top, labels.places, lists)
    mass = labels.weight * inside
    return float(mass[labels.label].sum() / mass.sum()) if mass.sum() > 0 else math.nan


def lift_at(
    labels: HorizonLabels, probability: ArrayLike, top: float, lists: ArrayLike | None = None
) -> float:
    """`precision_at` over the base rate: 1 is a random order; NaN where nobody is won."""
    base_rate = labels.base_rate
    return precision_at(labels, probability, top, lists) / base_rate if base_rate > 0 else math.nan


def won_found_at(
    labels: HorizonLabels, probability: ArrayLike, top: float, lists: ArrayLike | None = None
) -> float:
    """Share of all won by h that stand in the top; a random order gives the share of the places."""
    mass = labels.weight * labels.label
    inside = membership(labels.checked_score(probability), top, labels.places, lists)
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


def membership(
    score: FloatArray,
    top: float,
    places: FloatArray | None = None,
    lists: ArrayLike | None = None,
) -> FloatArray:
    """Fraction with which each row belongs to the top of its list, shape (n,).

    Parameters
    ----------
    score : ndarray of float, shape (n,)
    top : float or int
        A share of the places of a list if a float, a count of them if an int; a list that is
        shorter than the count is in the top as a whole.
    places : ndarray of float, shape (n,), optional
        How many places each row takes; by default one each.
    lists : array-like, shape (n,), optional
        The list that each row stands in; by default one for all.

    Raises
    ------
    ValueError
        If a share is not in (0, 1], a count is below 1, or `lists` has another length.
    """
    _check_top(top)
    places = np.ones(len(score)) if places is None else places
    if lists is None:
        return _membership(score, top, places)
    keys = pd.factorize(np.asarray(lists))[0]
    if keys.shape != score.shape:
        raise ValueError(f"got lists of shape {keys.shape}, expected {score.shape}")
    inside = np.zeros(len(score))
    for rows in pd.Series(keys).groupby(keys).indices.values():
        inside[rows] = _membership(score[rows], top, places[rows])
    return inside


def _check_top(top: float) -> None:
    if not (top >= 1 if isinstance(top, Integral) else 0.0 < top <= 1.0):
        raise ValueError(f"the top must be a share in (0, 1] or a count from 1, got {top!r}")


def _membership(score: FloatArray, top: float, places: FloatArray) -> FloatArray:
    wanted = float(top) if isinstance(top, Integral) else top * float(places.sum())
    _, group = np.unique(-score, return_inverse=True)
    tied = np.bincount(group, weights=places)
    above = np.cumsum(tied) - tied
    fraction = np.divide(wanted - above, tied, out=np.zeros(len(tied)), where=tied > 0)
    inside: FloatArray = np.clip(fraction, 0.0, 1.0)[group]
    return inside
