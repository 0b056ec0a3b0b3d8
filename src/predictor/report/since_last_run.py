"""What happened since the previous run: alerts, and where each prospect stood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predictor.lists.alert_words import LABELS, say_not_told
from predictor.lists.bands import BAND_NAMES
from predictor.lists.reading import read_texts

if TYPE_CHECKING:
    from predictor.lists.run import ScoringRun
    from predictor.report.texts import Texts

ALERTS_FILE = "alerts.csv"
#: Of these alerts the values before and now are shown; those of others stand in their sentences.
_SHOWN_VALUES = ("close_slipped",)


def since_last_run(run: ScoringRun, ranked: pd.DataFrame, texts: Texts) -> dict[str, Any] | None:
    """Gather what happened since the previous run; None where there was none.

    Parameters
    ----------
    run : ScoringRun
        The run.
    ranked : DataFrame
        The prospects on the page, the best of its list.
    texts : Texts
        Takes the sentences.

    Returns
    -------
    dict or None
        day (of the previous run, or null), kinds (name, en, fr, of each kind that occurs), alerts
        (place of the prospect, of the kind, of the sentence, of the values before and now),
        beyond: the number of alerts on prospects that are not on the page, and by_model_alone
        (en, fr, or null): how many moves are another model's alone, which no alert tells.
    """
    if "change_reason" not in ranked or not ranked["change_reason"].fillna("").ne("").any():
        return None
    alerts = read_texts(run.folder / ALERTS_FILE, run.manifest)
    if alerts is None or alerts.empty:
        nothing = {"kinds": [], "alerts": [], "beyond": 0}
        return {"day": _previous_day(run), **nothing, "by_model_alone": _by_model_alone(run)}
    # Text in a CSV file may have an apostrophe before it; the place in the list has not.
    place = pd.Series(np.arange(len(ranked)), index=ranked["rank"].astype("int64"))
    row = place.reindex(alerts["rank"].astype("int64")).to_numpy()
    known = alerts[~np.isnan(row)]
    kinds = list(dict.fromkeys(alerts["kind"]))
    shown = known["kind"].isin(_SHOWN_VALUES)
    columns = (
        row[~np.isnan(row)].astype(np.int64).tolist(),
        [kinds.index(kind) for kind in known["kind"]],
        texts.codes(known["reason"]),
        texts.codes(known["previous_value"].where(shown, "")),
        texts.codes(known["current_value"].where(shown, "")),
    )
    return {
        "day": _previous_day(run),
        "kinds": [{"name": kind, **_label(kind)} for kind in kinds],
        "alerts": [list(alert) for alert in zip(*columns, strict=True)],
        "beyond": len(alerts) - len(known),
        "by_model_alone": _by_model_alone(run),
    }


def movement(ranked: pd.DataFrame, scale: int) -> dict[str, list[int | None]]:
    """Give where each prospect stood in the previous list, as columns of the page's rows.

    Parameters
    ----------
    ranked : DataFrame
        The prospects on the page.
    scale : int
        The change of the probability is given in whole numbers of 1 / `scale`.

    Returns
    -------
    dict
        change, rank_before and band_before (0 for hot, 1 for warm, 2 for cold), with null where
        the prospect was not in the previous list; empty where no prospect was.
    """
    if "previous_probability" not in ranked or not ranked["previous_probability"].notna().any():
        return {}
    before = ranked["previous_probability"].astype("float64")
    change = ranked["conversion_probability"] - before
    found = {"change": [None if np.isnan(value) else round(scale * value) for value in change]}
    if "previous_rank" in ranked:
        ranks = ranked["previous_rank"]
        found["rank_before"] = [None if pd.isna(rank) else int(rank) for rank in ranks]
    if "previous_band" in ranked:
        found["band_before"] = [band_place(band) for band in ranked["previous_band"]]
    return found


def band_place(band: object) -> int | None:
    """Give the place of a band of either language; None for another word.

    Examples
    --------
    >>> band_place("hot"), band_place("froid"), band_place("")
    (0, 2, None)
    """
    for names in BAND_NAMES.values():
        if band in names:
            return names.index(str(band))
    return None


def _label(kind: str) -> dict[str, str]:
    label = LABELS.get(kind)
    return {"en": kind, "fr": kind} if label is None else {"en": label.en, "fr": label.fr}


def _by_model_alone(run: ScoringRun) -> dict[str, str] | None:
    said = say_not_told(run.manifest.get("moved_by_model_alone", {}))
    return None if said is None else {"en": said.en, "fr": said.fr}


def _previous_day(run: ScoringRun) -> str | None:
    changes = run.changes
    if changes is None or changes.empty or "previous_as_of" not in changes:
        return None
    return f"{changes['previous_as_of'].iloc[0]:%Y-%m-%dT%H:%M:%S}"
