"""Plots of a review: the forward test, a champion beside a challenger, and drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.evaluation.drawing import draw
from predictor.evaluation.plot_words import say_in
from predictor.evaluation.plots import BLUE, GREY, ORANGE, REFERENCE
from predictor.evaluation.report import ALL
from predictor.evaluation.resampled import HIGH_IS_GOOD
from predictor.evaluation.rivals import CHAMPION
from predictor.plots.canvas import POINTS, new_figure, tidy
from predictor.plots.words import said

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from predictor.evaluation.report import Report

MAX_ROWS = 15


def review(report: Report) -> dict[str, Figure]:
    """Draw a review: the figures of an evaluation by name, without the file's ending.

    Parameters
    ----------
    report : Report
        From `OpenedModel.review`; its language is that of the titles, axes and legends.

    Returns
    -------
    dict of str to Figure
        ``calibration``, ``gain``, ``lift``, ``scores``, ``over_time`` and, where somebody was won,
        ``time_to_close``.
    """
    figures = draw(report.test, report.horizon_days)
    say_in(report.language, figures)
    return {name.removesuffix(".png"): figure for name, figure in figures.items()}


def comparison(report: Report, rival: str = CHAMPION) -> Figure:
    """Draw by how much the reviewed model is better than a rival, with 95% intervals.

    Parameters
    ----------
    report : Report
        From `OpenedModel.review`; its language is that of the titles, axes and legends.
    rival : str
        ``champion``, ``LightGBM``, ``points`` or ``base rate``.

    Returns
    -------
    Figure
        A panel a figure, a row a horizon; to the right of 0 the model is better.

    Raises
    ------
    ValueError
        If the review has no such rival; names those that it has.
    """
    table = report.comparisons[ALL]
    rows = table[table["predictor"] == rival]
    if rows.empty:
        known = ", ".join(table["predictor"].unique())
        raise ValueError(f"the review compares with {known}; not with '{rival}'")
    figures = list(rows["figure"].unique())
    figure = new_figure(f"By how much the model is better than the {rival} (95%)", 10, 2.6)
    panels = figure.subplots(1, len(figures), squeeze=False)[0]
    for axes, name in zip(panels, figures, strict=True):
        of = rows[rows["figure"] == name]
        # Differences are rival minus model: where low is good, a positive one is the model's gain.
        sign = -1.0 if HIGH_IS_GOOD[name] else 1.0
        gain = sign * of["difference"]
        ends = sign * of[["low", "high"]]
        error = [gain - ends.min(axis=1), ends.max(axis=1) - gain]
        axes.axvline(0, **REFERENCE)
        places = range(len(of))
        axes.errorbar(gain, places, xerr=error, fmt="o", color=BLUE, capsize=3)
        unit = "jours" if report.language == "fr" else "days"  # no text that is set again
        axes.set_yticks(places, [f"{days:g} {unit}" for days in of["horizon_days"]], fontsize=8)
        axes.set_ylim(-0.5, len(of) - 0.5)
        axes.set_title(name.replace("_", " "), fontsize=10)
        axes.tick_params(axis="x", labelsize=8)
        axes.locator_params(axis="x", nbins=4)
        tidy(axes, grid="x")
    return said(figure, report.language)


def drift(table: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw the features that drifted most, beside what chance alone would show.

    Parameters
    ----------
    table : DataFrame
        From `OpenedModel.drift`.
    language : {'en', 'fr'}
        Of titles, axes and legends: that of the run or the configuration.

    Returns
    -------
    Figure
    """
    rows = table.head(MAX_ROWS)[::-1]
    figure = new_figure("Drift since the training: stability index", 7.2, 1.4 + 0.28 * len(rows))
    axes = figure.add_subplot()
    color = [ORANGE if drifted else GREY for drifted in rows["drifted"]]
    axes.barh(rows["feature"], rows["psi"], color=color, height=0.6)
    chance = rows["psi_by_chance"]
    axes.plot(chance, rows["feature"], "k|", markersize=11, label="95% of what chance shows")
    for place, (psi, shift) in enumerate(zip(rows["psi"], rows["shift"], strict=True)):
        if shift == shift:  # noqa: PLR0124 - texts have none
            axes.text(psi, place, f" mean {shift:+.1f} sd", va="center", fontsize=7)
    axes.set(xlabel="population stability index (orange: beyond chance and 0.1)")
    axes.set_xmargin(0.12)
    axes.tick_params(axis="y", labelsize=8)
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    tidy(axes, grid="x")
    return said(figure, language)


def score_drift(table: pd.DataFrame, *, language: str = "en") -> Figure:
    """Draw which signals moved the mean score since the training, in points.

    Parameters
    ----------
    table : DataFrame
        From `OpenedModel.score_drift`.
    language : {'en', 'fr'}
        Of titles, axes and legends: that of the run or the configuration.

    Returns
    -------
    Figure
    """
    rows = table.head(MAX_ROWS)[::-1]
    moved = f"{POINTS * table['change'].sum():+.1f} points in all"
    figure = new_figure(f"What moved the mean score: {moved}", 7.2, 1.4 + 0.28 * len(rows))
    axes = figure.add_subplot()
    color = [BLUE if change > 0 else ORANGE for change in rows["change"]]
    axes.barh(rows["signal"], POINTS * rows["change"], color=color, height=0.6)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set(xlabel="change of the mean contribution (points)")
    axes.tick_params(axis="y", labelsize=8)
    tidy(axes, grid="x")
    return said(figure, language)
