"""Steps from band to band: the prospects' own, and those that another model alone makes.

Where the model changed since the previous run, three things are known of a prospect: the band that
the former model gave its former facts, the one that it would give today's facts, and the one that
the new model gives them. A step is the prospect's own where the former model would make it too, or
where the prospect's score moved by itself at least as far as `least_move`: by

    P(new model, today) - P(new model, then)

where P(new model, then) = P(then) + P(new model, today) - P(former model, today). A step that is
not its own waits in the state, with P(new model, then): it is told in the run by which the score
has moved so far, if the band is still the one of the step, and forgotten where it is another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from predictor.lists.changes import LEAST_CHANGE

if TYPE_CHECKING:
    from datetime import datetime

HEIGHT = {"cold": 0.0, "warm": 1.0, "hot": 2.0}
_HOT = HEIGHT["hot"]
#: As wide as a band's edge is by default, see `predictor.lists.bands`.
MARGIN = 0.2


@dataclass(frozen=True, eq=False)
class BandMoves:
    """Steps of n prospects.

    Attributes
    ----------
    told : dict of str to Series of bool, shape (n,)
        Who became hot, and who fell, by itself.
    late : Series of bool, shape (n,)
        Whose step was made by another model, in an earlier run.
    by_model : dict of str to Series of bool, shape (n,)
        Whose step in this run another model alone makes.
    start : DataFrame of shape (n, 2)
        probability, as the model of this run would have given it, and compared_at: where each
        prospect's own movement starts.
    own : DataFrame of shape (n, 3)
        For the state: own_band, the band without steps that wait, and where one waits
        own_probability and own_since, its start.
    """

    told: dict[str, pd.Series]
    late: pd.Series
    by_model: dict[str, pd.Series]
    start: pd.DataFrame
    own: pd.DataFrame


def least_move(start: pd.Series) -> pd.Series:
    """Return by how much scores must move to have moved by themselves.

    Examples
    --------
    >>> least_move(pd.Series([0.01, 0.3, 0.9])).round(3).tolist()
    [0.005, 0.06, 0.02]
    """
    return (MARGIN * start.where(start < 0.5, 1 - start)).clip(lower=LEAST_CHANGE)


def band_moves(
    seen: pd.DataFrame, past: pd.DataFrame, former: pd.DataFrame | None, previous_as_of: datetime
) -> BandMoves:
    """Find the steps of a list.

    Parameters
    ----------
    seen : DataFrame of shape (n, ...)
        The list, from `predictor.lists.alert_state.look`.
    past : DataFrame of shape (n, ...)
        The earlier state of the same prospects.
    former : DataFrame of shape (n, ...), optional
        As `seen`, by the former model; None where the model is the same.
    previous_as_of : datetime
        The instant of the previous run.
    """
    now, then = seen["band_key"].map(HEIGHT), past["band"].map(HEIGHT)
    own = past["own_band"].map(HEIGHT)
    start, move = _start(seen, past, former, previous_as_of)
    least = least_move(start["probability"])
    rose, sank = move >= least, move <= -least
    steps = {"became_hot": (now == _HOT) & (then != _HOT), "fell": now < then}
    mine = steps
    if former is not None:
        by_former = former["band_key"].map(HEIGHT)
        too = {
            "became_hot": (by_former == _HOT) | then.isna() | rose,
            "fell": (by_former < then) | sank,
        }
        mine = {kind: steps[kind] & too[kind] for kind in steps}
    stayed = now == then
    late = {
        "became_hot": stayed & (now == _HOT) & (own < _HOT) & rose,
        "fell": stayed & (own > now) & sank,
    }
    told = {kind: mine[kind] | late[kind] for kind in steps}
    by_model = {kind: steps[kind] & ~mine[kind] for kind in steps}
    open_step = by_model["became_hot"] | by_model["fell"] | stayed
    waits = open_step & (((now == _HOT) & (own < _HOT)) | (own > now))
    waits &= ~(told["became_hot"] | told["fell"])
    kept = pd.DataFrame(
        {
            "own_band": past["own_band"].where(waits, seen["band_key"]),
            "own_probability": start["probability"].where(waits),
            "own_since": start["compared_at"].where(waits),
        }
    )
    return BandMoves(told, late["became_hot"] | late["fell"], by_model, start, kept)


def _start(
    seen: pd.DataFrame, past: pd.DataFrame, former: pd.DataFrame | None, previous_as_of: datetime
) -> tuple[pd.DataFrame, pd.Series]:
    """Return where the own movement of each prospect starts, and how far it went."""
    score = seen["conversion_probability"]
    probability = past["own_probability"].fillna(seen["previous_probability"])
    if former is not None:
        probability = probability + (score - former["conversion_probability"])
    day = past["own_since"].fillna(pd.Timestamp(previous_as_of)).astype("datetime64[us]")
    start = pd.DataFrame({"probability": probability, "compared_at": day})
    return start, score - probability
