"""Alerts: what a person should hear of since the previous run, each thing once.

==================  ================================================  =========================
kind                when                                              the same thing is
==================  ================================================  =========================
``strong_signal``   a strong signal that no earlier run knew of       the same type and instant
``became_hot``      the band is hot and was not                       being hot without a break
``fell``            the band was hot or warm and is lower             the same step down
``gone_silent``     no interaction for longer than usual              the same last interaction
``close_slipped``   the median closing date moved away too far        the same closing date
==================  ================================================  =========================

The first run alerts of nothing: it only begins to watch. Silence and a slipped date are told of
prospects that were hot or warm. What was told is carried from run to run in ``alert_state.parquet``
(its columns: `predictor.lists.alert_state.first_state`), also for prospects that are absent from a
list for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from predictor.lists.alert_state import (
    STATE_FILE,
    STRONG_DAYS,
    empty_state,
    first_state,
    keyed,
    look,
    next_state,
    slip_days,
    unseen,
)
from predictor.lists.alert_words import Occasion, word_alerts

if TYPE_CHECKING:
    from datetime import datetime

    from predictor.lists.bands import Language
    from predictor.lists.previous import Previous

Kind = Literal["strong_signal", "became_hot", "fell", "gone_silent", "close_slipped"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The most important first."""

_HEIGHT = {"cold": 0.0, "warm": 1.0, "hot": 2.0}


@dataclass(frozen=True)
class AlertRule:
    """What is told.

    Attributes
    ----------
    kinds : tuple of Kind
        Of these kinds alone. Others are watched all the same, so that switching one on later does
        not tell the past.
    silent_days : float
        Least silence.
    silent_times_usual : float
        Least silence as a multiple of the prospect's usual days between two active days.
    slipped_days : float
        A closing date that is later by more than so many days has slipped.
    """

    kinds: tuple[Kind, ...] = KINDS
    silent_days: float = 14
    silent_times_usual: float = 3
    slipped_days: float = 14


@dataclass(frozen=True, eq=False)
class Watched:
    """What alerts need beside the list.

    Attributes
    ----------
    strong : DataFrame
        Strong signals known at the new instant: prospect_id, type, occurred_at, known_at, and
        did, what people call it. Those that occurred more than `STRONG_DAYS` before the previous
        run are not told.
    usual_gap_days : Series
        By prospect_id, mean days between two active days; missing where there are too few.
    """

    strong: pd.DataFrame
    usual_gap_days: pd.Series


@dataclass(frozen=True, eq=False)
class Alerts:
    """What is told, and what is kept so that it is told once.

    Attributes
    ----------
    frame : DataFrame
        `predictor.lists.alert_words.ALERT_COLUMNS`, the most important first.
    state : DataFrame
        For the next run.
    """

    frame: pd.DataFrame
    state: pd.DataFrame


def find_alerts(
    listed: pd.DataFrame,
    watched: Watched,
    previous: Previous | None,
    as_of: datetime,
    rule: AlertRule | None = None,
    language: Language = "en",
) -> Alerts:
    """Find what is to be told of the prospects of a list.

    Parameters
    ----------
    listed : DataFrame
        A ranked list (nobody who must not be contacted is in one), with its
        `predictor.lists.changes.PREVIOUS_COLUMNS`.
    watched : Watched
        What else is known of them.
    previous : Previous, optional
        The previous run.
    as_of : datetime
        The instant of the list.
    rule : AlertRule, optional
        What is told.
    language : {"en", "fr"}
        Of the sentences.
    """
    rule = rule or AlertRule()
    seen = look(listed, watched, as_of, rule)
    # What is older was told, or was too old to be told, in the run before, which forgot it.
    earliest = (as_of if previous is None else previous.as_of) - timedelta(days=STRONG_DAYS)
    strong = keyed(watched.strong[watched.strong["occurred_at"] >= earliest])
    strong = strong[seen.index.get_indexer(pd.Index(strong["prospect_id"])) >= 0]
    state = None if previous is None else previous.companion(STATE_FILE)
    if state is None and previous is not None:
        state = first_state(previous, watched, rule)
    before = empty_state() if state is None else state.set_index("prospect_id")
    past = before.reindex(seen.index)
    fresh = unseen(strong, before)
    if previous is None:
        frame = word_alerts(seen, past, {}, fresh, Occasion(as_of, as_of, language))
        return Alerts(frame, next_state(seen, past, before, strong, as_of, rule))
    found: dict[str, pd.Series] = {
        "strong_signal": _is_among(seen, fresh),
        **_band_alerts(seen, past),
        "gone_silent": seen["silent"] & _valued(past) & _differs(seen, past),
        "close_slipped": (slip_days(seen, past) > rule.slipped_days) & _valued(past),
    }
    told: dict[str, pd.Series] = {kind: found[kind] for kind in KINDS if kind in rule.kinds}
    occasion = Occasion(previous.as_of, as_of, language)
    frame = word_alerts(seen, past, told, fresh, occasion)
    return Alerts(frame, next_state(seen, past, before, strong, as_of, rule))


def _is_among(seen: pd.DataFrame, strong: pd.DataFrame) -> pd.Series:
    """Say who has a strong signal."""
    among = np.zeros(len(seen), dtype=bool)
    among[seen.index.get_indexer(pd.Index(strong["prospect_id"]))] = True
    return pd.Series(among, index=seen.index)


def _band_alerts(seen: pd.DataFrame, past: pd.DataFrame) -> dict[str, pd.Series]:
    now, then = seen["band_key"].map(_HEIGHT), past["band"].map(_HEIGHT)
    return {"became_hot": (now == 2) & (then != 2), "fell": now < then}


def _valued(past: pd.DataFrame) -> pd.Series:
    """Say who was hot or warm."""
    return past["band"].isin(["hot", "warm"])


def _differs(seen: pd.DataFrame, past: pd.DataFrame) -> pd.Series:
    """Say whose silence is not the one that was told."""
    return seen["last_interaction_at"] != past["silent_since"]
