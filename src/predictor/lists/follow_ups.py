"""A suggested follow-up per prospect, by its band and its reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.lists.bands import BAND_NAMES, HOT
from predictor.lists.follow_up_rules import BUILT_IN, FollowUp
from predictor.lists.signal_facts import NO_REASON, SignalFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FOLLOW_UP_COLUMNS = tuple(f"follow_up_{band}" for band in reversed(BAND_NAMES["en"]))
"""What would be suggested in each band, from cold to hot: the bands follow from the whole list."""


def suggest(rules: Sequence[FollowUp], facts: SignalFacts, language: str) -> pd.DataFrame:
    """Suggest a follow-up for each prospect, in each band that it may come to have.

    The rules of the configuration come before the built-in ones. Among either, a rule that names a
    signal comes before one that does not; among those, the one whose signal is the stronger reason
    of the prospect, the caution last; among equals, the first.

    Parameters
    ----------
    rules : sequence of FollowUp
        Those of the configuration, in its order.
    facts : SignalFacts
        Of n prospects.
    language : {"en", "fr"}
        Language of the suggestions.

    Returns
    -------
    DataFrame of category, shape (n, 3)
        `FOLLOW_UP_COLUMNS`.
    """
    every = [*rules, *BUILT_IN]
    n_bands = HOT + 1
    best = np.full((len(facts.place), n_bands), np.iinfo(np.int64).max)
    for number, rule in enumerate(every):
        priority = 0 if number < len(rules) else NO_REASON + 1
        key = (priority + _place(rule, facts)) * len(every) + number
        for height in _heights(rule):
            best[:, height] = np.minimum(best[:, height], key)
    texts = [rule.fr if language == "fr" else rule.en for rule in every]
    different = pd.Index(dict.fromkeys(texts))
    code = different.get_indexer(pd.Index(texts))
    chosen = code[best % len(every)]
    columns = {
        name: pd.Categorical.from_codes(chosen[:, height], different)
        for height, name in enumerate(FOLLOW_UP_COLUMNS)
    }
    return pd.DataFrame(columns)


def _place(rule: FollowUp, facts: SignalFacts) -> NDArray[np.int64]:
    """Give each prospect the place of the reason that the rule fits; a huge one where none does."""
    if rule.signal is None:
        return np.full(len(facts.place), NO_REASON, dtype=np.int64)
    never = np.iinfo(np.int32).max
    fit = [column for column, name in enumerate(facts.names) if rule.names(name)]
    place = np.where(facts.place[:, fit] < NO_REASON, facts.place[:, fit], never)
    place[facts.missing[:, fit] != rule.missing] = never
    if rule.points is not None:
        place[facts.up[:, fit] != (rule.points == "up")] = never
    return np.asarray(place.min(axis=1, initial=never), dtype=np.int64)


def _heights(rule: FollowUp) -> tuple[int, ...]:
    bands = BAND_NAMES["en"][::-1]
    return tuple(range(HOT + 1)) if rule.band is None else (bands.index(rule.band),)


def pick(scored: pd.DataFrame, height: NDArray[np.int64]) -> NDArray[np.object_]:
    """Give each prospect what was suggested in the band that it came to have.

    Parameters
    ----------
    scored : DataFrame
        `FOLLOW_UP_COLUMNS`.
    height : ndarray of int, shape (n,)
        Bands, as heights.
    """
    texts = np.stack([scored[name].to_numpy(dtype=object) for name in FOLLOW_UP_COLUMNS])
    return np.asarray(texts[height, np.arange(len(height))])
