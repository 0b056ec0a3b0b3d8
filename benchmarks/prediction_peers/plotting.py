"""The plot: how much higher each predictor's log-loss is than ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from prediction_peers.figures import LOG_LOSS
from prediction_peers.peers import OURS, PEERS
from prediction_peers.reporting import title

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from prediction_peers.reporting import Measured

#: Okabe and Ito's colours, which the colour-blind tell apart; markers differ too.
_STYLES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"))
#: Further to the right is drawn at the edge, as an arrow.
_FARTHEST = 0.30


def draw(measured: list[Measured], path: Path) -> None:
    """Draw the differences in log-loss, relative to ours, with two bootstrap errors either side."""
    mpl.use("agg")
    peers = [peer for peer in PEERS if any(peer in each.costs for each in measured)]
    peers = [peer for peer in peers if peer != OURS]
    size = (3.0 * len(measured) + 2.6, 0.42 * len(peers) + 1.6)
    figure, axes = plt.subplots(1, len(measured), figsize=size, squeeze=False, sharey=True)
    for panel, each in zip(axes[0], measured, strict=True):
        _draw_set(panel, each, peers)
    axes[0, 0].set_yticks(range(len(peers)), [title(peer) for peer in peers], fontsize=9)
    axes[0, 0].invert_yaxis()
    figure.supxlabel("log-loss over ours (below 0: better than ours), ± 2 bootstrap errors", size=9)
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _draw_set(axes: Axes, measured: Measured, peers: list[str]) -> None:
    axes.axvline(0, color="#555555", linewidth=1)
    lowest = -0.05
    for number, days in enumerate(measured.horizons_days):
        colour, marker = _STYLES[number % len(_STYLES)]
        ours = measured.cell(OURS, LOG_LOSS, days)
        shift = 0.22 * (number - (len(measured.horizons_days) - 1) / 2)
        label = f"{days} days"
        for place, peer in enumerate(peers):
            value, error = (
                measured.cell(peer, LOG_LOSS, days, column) / ours
                for column in ("difference", "standard_error")
            )
            if not np.isfinite(value):
                continue
            lowest = min(lowest, 1.1 * (value - 2 * error))
            if value > _FARTHEST:
                axes.plot(_FARTHEST, place + shift, color=colour, marker=">", markersize=5)
                continue
            axes.errorbar(
                value,
                place + shift,
                xerr=2 * error,
                color=colour,
                marker=marker,
                markersize=4.5,
                linewidth=1.2,
                label=label,
            )
            label = None
    for place, peer in enumerate(peers):
        if "failed" in measured.costs.get(peer, {}):
            axes.text(0.01, place, "no result", fontsize=7, va="center", color="#777777")
    axes.set_xlim(max(lowest, -_FARTHEST), _FARTHEST * 1.03)
    axes.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=0))
    axes.set_title(measured.name, fontsize=10)
    below = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.05), "frameon": False}
    axes.legend(fontsize=8, ncols=len(measured.horizons_days), columnspacing=0.9, **below)
    axes.grid(visible=True, axis="x", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
