"""Bands by capacity: what each owner, and each territory, can work in a week."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.lists.bands import COLD, HOT, UNKNOWN, WARM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

NO_ONE = ""
"""Stands for a missing owner or territory: all such prospects are one group with one limit."""

# 0.1 * 30 is a little more than 3 in binary: it is rounded up with this much room.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Capacity:
    """How many prospects can be worked in a week.

    Parameters
    ----------
    per_owner : int, optional
        For an owner who is not in `owners`; by default no limit.
    owners : mapping of str to int
        By owner.
    territories : mapping of str to int
        By territory, all owners together; a territory that is not here has no limit.
    """

    per_owner: int | None = None
    owners: Mapping[str, int] = field(default_factory=dict)
    territories: Mapping[str, int] = field(default_factory=dict)

    def of_owners(self, owner: pd.Series) -> NDArray[np.float64]:
        """Give each prospect the limit of its owner, shape (n,); infinite where there is none."""
        default = np.inf if self.per_owner is None else float(self.per_owner)
        limit = owner.astype("object").map(dict(self.owners))
        return np.asarray(limit.fillna(default), dtype=np.float64)

    def of_territories(self, territory: pd.Series) -> NDArray[np.float64]:
        """Give each prospect the limit of its territory, shape (n,); infinite where none is set."""
        limit = territory.astype("object").map(dict(self.territories))
        return np.asarray(limit.fillna(np.inf), dtype=np.float64)


def assign_by_capacity(
    listed: pd.DataFrame,
    capacity: Capacity,
    warm_weeks: int,
    margin: float = 0.0,
    previous: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Give each prospect its band by what its owner and its territory can work.

    The list is walked from the top. A prospect is hot while its owner and its territory have work
    left this week; of the others, it is warm while they have work left in the `warm_weeks` that
    follow, and cold after that. So a better prospect is passed over for a worse one only where a
    limit of its own is used up.

    With previous bands, a prospect that was hot has a head start of ``margin * limit`` places
    among its owner's prospects, rounded up, and one that was warm or hot has one of ``margin *
    warm_weeks * limit`` places among those that are not hot: another one takes its place only
    from further ahead. Capacity comes before hysteresis: a limit is never exceeded for the sake of
    a previous band.

    Parameters
    ----------
    listed : DataFrame
        owner and territory, in the order of the list, the best first.
    capacity : Capacity
        The limits of a week.
    warm_weeks : int
        Weeks of work that are warm.
    margin : float
        Head start, as a share of the owner's limit.
    previous : ndarray of int, shape (n,), optional
        Heights of the previous bands, from `predictor.lists.bands.band_heights`.

    Returns
    -------
    ndarray of int, shape (n,)
        Heights: `COLD`, `WARM` or `HOT`.

    Examples
    --------
    >>> listed = pd.DataFrame({"owner": ["Ana", "Ana", "Bo", "Ana"], "territory": None})
    >>> assign_by_capacity(listed, Capacity(per_owner=1), warm_weeks=1).tolist()
    [2, 1, 2, 0]
    >>> was = np.array([WARM, HOT, HOT, COLD])
    >>> assign_by_capacity(listed, Capacity(per_owner=1), 1, margin=0.1, previous=was).tolist()
    [1, 2, 2, 0]
    """
    owner, owners = _groups(listed["owner"])
    territory, territories = _groups(listed["territory"])
    of_owner, of_territory = capacity.of_owners(owners), capacity.of_territories(territories)
    before = np.full(len(listed), UNKNOWN) if previous is None else previous
    height = np.full(len(listed), COLD)
    for reached, weeks in ((HOT, 1), (WARM, warm_weeks)):
        rest = np.flatnonzero(height == COLD)
        head_start = np.where(before[rest] >= reached, margin * weeks, 0.0)
        turns = rest[_turns(owner[rest], head_start, of_owner)]
        taken = _fill(owner[turns], territory[turns], weeks * of_owner, weeks * of_territory)
        height[turns[taken]] = reached
    return height


def _groups(names: pd.Series) -> tuple[NDArray[np.int64], pd.Series]:
    """Give each prospect the number of its group, and the groups' names."""
    codes, found = pd.factorize(names.astype("object").fillna(NO_ONE))
    return codes.astype(np.int64), pd.Series(found, dtype="object")


def _turns(
    owner: NDArray[np.int64], head_start: NDArray[np.float64], of_owner: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Give the order in which prospects take their turn.

    Each owner keeps the turns of its prospects in the list; within them, those with a head start
    (a share of the owner's limit) move forward. An owner without a limit needs none.
    """
    limit = np.where(np.isfinite(of_owner), of_owner, 0.0)[owner]
    places = np.ceil(head_start * limit - _ROUNDING)
    place = pd.Series(owner).groupby(owner).cumcount().to_numpy(dtype=np.float64)
    order = np.empty(len(owner), dtype=np.int64)
    order[np.argsort(owner, kind="stable")] = np.lexsort((place, -places, place - places, owner))
    return order


def _fill(
    owner: NDArray[np.int64],
    territory: NDArray[np.int64],
    of_owner: NDArray[np.float64],
    of_territory: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Take prospects in turn while their owner and their territory have work left."""
    left_owner, left_territory = of_owner.tolist(), of_territory.tolist()
    taken = np.zeros(len(owner), dtype=bool)
    for turn, (o, t) in enumerate(zip(owner.tolist(), territory.tolist(), strict=True)):
        if left_owner[o] >= 1 and left_territory[t] >= 1:
            left_owner[o] -= 1
            left_territory[t] -= 1
            taken[turn] = True
    return taken
