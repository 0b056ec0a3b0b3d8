"""Plots of signals: which of them weigh where, and how the probability goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import PercentFormatter

from predictor.evaluation.plots import GREY, LINES
from predictor.plots.canvas import POINTS, heat_map, new_figure, slanted, tidy
from predictor.plots.words import said

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_SIGNALS = 12


def importance(
    table: pd.DataFrame, value: str = "mean_absolute", *, language: str = "en"
) -> Figure:
    """Draw how far each signal moves the scores of each segment, in points.

    Parameters
    ----------
    table : DataFrame
        From `OpenedModel.signal_importance`.
    value : {'mean_absolute', 'mean', 'spread'}
        What is drawn.
    language : {'en', 'fr'}
        Of titles, axes and legends: that of the run or the configuration.

    Returns
    -------
    Figure
    """
    names = table["signal"].unique()[:MAX_SIGNALS]
    shown = table[table["signal"].isin(names)]
    heads = [f"{s}\n({n:,})" for s, n in zip(shown["segment"], shown["prospects"], strict=True)]
    points = shown.assign(head=heads, points=POINTS * shown[value])
    wide = points.set_index(["signal", "head"])["points"].unstack()  # noqa: PD010 - keeps the order
    wide = wide.loc[names, list(dict.fromkeys(heads))]
    titles = {
        "mean_absolute": "mean absolute contribution",
        "mean": "mean contribution",
        "spread": "spread of the contributions (standard deviation)",
    }
    width = 3.0 + 1.1 * wide.shape[1]
    figure = new_figure(
        f"Signals by segment: {titles[value]}, points", width, 1.4 + 0.3 * len(wide)
    )
    signed = value == "mean"
    texts = wide.map(lambda x: f"{x:+.1f}" if signed else f"{x:.1f}")
    heat_map(figure.add_subplot(), wide, texts, diverging=signed)
    return said(figure, language)


def partial_dependence(table: pd.DataFrame, horizon_days: float, *, language: str = "en") -> Figure:
    """Draw how P goes with a signal, a line a segment, above the prospects that have each value.

    Parameters
    ----------
    table : DataFrame
        From `OpenedModel.partial_dependence`; at most five segments are drawn.
    horizon_days : float
    language : {'en', 'fr'}
        Of titles, axes and legends: that of the run or the configuration.

    Returns
    -------
    Figure
    """
    feature = table.attrs.get("feature", "the signal")
    title = f"P(won within {horizon_days:g} days) by {feature}"
    figure = new_figure(title, 7.2, 4.8)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    values = [str(value) for value in table["value"].sort_values().unique()]
    segments = list(table["segment"].unique()[: len(LINES)])
    for segment, color in zip(segments, LINES, strict=False):
        rows = table[table["segment"] == segment].set_index("value").reindex(values)
        places = range(len(values))
        above.plot(places, rows["probability"], "o-", color=color, label=str(segment))
        if len(segments) == 1:
            own = rows["own_probability"]
            above.plot(places, own, "x", color=GREY, label="those prospects as they are")
    above.yaxis.set_major_formatter(PercentFormatter(1.0))
    above.set(ylabel="mean probability")
    above.set_ylim(bottom=0)
    above.legend(frameon=False, fontsize=8)
    _support(below, table[table["segment"].isin(segments)], values)
    for axes in (above, below):
        tidy(axes, grid="y")
    return said(figure, language)


def pair_dependence(table: pd.DataFrame, horizon_days: float, *, language: str = "en") -> Figure:
    """Draw what two signals say together, and what is beyond the sum of the two.

    Parameters
    ----------
    table : DataFrame
        From `OpenedModel.pair_dependence`.
    horizon_days : float
    language : {'en', 'fr'}
        Of titles, axes and legends: that of the run or the configuration.

    Returns
    -------
    Figure
    """
    first, second = table.attrs.get("features", ("the first", "the second"))
    share = table.attrs.get("share", float("nan"))
    figure = new_figure(f"P(won within {horizon_days:g} days) by two signals", 11, 4.2)
    left, right = figure.subplots(1, 2)
    wide = _square(table, "probability")
    counts = _square(table, "prospects")
    told = wide.map(lambda p: f"{p:.1%}") + counts.map(lambda n: f"\nn = {n:,.0f}")
    heat_map(left, wide, told, diverging=False)
    left.set_title("mean probability", fontsize=10)
    beyond = POINTS * _square(table, "beyond_sum")
    heat_map(right, beyond, beyond.map(lambda x: f"{x:+.1f}"), diverging=True)
    right.set_title(f"points beyond the sum of the two ({share:.0%} of the variation)", fontsize=10)
    for axes in (left, right):
        axes.set(xlabel=second, ylabel=first)
    return said(figure, language)


def _support(axes: Axes, table: pd.DataFrame, values: list[str]) -> None:
    counts = table.groupby("value", observed=True)["prospects"].sum().reindex(values)
    axes.bar(range(len(values)), counts, color=GREY, width=0.6)
    axes.set(ylabel="prospects", xlabel=table.attrs.get("feature", "value"))
    slanted(axes, values)


def _square(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return value of the first by value of the second, both in their order."""
    return table.set_index(["value_1", "value_2"])[column].unstack()  # noqa: PD010 - one a cell
