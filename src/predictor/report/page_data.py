"""What the page of a run shows, as compact columns: texts once, probabilities as whole numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predictor.lists.bands import BAND_NAMES
from predictor.lists.reading import vouched
from predictor.report.since_last_run import band_place, movement, since_last_run
from predictor.report.texts import Texts
from predictor.report.words import words

if TYPE_CHECKING:
    from collections.abc import Hashable

    from predictor.lists.run import ScoringRun

#: Prospects on a page, the best first.
MOST_PROSPECTS = 10_000
#: Signals of a prospect, by weight; the others are summed.
MOST_SIGNALS = 12
MOST_OVERALL = 15
#: Probabilities are stored as ten-thousandths.
SCALE = 10_000
TENTHS = 10

#: What a change since the last run is made of, in the order of ``prospect.js``.
_PARTS = ("by_prospect", "by_time", "by_model", "by_data")
#: Columns of the list that hold texts; those after the first three are on the page where they are.
_REASONS = ("reason_1", "reason_2", "reason_3")
_OPTIONAL_TEXTS = ("territory", "follow_up", "ask_next", "sooner_or_later", "change_reason")


def page_data(run: ScoringRun) -> dict[str, Any]:
    """Gather what the page of a run shows.

    Parameters
    ----------
    run : ScoringRun
        Companions that it does not have are left out.

    Returns
    -------
    dict
        As JSON can hold it: run (facts), words (en, fr), texts, signals, rows (columns of the
        list), signals_of (per prospect: place of the signal, ten-thousandths, place of the
        sentence, and so on), overall, and where the run has them curves, history, next_steps,
        changes, since (the previous run) and model.

    Raises
    ------
    RunFileError
        If a file of the run was cut short or changed.
    """
    ranked = run.ranked.head(MOST_PROSPECTS)
    texts, model = Texts(), _model(run)
    names = sorted(run.explanations["signal"].unique().tolist())
    labels = (model or {}).get("signals", {})
    parts = {
        "run": _facts(run),
        "words": {language: words(language) for language in BAND_NAMES},
        "signals": [labels.get(name, {"en": name, "fr": name}) for name in names],
        "rows": _rows(ranked, texts),
        "signals_of": _signals_of(run.explanations, ranked, names, texts),
        "overall": _overall(run.explanations, names),
        **_history(run.table("history.parquet"), ranked, texts),
        "curves": _curves(run.table("curves.parquet"), ranked),
        "next_steps": _next_steps(run.table("next_steps.parquet"), ranked, texts),
        "changes": _changes(run.table("changes.parquet"), ranked),
        "since": since_last_run(run, ranked, texts),
        "model": model,
    }
    return {**parts, "texts": texts.known}


def _facts(run: ScoringRun) -> dict[str, Any]:
    manifest, ranked = run.manifest, run.ranked
    as_of = ranked["as_of"].iloc[0] if len(ranked) else pd.Timestamp(manifest.get("as_of", 0))
    horizon = int(ranked["horizon_days"].iloc[0]) if len(ranked) else manifest.get("horizon_days")
    portfolio = run.portfolio_probability
    return {
        "name": manifest.get("name", run.folder.name),
        "as_of": f"{as_of:%Y-%m-%dT%H:%M:%S}",
        "horizon_days": horizon,
        "language": manifest.get("language", "en"),
        "model_version": manifest.get("model_version", ""),
        "software": manifest.get("software", ""),
        "listed": len(ranked),
        "do_not_contact": manifest.get("do_not_contact", 0),
        "portfolio": 0 if np.isnan(portfolio) else round(SCALE * portfolio),
        "source_rows": manifest.get("source_rows", []),
    }


def _rows(ranked: pd.DataFrame, texts: Texts) -> dict[str, Any]:
    rows: dict[str, Any] = {
        "id": ranked["prospect_id"].astype("str").tolist(),
        "rank": ranked["rank"].tolist(),
        "account": texts.codes(ranked["account_id"]),
        "owner": texts.codes(ranked["owner"]),
        "band": [band_place(band) for band in ranked["band"]],
        "probability": _whole(ranked["conversion_probability"], SCALE),
        "low": _whole(ranked["conversion_probability_low"], SCALE),
        "high": _whole(ranked["conversion_probability_high"], SCALE),
        "loss": _whole(ranked["loss_probability"], SCALE),
        "low_days": _whole(ranked["days_to_close_p25"], TENTHS),
        "median": _whole(ranked["days_to_close_median"], TENTHS),
        "high_days": _whole(ranked["days_to_close_p75"], TENTHS),
        "few": ranked["not_enough_history"].astype(int).tolist(),
        "caution": texts.codes(ranked["caution"]),
        "reasons": [texts.codes(ranked[name]) for name in _REASONS],
    }
    if ranked["expected_value"].notna().any():
        rows["value"] = _whole(ranked["expected_value"], 1)
    rows |= movement(ranked, SCALE)
    if "exploration" in ranked and ranked["exploration"].any():
        rows["exploration"] = ranked["exploration"].astype(int).tolist()
    for name in _OPTIONAL_TEXTS:
        if name in ranked and ranked[name].notna().any():
            rows[name] = texts.codes(ranked[name])
    return rows


def _signals_of(
    explanations: pd.DataFrame, ranked: pd.DataFrame, names: list[str], texts: Texts
) -> list[list[int]]:
    shown = explanations[explanations["prospect_id"].isin(ranked["prospect_id"])]
    shown = shown.assign(weight=_ten_thousandths(shown["contribution"]))
    shown = shown[shown["weight"] != 0]
    order = shown["contribution"].abs().sort_values(ascending=False, kind="stable").index
    shown = shown.loc[order]
    shown = shown[shown.groupby("prospect_id").cumcount() < MOST_SIGNALS]
    signal = pd.Categorical(shown["signal"], categories=names).codes
    columns = {"signal": signal, "weight": shown["weight"], "text": texts.codes(shown["reason"])}
    return _lists(pd.DataFrame(columns, index=shown.index), shown["prospect_id"], ranked)


def _overall(explanations: pd.DataFrame, names: list[str]) -> list[dict[Hashable, Any]]:
    """Give the mean points up and down of the signals that weigh most, the strongest first."""
    prospects = max(explanations["prospect_id"].nunique(), 1)
    value = explanations["contribution"]
    table = pd.DataFrame({"up": value.clip(lower=0), "down": value.clip(upper=0)})
    table = SCALE * table.groupby(explanations["signal"]).sum() / prospects
    table["strength"] = table["up"] - table["down"]
    strongest = table.sort_values("strength", ascending=False).head(MOST_OVERALL).round(2)
    places = [names.index(str(name)) for name in strongest.index]
    return strongest.assign(signal=places).to_dict("records")


def _history(history: pd.DataFrame | None, ranked: pd.DataFrame, texts: Texts) -> dict[str, Any]:
    """Give each prospect's facts: days before the one above, place of its kind, of its text."""
    if history is None or ranked.empty:
        return {"history": None, "kinds": []}
    today = ranked["as_of"].iloc[0].normalize()
    history = history[history["prospect_id"].isin(ranked["prospect_id"])]
    before = (today - history["at"].dt.normalize()).dt.days
    above = before.groupby(history["prospect_id"]).shift(fill_value=0)
    codes, kinds = pd.factorize(history["kind"])
    columns = {"days": before - above, "kind": codes, "text": texts.codes(history["what"])}
    frame = pd.DataFrame(columns, index=history.index)
    return {"history": _lists(frame, history["prospect_id"], ranked), "kinds": list(kinds)}


def _curves(curves: pd.DataFrame | None, ranked: pd.DataFrame) -> dict[str, Any] | None:
    """Give each prospect's won and lost, each as the difference from the day before it."""
    if curves is None or curves.empty:
        return None
    days = sorted(curves["days"].unique().tolist())
    parts: dict[str, Any] = {"days": days}
    for state in ("won", "lost"):
        wide = curves.pivot_table(index="prospect_id", columns="days", values=state)
        whole = _ten_thousandths(wide.to_numpy())
        steps = np.diff(whole, axis=1, prepend=0)
        found = dict(zip(wide.index, steps.tolist(), strict=True))
        parts[state] = [found.get(prospect_id) for prospect_id in ranked["prospect_id"]]
    return parts


def _next_steps(
    steps: pd.DataFrame | None, ranked: pd.DataFrame, texts: Texts
) -> list[list[list[Any]]] | None:
    """Give each prospect's open questions and steps: what, both ends of the range, support."""
    if steps is None:
        return None
    steps = steps[steps["prospect_id"].isin(ranked["prospect_id"])]
    steps = steps.sort_values(["prospect_id", "place"])
    columns = zip(
        steps["prospect_id"],
        texts.codes(steps["action"]),
        texts.codes(steps["value_low"]),
        _whole(steps["probability_low"], SCALE),
        texts.codes(steps["value_high"]),
        _whole(steps["probability_high"], SCALE),
        _whole(steps["support"], 1),
        strict=True,
    )
    found: dict[str, list[list[Any]]] = {}
    for prospect_id, *step in columns:
        found.setdefault(prospect_id, []).append(step)
    return [found.get(prospect_id, []) for prospect_id in ranked["prospect_id"]]


def _changes(changes: pd.DataFrame | None, ranked: pd.DataFrame) -> list[Any] | None:
    """Give the parts of each prospect's change: see `_PARTS`."""
    if changes is None or not set(_PARTS) <= set(changes):
        return None
    whole = _ten_thousandths(changes[list(_PARTS)].fillna(0.0).to_numpy(np.float64)).tolist()
    found = dict(zip(changes["prospect_id"], whole, strict=True))
    return [found.get(prospect_id) for prospect_id in ranked["prospect_id"]]


def _model(run: ScoringRun) -> dict[str, Any] | None:
    """Read model.json, where the manifest vouches for it."""
    name = "model.json"
    if name not in run.manifest["files"]:
        return None
    path = vouched(run.folder / name, run.manifest)
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _lists(frame: pd.DataFrame, prospect_id: pd.Series, ranked: pd.DataFrame) -> list[list[int]]:
    """Put the rows of each prospect one after the other, prospects in the list's order."""
    values, found = frame.to_numpy(np.int64), prospect_id.to_numpy()
    groups: dict[Hashable, Any] = pd.Series(np.arange(len(found))).groupby(found).indices
    return [
        values[groups[each]].ravel().tolist() if each in groups else []
        for each in ranked["prospect_id"]
    ]


def _ten_thousandths(values: Any) -> Any:
    return np.rint(SCALE * np.asarray(values, dtype=np.float64)).astype(np.int64)


def _whole(column: pd.Series, scale: int) -> list[int | None]:
    """Round to whole numbers of 1 / scale; None where there is no number."""
    values = column.astype("float64").to_numpy()
    return [None if np.isnan(value) else round(scale * value) for value in values]
