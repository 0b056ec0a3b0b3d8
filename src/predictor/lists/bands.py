"""Bands: hot, warm and cold prospects, in the words of the sales team."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from predictor.errors import ConfigurationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Language = Literal["en", "fr"]

BAND_NAMES: dict[Language, tuple[str, str, str]] = {
    "en": ("hot", "warm", "cold"),
    "fr": ("chaud", "tiède", "froid"),
}
COLD, WARM, HOT = 0, 1, 2
"""Heights of the bands."""
UNKNOWN = -1
"""The height of a prospect that had no band before."""
BY_CAPACITY_MSG = "bands by capacity need the owners of the prospects: see predictor.lists.capacity"

# Shares such as 0.1 + 0.2 are not exact in binary: a place is compared with this much room.
_ROUNDING = 1e-9
_HEIGHTS = {name: HOT - place for names in BAND_NAMES.values() for place, name in enumerate(names)}


@dataclass(frozen=True)
class BandRule:
    """Where hot and warm begin, and how far past an edge a band changes.

    Parameters
    ----------
    by : {"quantile", "probability", "capacity"}
        With ``"quantile"``, `hot` and `warm` are shares of the listed prospects: the best `hot`
        are hot, the next `warm` are warm. With ``"probability"`` they are the least probability
        of each band. With ``"capacity"`` they are not used: hot is what each owner can work in a
        week, and warm what follows in `warm_weeks`.
    hot, warm : float
        Shares or probabilities, in [0, 1].
    margin : float
        Hysteresis, in [0, 1): a share of the edge (of its distance from 1 above one half). A
        prospect that had a band before changes it only past the edge by so much.
    warm_weeks : int
        Weeks of work that are warm, by capacity.

    Raises
    ------
    ConfigurationError
        Where a value lies outside its range, the shares exceed 1 together, or hot would begin
        below warm.

    Examples
    --------
    >>> BandRule()
    BandRule(by='quantile', hot=0.1, warm=0.3, margin=0.0, warm_weeks=3)
    """

    by: Literal["quantile", "probability", "capacity"] = "quantile"
    hot: float = 0.1
    warm: float = 0.3
    margin: float = 0.0
    warm_weeks: int = 3

    def __post_init__(self) -> None:
        """Refuse rules that cannot be meant."""
        if not (0 <= self.hot <= 1 and 0 <= self.warm <= 1):
            msg = f"bands: hot and warm must lie between 0 and 1, not {self.hot} and {self.warm}"
            raise ConfigurationError(msg)
        if not 0 <= self.margin < 1:
            msg = f"bands: margin must be at least 0 and less than 1, not {self.margin}"
            raise ConfigurationError(msg)
        if self.by == "quantile" and self.hot + self.warm > 1 + _ROUNDING:
            msg = (
                f"bands: the shares hot {self.hot} and warm {self.warm} exceed 1 together:"
                " warm is the next share after hot, so lower one of them"
            )
            raise ConfigurationError(msg)
        if self.by == "probability" and self.hot < self.warm:
            msg = (
                f"bands: by probability, hot must begin at or above warm, but hot is {self.hot}"
                f" and warm is {self.warm}: exchange them"
            )
            raise ConfigurationError(msg)


def assign_bands(
    probability: ArrayLike,
    rule: BandRule,
    language: Language = "en",
    previous: ArrayLike | None = None,
) -> NDArray[np.str_]:
    """Give each prospect its band, by quantile or by probability.

    By quantile, a prospect's place is the middle of its rank in [0, 1]; prospects of equal
    probability share the mean of their places, so that ties get the same band and a list in which
    all are alike is not all hot. Without ties and previous bands, the number of hot prospects is
    ``hot * n`` rounded to the nearest.

    With previous bands an edge e has two sides, ``e - m`` and ``e + m`` with
    ``m = margin * min(e, 1 - e)`` (a Schmitt trigger): a prospect crosses the edge only where it
    passes the far side. While its probability (its place, by quantile) stays within m of where it
    was when it first got its band, the band stays. A prospect without a previous band gets the
    plain rule's.

    Parameters
    ----------
    probability : array-like of float, shape (n,)
        Probabilities to convert, without missing values.
    rule : BandRule
        Where hot and warm begin.
    language : {"en", "fr"}
        Language of the bands' names.
    previous : array-like of int, shape (n,), optional
        Height of each prospect's previous band, from `band_heights`.

    Returns
    -------
    ndarray of str, shape (n,)
        Names from `BAND_NAMES`.

    Raises
    ------
    ValueError
        For a rule by capacity, which needs to know the owners.

    Examples
    --------
    >>> assign_bands([0.9, 0.5, 0.5, 0.1, 0.0], BandRule(hot=0.2, warm=0.4)).tolist()
    ['hot', 'warm', 'warm', 'cold', 'cold']
    >>> assign_bands([0.9, 0.2], BandRule("probability", hot=0.5, warm=0.2), "fr").tolist()
    ['chaud', 'tiède']
    >>> rule = BandRule("probability", hot=0.5, warm=0.2, margin=0.1)
    >>> assign_bands([0.47, 0.52, 0.52], rule, previous=[HOT, WARM, UNKNOWN]).tolist()
    ['hot', 'warm', 'hot']
    """
    return band_names(assign_heights(probability, rule, previous), language)


def assign_heights(
    probability: ArrayLike, rule: BandRule, previous: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Give each prospect the height of its band; everything else as of `assign_bands`."""
    if rule.by == "capacity":
        raise ValueError(BY_CAPACITY_MSG)
    p = np.asarray(probability, dtype=np.float64)
    before = np.full(len(p), UNKNOWN) if previous is None else np.asarray(previous)
    if rule.by == "probability":
        value, edges = p, (rule.warm, rule.hot)
    else:  # from the bottom, so that a higher value is better in both
        value, edges = 1 - _mean_place(p), (1 - (rule.hot + rule.warm), 1 - rule.hot)
    height = np.full(len(p), COLD)
    for reached, edge in zip((WARM, HOT), edges, strict=True):
        margin = rule.margin * max(min(edge, 1 - edge), 0.0)
        shift = np.select([before == UNKNOWN, before >= reached], [0.0, -margin], default=margin)
        height[value >= edge + shift - _rounding(rule)] = reached
    return height


def band_names(height: ArrayLike, language: Language = "en") -> NDArray[np.str_]:
    """Give the names of bands by their heights, `COLD`, `WARM` and `HOT`."""
    return np.array(BAND_NAMES[language][::-1])[np.asarray(height, dtype=np.int64)]


def band_heights(names: pd.Series) -> NDArray[np.int64]:
    """Give the heights of bands by their names in any language, `UNKNOWN` for what is no band.

    Examples
    --------
    >>> band_heights(pd.Series(["hot", "tiède", "cold", None])).tolist()
    [2, 1, 0, -1]
    """
    return np.asarray(names.astype("object").map(_HEIGHTS).fillna(UNKNOWN), dtype=np.int64)


def _rounding(rule: BandRule) -> float:
    return _ROUNDING if rule.by == "quantile" else 0.0


def _mean_place(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place of each in (0, 1), best first: (mean rank - 1/2) / n, ties sharing their mean rank."""
    rank = pd.Series(p).rank(method="average", ascending=False).to_numpy()
    place: NDArray[np.float64] = (rank - 0.5) / max(len(p), 1)
    return place
