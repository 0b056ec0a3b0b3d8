"""The frame of metrics as plain text, each figure beside its baselines, in 80 columns."""

from __future__ import annotations

import math
import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING

from predictor.evaluation.metrics.summary import FIGURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from predictor.evaluation.metrics.summary import Figure

WIDTH = 80
TITLE_WIDTH = 28


def format_metrics(metrics: pd.DataFrame, *, details: bool = False) -> str:
    """Lay out one block a horizon: a line of facts, then a line a metric, a column a predictor.

    Parameters
    ----------
    metrics : DataFrame
        One row a (horizon_days, predictor): the columns predictor (str) and those of
        `summarize`; further figures of `FIGURES` (rmse_to_truth, time_error_days, ...) are
        printed where they stand. Predictors keep the order of the frame: the model first.
    details : bool
        Every figure; by default those that are enough to judge by.

    Returns
    -------
    str
        Lines of at most 80 characters.
    """
    figures = [figure for figure in FIGURES if details or not figure.detail]
    blocks = [_block(rows, figures) for _, rows in metrics.groupby("horizon_days", sort=True)]
    return "\n\n".join(blocks)


def _block(rows: pd.DataFrame, figures: Sequence[Figure]) -> str:
    width = (WIDTH - TITLE_WIDTH) // len(rows)
    lines = [*_facts(rows.iloc[0]), *_header(rows["predictor"].astype(str), width)]
    for figure in figures:
        if figure.name in rows and rows[figure.name].notna().any():
            cells = "".join(f"{_cell(value, figure):>{width}}" for value in rows[figure.name])
            lines.append(f"{figure.title:<{TITLE_WIDTH}}{cells}")
    return "\n".join(lines)


def _header(names: Iterable[str], width: int) -> list[str]:
    """Put the names of the predictors over their columns, on several lines where they are long."""
    wrapped = [textwrap.wrap(name, width - 1)[::-1] for name in names]
    lines = [
        " " * TITLE_WIDTH + "".join(f"{word:>{width}}" for word in words)
        for words in zip_longest(*wrapped, fillvalue="")
    ]
    return lines[::-1]


def _facts(row: pd.Series) -> list[str]:
    """Say what was looked at: the base rate belongs beside every figure."""
    lines = [_base_rate_line(row)]
    if row["share_known"] < 1:
        lines.append(
            f"(label known for {row['share_known']:.1%}; weights capped for "
            f"{row['share_capped']:.1%} of these)"
        )
    if "top_count" in row and not math.isnan(row["top_count"]):
        lines.append(f"(top k: the first {row['top_count']:,.0f} of each list)")
    return lines


def _base_rate_line(row: pd.Series) -> str:
    return (
        f"Won within {row['horizon_days']:g} days: {row['won']:,.0f} seen in "
        f"{row['snapshots']:,.0f} snapshots, base rate {row['base_rate']:.1%}"
    )


def _cell(value: float, figure: Figure) -> str:
    return "-" if math.isnan(value) else format(value, figure.pattern)
