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
prospects that were hot or warm. Steps between bands and later dates that another model alone makes
are counted, not told (`predictor.lists.band_moves`). What was told is carried from run to run in
``alert_state.parquet`` (its columns: `predictor.lists.alert_state.first_state`), also for prospects
that are absent from a list for a while.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
    read_state,
    slip_days,
    unseen,
    without_the_model,
)
from predictor.lists.alert_words import Occasion, with_steps, word_alerts
from predictor.lists.band_moves import band_moves

if TYPE_CHECKING:
    from datetime import datetime

    from predictor.lists.bands import Language
    from predictor.lists.previous import Previous

Kind = Literal["strong_signal", "became_hot", "fell", "gone_silent", "close_slipped"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The most important first."""
BY_MODEL: tuple[Kind, ...] = ("became_hot", "fell", "close_slipped")
"""Those that another model alone may bring about."""


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
    by_former : DataFrame, optional
        Where another model scored the previous run: prospect_id, band, conversion_probability and
        days_to_close_median as that model would give them now, of all in the list.
    """

    strong: pd.DataFrame
    usual_gap_days: pd.Series
    by_former: pd.DataFrame | None = None


@dataclass(frozen=True, eq=False)
class Alerts:
    """What is told, and what is kept so that it is told once.

    Attributes
    ----------
    frame : DataFrame
        `predictor.lists.alert_words.ALERT_COLUMNS`, the most important first.
    state : DataFrame
        For the next run.
    not_told : dict of str to int
        Where the model changed: per kind of `BY_MODEL`, how many prospects it alone moved, of whom
        nothing is told.
    """

    frame: pd.DataFrame
    state: pd.DataFrame
    not_told: dict[str, int] = field(default_factory=dict)


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
    if previous is None:
        nothing = empty_state()
        past = nothing.reindex(seen.index)
        frame = word_alerts(seen, past, {}, strong, Occasion(as_of, as_of, language))
        return Alerts(frame, next_state(seen, past, nothing, strong, as_of, rule))
    before = _state_of(previous, watched, rule)
    fresh = unseen(strong, before)
    former = _by_former(seen, watched, as_of, rule)
    past = before.reindex(seen.index)
    anchored = without_the_model(seen, past, former)
    moves = band_moves(seen, past, former, previous.as_of)
    found: dict[str, pd.Series] = {
        "strong_signal": _is_among(seen, fresh),
        **moves.told,
        "gone_silent": seen["silent"] & _valued(past) & _differs(seen, past),
        "close_slipped": _slipped(seen, anchored, rule),
    }
    by_model = {**moves.by_model, "close_slipped": _slipped(seen, past, rule)}
    told: dict[str, pd.Series] = {kind: found[kind] for kind in KINDS if kind in rule.kinds}
    occasion = Occasion(previous.as_of, as_of, language)
    return Alerts(
        word_alerts(*with_steps(seen, anchored, moves, occasion), told, fresh, occasion),
        next_state(seen, anchored, before, strong, as_of, rule, moves.own),
        {kind: int((by_model[kind] & ~found[kind]).sum()) for kind in BY_MODEL if kind in told}
        if former is not None
        else {},
    )


def _state_of(previous: Previous, watched: Watched, rule: AlertRule) -> pd.DataFrame:
    state = previous.companion(STATE_FILE)
    return read_state(first_state(previous, watched, rule) if state is None else state)


def _by_former(
    seen: pd.DataFrame, watched: Watched, as_of: datetime, rule: AlertRule
) -> pd.DataFrame | None:
    """Return the list as the former model would make it, in the order of the new one."""
    if watched.by_former is None:
        return None
    unknown = seen.reset_index()[["prospect_id", "last_interaction_at"]]
    return look(unknown.merge(watched.by_former, how="left"), watched, as_of, rule)


def _is_among(seen: pd.DataFrame, strong: pd.DataFrame) -> pd.Series:
    """Say who has a strong signal."""
    among = np.zeros(len(seen), dtype=bool)
    among[seen.index.get_indexer(pd.Index(strong["prospect_id"]))] = True
    return pd.Series(among, index=seen.index)


def _slipped(seen: pd.DataFrame, past: pd.DataFrame, rule: AlertRule) -> pd.Series:
    return (slip_days(seen, past) > rule.slipped_days) & _valued(past)


def _valued(past: pd.DataFrame) -> pd.Series:
    """Say who was hot or warm."""
    return past["band"].isin(["hot", "warm"])


def _differs(seen: pd.DataFrame, past: pd.DataFrame) -> pd.Series:
    """Say whose silence is not the one that was told."""
    return seen["last_interaction_at"] != past["silent_since"]
