"""What an alert says, in English and French."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.features.catalogue import Text
from predictor.features.wording import as_clause, day_share, days_ago, every_days, number, time_span
from predictor.lists.bands import BAND_NAMES
from predictor.lists.changes import LEAST_CHANGE, SILENT, change_sentence
from predictor.lists.days import say_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from predictor.lists.band_moves import BandMoves
    from predictor.lists.bands import Language

_DAY_SECONDS = 86_400
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
_NOT_TOLD = Text(
    "With the new model alone, without a movement of their own: {moved}. No alert tells of them.",
    "Avec le nouveau modèle seul, sans mouvement de leur part : {moved}. Aucune alerte n'en parle.",
)
_SEMICOLON = Text("; ", " ; ")
_TIMES = Text("{text} ({count} times)", "{text} ({count} fois)")

_DATE = "%Y-%m-%d"

Values = pd.Series | list[str] | str | datetime
Said = dict[str, Values]
"""reason, since, previous_value and current_value of some alerts, a value each or one for all."""


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
        The list by prospect_id, from `predictor.lists.alert_state.look` and `with_steps`.
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
        `ALERT_COLUMNS`; by kind, then by rank. The strong signals of a prospect are one row, the
        latest first; those of one type are told once, with how often it came.
    """
    by_rank = np.argsort(seen["rank"].to_numpy(), kind="stable")
    parts = []
    for kind, chosen in told.items():
        places = by_rank[chosen.to_numpy(dtype=bool)[by_rank]]
        mine = seen.iloc[places].join(past.iloc[places].add_prefix("then_")).reset_index()
        if kind == "strong_signal":
            mine = mine.merge(_together(strong, occasion), on="prospect_id", how="left")
        label = LABELS[kind][occasion.language]
        said = mine.assign(kind=kind, alert=label, **_SAY[kind](mine, occasion))
        parts.append(said[list(ALERT_COLUMNS)])
    return _typed(pd.concat(parts, ignore_index=True) if parts else pd.DataFrame())


def say_not_told(not_told: Mapping[str, int]) -> Text | None:
    """Say how many prospects another model alone moved; None where it moved none.

    Examples
    --------
    >>> say_not_told({"became_hot": 0, "fell": 3}).en
    'With the new model alone, without a movement of their own: fell 3. No alert tells of them.'
    """
    moved = [(LABELS[kind], number(count)) for kind, count in not_told.items() if count]
    if not moved:
        return None
    en = ", ".join(f"{as_clause(label.en)} {count.en}" for label, count in moved)
    fr = ", ".join(f"{as_clause(label.fr)} {count.fr}" for label, count in moved)
    return Text(_NOT_TOLD.en.format(moved=en), _NOT_TOLD.fr.format(moved=fr))


def with_steps(
    seen: pd.DataFrame, past: pd.DataFrame, moves: BandMoves, occasion: Occasion
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Let prospects whose step is told late be compared with the instant at which it was made.

    Parameters
    ----------
    seen, past : DataFrame of shape (n, ...)
        As of `word_alerts`.
    moves : BandMoves
        Their steps.
    occasion : Occasion
        When, and in which language.
    """
    start, since = moves.start["probability"], moves.start["compared_at"]
    late = moves.late & (since < occasion.previous_as_of)
    said = [
        change_sentence(change, "", occasion.day(day), occasion.language)
        for change, day in zip(
            (seen["conversion_probability"] - start)[late], since[late], strict=True
        )
    ]
    reasons = seen["change_reason"].astype("object")
    reasons[late] = said
    seen = seen.assign(
        change_reason=reasons.astype("str"),
        previous_probability=seen["previous_probability"].mask(moves.late, start),
        compared_at=since.where(moves.late, np.datetime64(occasion.previous_as_of, "us")),
    )
    return seen, past.assign(band=past["band"].mask(moves.late, past["own_band"]))


def _typed(alerts: pd.DataFrame) -> pd.DataFrame:
    texts = ("prospect_id", "account_id", "owner", "kind", "alert", "reason", "band")
    types = dict.fromkeys((*texts, "previous_value", "current_value"), "str")
    numbers = {"rank": "int64", "conversion_probability": "float64"}
    instants = dict.fromkeys(("since", "as_of"), "datetime64[us]")
    return alerts.reindex(columns=list(ALERT_COLUMNS)).astype({**types, **numbers, **instants})


def _by_type(strong: pd.DataFrame) -> pd.DataFrame:
    """Return one row per prospect and type: the latest, what people call it, and how many."""
    latest = strong.sort_values("occurred_at").groupby(["prospect_id", "type"], as_index=False)
    found = latest.agg(
        did=("did", "last"), occurred_at=("occurred_at", "last"), count=("key", "size")
    )
    return found.sort_values("occurred_at", ascending=False, kind="stable")


def _together(strong: pd.DataFrame, occasion: Occasion) -> pd.DataFrame:
    """Say the strong signals of each prospect in one sentence: prospect_id, text, at, count."""
    found = _by_type(strong)
    days = (pd.Timestamp(occasion.as_of) - found["occurred_at"]).dt.total_seconds() / _DAY_SECONDS
    share, language = day_share(occasion.as_of), occasion.language
    texts = [
        _strong_text(did, days_ago(day, share), count, language)
        for did, day, count in zip(found["did"], days.tolist(), found["count"], strict=True)
    ]
    by_prospect = found.assign(text=texts).groupby("prospect_id", as_index=False)
    return by_prospect.agg(
        text=("text", lambda said: _joined(said.tolist(), language)),
        at=("occurred_at", "max"),
        count=("count", "sum"),
    )


def _strong(mine: pd.DataFrame, _: Occasion) -> Said:
    return _told(mine["text"], mine["at"], "", [str(count) for count in mine["count"]])


def _joined(texts: list[str], language: Language) -> str:
    """Join sentences as clauses of one."""
    return _SEMICOLON[language].join([texts[0], *map(as_clause, texts[1:])])


def _strong_text(did: str, ago: Text, count: int, language: Language) -> str:
    text = f"{did} {ago[language]}"
    return text if count == 1 else _TIMES[language].format(text=text, count=count)


def _hot(mine: pd.DataFrame, occasion: Occasion) -> Said:
    # What the change goes with is known of a change since the previous run alone.
    unknown = mine["previous_probability"].isna() | (mine["compared_at"] < occasion.previous_as_of)
    more = (unknown & (mine["reason_1"] != "")).tolist()
    reasons = [
        _joined([change, reason], occasion.language) if add else change
        for change, reason, add in zip(mine["change_reason"], mine["reason_1"], more, strict=True)
    ]
    return _told(reasons, mine["compared_at"], _band_before(mine, occasion), mine["band"])


def _fell(mine: pd.DataFrame, occasion: Occasion) -> Said:
    change = mine["conversion_probability"] - mine["previous_probability"]
    day = occasion.day(occasion.previous_as_of)
    overtaken = _OVERTAKEN[occasion.language].format(day=day)
    reasons = mine["change_reason"].mask(change > -LEAST_CHANGE, overtaken)
    return _told(reasons, mine["compared_at"], _band_before(mine, occasion), mine["band"])


def _silent(mine: pd.DataFrame, occasion: Occasion) -> Said:
    language, silent = occasion.language, SILENT[occasion.language]
    spans = [time_span(days)[language] for days in mine["silence_days"].tolist()]
    usual = [
        "" if math.isnan(gap) else every_days(gap)[language]
        for gap in mine["usual_gap_days"].tolist()
    ]
    texts = [
        _USUAL[language].format(silent=silent.format(span=span), gap=gap)
        if gap
        else silent.format(span=span)
        for span, gap in zip(spans, usual, strict=True)
    ]
    return _told(texts, mine["last_interaction_at"], usual, spans)


def _slipped(mine: pd.DataFrame, occasion: Occasion) -> Said:
    then, now, since = mine["then_close_at"], mine["close_at"], mine["then_close_since"]
    language, days = occasion.language, (now - then).dt.total_seconds() / _DAY_SECONDS
    said = {day: occasion.day(day) for day in since.unique()}
    texts = [
        _SLIPPED[language].format(span=time_span(later)[language], day=said[day])
        for later, day in zip(days.tolist(), since, strict=True)
    ]
    return _told(texts, since, then.dt.strftime(_DATE), now.dt.strftime(_DATE))


_SAY: dict[str, Callable[[pd.DataFrame, Occasion], Said]] = {
    "strong_signal": _strong,
    "became_hot": _hot,
    "fell": _fell,
    "gone_silent": _silent,
    "close_slipped": _slipped,
}


def _told(reason: Values, since: Values, previous: Values, current: Values) -> Said:
    return {
        "reason": reason, "since": since, "previous_value": previous, "current_value": current,
    }  # fmt: skip


def _band_before(mine: pd.DataFrame, occasion: Occasion) -> pd.Series:
    names = dict(zip(BAND_NAMES["en"], BAND_NAMES[occasion.language], strict=True))
    return mine["then_band"].map(names).fillna("")
