"""What the rules of follow-ups look at: reasons, and whether their facts are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.explanation.reasons import LEAST_CAUTION, LEAST_REASON, REASONS
from predictor.features.catalogue import NEVER_MISSING
from predictor.lists.follow_up_rules import SILENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from predictor.features.catalogue import Feature

NO_REASON = REASONS + 1
"""Place of a signal that is neither a reason nor the caution."""

STRONG, ACTIVITY, RHYTHM = "strong", "activity", "rhythm"
"""Signals over several interaction types."""

_ACTIVE_DAYS = re.compile(rf"\A{ACTIVITY}_active_days_(\d+)d\Z")


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

    Reasons are the strongest signals in the direction of the score, and the caution is the
    strongest one against, also where the list passes one over as its fact is told already. A
    signal is missing where it has features that may be missing and all of them are. Three things
    follow what the sentences say rather than the signals:

    - a strong signal ("Asked for a quote 3 days ago (strong signal)") counts as the interaction
      type that it tells, too;
    - where nothing was ever recorded, activity is missing, and at least the caution says so;
    - silence is a signal of its own: activity or rhythm takes points, and the prospect did nothing
      within the shortest window.

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
    every = list(names)
    place, up = _places(contributions), contributions > 0
    missing = np.column_stack([_missing(name, catalogue, features) for name in [*every, SILENCE]])
    if STRONG in every:
        _lend(place, place[:, every.index(STRONG)], every, features)
    silence = _silence(every, place, up, features)
    if ACTIVITY in every:
        column = every.index(ACTIVITY)
        place[missing[:, column], column] = np.minimum(place[missing[:, column], column], REASONS)
    return SignalFacts(
        names=(*every, SILENCE),
        place=np.column_stack([place, silence]),
        up=np.column_stack([up, np.zeros(len(up), dtype=bool)]),
        missing=missing,
    )


def _missing(
    signal: str, catalogue: Sequence[Feature], features: pd.DataFrame
) -> NDArray[np.bool_]:
    """Say where all features of a signal that may be missing are; nowhere without such ones."""
    mine = [f.name for f in catalogue if f.signal.name == signal and f.missing != NEVER_MISSING]
    if not mine:
        return np.zeros(len(features), dtype=bool)
    return np.asarray((features[mine].isna() | (features[mine] == "")).all(axis=1), dtype=bool)


def _silence(
    names: list[str], place: NDArray[np.int64], up: NDArray[np.bool_], features: pd.DataFrame
) -> NDArray[np.int64]:
    """Give the place of silence: that of activity or rhythm where they tell of it."""
    none = np.full(len(place), NO_REASON, dtype=np.int64)
    windows_days = [int(days) for name in features for days in _ACTIVE_DAYS.findall(str(name))]
    if not windows_days:
        return none
    idle = features[f"{ACTIVITY}_active_days_{min(windows_days)}d"].to_numpy() == 0
    known = features[f"{ACTIVITY}_days_since_last"].notna().to_numpy()
    told = [names.index(name) for name in (ACTIVITY, RHYTHM) if name in names]
    by_signal = np.where(up[:, told], NO_REASON, place[:, told]).min(axis=1, initial=NO_REASON)
    return np.where(idle & known, by_signal, none)


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
