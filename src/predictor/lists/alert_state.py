"""What alerts keep from run to run, so that each thing is told once."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.lists.bands import BAND_NAMES

if TYPE_CHECKING:
    from datetime import datetime

    from predictor.lists.alerts import AlertRule, Watched
    from predictor.lists.previous import Previous

STATE_FILE = "alert_state.parquet"
#: Strong signals that the CRM recorded so long after they happened are still told.
STRONG_DAYS = 30
#: What was told of a prospect is forgotten when no list has had it for so long.
KEPT_DAYS = 90
#: Whole, so that a key is the same in every run; it has `_INSTANT_LENGTH` characters.
_INSTANT = "%Y-%m-%dT%H:%M:%S.%f"
_INSTANT_LENGTH = 26
_BAND_KEY = {
    name: key
    for names in BAND_NAMES.values()
    for key, name in zip(BAND_NAMES["en"], names, strict=True)
}
#: What is looked at of a list, which has many more columns.
_LISTED = (
    "prospect_id", "account_id", "owner", "rank", "band", "conversion_probability", "as_of",
    "days_to_close_median", "last_interaction_at", "previous_probability", "change_reason",
    "reason_1",
)  # fmt: skip


def look(listed: pd.DataFrame, watched: Watched, as_of: datetime, rule: AlertRule) -> pd.DataFrame:
    """Return a list by prospect_id, with its bands' keys, closing dates and silences."""
    seen = listed[[name for name in _LISTED if name in listed]].set_index("prospect_id")
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


def first_state(previous: Previous, watched: Watched, rule: AlertRule) -> pd.DataFrame:
    """Take what was told from a run that kept no state: what it could have told, it has.

    Returns
    -------
    DataFrame
        prospect_id; seen_at, the instant of the last list that had it; band ('hot', 'warm',
        'cold' or empty); silent_since, the last interaction of the silence that was told;
        close_at, the closing date that was told, and close_since, when; strong, the keys of the
        strong signals that were told; own_band, own_probability and own_since, see
        `predictor.lists.band_moves.BandMoves`.
    """
    table = previous.table.rename(columns={"rank": "place"})
    seen = look(table, watched, previous.as_of, rule)
    known = watched.strong[watched.strong["known_at"] < previous.as_of]
    nothing = empty_state()
    past = nothing.reindex(seen.index)
    return next_state(seen, past, nothing, keyed(known), previous.as_of, rule)


def read_state(state: pd.DataFrame) -> pd.DataFrame:
    """Return the state of a run by prospect_id; what an older release did not keep is filled in."""
    before = state.set_index("prospect_id")
    if "own_band" in before:
        return before
    nothing = empty_state().reindex(before.index)
    waiting = nothing[["own_probability", "own_since"]]
    return before.assign(own_band=before["band"]).join(waiting)


def without_the_model(
    seen: pd.DataFrame, past: pd.DataFrame, former: pd.DataFrame | None
) -> pd.DataFrame:
    """Move the closing dates that were told by what another model alone moves today's by.

    What remains between them and today's are the prospects' own slips. Where the model's part is
    not known, nothing was told.

    Parameters
    ----------
    seen, former : DataFrame of shape (n, ...)
        From `look`: by the new model and, where there is another one, by the former one.
    past : DataFrame of shape (n, ...)
        The earlier state of the same prospects.
    """
    if former is None:
        return past
    moved = past["close_at"] + (seen["close_at"] - former["close_at"])
    return past.assign(close_at=moved.astype("datetime64[us]"))


def next_state(
    seen: pd.DataFrame,
    past: pd.DataFrame,
    before: pd.DataFrame,
    strong: pd.DataFrame,
    as_of: datetime,
    rule: AlertRule,
    own: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Keep what is known of the listed; and of the absent, what was.

    Parameters
    ----------
    seen : DataFrame of shape (n, ...)
        From `look`.
    past : DataFrame of shape (n, ...)
        The earlier state of the same prospects.
    before : DataFrame
        The earlier state of everyone, by prospect_id.
    strong : DataFrame
        From `keyed`, of the same prospects.
    as_of : datetime
        The instant of the list.
    rule : AlertRule
        When a closing date has slipped.
    own : DataFrame of shape (n, 3), optional
        Steps that wait, see `predictor.lists.band_moves.BandMoves`; by default none.
    """
    anchor = past["close_at"]
    moved = (
        anchor.isna() | (seen["close_at"] < anchor) | (slip_days(seen, past) > rule.slipped_days)
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
    if own is None:
        own = empty_state().reindex(seen.index).assign(own_band=state["band"])
    # Who has no band keeps the last one.
    own_band = own["own_band"].where(seen["band_key"] != "", past["own_band"].fillna(""))
    state = state.assign(
        own_band=own_band, own_probability=own["own_probability"], own_since=own["own_since"]
    )
    state["strong"] = _strong_keys(strong, past["strong"], as_of)
    absent = before[seen.index.get_indexer(before.index) < 0]
    absent = absent[absent["seen_at"] >= as_of - timedelta(days=KEPT_DAYS)]
    kept = state if absent.empty else pd.concat([state, absent])
    return kept.rename_axis("prospect_id").reset_index()


def slip_days(seen: pd.DataFrame, past: pd.DataFrame) -> pd.Series:
    """Return by how many days the closing dates are later than those that were told."""
    slip: pd.Series = (seen["close_at"] - past["close_at"]).dt.total_seconds() / 86_400
    return slip


def keyed(strong: pd.DataFrame) -> pd.DataFrame:
    """Give each strong signal a key: its type and instant."""
    instants = strong["occurred_at"].dt.strftime(_INSTANT)
    return strong.assign(key=strong["type"].astype("str") + "|" + instants)


def unseen(strong: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Return the strong signals whose keys the earlier state has not."""
    told = _one_per_key(before["strong"])
    old = pd.MultiIndex.from_arrays([told.index, told])
    return strong[~pd.MultiIndex.from_frame(strong[["prospect_id", "key"]]).isin(old)]


def _strong_keys(strong: pd.DataFrame, told: pd.Series, as_of: datetime) -> pd.Series:
    """Return per prospect the keys that can come again: those of the last `STRONG_DAYS`."""
    earliest = (as_of - timedelta(days=STRONG_DAYS)).strftime(_INSTANT)
    every = pd.concat([_one_per_key(told), strong.set_index("prospect_id")["key"]]).astype("str")
    every = every[every.str[-_INSTANT_LENGTH:] >= earliest]
    places = told.index.get_indexer(every.index)
    pairs = pd.DataFrame({"place": places, "key": every.to_numpy(dtype=object)})
    pairs = pairs[places >= 0].drop_duplicates().sort_values(["place", "key"])
    ends = np.cumsum(np.bincount(pairs["place"], minlength=len(told))).tolist()
    keys = pairs["key"].tolist()
    lists = [keys[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return pd.Series(lists, told.index, dtype="object")


def _one_per_key(told: pd.Series) -> pd.Series:
    """Give lists of keys one row per key, with the index of the list."""
    lists = told.dropna()
    counts = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    keys = list(chain.from_iterable(lists))
    return pd.Series(keys, index=lists.index.repeat(counts), dtype="object")


def empty_state() -> pd.DataFrame:
    """Return a state of nobody, by prospect_id."""
    types = {
        "seen_at": "datetime64[us]", "band": "str", "silent_since": "datetime64[us]",
        "close_at": "datetime64[us]", "close_since": "datetime64[us]", "own_band": "str",
        "own_probability": "float64", "own_since": "datetime64[us]", "strong": "object",
    }  # fmt: skip
    columns = {name: pd.Series(dtype=kind) for name, kind in types.items()}
    frame = pd.DataFrame(columns, index=pd.Index([], dtype="str"))
    return frame.rename_axis("prospect_id")
