"""A sample of the snapshots, drawn where the facts lie, with weights that stand for all of them.

Snapshots that are won soon teach most and are few: all are kept. The others are drawn with equal
probability, and each counts as many times as there are others for one drawn [1]_. So sums over the
sample estimate sums over all snapshots, and a model fitted with the weights has the same target as
one fitted on all of them.

Whether a snapshot is drawn depends on its prospect, its as_of and the seed alone: a prospect has a
uniform number, which moves by the golden ratio from each day to the next. These are the steps that
spread a prospect's drawn snapshots most evenly over its life [2]_.

References
----------
.. [1] Horvitz and Thompson (1952), JASA 47, 663-685; with the sizes known, Hajek's ratio.
.. [2] Sos (1958), the three-distance theorem; Knuth, The Art of Computer Programming 3, 6.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np

from predictor.features.snapshots import DAY_US, fetched, looks, stays

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir
    import pandas as pd
    from numpy.typing import NDArray

    from predictor.crm.crm import Crm

GOLDEN_RATIO = (5**0.5 - 1) / 2
#: Digits of a checksum that make a uniform number: steps of 2e-10.
HEX_DIGITS = 8


@dataclass(frozen=True)
class Shares:
    """How many of the snapshots are drawn.

    Attributes
    ----------
    n_won, n_others : int
        Snapshots that are won soon, and the others.
    won, others : float
        Share of each that is drawn, from 0 to 1.
    """

    n_won: int
    n_others: int
    won: float
    others: float

    @classmethod
    def within(cls, max_snapshots: int, n_won: int, n_others: int) -> Shares:
        """Draw about `max_snapshots`: all that are won, or half if these were more.

        Examples
        --------
        >>> Shares.within(1000, 100, 3600)
        Shares(n_won=100, n_others=3600, won=1.0, others=0.25)
        >>> Shares.within(1000, 5000, 10_000)
        Shares(n_won=5000, n_others=10000, won=0.1, others=0.05)
        """
        room_won = min(n_won, max(max_snapshots // 2, max_snapshots - n_others))
        room_others = min(n_others, max_snapshots - room_won)
        won = room_won / n_won if n_won else 1.0
        return cls(n_won, n_others, won, room_others / n_others if n_others else 1.0)

    @property
    def everything(self) -> bool:
        """Whether all snapshots are drawn."""
        return self.won == self.others == 1


def sampled_snapshots(
    crm: Crm,
    instants: list[datetime],
    known_until: datetime,
    silence_days: int | None = None,
    *,
    max_snapshots: int,
    won_within_days: float,
    seed: int,
) -> pd.DataFrame:
    """Return the observed snapshots, or a sample of about `max_snapshots` where there are more.

    Parameters
    ----------
    crm, instants, known_until, silence_days
        As of `predictor.features.snapshots.observed_snapshots`.
    max_snapshots : int
        About so many are drawn.
    won_within_days : float
        What is won by then is kept whole, unless it were more than half of the sample.
    seed : int
        Of the choice.

    Returns
    -------
    pd.DataFrame
        As of `observed_snapshots`, and `weight`: how many snapshots one stands for. The weights of
        those won soon, and of the others, sum to their numbers in the source.
    """
    at_risk = stays(crm, known_until, silence_days)
    shares = _count(crm, looks(at_risk, instants), max_snapshots, won_within_days)
    if shares.everything:
        return fetched(crm, looks(at_risk, instants)).assign(weight=1.0)
    pairs = looks(at_risk.mutate(place=uniform(at_risk.prospect_id, seed)), instants)
    days = pairs.as_of.epoch_seconds() / (DAY_US / 1e6)
    turned = pairs.place + days * GOLDEN_RATIO
    share = _won_soon(pairs, won_within_days).ifelse(shares.won, shares.others)
    frame = fetched(crm, pairs.filter(turned - turned.floor() < share))
    return frame.assign(weight=_weights(frame, shares, won_within_days))


def share_within(
    crm: Crm,
    instants: list[datetime],
    known_until: datetime,
    silence_days: int | None = None,
    *,
    max_snapshots: int,
) -> float:
    """Return the share of the accounts whose snapshots are about `max_snapshots`; 1 if fewer."""
    pairs = looks(stays(crm, known_until, silence_days), instants)
    n = int(crm.connection.execute(pairs.count()))
    return min(1.0, max_snapshots / max(n, 1))


def snapshots_of_accounts(
    crm: Crm,
    instants: list[datetime],
    known_until: datetime,
    silence_days: int | None = None,
    *,
    share: float,
    seed: int,
) -> pd.DataFrame:
    """Return the observed snapshots of a share of the accounts, all of each, for a test.

    Whole accounts are drawn (a prospect without one is its own), each with the same probability, so
    that means over the snapshots need no weights, and the bootstrap by account stays right.

    Parameters
    ----------
    crm, instants, known_until, silence_days
        As of `predictor.features.snapshots.observed_snapshots`.
    share : float
        From 0 to 1.
    seed : int
        Of the choice.

    Returns
    -------
    pd.DataFrame
        As of `observed_snapshots`.
    """
    at_risk = stays(crm, known_until, silence_days)
    if share < 1:
        account = at_risk.account_id.cast("string").fill_null(at_risk.prospect_id)
        at_risk = at_risk.filter(uniform(account, seed) < share)
    return fetched(crm, looks(at_risk, instants))


def uniform(names: ir.StringValue, seed: int) -> ir.FloatingValue:
    """Return a number of each name, uniform in [0, 1): by MD5, so the same on every engine."""
    checksum = (names + f"/{seed}").hexdigest("md5")
    digits = [ibis.literal("0123456789abcdef").find(checksum[n]) for n in range(HEX_DIGITS)]
    number: ir.FloatingValue = sum(
        (digit * 16.0 ** -(n + 1) for n, digit in enumerate(digits)), ibis.literal(0.0)
    )
    return number


def _count(crm: Crm, pairs: ir.Table, max_snapshots: int, won_within_days: float) -> Shares:
    """Count in the engine: one row comes back."""
    won = _won_soon(pairs, won_within_days)
    counted = pairs.aggregate(n=pairs.count(), n_won=pairs.count(where=won))
    counts = crm.connection.execute(counted).iloc[0]
    n, n_won = int(counts["n"]), int(counts["n_won"])
    return Shares.within(max_snapshots, n_won, n - n_won)


def _won_soon(pairs: ir.Table, won_within_days: float) -> ir.BooleanValue:
    return (pairs.outcome == "won") & (pairs.duration_days <= won_within_days)


def _weights(frame: pd.DataFrame, shares: Shares, won_within_days: float) -> NDArray[np.float64]:
    won = ((frame["outcome"] == "won") & (frame["duration_days"] <= won_within_days)).to_numpy()
    n_won = int(won.sum())
    per_won = shares.n_won / max(n_won, 1)
    per_other = shares.n_others / max(len(frame) - n_won, 1)
    weights: NDArray[np.float64] = np.where(won, per_won, per_other)
    return weights
