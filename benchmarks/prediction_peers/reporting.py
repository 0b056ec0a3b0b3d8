"""The tables: accuracy beside ours, calibration and times, costs, and what each was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from prediction_peers.figures import (
    COVERAGE,
    IBS,
    LOG_LOSS,
    OBSERVED,
    RMSE,
    SLOPE,
    TIME_ERROR,
)
from prediction_peers.peers import OURS, PEERS, TRUTH

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTHING = "-"


@dataclass(frozen=True)
class Measured:
    """One data set: its description, the cost of each predictor, and the figures."""

    name: str
    about: dict[str, Any]
    costs: dict[str, dict[str, Any]]
    figures: pd.DataFrame

    def cell(self, peer: str, figure: str, days: int, column: str = "value") -> float:
        """Return one figure of a predictor; NaN if it has none."""
        f = self.figures
        chosen = f[(f["peer"] == peer) & (f["figure"] == figure) & (f["horizon_days"] == days)]
        return float(chosen[column].iloc[0]) if len(chosen) else float("nan")

    def difference(self, peer: str, figure: str, days: int) -> tuple[float, float]:
        """Return how much higher a figure is than ours, and the bootstrap error of that."""
        place = (peer, figure, days)
        return self.cell(*place, "difference"), self.cell(*place, "standard_error")

    @property
    def horizons_days(self) -> list[int]:
        """The horizons that are judged."""
        days: list[int] = self.about["horizons_days"]
        return days

    @property
    def peers(self) -> list[str]:
        """The predictors that finished, and the truth where it is known."""
        return list(self.figures["peer"].unique())


def title(peer: str) -> str:
    """Return what the tables call a predictor."""
    return "the true P itself" if peer == TRUTH else PEERS[peer].title


def report(measured: list[Measured]) -> str:
    """Return all tables (Markdown)."""
    parts = [_together(measured)]
    for each in measured:
        parts += [_heading(each), _accuracy(each), _quality(each), _costs(each)]
    return "\n\n".join([*parts, _settings(measured)])


def _together(measured: list[Measured]) -> str:
    """Say for each predictor how it fares over all data sets, horizons and both losses."""
    rows = [["predictor", "sets", "log-loss", "IBS", "better than ours", "worse", "even"]]
    for peer in PEERS:
        if peer == OURS:
            continue
        frames = [
            each.figures[(each.figures["peer"] == peer)].merge(
                each.figures[each.figures["peer"] == OURS][["figure", "horizon_days", "value"]],
                on=["figure", "horizon_days"],
                suffixes=("", "_ours"),
            )
            for each in measured
        ]
        found = [frame for frame in frames if len(frame)]
        if not found:
            continue
        losses = pd.concat(found)[lambda frame: frame["figure"].isin([LOG_LOSS, IBS])]
        share = losses["difference"] / losses["value_ours"]
        better = losses["difference"] < -losses["standard_error"]
        worse = losses["difference"] > losses["standard_error"]
        means = [f"{share[losses['figure'] == name].mean():+.1%}" for name in (LOG_LOSS, IBS)]
        counts = [better.sum(), worse.sum(), (~better & ~worse).sum()]
        rows.append([title(peer), str(len(found)), *means, *map(str, counts)])
    return (
        "Over all data sets and horizons: the mean of how much higher each loss is than ours, and "
        "how many of them (log-loss and IBS at each horizon) are lower than ours by more than the "
        f"bootstrap error, higher, or neither.\n\n{_table(rows)}"
    )


def _heading(measured: Measured) -> str:
    facts = measured.about["facts"]

    def of(part: str) -> str:
        f = facts[part]
        return (
            f"{f['snapshots']:,} snapshots of {f['prospects']:,} prospects ({f['won']:,} won), "
            f"{f['first']} to {f['last']}"
        )

    return (
        f"### {measured.name}\n\nTrained on {of('train')}; tested on {of('test')}; "
        f"{len(facts['features'])} features."
    )


def _accuracy(measured: Measured) -> str:
    """Log-loss and IBS at each horizon: ours, and the others' differences from it."""
    columns = [(name, days) for name in (LOG_LOSS, IBS) for days in measured.horizons_days]
    names = {LOG_LOSS: "log-loss", IBS: "IBS"}
    rows = [["predictor", *(f"{names[figure]} {days} d" for figure, days in columns)]]
    for peer in measured.peers:
        pairs = [
            (
                measured.cell(peer, *column, "difference"),
                measured.cell(peer, *column, "standard_error"),
            )
            for column in columns
        ]
        cells = [f"{measured.cell(peer, *column):.5f}" for column in columns]
        if peer != OURS and np.isfinite([value for value, _ in pairs]).any():
            cells = [_difference(*pair) for pair in pairs]
        rows.append([title(peer), *(NOTHING if "nan" in cell else cell for cell in cells)])
    failed = [peer for peer, cost in measured.costs.items() if "failed" in cost]
    rows += [[title(peer), *[NOTHING] * len(columns)] for peer in failed]
    return (
        "Log-loss (nats) by the horizon, and Brier score integrated up to it. Ours, and how much "
        f"higher the others are ± bootstrap error; **bold**: lower than ours by more than it.\n\n"
        f"{_table(rows)}"
    )


def _difference(value: float, error: float) -> str:
    text = f"{value:+.5f} ± {error:.5f}"
    return f"**{text}**" if value < -error else text


def _quality(measured: Measured) -> str:
    """Calibration, time to close, and the error to the truth."""
    days = measured.horizons_days
    known = measured.figures["figure"].eq(RMSE).any()
    header = ["predictor", *(f"O/E {d} d" for d in days), *(f"slope {d} d" for d in days)]
    header += ["median, error (days)", "difference", "p25-p75 holds"]
    rows = [header + [f"RMSE to P {d} d" for d in days] * int(known)]
    for peer in measured.peers:
        cells = [
            *(f"{measured.cell(peer, OBSERVED, d):.2f}" for d in days),
            *(f"{measured.cell(peer, SLOPE, d):.2f}" for d in days),
            f"{measured.cell(peer, TIME_ERROR, days[-1]):.2f}",
            _times(measured, peer),
            f"{measured.cell(peer, COVERAGE, days[-1]):.0%}",
        ]
        if known:
            cells += [f"{measured.cell(peer, RMSE, d):.4f}" for d in days]
        rows.append([title(peer), *(NOTHING if "nan" in cell else cell for cell in cells)])
    return (
        "Observed over expected and calibration slope (1 is right), and the days to close given "
        f"won within {days[-1]} days: the median error of the foretold median, its difference from "
        f"ours, and how often the middle half holds the day (50% is right).\n\n{_table(rows)}"
    )


def _times(measured: Measured, peer: str) -> str:
    if peer == OURS:
        return NOTHING
    value, error = measured.difference(peer, TIME_ERROR, measured.horizons_days[-1])
    return f"{value:+.2f} ± {error:.2f}"


def _costs(measured: Measured) -> str:
    """Seconds and memory; who did not finish, and why."""
    rows = [["predictor", "rows", "fit s", "predict s", "CPU s", "peak MB", "remark"]]
    for peer, cost in measured.costs.items():
        if "failed" in cost:
            rows.append([title(peer), *[NOTHING] * 5, cost["failed"].replace("|", "/")])
            continue
        sampled = cost["rows"] < measured.about["facts"]["train"]["snapshots"]
        rows.append(
            [
                title(peer),
                f"{cost['rows']:,}",
                *(f"{cost[name]:.1f}" for name in ("fit_seconds", "predict_seconds")),
                f"{cost['cpu_seconds']:.0f}",
                f"{cost['peak_mb']:,.0f}",
                "a sample of the rows" if sampled else "",
            ]
        )
    return _table(rows)


def _settings(measured: list[Measured]) -> str:
    """List what each predictor was given, with the versions of its libraries."""
    rows = [["predictor", "settings", "lost", "versions"]]
    for peer in PEERS:
        costs = [each.costs[peer] for each in measured if peer in each.costs]
        versions = sorted(
            {
                f"{name} {version}"
                for cost in costs
                for name, version in cost.get("versions", {}).items()
            }
        )
        if costs:
            each = PEERS[peer]
            settings = each.settings
            if peer == "flaml":
                settings += f" ({costs[-1]['budget_seconds']:g} s)"
            rows.append([each.title, settings, each.lost, ", ".join(versions)])
    return f"### Settings\n\n{_table(rows, numeric=False)}"


def _table(rows: Iterable[list[str]], *, numeric: bool = True) -> str:
    header, *rest = rows
    alignment = [":--", *["--:" if numeric else ":--"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, alignment, *rest])
