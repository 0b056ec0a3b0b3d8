"""What an alert says, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from predictor.features.catalogue import Text
from predictor.features.wording import as_clause, days_ago, every_days, time_span
from predictor.lists.bands import BAND_NAMES
from predictor.lists.changes import LEAST_CHANGE, SILENT
from predictor.lists.days import say_day

if TYPE_CHECKING:
    from datetime import datetime

    from predictor.lists.bands import Language

_DAY = timedelta(days=1)
LABELS = {
    "strong_signal": Text("Strong signal", "Signal fort"),
    "became_hot": Text("Became hot", "Devenu chaud"),
    "fell": Text("Fell", "En baisse"),
    "gone_silent": Text("Gone silent", "Devenu silencieux"),
    "close_slipped": Text("Close date slipped", "Conclusion repoussée"),
}
ALERT_COLUMNS = (
    "prospect_id",
    "account_id",
    "owner",
    "kind",
    "alert",
    "reason",
    "since",
    "previous_value",
    "current_value",
    "rank",
    "band",
    "conversion_probability",
    "as_of",
)
"""Columns of ``alerts.csv`` in their order."""

_OVERTAKEN = Text(
    "Its place is lower since {day}: others rose",
    "Sa place est plus basse depuis le {day} : d'autres ont progressé",
)
_USUAL = Text("{silent}; {gap} is usual", "{silent} ; d'habitude {gap}")
_SLIPPED = Text(
    "If it closes: {span} later than foreseen on {day}",
    "S'il est conclu : {span} plus tard que prévu le {day}",
)
_TIMES = Text("{text} ({count} times)", "{text} ({count} fois)")

Row = Mapping[str, Any]
"""One prospect: its columns of the list, and those of its earlier state as ``then_...``."""


@dataclass(frozen=True)
class Occasion:
    """When, and in which language, is told.

    Attributes
    ----------
    previous_as_of : datetime
        The instant of the previous run.
    as_of : datetime
        The instant of the list.
    language : {"en", "fr"}
        Of the texts.
    """

    previous_as_of: datetime
    as_of: datetime
    language: Language

    def day(self, instant: datetime) -> str:
        """Write a day as people do."""
        return say_day(instant, self.as_of, self.language)


def word_alerts(
    seen: pd.DataFrame,
    past: pd.DataFrame,
    told: Mapping[str, pd.Series],
    strong: pd.DataFrame,
    occasion: Occasion,
) -> pd.DataFrame:
    """Put alerts into words.

    Parameters
    ----------
    seen : DataFrame of shape (n, ...)
        The list by prospect_id, as `predictor.lists.alerts` looks at it.
    past : DataFrame of shape (n, ...)
        What was known of the same prospects before.
    told : mapping of str to Series of bool, shape (n,)
        Per kind, the most important first: of whom it is told.
    strong : DataFrame
        The strong signals that are told.
    occasion : Occasion
        When, and in which language.

    Returns
    -------
    DataFrame
        `ALERT_COLUMNS`; by kind, then by rank. A strong signal of one type is one row, however
        often it came.
    """
    every = seen.join(past.add_prefix("then_")).reset_index().sort_values("rank", kind="stable")
    rows: list[dict[str, Any]] = []
    for kind, chosen in told.items():
        mine = every[every["prospect_id"].isin(seen.index[chosen])]
        if kind == "strong_signal":
            mine = mine.merge(_by_type(strong), on="prospect_id", how="left")
        label = LABELS[kind][occasion.language]
        records: list[dict[Any, Any]] = mine.to_dict("records")
        rows += [
            {**row, "kind": kind, "alert": label, **_SAY[kind](row, occasion)} for row in records
        ]
    frame = pd.DataFrame(rows, columns=list(ALERT_COLUMNS))
    texts = ("prospect_id", "account_id", "owner", "kind", "alert", "reason", "band")
    types = dict.fromkeys((*texts, "previous_value", "current_value"), "str")
    numbers = {"rank": "int64", "conversion_probability": "float64"}
    instants = dict.fromkeys(("since", "as_of"), "datetime64[us]")
    return frame.astype({**types, **numbers, **instants})


def _by_type(strong: pd.DataFrame) -> pd.DataFrame:
    """Return one row per prospect and type: the latest, what people call it, and how many."""
    latest = strong.sort_values("occurred_at").groupby(["prospect_id", "type"], as_index=False)
    found = latest.agg(
        did=("did", "last"), occurred_at=("occurred_at", "last"), count=("key", "size")
    )
    return found.sort_values("occurred_at", ascending=False, kind="stable")


def _strong(row: Row, occasion: Occasion) -> dict[str, Any]:
    days = (occasion.as_of - row["occurred_at"]) / _DAY
    ago = days_ago(days)[occasion.language]
    text = f"{row['did']} {ago}"
    if row["count"] > 1:
        text = _TIMES[occasion.language].format(text=text, count=row["count"])
    return _told(text, row["occurred_at"], "", str(row["count"]))


def _hot(row: Row, occasion: Occasion) -> dict[str, Any]:
    reason = row["change_reason"]
    if pd.isna(row["previous_probability"]) and row["reason_1"]:
        semicolon = " ; " if occasion.language == "fr" else "; "
        reason = f"{reason}{semicolon}{as_clause(row['reason_1'])}"
    return _told(reason, occasion.previous_as_of, _band_before(row, occasion), row["band"])


def _fell(row: Row, occasion: Occasion) -> dict[str, Any]:
    reason = row["change_reason"]
    if row["conversion_probability"] - row["previous_probability"] > -LEAST_CHANGE:
        day = occasion.day(occasion.previous_as_of)
        reason = _OVERTAKEN[occasion.language].format(day=day)
    return _told(reason, occasion.previous_as_of, _band_before(row, occasion), row["band"])


def _silent(row: Row, occasion: Occasion) -> dict[str, Any]:
    span = time_span(row["silence_days"])[occasion.language]
    text, usual = SILENT[occasion.language].format(span=span), ""
    if not pd.isna(row["usual_gap_days"]):
        usual = every_days(row["usual_gap_days"])[occasion.language]
        text = _USUAL[occasion.language].format(silent=text, gap=usual)
    return _told(text, row["last_interaction_at"], usual, span)


def _slipped(row: Row, occasion: Occasion) -> dict[str, Any]:
    then, now, since = row["then_close_at"], row["close_at"], row["then_close_since"]
    span = time_span((now - then) / _DAY)[occasion.language]
    text = _SLIPPED[occasion.language].format(span=span, day=occasion.day(since))
    return _told(text, since, f"{then:%Y-%m-%d}", f"{now:%Y-%m-%d}")


_SAY = {
    "strong_signal": _strong,
    "became_hot": _hot,
    "fell": _fell,
    "gone_silent": _silent,
    "close_slipped": _slipped,
}


def _told(reason: str, since: datetime, previous: str, current: str) -> dict[str, Any]:
    return {
        "reason": reason, "since": since, "previous_value": previous, "current_value": current,
    }  # fmt: skip


def _band_before(row: Row, occasion: Occasion) -> str:
    names = dict(zip(BAND_NAMES["en"], BAND_NAMES[occasion.language], strict=True))
    return names.get(row["then_band"], "")
