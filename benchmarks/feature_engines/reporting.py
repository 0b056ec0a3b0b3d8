"""The table and the plot of time and peak memory against size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

REFERENCE = "sql"
_NAMES = {
    "ours": "this engine",
    "ours_first": "this engine, first run",
    "sql": "SQL tuned by hand",
    "polars": "Polars, streaming",
    "pandas": "pandas",
    "featuretools": "featuretools",
}
_LAYOUTS = {"clustered": "clustered by prospect", "time": "in time order"}
#: Okabe and Ito's colours, which the colour-blind tell apart; markers differ too.
_STYLES = {
    "ours": ("#D55E00", "o"),
    "ours_first": ("#D55E00", "x"),
    "sql": ("#0072B2", "s"),
    "polars": ("#009E73", "^"),
    "pandas": ("#E69F00", "D"),
    "featuretools": ("#CC79A7", "v"),
}
_HEADER = (
    "| interactions | snapshots | order | engine | seconds | x sql | CPU s | peak MB | runs |",
    "|---:|---:|---|---|---:|---:|---:|---:|---:|",
)
_SNAPSHOTS_PER_INTERACTION = 0.04


def line(measurement: dict[str, Any]) -> str:
    """Return one measurement as a line of progress."""
    m = measurement
    return (
        f"  {m['layout']:9} {m['engine']:12} {m['seconds']:8.2f} s"
        f" (CPU {m['cpu_seconds']:.2f}, process {m['total_seconds']:.2f})"
        f" {m['peak_mb']:7.0f} MB"
    )


def table(found: list[dict[str, Any]]) -> str:
    """Return a Markdown table of medians; ratios are medians of the ratios within a round."""
    rows = [*_HEADER]
    for row in _medians(found).to_dict("records"):
        ratio = "" if pd.isna(row["ratio"]) else f"{row['ratio']:.2f}"
        cells = [
            f"{row['interactions']:,}",
            f"{round(row['interactions'] * _SNAPSHOTS_PER_INTERACTION):,}",
            row["layout"],
            _NAMES[row["engine"]],
            f"{row['seconds']:.2f}",
            ratio,
            f"{row['cpu_seconds']:.2f}",
            f"{row['peak_mb']:,.0f}",
            str(row["runs"]),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _medians(found: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(found)
    place = ["round", "interactions", "layout"]
    reference = frame[frame["engine"] == REFERENCE].set_index(place)["seconds"]
    frame = frame.join(reference.rename("reference_seconds"), on=place)
    frame["ratio"] = frame["seconds"] / frame["reference_seconds"]
    frame["engine"] = pd.Categorical(frame["engine"], list(_NAMES))
    medians = frame.groupby(["interactions", "layout", "engine"], observed=True).agg(
        **{name: (name, "median") for name in ("seconds", "ratio", "cpu_seconds", "peak_mb")},
        runs=("seconds", "size"),
    )
    return medians.reset_index()


def draw(found: list[dict[str, Any]], path: Path) -> None:
    """Draw seconds and peak memory against the number of interactions, on logarithmic scales."""
    medians = _medians(found)
    layouts = [layout for layout in _LAYOUTS if layout in set(medians["layout"])]
    mpl.use("agg")
    size = (4.6 * len(layouts) + 0.6, 7.2)
    figure, axes = plt.subplots(
        2, len(layouts), figsize=size, squeeze=False, sharex=True, sharey="row"
    )
    for column, layout in enumerate(layouts):
        mine = medians[medians["layout"] == layout]
        _draw_lines(axes[0, column], mine, "seconds")
        _draw_lines(axes[1, column], mine, "peak_mb")
        axes[0, column].set_title(f"interactions {_LAYOUTS[layout]}", fontsize=10)
        axes[1, column].set_xlabel("interactions")
    axes[0, 0].set_ylabel("seconds, Parquet to Parquet")
    axes[1, 0].set_ylabel("peak memory, MB")
    axes[0, 0].set_xticks(sorted(set(medians["interactions"])))
    lines = {each.get_label(): each for row in axes for panel in row for each in panel.lines}
    figure.legend(
        lines.values(), lines, loc="upper center", ncols=len(lines), frameon=False, fontsize=9
    )
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _draw_lines(axes: Axes, medians: pd.DataFrame, column: str) -> None:
    for engine, (colour, marker) in _STYLES.items():
        mine = medians[medians["engine"] == engine].sort_values("interactions")
        if len(mine):
            style = {"color": colour, "marker": marker, "markersize": 6, "linewidth": 1.8}
            axes.plot(mine["interactions"], mine[column], label=_NAMES[engine], **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(mpl.ticker.EngFormatter(sep=""))
    axes.yaxis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda value, _: f"{value:,g}"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(mpl.ticker.NullLocator())
    axes.grid(visible=True, which="major", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
