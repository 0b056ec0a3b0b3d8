"""Partial dependence: what the model says on average, with one signal as other prospects have it.

For features S that move together (all those of a signal, or one alone), and a group g of prospects
whose leading feature has about the same value,

    PD(g) = mean over prospects x of P(x with the features S of a prospect of g)

Where S is one feature and each group one value, this is Friedman's partial dependence [1]_, as
`sklearn.inspection.partial_dependence` has it; the tests hold the two together. That function moves
single features only: a prospect with 9 visits in 7 days and none in 30 would be made up. Whole
signals taken from real prospects keep what belongs together.

The model is asked about nothing that was not seen: a segment's signals are taken from prospects of
that segment, and groups with fewer than `MIN_SUPPORT` of them are left out. Combinations of signals
may still be rare; `own_probability` tells what the prospects of the group have as they are. All of
it is association.

References
----------
.. [1] Friedman (2001), Greedy function approximation: a gradient boosting machine, Annals of
   Statistics 29, 1189-1232.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.features.value_groups import ValueGroup, value_groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Predict = Callable[[pd.DataFrame], NDArray[np.float64]]

#: With fewer prospects that have such a value, it is not looked at.
MIN_SUPPORT = 10
MAX_GROUPS = 8
MAX_GROUPS_OF_A_PAIR = 5
EVERYONE = "all prospects"


def partial_dependence(
    predict: Predict,
    features: pd.DataFrame,
    leading: str,
    together: Sequence[str] = (),
    segments: pd.Series | None = None,
    max_groups: int = MAX_GROUPS,
) -> pd.DataFrame:
    """Tell how P moves with a feature, or with the signal that it leads, segment by segment.

    Parameters
    ----------
    predict : callable
        From features, shape (m, F), to probabilities, shape (m,).
    features : DataFrame, shape (n, F)
    leading : str
        Column by whose values the prospects are grouped.
    together : sequence of str
        Columns that move with it.
    segments : Series of str, shape (n,), optional
        Categories come in their order; by default one segment, `EVERYONE`.
    max_groups : int
        Groups of values at most, missing ones apart; of a rare signal fewer.

    Returns
    -------
    DataFrame
        One row per segment and group: segment and value (categories, in order), position (mean of
        the values; NaN for texts and missing ones), prospects (of the segment that have such a
        value), probability (the partial dependence), own_probability (mean P of those prospects as
        they are).
    """
    columns = list(dict.fromkeys([leading, *together]))
    names = pd.Categorical([EVERYONE] * len(features) if segments is None else segments)
    # Of a rare signal, few groups that most segments have rather than many that none has.
    enough = int(features[leading].notna().sum()) // (MIN_SUPPORT * len(names.categories))
    groups = value_groups(features[leading], min(max_groups, max(enough, 1)))
    own = predict(features)
    rows = []
    for segment in names.categories:
        inside = np.asarray(names == segment)
        x = features[inside]
        for group in groups:
            donors = group.members[inside[group.members]]
            if len(donors) >= MIN_SUPPORT:
                moved = predict(_moved(x, features, [(columns, donors)])).mean()
                facts = (segment, group.label, group.position, len(donors))
                rows.append((*facts, float(moved), float(own[donors].mean())))
    names_of = ["segment", "value", "position", "prospects", "probability", "own_probability"]
    table = pd.DataFrame(rows, columns=names_of)
    return table.assign(
        segment=pd.Categorical(table["segment"], names.categories, ordered=True),
        value=_in_order(table["value"], groups),
    )


def pair_dependence(
    predict: Predict,
    features: pd.DataFrame,
    first: tuple[str, Sequence[str]],
    second: tuple[str, Sequence[str]],
    max_groups: int = MAX_GROUPS_OF_A_PAIR,
) -> pd.DataFrame:
    """Tell how P moves with two features or signals at once, and by how much beyond their sum.

    Parameters
    ----------
    predict : callable
        As of `partial_dependence`.
    features : DataFrame, shape (n, F)
    first, second : (str, sequence of str)
        Leading column, and the columns that move with it; without a column in common.
    max_groups : int
        Groups of each, missing ones apart.

    Returns
    -------
    DataFrame
        One row per pair of groups that at least `MIN_SUPPORT` prospects are in both of: value_1
        and value_2 (categories, in order), prospects, probability, beyond_sum. The last is what is
        left of the probability after the best sum of an effect of each (least squares, weighted by
        the prospects).

    Raises
    ------
    ValueError
        If the two have a column in common.
    """
    columns = [list(dict.fromkeys([leading, *others])) for leading, others in (first, second)]
    shared = sorted(set(columns[0]) & set(columns[1]))
    if shared:
        raise ValueError(f"the two signals of a pair must differ; both have {', '.join(shared)}")
    groups = [value_groups(features[leading], max_groups) for leading, _ in (first, second)]
    rows = []
    for one in groups[0]:
        for other in groups[1]:
            support = len(np.intersect1d(one.members, other.members))
            if support >= MIN_SUPPORT:
                sources = [(columns[0], one.members), (columns[1], other.members)]
                moved = predict(_moved(features, features, sources)).mean()
                rows.append((one.label, other.label, support, float(moved)))
    table = pd.DataFrame(rows, columns=["value_1", "value_2", "prospects", "probability"])
    table = table.assign(
        value_1=_in_order(table["value_1"], groups[0]),
        value_2=_in_order(table["value_2"], groups[1]),
    )
    return table.assign(beyond_sum=_beyond_sum(table))


def interaction_share(pair: pd.DataFrame) -> float:
    """Return the share of a pair's variation of P that no sum of the two accounts for.

    Parameters
    ----------
    pair : DataFrame
        From `pair_dependence`.

    Returns
    -------
    float
        From 0 (the two add up) to 1; NaN where P does not vary. Friedman and Popescu's H squared
        (2008, Annals of Applied Statistics 2, 916-954), over values that were seen.
    """
    weight = pair["prospects"].to_numpy(np.float64)
    centred = pair["probability"] - np.average(pair["probability"], weights=weight)
    total = float(weight @ np.square(centred))
    return float(weight @ np.square(pair["beyond_sum"])) / total if total > 0 else float("nan")


def _moved(
    x: pd.DataFrame,
    features: pd.DataFrame,
    sources: list[tuple[list[str], NDArray[np.intp]]],
) -> pd.DataFrame:
    """Return x with columns taken from other prospects, each of them about equally often."""
    moved = x
    for place, (columns, donors) in enumerate(sources):
        # Two signals of one prospect are not to stay together: each has draws of its own.
        shuffled = np.random.default_rng(place).permutation(donors)
        taken = features[columns].iloc[np.resize(shuffled, len(x))].set_axis(x.index)
        moved = moved.drop(columns=columns).join(taken)[x.columns]
    return moved


def _in_order(labels: pd.Series, groups: list[ValueGroup]) -> pd.Categorical:
    return pd.Categorical(labels, [group.label for group in groups], ordered=True)


def _beyond_sum(table: pd.DataFrame) -> NDArray[np.float64]:
    """Residuals of the best sum of an effect of each value, weighted by the prospects."""
    effects = pd.get_dummies(table[["value_1", "value_2"]]).to_numpy(np.float64)
    root = np.sqrt(table["prospects"].to_numpy(np.float64))
    probability = table["probability"].to_numpy(np.float64)
    fitted, *_ = np.linalg.lstsq(effects * root[:, None], probability * root, rcond=None)
    return np.asarray(probability - effects @ fitted)
