"""The change of a score between two looks at a prospect, part by part and signal by signal.

A look is a model's probability for facts seen at an instant, with its contributions by signal. From
the old score to the new one there are five looks, each differing from the one before in one thing:

====================  =========  ================  =====  ====================================
look                  facts      seen as of        model  what differs from the look before
====================  =========  ================  =====  ====================================
0 the old score       as stored  the old instant   old
1 recomputed          old        the old instant   old    ``data``: the source tells the past
                                                          otherwise than it did
2 later               old        the new instant   old    ``time``: silence, age
3 knowing more        new        the new instant   old    ``prospect``: facts learnt since
4 the new score       new        the new instant   new    ``model``
====================  =========  ================  =====  ====================================

Old facts are those known before the old instant, so that a fact which happened earlier but was
recorded since counts as learnt since. With P_i the probability of look i, the parts P_i - P_(i-1)
telescope: they sum to P_4 - P_0 exactly, whatever the looks.

Within a part, the signal s has ``c_i(s) - c_(i-1)(s)``. As the contributions of a look sum to its
probability less its model's mean over the portfolio m_i, a part is the sum over its signals and
``m_i - m_(i-1)``, which stands under `PORTFOLIO`: it is 0 where the model stays (up to the error of
the quadrature of both looks, each below `ADDITIVITY_TOLERANCE`).

The parts depend on their order, as do those of any path; they say what went along with the change,
not what made it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: The parts of a change, in the order in which they telescope.
PARTS = ("data", "time", "prospect", "model")
#: Stands beside the signals for the change of the portfolio's mean probability.
PORTFOLIO = "portfolio"


@dataclass(frozen=True, eq=False)
class Look:
    """Probabilities of n prospects and what each signal contributes to them.

    Attributes
    ----------
    probability : ndarray of shape (n,)
        To be won within the horizon; NaN where there is none.
    contributions : DataFrame of shape (n, s)
        In probability, one column per signal, labelled by prospect_id; a row sums to the
        probability less the portfolio's mean.
    """

    probability: NDArray[np.float64]
    contributions: pd.DataFrame

    def where(self, rows: NDArray[np.bool_], other: Look) -> Look:
        """Return this look, with that of `other` (of these `rows` alone, in order) in its place."""
        probability = self.probability.copy()
        probability[rows] = other.probability
        columns = _union([self, other])
        contributions = self.contributions.reindex(columns=columns, fill_value=0.0).to_numpy(
            copy=True
        )
        contributions[rows] = other.contributions.reindex(columns=columns, fill_value=0.0)
        return Look(
            probability,
            pd.DataFrame(contributions, index=self.contributions.index, columns=columns),
        )


@dataclass(frozen=True, eq=False)
class ChangeSplit:
    """A change of n probabilities, split.

    Attributes
    ----------
    parts : DataFrame of shape (n, 4)
        A column for each of `PARTS`, labelled by prospect_id; rows sum to the change.
    signals : dict of str to DataFrame of shape (n, s + 1)
        Per part the changes of the contributions, and `PORTFOLIO` as the last column; rows sum to
        the part.
    """

    parts: pd.DataFrame
    signals: dict[str, pd.DataFrame]

    def by_signal(self) -> pd.DataFrame:
        """Sum the parts of each signal: one column per signal; a row sums to the whole change."""
        total: pd.DataFrame = sum(
            (self.signals[part] for part in PARTS[1:]), start=self.signals[PARTS[0]]
        )
        return total


def split_change(looks: Sequence[Look]) -> ChangeSplit:
    """Split the change from the first look to the last into the differences between neighbours.

    Parameters
    ----------
    looks : sequence of Look, length 5
        Of the same prospects; signals that a look lacks contribute nothing to it. Without missing
        probabilities.

    Examples
    --------
    >>> def look(p, silence):
    ...     return Look(np.array([p]), pd.DataFrame({"silence": [silence]}, index=["P-1"]))
    >>> path = [look(0.3, 0.1)] * 2 + [look(0.2, 0.0)] * 2 + [look(0.25, 0.02)]
    >>> split = split_change(path)
    >>> split.parts.round(3).to_dict("list")
    {'data': [0.0], 'time': [-0.1], 'prospect': [0.0], 'model': [0.05]}
    >>> split.signals["model"].round(3).to_dict("list")
    {'silence': [0.02], 'portfolio': [0.03]}
    """
    pairs = list(pairwise(looks))
    columns = _union(looks)
    parts = {
        part: after.probability - before.probability
        for part, (before, after) in zip(PARTS, pairs, strict=True)
    }
    signals = {
        part: _by_signal(before, after, columns)
        for part, (before, after) in zip(PARTS, pairs, strict=True)
    }
    return ChangeSplit(pd.DataFrame(parts, index=looks[0].contributions.index), signals)


def _by_signal(before: Look, after: Look, columns: pd.Index) -> pd.DataFrame:
    if before is after:
        change = np.zeros((len(before.probability), len(columns)))
        rest = np.zeros(len(change))
    else:
        change = after.contributions.reindex(columns=columns, fill_value=0.0).to_numpy() - (
            before.contributions.reindex(columns=columns, fill_value=0.0).to_numpy()
        )
        rest = after.probability - before.probability - change.sum(axis=1)
    frame = pd.DataFrame(change, index=before.contributions.index, columns=columns)
    return frame.assign(**{PORTFOLIO: rest})


def _union(looks: Sequence[Look]) -> pd.Index:
    """Return the signals of any look, in the order in which they first occur."""
    names = dict.fromkeys(name for look in looks for name in look.contributions.columns)
    return pd.Index(list(names), dtype="str")
