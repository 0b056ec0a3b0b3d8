"""A random slice of cold prospects, worked so that the next model learns from them too.

A model learns from what became of prospects. Where the team works only those that the last model
ranked high, the next one sees cold prospects only as ones nobody worked, and can never find out
that it was wrong about them: it confirms itself. A small random draw breaks that circle, and its
propensities (the probability with which each was drawn) let an analysis weigh the drawn ones so
that they stand for all cold prospects (inverse propensity weights; Horvitz and Thompson, 1952,
Journal of the American Statistical Association 47).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.lists.bands import COLD, HOT, WARM

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

_HASHES = 2.0**64


@dataclass(frozen=True)
class Exploration:
    """How many cold prospects are drawn, and by which lot.

    Parameters
    ----------
    share : float
        Drawn prospects as a share of the hot ones, in [0, 1]; 0 draws nobody.
    seed : int
        Changes the lot.
    as_of : datetime, optional
        Each instant has its own lot.
    """

    share: float = 0.0
    seed: int = 0
    as_of: datetime | None = None


@dataclass(frozen=True)
class Draw:
    """Who was drawn.

    Attributes
    ----------
    drawn : ndarray of bool, shape (n,)
        Cold prospects to be worked all the same.
    propensity : ndarray of float, shape (n,)
        Probability with which each was to be drawn; 0 for hot and warm ones.
    """

    drawn: NDArray[np.bool_]
    propensity: NDArray[np.float64]


def draw(
    prospect_id: pd.Series,
    height: NDArray[np.int64],
    stratum: NDArray[np.int64],
    exploration: Exploration,
) -> Draw:
    """Draw cold prospects at random, the same ones whenever it is repeated.

    Each prospect's lot is a hash of the seed, the instant and its id. In a stratum with H hot and
    C cold prospects, ``x = min(share * H, C)`` are drawn in expectation: the ``floor(x)`` or
    ``floor(x) + 1`` with the lowest lots, by the stratum's own lot. So each cold prospect of the
    stratum has the propensity ``x / C``, exactly, and never more than H are drawn.

    Parameters
    ----------
    prospect_id : Series of str, shape (n,)
        Each once.
    height : ndarray of int, shape (n,)
        Bands, as heights.
    stratum : ndarray of int, shape (n,)
        Within which the draw is made.
    exploration : Exploration
        Share, seed and instant.
    """
    found = Draw(np.zeros(len(height), dtype=bool), np.zeros(len(height)))
    if exploration.share == 0:
        return found
    cold = pd.Series(np.flatnonzero(height == COLD))
    hot = pd.Series(stratum[height == HOT]).value_counts()
    for number, mine in cold.groupby(stratum[cold]):
        candidates = mine.to_numpy()
        expected = min(exploration.share * int(hot.get(number, 0)), len(candidates))
        found.propensity[candidates] = expected / len(candidates)
        if expected == 0:
            continue
        lots = np.array([_lot(name, exploration) for name in prospect_id.iloc[candidates]])
        # The stratum's lot is that of its names in a fixed order: it needs no number to be stable.
        rest = _lot("\n".join(sorted(prospect_id.iloc[candidates])), exploration)
        n_drawn = int(expected) + int(rest < expected - int(expected))
        found.drawn[candidates[np.argsort(lots, kind="stable")[:n_drawn]]] = True
    return found


def make_room(
    height: NDArray[np.int64], stratum: NDArray[np.int64], drawn: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Let as many of the last hot ones of each stratum be warm as were drawn in it.

    Parameters
    ----------
    height : ndarray of int, shape (n,)
        Bands in the order of the list, the best first.
    stratum : ndarray of int, shape (n,)
        Prospects that share their limits.
    drawn : ndarray of bool, shape (n,)
        From `draw`, with the same strata.

    Returns
    -------
    ndarray of int, shape (n,)
        Bands in which hot and drawn ones together are as many as the hot ones were.
    """
    hot = pd.Series(np.flatnonzero(height == HOT))
    from_the_end = hot.groupby(stratum[hot]).cumcount(ascending=False).to_numpy()
    n_drawn = np.bincount(stratum[drawn], minlength=int(stratum.max(initial=0)) + 1)
    roomy = height.copy()
    roomy[hot[from_the_end < n_drawn[stratum[hot]]]] = WARM
    return roomy


def _lot(name: str, exploration: Exploration) -> float:
    """Return a number in [0, 1) that looks random and is always the same."""
    text = f"{exploration.seed}|{exploration.as_of}|{name}"
    digest = hashlib.blake2b(text.encode(), digest_size=8, usedforsecurity=False).digest()
    return int.from_bytes(digest, "big") / _HASHES
