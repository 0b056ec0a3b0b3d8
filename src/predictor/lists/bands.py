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

# Shares such as 0.1 + 0.2 are not exact in binary: a place is compared with this much room.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class BandRule:
    """Where hot and warm begin.

    Parameters
    ----------
    by : {"quantile", "probability"}
        With ``"quantile"``, `hot` and `warm` are shares of the listed prospects: the best `hot`
        are hot, the next `warm` are warm. With ``"probability"`` they are the least probability
        of each band.
    hot, warm : float
        Shares or probabilities, in [0, 1].

    Raises
    ------
    ConfigurationError
        Where a value lies outside [0, 1], the shares exceed 1 together, or hot would begin
        below warm.

    Examples
    --------
    >>> BandRule()
    BandRule(by='quantile', hot=0.1, warm=0.3)
    """

    by: Literal["quantile", "probability"] = "quantile"
    hot: float = 0.1
    warm: float = 0.3

    def __post_init__(self) -> None:
        """Refuse rules that cannot be meant."""
        if not (0 <= self.hot <= 1 and 0 <= self.warm <= 1):
            msg = f"bands: hot and warm must lie between 0 and 1, not {self.hot} and {self.warm}"
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
    probability: ArrayLike, rule: BandRule, language: Language = "en"
) -> NDArray[np.str_]:
    """Give each prospect its band.

    By quantile, a prospect's place is the middle of its rank in [0, 1]; prospects of equal
    probability share the mean of their places, so that ties get the same band and a list in which
    all are alike is not all hot. Without ties, the number of hot prospects is ``hot * n``
    rounded to the nearest.

    Parameters
    ----------
    probability : array-like of float, shape (n,)
        Probabilities to convert, without missing values.
    rule : BandRule
        Where hot and warm begin.
    language : {"en", "fr"}
        Language of the bands' names.

    Returns
    -------
    ndarray of str, shape (n,)
        Names from `BAND_NAMES`.

    Examples
    --------
    >>> assign_bands([0.9, 0.5, 0.5, 0.1, 0.0], BandRule(hot=0.2, warm=0.4)).tolist()
    ['hot', 'warm', 'warm', 'cold', 'cold']
    >>> assign_bands([0.9, 0.2], BandRule("probability", hot=0.5, warm=0.2), "fr").tolist()
    ['chaud', 'tiède']
    """
    p = np.asarray(probability, dtype=np.float64)
    if rule.by == "probability":
        hot, warm = p >= rule.hot, p >= rule.warm
    else:
        place = _mean_place(p)
        hot = place <= rule.hot + _ROUNDING
        warm = place <= rule.hot + rule.warm + _ROUNDING
    hot_name, warm_name, cold_name = BAND_NAMES[language]
    return np.select([hot, warm], [hot_name, warm_name], default=cold_name)


def _mean_place(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place of each in (0, 1), best first: (mean rank - 1/2) / n, ties sharing their mean rank."""
    rank = pd.Series(p).rank(method="average", ascending=False).to_numpy()
    place: NDArray[np.float64] = (rank - 0.5) / max(len(p), 1)
    return place
