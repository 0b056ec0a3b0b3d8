"""What the rules of follow-ups look at: reasons, and whether their facts are there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.explanation.reasons import REASONS, UNTOLD
from predictor.explanation.rows import rows_of
from predictor.features.catalogue import NEVER_MISSING
from predictor.lists.follow_up_rules import SILENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from predictor.explanation.reasons import Reasons
    from predictor.features.catalogue import Feature, Signal

NO_REASON = UNTOLD

STRONG, SEQUENCE, ACTIVITY, RHYTHM = "strong", "sequence", "activity", "rhythm"
"""Signals over several interaction types."""

RHYTHM_RATIO = "rhythm_silence_ratio"

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
    reasons: Reasons, catalogue: Sequence[Feature], features: pd.DataFrame
) -> SignalFacts:
    """Look up which signals a prospect's reasons tell, and whether their facts are there.

    Only what a reader finds in the reasons and the caution has a place; a signal that they pass
    over, as its fact is told already, has none. A signal is missing where it has features that may
    be missing and all of them are. Three things follow what the sentences say rather than their
    signals:

    - a sentence on strong signals ("Asked for a quote 3 days ago (strong signal)"), or on the
      latest interactions, tells of the interaction types that it names, too;
    - where a sentence says that nothing was ever recorded, it tells of activity;
    - silence is a signal of its own: activity or rhythm takes points and says how long nothing
      came, and the prospect did nothing within the shortest window.

    Parameters
    ----------
    reasons : Reasons
        Of n prospects, from `predictor.explanation.reasons.find_reasons`.
    catalogue : sequence of Feature
        Of the model.
    features : pd.DataFrame, shape (n, n_features)
        The feature matrix.
    """
    signals, contributions = reasons.contributions.signals, reasons.contributions.values
    every = [signal.name for signal in signals]
    assert reasons.places is not None
    assert reasons.nothing_recorded is not None
    place, up = reasons.places.copy(), contributions > 0
    missing = np.column_stack([_missing(name, catalogue, features) for name in [*every, SILENCE]])
    silence = _silence(every, place, up, features)  # by its own sentences, not by lent places
    for signal in signals:
        if signal.name in {STRONG, SEQUENCE}:
            _lend(place, up, signal, every, features)
    if ACTIVITY in every:
        column = every.index(ACTIVITY)
        said = reasons.nothing_recorded & missing[:, column]
        place[said, column] = np.minimum(place[said, column], REASONS)
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
    by_signal = np.where(up[:, told], NO_REASON, place[:, told])
    if RHYTHM in names:
        # Without a habit it does not say how long nothing came.
        by_signal[features[RHYTHM_RATIO].isna(), -1] = NO_REASON
    return np.where(idle & known, by_signal.min(axis=1, initial=NO_REASON), none)


def _lend(
    place: NDArray[np.int64],
    up: NDArray[np.bool_],
    signal: Signal,
    names: Sequence[str],
    features: pd.DataFrame,
) -> None:
    """Let the signals whose facts a sentence tells have its place, and its direction."""
    column = names.index(signal.name)
    columns = {name: number for number, name in enumerate(names)}
    rows = np.flatnonzero(place[:, column] < NO_REASON)
    for row, values in zip(rows, rows_of(features.iloc[rows]), strict=True):
        facts = signal.facts(values)
        if signal.name == STRONG and len(facts) > 1:
            continue  # it names none of them
        for fact in facts:
            told = columns.get(fact, column)
            if place[row, column] < place[row, told]:
                place[row, told], up[row, told] = place[row, column], up[row, column]
