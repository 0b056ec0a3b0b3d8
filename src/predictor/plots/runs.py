"""Plots of scoring runs: a prospect's curves, and what changed between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.evaluation.plots import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    REFERENCE,
    finish,
    new_axes,
)
from predictor.plots.canvas import POINTS, new_figure, tidy
from predictor.plots.words import said

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MAX_ROWS = 12
#: Parts of a change, as they stand in ``changes.parquet``, and what they are called.
PARTS = {
    "by_prospect": ("what the prospect did", BLUE),
    "by_time": ("time that went by", ORANGE),
    "by_model": ("another model", GREEN),
    "by_data": ("a past that the CRM tells otherwise", PURPLE),
}


def curves(table: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw one prospect's probabilities to be won, lost and open, over the days.

    Parameters
    ----------
    table : DataFrame
        From `OpenedModel.curves` or `ScoringRun.curves`, of one prospect.
    language : {'en', 'fr'}
        Of titles, axes and legends: that of the run or the configuration.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the table is of several prospects.
    """
    names = table["prospect_id"].unique()
    if len(names) != 1:
        raise ValueError(f"curves are drawn of one prospect, got {len(names)}")
    figure, axes = new_axes(f"{names[0]}: won, lost or still open")
    states = [table["won"], table["open"], table["lost"]]
    colors = [BLUE, "#DDDDDD", ORANGE]
    axes.stackplot(table["days"], states, labels=["won", "open", "lost"], colors=colors, alpha=0.85)
    axes.set(xlabel="days from the scoring", ylabel="probability", ylim=(0, 1))
    axes.set_xlim(0, float(table["days"].max()))
    finish(figure, axes, percent="y")
    axes.legend(frameon=True, fontsize=9, loc="center right")
    return said(figure, language)


def before_and_now(changes: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw the score of each prospect now over that of the earlier run.

    Parameters
    ----------
    changes : DataFrame
        From `ScoringRun.compare`.
    language : {'en', 'fr'}
        Of titles, axes and legends: that of the run or the configuration.

    Returns
    -------
    Figure
    """
    both = changes[changes["status"] == "in both"]
    figure, axes = new_axes(f"{len(both):,} prospects in both runs", square=True)
    pair = both[["probability_before", "probability_now"]]
    limit = 1.05 * max(float(pair.max().max()), 1e-3)
    axes.plot([0, limit], [0, limit], **REFERENCE, label="no change")
    before, now = pair.to_numpy().T
    axes.scatter(before, now, s=14, alpha=0.6, color=BLUE, label="a prospect")
    axes.set(xlim=(0, limit), ylim=(0, limit), xlabel="score before", ylabel="score now")
    return said(finish(figure, axes, percent="xy"), language)


def reasons_for_change(changes: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw of what the largest changes are made, in points.

    Parameters
    ----------
    changes : DataFrame
        `ScoringRun.changes`: prospect_id, change, and the parts that start with ``by_``. A part
        that is 0 everywhere is not drawn.
    language : {'en', 'fr'}
        Of titles, axes and legends: that of the run or the configuration.

    Returns
    -------
    Figure
    """
    order = changes["change"].abs().sort_values(ascending=False, kind="stable").index
    rows = changes.loc[order].dropna(subset=["change"]).head(MAX_ROWS)[::-1]
    figure = new_figure("What the largest changes are made of", 7.2, 1.6 + 0.3 * len(rows))
    axes = figure.add_subplot()
    names = rows["prospect_id"].astype("str")
    up, down = 0.0 * rows["change"], 0.0 * rows["change"]
    for column, (label, color) in PARTS.items():
        if column not in rows or not rows[column].any():
            continue
        part = POINTS * rows[column].fillna(0.0)
        start = up.where(part > 0, down)
        axes.barh(names, part, left=start, color=color, height=0.6, label=label)
        up, down = up + part.clip(lower=0), down + part.clip(upper=0)
    axes.plot(POINTS * rows["change"], names, "D", color="black", markersize=4, label="in all")
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set(xlabel="change of the score (points)")
    axes.tick_params(axis="y", labelsize=8)
    axes.legend(frameon=False, fontsize=8)
    tidy(axes, grid="x")
    return said(figure, language)
