"""What changed since the previous run: columns of the list, and the table of its changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.explanation.changes import PORTFOLIO
from predictor.explanation.reasons import points
from predictor.features.catalogue import Text, slug
from predictor.features.wording import as_clause, day_share, days_ago, time_span
from predictor.lists.bands import BAND_NAMES
from predictor.lists.comparison import top_signals
from predictor.lists.days import say_day

if TYPE_CHECKING:
    from datetime import datetime

    from predictor.explanation.changes import ChangeSplit
    from predictor.lists.bands import Language
    from predictor.lists.previous import Previous

#: A smaller change (in probability) is told as none.
LEAST_CHANGE = 0.005

PART_COLUMNS = tuple(f"by_{part}" for part in ("time", "prospect", "model", "data"))
PREVIOUS_COLUMNS = ("previous_rank", "previous_band", "previous_probability", "change_reason")
"""Columns of the list that look back; missing or empty where nothing came before."""

#: Stand in place of a sentence where another model, or a rewritten past, moved the score most.
MODEL_DRIVER, DATA_DRIVER = "(model)", "(data)"
_NO_FACTS = (MODEL_DRIVER, DATA_DRIVER)
#: The signal of all strong types together; see `predictor.features.families.sequence`.
_STRONG = "strong"

_UP = Text("Up {points} since {day}", "Hausse de {points} depuis le {day}")
_DOWN = Text("Down {points} since {day}", "Baisse de {points} depuis le {day}")
_SAME = Text("Unchanged since {day}", "Inchangé depuis le {day}")
_ABSENT = Text("Not in the list of {day}", "Absent de la liste du {day}")
_MODEL = Text("another model scores", "un autre modèle calcule le score")
SILENT = Text("No interaction for {span}", "Aucune interaction depuis {span}")
_DATA = Text("the CRM tells its past differently", "le passé a été modifié dans le CRM")


def change_table(split: ChangeSplit, sentences: pd.DataFrame) -> pd.DataFrame:
    """Put a split into the columns of ``changes.parquet`` that come from it.

    Parameters
    ----------
    split : ChangeSplit
        Of n prospects.
    sentences : DataFrame
        prospect_id, signal and reason: what each signal says at the new instant.

    Returns
    -------
    DataFrame of shape (n, ...)
        By prospect_id: `PART_COLUMNS`; signal_1, signal_1_change to signal_3, signal_3_change,
        other_signals_change, portfolio_change, which sum to the change as the parts do; and
        `driver`, what moved most in the direction of the change: the sentence of a signal,
        `MODEL_DRIVER` or `DATA_DRIVER`.
    """
    parts = split.parts.rename(columns=lambda part: f"by_{part}")[list(PART_COLUMNS)]
    total = split.by_signal()
    top = top_signals(total.drop(columns=PORTFOLIO))
    portfolio = total[PORTFOLIO].rename("portfolio_change")
    return pd.concat([parts, top, portfolio, _drivers(split, sentences)], axis=1)


def unsplit_table(change: pd.Series) -> pd.DataFrame:
    """Give the same columns where a change could not be split: all of it is ``by_data``."""
    table = pd.DataFrame(dict.fromkeys(PART_COLUMNS, np.nan), index=change.index)
    table["by_data"] = change
    for place in (1, 2, 3):
        table[f"signal_{place}"] = pd.Series("", index=change.index, dtype="str")
        table[f"signal_{place}_change"] = np.nan
    table["other_signals_change"] = np.nan
    table["portfolio_change"] = np.nan
    return table.assign(driver=pd.Series("", index=change.index, dtype="str"))


def finished_changes(
    ranked: pd.DataFrame, changes: pd.DataFrame, previous_as_of: datetime
) -> pd.DataFrame:
    """Return ``changes.parquet``: one row per prospect of both lists, in the order of the new one.

    Parameters
    ----------
    ranked : DataFrame
        The new list with its `PREVIOUS_COLUMNS`.
    changes : DataFrame
        By prospect_id, as of `change_table` or `unsplit_table`.
    previous_as_of : datetime
        The instant of the previous run.
    """
    both = ranked[ranked["previous_probability"].notna()].reset_index(drop=True)
    split = changes.drop(columns="driver").reindex(both["prospect_id"]).reset_index(drop=True)
    about = pd.DataFrame(
        {
            "prospect_id": both["prospect_id"],
            "previous_as_of": np.datetime64(previous_as_of, "us"),
            "as_of": both["as_of"],
            "previous_probability": both["previous_probability"],
            "probability": both["conversion_probability"],
            "change": both["conversion_probability"] - both["previous_probability"],
        }
    )
    ends = both[["previous_rank", "rank", "previous_band", "band", "change_reason"]]
    return pd.concat([about, split, ends], axis=1)


def previous_columns(
    scored: pd.DataFrame,
    previous: Previous | None,
    changes: pd.DataFrame | None,
    strong: pd.DataFrame,
    as_of: datetime,
    language: Language,
) -> pd.DataFrame:
    """Say of each scored prospect where it stood in the previous run, and what changed.

    Parameters
    ----------
    scored : DataFrame of shape (n, ...)
        prospect_id and conversion_probability.
    previous : Previous, optional
        The previous run, if there is one.
    changes : DataFrame, optional
        By prospect_id, as of `change_table`; without it no reason is given.
    strong : DataFrame
        Strong signals known at the new instant: prospect_id, type, occurred_at, known_at, did.
    as_of : datetime
        The instant of the new scoring.
    language : {"en", "fr"}
        Of the bands' names and the sentences.

    Returns
    -------
    DataFrame of shape (n, 4)
        `PREVIOUS_COLUMNS`, with the index of `scored`.
    """
    if previous is None:
        nothing = pd.DataFrame(index=scored.index)
        return nothing.assign(
            previous_rank=pd.array([pd.NA] * len(scored), dtype="Int64"),
            previous_band=pd.Series("", index=scored.index, dtype="str"),
            previous_probability=np.nan,
            change_reason=pd.Series("", index=scored.index, dtype="str"),
        )
    ids = scored["prospect_id"]
    before = previous.table.set_index("prospect_id").reindex(ids).set_axis(scored.index)
    names = dict(zip(BAND_NAMES["en"], BAND_NAMES[language], strict=True))
    change = scored["conversion_probability"] - before["conversion_probability"]
    drivers = pd.Series("", index=ids)
    if changes is not None:
        plain = plainer_drivers(changes, scored, previous.as_of, as_of, language)
        fresh = strong[strong["known_at"] >= previous.as_of]
        drivers = stronger_drivers(changes, plain, fresh, as_of, language).reindex(ids)
    day = say_day(previous.as_of, as_of, language)
    told = [
        change_sentence(value, driver, day, language)
        for value, driver in zip(change, drivers.fillna(""), strict=True)
    ]
    return pd.DataFrame(
        {
            "previous_rank": before["rank"],
            "previous_band": before["band"].map(names).fillna("").astype("str"),
            "previous_probability": before["conversion_probability"],
            "change_reason": pd.Series(told, index=scored.index, dtype="str"),
        }
    )


def plainer_drivers(
    changes: pd.DataFrame,
    scored: pd.DataFrame,
    previous_as_of: datetime,
    as_of: datetime,
    language: Language,
) -> pd.Series:
    """Say 'no interaction for so long' of those who fell while time passed and nothing happened.

    Whichever signal moved most, its sentence would tell what the prospect once did, as if that
    went with the fall.
    """
    change = changes[list(PART_COLUMNS)].sum(axis=1, min_count=1)
    most = changes[list(PART_COLUMNS)].idxmin(axis=1, skipna=True).where(change < 0)
    last = scored.set_index("prospect_id")["last_interaction_at"].reindex(changes.index)
    idle = (most == "by_time") & (last < previous_as_of)
    days = (pd.Timestamp(as_of) - last).dt.total_seconds() / 86_400
    silent = [SILENT[language].format(span=time_span(day)[language]) for day in days[idle]]
    told = changes["driver"].copy()
    told[idle] = silent
    return told


def stronger_drivers(
    changes: pd.DataFrame, drivers: pd.Series, strong: pd.DataFrame, as_of: datetime, language: str
) -> pd.Series:
    """Name the latest strong signal of those who rose, where it is among what moved most.

    "Asked for a quote 2 days ago" can be said aloud; "active on 4 days in the last 7" cannot.

    Parameters
    ----------
    changes : DataFrame
        As of `change_table`.
    drivers : Series
        What is told without; by prospect_id.
    strong : DataFrame
        Strong signals learnt since the previous run.
    as_of : datetime
        The instant of the new scoring.
    language : {"en", "fr"}
        Of the sentences.
    """
    rose = changes[(changes[list(PART_COLUMNS)].sum(axis=1) > 0) & ~drivers.isin(_NO_FACTS)]
    latest = strong[strong["prospect_id"].isin(rose.index)].sort_values("occurred_at")
    told = drivers.copy()
    for fact in latest.to_dict("records"):  # the latest overwrites the others
        row = rose.loc[fact["prospect_id"]]
        names = {slug(fact["type"]), _STRONG}
        moved = (row[f"signal_{place}"] in names and row[f"signal_{place}_change"] > 0
                 for place in (1, 2, 3))  # fmt: skip
        if any(moved):
            days = (as_of - fact["occurred_at"]) / timedelta(days=1)
            told[fact["prospect_id"]] = (
                f"{fact['did']} {days_ago(days, day_share(as_of))[language]}"
            )
    return told


def change_sentence(change: float, driver: str, day: str, language: Language) -> str:
    """Say in one sentence how a probability changed since a day, and what goes with it.

    Parameters
    ----------
    change : float
        In probability; NaN where the prospect was not in the previous list.
    driver : str
        A sentence, `MODEL_DRIVER`, `DATA_DRIVER`, or empty.
    day : str
        The day of the previous run, in words.
    language : {"en", "fr"}
        Of the sentence.

    Examples
    --------
    >>> change_sentence(0.12, "Asked for a quote 2 days ago", "22 June", "en")
    'Up 12 points since 22 June: asked for a quote 2 days ago'
    >>> change_sentence(-0.02, "Visited the website 7 days ago", "22 June", "en")
    'Down 2 points since 22 June; now: visited the website 7 days ago'
    >>> change_sentence(-0.08, MODEL_DRIVER, "22 juin", "fr")
    'Baisse de 8 points depuis le 22 juin : un autre modèle calcule le score'
    """
    if np.isnan(change):
        return _ABSENT[language].format(day=day)
    if abs(change) < LEAST_CHANGE:
        return _SAME[language].format(day=day)
    weight = points(abs(change), language).removeprefix("+")
    moved = (_UP if change > 0 else _DOWN)[language].format(points=weight, day=day)
    if not driver:
        return moved
    other = {MODEL_DRIVER: _MODEL, DATA_DRIVER: _DATA}.get(driver)
    said = other[language] if other else as_clause(driver)
    silent = driver.startswith(SILENT[language].partition("{")[0])
    # A fall goes with what is no longer so: the fact alone would read as if it spoke against.
    if change < 0 and not other and not silent:
        return f"{moved} ; désormais : {said}" if language == "fr" else f"{moved}; now: {said}"
    return f"{moved}{' : ' if language == 'fr' else ': '}{said}"


def _drivers(split: ChangeSplit, sentences: pd.DataFrame) -> pd.Series:
    """Find per prospect what moved most in the direction of the change."""
    direction = np.sign(split.parts.sum(axis=1).to_numpy())
    facts = (split.signals["time"] + split.signals["prospect"]).drop(columns=PORTFOLIO)
    towards = facts.to_numpy() * direction[:, None]
    others = split.parts[["model", "data"]].to_numpy() * direction[:, None]
    names = [*facts.columns, MODEL_DRIVER, DATA_DRIVER]
    choice = np.argmax(np.hstack([towards, others]), axis=1)
    ids = split.parts.index
    n_signals = facts.shape[1]
    chosen = pd.DataFrame({"prospect_id": ids, "signal": np.array(names, dtype=object)[choice]})
    said = chosen.merge(sentences, on=["prospect_id", "signal"], how="left", validate="1:1")
    text = said["reason"].fillna("").where(choice < n_signals, chosen["signal"])
    return pd.Series(text.to_numpy(), index=ids, name="driver", dtype="str")
