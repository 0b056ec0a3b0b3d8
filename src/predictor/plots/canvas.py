"""What several plots share: figures of more than one panel, and heat maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from predictor.evaluation.plots import GREY

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

DPI = 110
POINTS = 100.0


def new_figure(title: str, width: float, height: float) -> Figure:
    """Return an empty figure with its title at the left."""
    figure = Figure(figsize=(width, height), layout="constrained", dpi=DPI)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def tidy(axes: Axes, *, grid: str = "both") -> None:
    """Take away the frame and draw a light grid behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#DDDDDD", linewidth=0.6, axis=grid)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def slanted(axes: Axes, names: Sequence[str]) -> None:
    """Name the places of the x axis, slanted where the names are long."""
    long = sum(map(len, names)) > 60
    style = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if long else {}
    axes.set_xticks(range(len(names)), names, fontsize=8, **style)  # type: ignore[arg-type]


def heat_map(axes: Axes, table: pd.DataFrame, texts: pd.DataFrame, *, diverging: bool) -> None:
    """Draw a table in colours, with a text in each cell; missing cells stay blank.

    Parameters
    ----------
    axes : Axes
    table, texts : DataFrame
        Values, and what is written in their cells; of one shape.
    diverging : bool
        Whether values below 0 are drawn in another colour.
    """
    values = table.to_numpy(np.float64)
    top = max(float(np.nanmax(np.abs(values), initial=0.0)), 1e-12)
    shade = np.ma.masked_invalid(values)
    colors, low = ("PuOr_r", -top) if diverging else ("Blues", 0.0)
    axes.imshow(shade, cmap=colors, aspect="auto", vmin=low, vmax=top)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            color = "white" if abs(value) > 0.6 * top else "black"
            text = str(texts.iloc[row, column])
            axes.text(column, row, text, ha="center", va="center", fontsize=8, color=color)
    axes.set_yticks(range(len(table)), [str(name) for name in table.index], fontsize=8)
    slanted(axes, [str(name) for name in table.columns])
    axes.tick_params(length=0)
    axes.spines[:].set_color(GREY)
