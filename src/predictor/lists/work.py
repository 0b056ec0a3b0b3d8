"""What is to be worked: bands over a ranked list, with what the team can do and did before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from predictor.lists.bands import BandRule, assign_heights, band_heights
from predictor.lists.capacity import NO_ONE, Capacity, assign_by_capacity
from predictor.lists.exploration import Draw, Exploration, draw, make_room

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Work:
    """What bands depend on beyond their rule.

    Attributes
    ----------
    capacity : Capacity
        The limits of a week, for bands by capacity.
    exploration : Exploration
        The random slice of cold prospects.
    previous_bands : Series of str, optional
        Bands of the previous run, by prospect_id.
    """

    capacity: Capacity = field(default_factory=Capacity)
    exploration: Exploration = field(default_factory=Exploration)
    previous_bands: pd.Series | None = None


@dataclass(frozen=True)
class Plan:
    """Bands and the random slice of a list, in its order.

    Attributes
    ----------
    height : ndarray of int, shape (n,)
        Bands, as heights.
    draw : Draw
        Cold prospects to be worked all the same.
    explored : bool
        Whether there was a draw at all.
    """

    height: NDArray[np.int64]
    draw: Draw
    explored: bool

    def candidates(self, listed: pd.DataFrame) -> pd.DataFrame | None:
        """Give each prospect that might have been drawn, with its propensity; None without a draw.

        Parameters
        ----------
        listed : DataFrame, shape (n, ...)
            prospect_id and as_of.
        """
        if not self.explored:
            return None
        told = listed[["prospect_id", "as_of"]].assign(
            exploration=self.draw.drawn, propensity=self.draw.propensity
        )
        return told[self.draw.propensity > 0].reset_index(drop=True)


def plan_work(listed: pd.DataFrame, rule: BandRule, work: Work) -> Plan:
    """Give each prospect its band, and draw the random slice.

    Under a capacity, the draw is made among prospects that share their limits (owner and
    territory), and the last hot ones make room for the drawn ones: no limit is exceeded. Otherwise
    it is made over the whole list, beside the hot ones.

    Parameters
    ----------
    listed : DataFrame
        prospect_id, owner, territory and conversion_probability, in the order of the list.
    rule : BandRule
        Where hot and warm begin.
    work : Work
        Capacity, exploration and previous bands.
    """
    before = None
    if work.previous_bands is not None:
        before = band_heights(listed["prospect_id"].map(work.previous_bands))
    if rule.by == "capacity":
        height = assign_by_capacity(listed, work.capacity, rule.warm_weeks, rule.margin, before)
        stratum = _limits_shared(listed)
    else:
        height = assign_heights(listed["conversion_probability"], rule, before)
        stratum = np.zeros(len(listed), dtype=np.int64)
    drawn = draw(listed["prospect_id"], height, stratum, work.exploration)
    if rule.by == "capacity":
        height = make_room(height, stratum, drawn.drawn)
    return Plan(height, drawn, explored=work.exploration.share > 0)


def _limits_shared(listed: pd.DataFrame) -> NDArray[np.int64]:
    """Give each pair of owner and territory a number."""
    pairs = listed[["owner", "territory"]].astype("object").fillna(NO_ONE)
    return np.asarray(pairs.groupby(["owner", "territory"]).ngroup(), dtype=np.int64)
