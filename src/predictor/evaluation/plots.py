"""Plots of an evaluation. Each returns a Figure that needs no display; saving is the caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from predictor.evaluation.aalen_johansen import CumulativeIncidence

# Okabe and Ito's palette: told apart by colour-blind readers too.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#777777"
YELLOW = "#E69F00"
LINES = (BLUE, ORANGE, GREEN, PURPLE, YELLOW)
#: How what would be, without any error or skill, is drawn.
REFERENCE: Mapping[str, Any] = {"color": GREY, "linestyle": "--", "linewidth": 1}


def reliability(table: pd.DataFrame, horizon_days: float) -> Figure:
    """Draw promised against observed probability, with 95% intervals.

    Parameters
    ----------
    table : DataFrame
        From `calibration_table`.
    horizon_days : float

    Returns
    -------
    Figure
    """
    figure, axes = new_axes(f"Do {horizon_days:g}-day probabilities come true?", square=True)
    seen = table.dropna(subset=["observed"])
    limit = 1.05 * max(seen["predicted"].max(), seen["observed_high"].max(), 1e-3)
    _diagonal(axes, limit, "as promised")
    _observed(axes, seen["predicted"], seen, fmt="o-", capsize=3, linewidth=1.5)
    axes.set(
        xlim=(0, limit),
        ylim=(0, limit),
        xlabel=f"mean P(won within {horizon_days:g} days), in bins of equal size",
        ylabel=f"share won within {horizon_days:g} days",
    )
    return finish(figure, axes, percent="xy")


def lift_curve(tables: Mapping[str, pd.DataFrame], horizon_days: float) -> Figure:
    """Draw the share of the won that is found in the top of the list, a line a predictor.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Predictor -> its `lift_table`; at most five.
    horizon_days : float

    Returns
    -------
    Figure
    """
    figure, axes = new_axes(f"Won within {horizon_days:g} days, found from the top of the list")
    _diagonal(axes, 1, "random order")
    for (name, table), color in zip(tables.items(), LINES, strict=False):
        x = np.concatenate([[0.0], table["share"]])
        axes.plot(x, np.concatenate([[0.0], table["won_found"]]), color=color, label=name)
    axes.set(xlim=(0, 1), ylim=(0, 1.01), xlabel="top share of the list", ylabel="share of the won")
    return finish(figure, axes, percent="xy")


def score_histogram(outcome: ArrayLike, probability: ArrayLike, horizon_days: float) -> Figure:
    """Draw how P is spread among the won, the lost and the still open.

    Parameters
    ----------
    outcome : array-like of str, shape (n,)
        At the end of the follow-up.
    probability : array-like of float, shape (n,)
        P(won by h).
    horizon_days : float

    Returns
    -------
    Figure
    """
    figure, axes = new_axes("Scores by what became of the prospects")
    outcome = np.asarray(outcome, dtype=np.str_)
    probability = np.asarray(probability, dtype=np.float64)
    edges = np.linspace(0, max(float(probability.max()), 1e-3), 31)
    for word, color in (("lost", ORANGE), ("open", GREY), ("won", BLUE)):
        values = probability[outcome == word]
        if len(values):
            weights = np.full(len(values), 1 / len(values))
            label = f"{word} ({len(values):,})"
            style = {"histtype": "step", "linewidth": 1.8, "color": color, "label": label}
            axes.hist(values, bins=edges, weights=weights, **style)  # type: ignore[arg-type]
    axes.set(
        xlim=(0, edges[-1]),
        xlabel=f"P(won within {horizon_days:g} days)",
        ylabel="share of the prospects of that outcome",
    )
    return finish(figure, axes, percent="xy")


def won_curve(observed: CumulativeIncidence, predicted_won: ArrayLike) -> Figure:
    """Draw the share won over time: observed beside the mean of the predicted curves.

    Parameters
    ----------
    observed : CumulativeIncidence
        Of the snapshots that were scored.
    predicted_won : array-like of float, shape (H,)
        Mean P(won by h) at the same horizons.

    Returns
    -------
    Figure
    """
    figure, axes = new_axes("Share won over time")
    days = np.concatenate([[0.0], observed.horizons_days])
    won = np.concatenate([[0.0], observed.won])
    mean = np.concatenate([[0.0], np.asarray(predicted_won, dtype=np.float64)])
    axes.step(days, won, where="post", color=BLUE, label="observed (Aalen-Johansen)")
    axes.plot(days, mean, color=ORANGE, linestyle="--", label="predicted (mean)")
    axes.set(xlabel="days after the snapshot", ylabel="share won", xlim=(0, days[-1]))
    axes.set_ylim(0, max(1.1 * float(max(won.max(), mean.max())), 1e-3))
    return finish(figure, axes, percent="y")


def lift_by_share(tables: Mapping[str, pd.DataFrame], horizon_days: float) -> Figure:
    """Draw how many times the base rate is won in the top of the list, a line a predictor.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Predictor -> its `lift_table`; at most five.
    horizon_days : float

    Returns
    -------
    Figure
    """
    figure, axes = new_axes(f"Lift: won within {horizon_days:g} days, over the base rate")
    axes.axhline(1, **REFERENCE, label="random order")
    for (name, table), color in zip(tables.items(), LINES, strict=False):
        axes.plot(table["share"], table["lift"], color=color, label=name)
    axes.set(xlim=(0, 1), xlabel="top share of the list", ylabel="times the base rate")
    axes.set_ylim(bottom=0)
    return finish(figure, axes, percent="x")


def score_over_time(table: pd.DataFrame, horizon_days: float) -> Figure:
    """Draw the mean P of each look beside the share that was won, with 95% intervals.

    Parameters
    ----------
    table : DataFrame
        From `looks_table`.
    horizon_days : float

    Returns
    -------
    Figure
    """
    figure, axes = new_axes("Promised and observed, look by look")
    axes.plot(table["as_of"], table["predicted"], color=ORANGE, linestyle="--", label="mean P")
    seen = table.dropna(subset=["observed"])
    _observed(axes, seen["as_of"], seen, fmt="o", markersize=3.5, capsize=2, linewidth=1)
    axes.set(xlabel="as of", ylabel=f"won within {horizon_days:g} days")
    axes.set_ylim(bottom=0)
    locator = AutoDateLocator(maxticks=8)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    return finish(figure, axes, percent="y")


def time_coverage(table: pd.DataFrame, horizon_days: float) -> Figure:
    """Draw the share of the won that closed by each foretold quantile of the days to close.

    Parameters
    ----------
    table : DataFrame
        From `time_coverage_table`.
    horizon_days : float

    Returns
    -------
    Figure
    """
    figure, axes = new_axes(f"When they close, if within {horizon_days:g} days", square=True)
    _diagonal(axes, 1, "as foretold")
    axes.plot(table["quantile"], table["closed_by"], "o-", color=BLUE, label="observed")
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        xlabel="foretold quantile of the days to close",
        ylabel="share of the won that had closed by it",
    )
    return finish(figure, axes, percent="xy")


def new_axes(title: str, *, square: bool = False) -> tuple[Figure, Axes]:
    """Return a figure with one panel and its title at the left."""
    figure = Figure(figsize=(5.2, 5.2) if square else (6.4, 4.2), layout="constrained", dpi=120)
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    return figure, axes


def _diagonal(axes: Axes, limit: float, label: str) -> None:
    axes.plot([0, limit], [0, limit], **REFERENCE, label=label)


def _observed(axes: Axes, x: pd.Series, table: pd.DataFrame, **style: Any) -> None:
    """Draw the observed shares of a table, with their intervals, over x."""
    observed = table["observed"].to_numpy()
    below = observed - table["observed_low"].to_numpy()
    above = table["observed_high"].to_numpy() - observed
    yerr = np.clip([below, above], 0, None)
    label = "observed (Aalen-Johansen, 95%)"
    axes.errorbar(x, observed, yerr=yerr, color=BLUE, label=label, **style)


def finish(figure: Figure, axes: Axes, *, percent: str) -> Figure:
    """Take away the frame, draw grid and legend, and write the axes in ``percent`` as such."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    if "x" in percent:
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    if "y" in percent:
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(frameon=False, fontsize=9)
    return figure
