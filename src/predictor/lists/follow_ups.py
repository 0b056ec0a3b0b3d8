"""A suggested follow-up per prospect, by its band and its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.explanation.reasons import LEAST_CAUTION, LEAST_REASON, REASONS
from predictor.features.catalogue import NEVER_MISSING
from predictor.lists.bands import BAND_NAMES, HOT
from predictor.lists.follow_up_rules import BUILT_IN, FollowUp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from predictor.features.catalogue import Feature

NO_REASON = REASONS + 1
"""Place of a signal that is neither a reason nor the caution."""

STRONG, ACTIVITY = "strong", "activity"
"""Signals over several interaction types."""

FOLLOW_UP_COLUMNS = tuple(f"follow_up_{band}" for band in reversed(BAND_NAMES["en"]))
"""What would be suggested in each band, from cold to hot: the bands follow from the whole list."""


@dataclass(frozen=True)
class SignalFacts:
    """What the rules look at: n prospects, s signals.

    Attributes
    ----------
    names : tuple of str, length s
        The signals.
    place : ndarray of int, shape (n, s)
        0, 1, 2: first, second, third reason; 3: the caution; `NO_REASON`: neither.
    up : ndarray of bool, shape (n, s)
        Whether the signal adds to the probability.
    missing : ndarray of bool, shape (n, s)
        Whether the fact of the signal is missing.
    """

    names: tuple[str, ...]
    place: NDArray[np.int64]
    up: NDArray[np.bool_]
    missing: NDArray[np.bool_]


def signal_facts(
    names: Sequence[str],
    contributions: NDArray[np.float64],
    catalogue: Sequence[Feature],
    features: pd.DataFrame,
) -> SignalFacts:
    """Look up which signals are a prospect's reasons, and whether their facts are there.

    Reasons are the strongest signals in the direction of the score, as the list tells them; the
    caution is the strongest one against. A strong signal among them ("Strong signal 3 days ago
    (quote request)") counts as the interaction type that it tells, too. A signal is missing where
    it has features that may be missing and all of them are.

    Parameters
    ----------
    names : sequence of str, length s
        Signals, in the order of the columns of `contributions`.
    contributions : ndarray of float, shape (n, s)
        In probability; a row sums to the probability minus the portfolio's.
    catalogue : sequence of Feature
        Of the model.
    features : pd.DataFrame, shape (n, n_features)
        The feature matrix.
    """
    missing = np.zeros(contributions.shape, dtype=bool)
    for column, name in enumerate(names):
        mine = [f.name for f in catalogue if f.signal.name == name and f.missing != NEVER_MISSING]
        if mine:
            missing[:, column] = (features[mine].isna() | (features[mine] == "")).all(axis=1)
    place = _places(contributions)
    if STRONG in names:
        _lend(place, place[:, list(names).index(STRONG)], names, features)
    return SignalFacts(tuple(names), place, contributions > 0, missing)


def _lend(
    place: NDArray[np.int64],
    of_strong: NDArray[np.int64],
    names: Sequence[str],
    features: pd.DataFrame,
) -> None:
    """Let the interaction type that a strong signal tells have the strong signal's place."""
    strong_days = features[f"{STRONG}_days_since_last"].to_numpy()
    for column, name in enumerate(names):
        days = features.get(f"{name}_days_since_last")
        if days is None or name in (STRONG, ACTIVITY):
            continue
        told = days.to_numpy() == strong_days  # never where either is missing
        place[told, column] = np.minimum(place[told, column], of_strong[told])


def _places(contributions: NDArray[np.float64]) -> NDArray[np.int64]:
    n, n_signals = contributions.shape
    towards = contributions * np.where(contributions.sum(axis=1, keepdims=True) >= 0, 1.0, -1.0)
    order = np.argsort(-towards, axis=1, kind="stable")
    place = np.full((n, n_signals), NO_REASON, dtype=np.int64)
    if n_signals == 0:
        return place
    row = np.arange(n)
    against = towards[row, order[:, -1]] <= -LEAST_CAUTION
    place[row[against], order[against, -1]] = REASONS
    for rank in range(min(REASONS, n_signals)):
        reason = towards[row, order[:, rank]] >= LEAST_REASON
        place[row[reason], order[reason, rank]] = rank
    return place


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
