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
(see `first_state` for its columns), also for prospects that are absent from a list for a while.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from predictor.lists.alert_words import Occasion, word_alerts
from predictor.lists.bands import BAND_NAMES

if TYPE_CHECKING:
    from datetime import datetime

    from predictor.lists.bands import Language
    from predictor.lists.previous import Previous

Kind = Literal["strong_signal", "became_hot", "fell", "gone_silent", "close_slipped"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""The most important first."""

STATE_FILE = "alert_state.parquet"
#: Strong signals that the CRM recorded so long after they happened are still told.
STRONG_DAYS = 30
#: What was told of a prospect is forgotten when no list has had it for so long.
KEPT_DAYS = 90
#: Whole, so that a key is the same in every run.
_INSTANT = "%Y-%m-%dT%H:%M:%S.%f"
_HEIGHT = {"cold": 0.0, "warm": 1.0, "hot": 2.0}
_BAND_KEY = {
    name: key
    for names in BAND_NAMES.values()
    for key, name in zip(BAND_NAMES["en"], names, strict=True)
}


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
    seen = _look(listed, watched, as_of, rule)
    # What is older was told, or was too old to be told, in the run before, which forgot it.
    earliest = (as_of if previous is None else previous.as_of) - timedelta(days=STRONG_DAYS)
    strong = _keyed(watched.strong[watched.strong["occurred_at"] >= earliest])
    strong = strong[strong["prospect_id"].isin(seen.index)]
    state = None if previous is None else previous.companion(STATE_FILE)
    if state is None and previous is not None:
        state = first_state(previous, watched, rule)
    before = _empty_state() if state is None else state.set_index("prospect_id")
    past = before.reindex(seen.index)
    fresh = _unseen(strong, before)
    if previous is None:
        frame = word_alerts(seen, past, {}, fresh, Occasion(as_of, as_of, language))
        return Alerts(frame, _next_state(seen, past, before, strong, as_of, rule))
    found: dict[str, pd.Series] = {
        "strong_signal": pd.Series(seen.index.isin(fresh["prospect_id"]), index=seen.index),
        **_band_alerts(seen, past),
        "gone_silent": seen["silent"] & _valued(past) & _differs(seen, past),
        "close_slipped": (_slip_days(seen, past) > rule.slipped_days) & _valued(past),
    }
    told: dict[str, pd.Series] = {kind: found[kind] for kind in KINDS if kind in rule.kinds}
    occasion = Occasion(previous.as_of, as_of, language)
    frame = word_alerts(seen, past, told, fresh, occasion)
    return Alerts(frame, _next_state(seen, past, before, strong, as_of, rule))


def first_state(previous: Previous, watched: Watched, rule: AlertRule) -> pd.DataFrame:
    """Take what was told from a run that kept no state: what it could have told, it has.

    Returns
    -------
    DataFrame
        prospect_id; seen_at, the instant of the last list that had it; band ('hot', 'warm',
        'cold' or empty); silent_since, the last interaction of the silence that was told;
        close_at, the closing date that was told, and close_since, when; strong, the keys of the
        strong signals that were told.
    """
    table = previous.table.rename(columns={"rank": "place"})
    seen = _look(table, watched, previous.as_of, rule)
    known = watched.strong[watched.strong["known_at"] < previous.as_of]
    nothing = _empty_state()
    past = nothing.reindex(seen.index)
    return _next_state(seen, past, nothing, _keyed(known), previous.as_of, rule)


def _look(listed: pd.DataFrame, watched: Watched, as_of: datetime, rule: AlertRule) -> pd.DataFrame:
    """Return the list by prospect_id, with its bands' keys, closing dates and silences."""
    seen = listed.set_index("prospect_id")
    gap_days = watched.usual_gap_days.reindex(seen.index).astype("float64")
    limit_days = (rule.silent_times_usual * gap_days).clip(lower=rule.silent_days)
    silence_days = (pd.Timestamp(as_of) - seen["last_interaction_at"]).dt.total_seconds() / 86_400
    ahead = pd.to_timedelta(seen["days_to_close_median"].astype("float64"), unit="D")
    return seen.assign(
        band_key=seen["band"].map(_BAND_KEY).fillna("").astype("str"),
        usual_gap_days=gap_days,
        silence_days=silence_days,
        silent=silence_days >= limit_days.fillna(rule.silent_days),
        close_at=(pd.Timestamp(as_of) + ahead).astype("datetime64[us]"),
    )


def _band_alerts(seen: pd.DataFrame, past: pd.DataFrame) -> dict[str, pd.Series]:
    now, then = seen["band_key"].map(_HEIGHT), past["band"].map(_HEIGHT)
    return {"became_hot": (now == 2) & (then != 2), "fell": now < then}


def _valued(past: pd.DataFrame) -> pd.Series:
    """Say who was hot or warm."""
    return past["band"].isin(["hot", "warm"])


def _differs(seen: pd.DataFrame, past: pd.DataFrame) -> pd.Series:
    """Say whose silence is not the one that was told."""
    return seen["last_interaction_at"] != past["silent_since"]


def _slip_days(seen: pd.DataFrame, past: pd.DataFrame) -> pd.Series:
    slip: pd.Series = (seen["close_at"] - past["close_at"]).dt.total_seconds() / 86_400
    return slip


def _keyed(strong: pd.DataFrame) -> pd.DataFrame:
    instants = strong["occurred_at"].dt.strftime(_INSTANT)
    return strong.assign(key=strong["type"].astype("str") + "|" + instants)


def _unseen(strong: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    told = before["strong"].explode().dropna()
    old = pd.MultiIndex.from_arrays([told.index, told])
    return strong[~pd.MultiIndex.from_frame(strong[["prospect_id", "key"]]).isin(old)]


def _next_state(
    seen: pd.DataFrame,
    past: pd.DataFrame,
    before: pd.DataFrame,
    strong: pd.DataFrame,
    as_of: datetime,
    rule: AlertRule,
) -> pd.DataFrame:
    """Keep what is known of the listed; and of the absent, what was."""
    anchor = past["close_at"]
    moved = (
        anchor.isna() | (seen["close_at"] < anchor) | (_slip_days(seen, past) > rule.slipped_days)
    )
    moved &= seen["close_at"].notna()
    state = pd.DataFrame(
        {
            "seen_at": pd.Series(np.datetime64(as_of, "us"), index=seen.index),
            "band": seen["band_key"].where(seen["band_key"] != "", past["band"].fillna("")),
            "silent_since": past["silent_since"].where(
                ~seen["silent"], seen["last_interaction_at"]
            ),
            "close_at": anchor.where(~moved, seen["close_at"]),
            "close_since": past["close_since"].where(~moved, np.datetime64(as_of, "us")),
        }
    )
    state["strong"] = _strong_keys(strong, past["strong"], as_of)
    absent = before[~before.index.isin(seen.index)]
    absent = absent[absent["seen_at"] >= as_of - timedelta(days=KEPT_DAYS)]
    kept = state if absent.empty else pd.concat([state, absent])
    return kept.rename_axis("prospect_id").reset_index()


def _strong_keys(strong: pd.DataFrame, told: pd.Series, as_of: datetime) -> pd.Series:
    """Return per prospect the keys that can come again: those of the last `STRONG_DAYS`."""
    earliest = (as_of - timedelta(days=STRONG_DAYS)).strftime(_INSTANT)
    old = told.explode().dropna()
    fresh = strong.set_index("prospect_id")["key"]
    every = pd.concat([old, fresh]).astype("str")
    every = every[every.str.rpartition("|")[2] >= earliest] if len(every) else every
    keys = {name: sorted(set(part)) for name, part in every.groupby(level=0)}
    return pd.Series([keys.get(name, []) for name in told.index], told.index, dtype="object")


def _empty_state() -> pd.DataFrame:
    instants = ("seen_at", "silent_since", "close_at", "close_since")
    columns = {name: pd.Series(dtype="datetime64[us]") for name in instants}
    texts = {"band": pd.Series(dtype="str"), "strong": pd.Series(dtype="object")}
    frame = pd.DataFrame({**columns, **texts}, index=pd.Index([], dtype="str"))
    return frame.rename_axis("prospect_id")
