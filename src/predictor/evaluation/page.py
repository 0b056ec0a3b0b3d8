"""The report as one HTML file: nothing is fetched, and every text is escaped."""

from __future__ import annotations

import math
from html import escape
from io import StringIO
from typing import TYPE_CHECKING

import matplotlib as mpl

from predictor.evaluation.comparisons import BETTER, EVEN, WORSE
from predictor.evaluation.drawing import draw
from predictor.evaluation.metrics.summary import FIGURES
from predictor.evaluation.report import UNSEEN, by_report
from predictor.evaluation.rivals import MODEL

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from typing import Any

    import pandas as pd
    from matplotlib.figure import Figure

    from predictor.evaluation.report import Report

PAGE = "evaluation.html"
TITLES = {figure.name: figure.title for figure in FIGURES}
PATTERNS = {figure.name: figure.pattern for figure in FIGURES}
VERDICTS = {
    BETTER: "the model is better",
    WORSE: "the model is worse",
    EVEN: EVEN,
}
#: Whatever a name in the data says, the browser runs and fetches nothing.
POLICY = """<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'">"""
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
.wide { overflow-x: auto; } .worth { font-size: 1.15rem; }
table { border-collapse: collapse; margin: .8rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { padding: .15rem .7rem; border-bottom: 1px solid #e5e5e5; text-align: right;
  white-space: nowrap; }
th:first-child, td:first-child, .text { text-align: left; }
.better { color: #006b4f; } .worse { color: #b03a00; font-weight: 600; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem; }
figure { margin: 0; } svg { width: 100%; height: auto; } .note { color: #555; }
"""


def evaluation_documents(
    report: Report, figures: Mapping[str, Figure] | None = None
) -> dict[str, str]:
    """Write a report as texts: the page, and its tables as CSV.

    Parameters
    ----------
    report : Report
    figures : mapping of str to Figure, optional
        By file name, as `draw` returns them; drawn if not given.

    Returns
    -------
    dict of str to str
        By file name: evaluation.html, metrics.csv, comparisons.csv, slices.csv, list_worth.csv;
        a table that is empty is left out.
    """
    tables = {
        "metrics.csv": by_report(report.metrics),
        "comparisons.csv": by_report(report.comparisons),
        "slices.csv": report.slices,
    }
    if report.worth is not None:
        tables["list_worth.csv"] = report.worth.table
    drawn = draw(report.test, report.horizon_days) if figures is None else figures
    texts = {name: table.to_csv(index=False) for name, table in tables.items() if len(table)}
    return {PAGE: page(report, drawn), **texts}


def page(report: Report, figures: Mapping[str, Figure]) -> str:
    """Lay out the report as one self-contained HTML file."""
    body = [
        f"<h1>Evaluation: {escape(report.subject)}</h1>",
        _facts(report),
        *_worth(report),
        f"<h2>Plots ({report.horizon_days} days, all prospects)</h2>",
        '<div class="plots">',
        *(_svg(name, figure) for name, figure in figures.items()),
        "</div>",
        *_figures_by_report(report),
        *_slices(report),
    ]
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            POLICY,
            f"<title>Evaluation: {escape(report.subject)}</title>",
            f"<style>{STYLE}</style>\n</head>\n<body>",
            *body,
            "</body>\n</html>\n",
        ]
    )


def _facts(report: Report) -> str:
    rows = report.test.snapshots
    unseen = rows["unseen"].mean()
    return _paragraph(
        f"{len(rows):,} snapshots of {rows['prospect_id'].nunique():,} prospects, "
        f"{rows['as_of'].min():%Y-%m-%d} to {rows['as_of'].max():%Y-%m-%d}; {unseen:.0%} of them "
        f"of prospects unseen in training (neither the prospect nor its account was looked at "
        f"then). {report.champion}"
    )


def _worth(report: Report) -> Iterable[str]:
    yield "<h2>What the list is worth</h2>"
    if report.worth is None:
        yield _paragraph("No deal was won within the horizon of a look.")
        return
    yield _paragraph(report.worth_sentence, "worth")
    yield _table(
        "Share of the deals met, and how far the model is ahead (95% intervals, by account)",
        ("order of the list", "deals met", "interval", "model ahead by", "interval"),
        [
            (
                row["predictor"],
                _text(row["met"], ".1%"),
                _range(row["low"], row["high"], ".1%"),
                *_lead(row),
            )
            for row in report.worth.table.to_dict("records")
        ],
    )
    yield _paragraph(
        "A deal is met if it stood in the worked top at a look no more than "
        f"{report.horizon_days} days before it was won. The base rate puts all prospects in random "
        "order, drawn anew at each look.",
        "note",
    )


def _lead(row: Mapping[Hashable, Any]) -> tuple[str, str]:
    if row["predictor"] == MODEL:
        return "", ""
    return _text(row["lead"], "+.1%"), _range(row["lead_low"], row["lead_high"], "+.1%")


def _figures_by_report(report: Report) -> Iterable[str]:
    for name, frame in report.metrics.items():
        yield f"<h2>Figures: {escape(name)}</h2>"
        for _, rows in frame.groupby("horizon_days", sort=True):
            yield _metrics_table(rows)
        yield _comparison_table(report.comparisons[name])
    if UNSEEN not in report.metrics:
        yield _paragraph("Too few prospects unseen in training were won to report on them.", "note")


def _metrics_table(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    caption = (
        f"Won within {first['horizon_days']:g} days: {first['won']:,.0f} seen in "
        f"{first['snapshots']:,.0f} snapshots, base rate {first['base_rate']:.1%}; label known for "
        f"{first['share_known']:.1%}, weights capped for {first['share_capped']:.1%} of these"
    )
    shown = [
        figure for figure in FIGURES if figure.name in rows and rows[figure.name].notna().any()
    ]
    return _table(
        caption,
        ("figure", *rows["predictor"]),
        [
            (figure.title, *(_text(value, figure.pattern) for value in rows[figure.name]))
            for figure in shown
        ],
    )


def _comparison_table(rows: pd.DataFrame) -> str:
    return _table(
        "Difference from the model: predictor - model, 95% by paired cluster bootstrap",
        ("predictor", "days", "figure", "model", "predictor", "difference", "interval", "verdict"),
        [
            (
                row["predictor"],
                f"{row['horizon_days']:g}",
                TITLES.get(row["figure"], row["figure"]),
                _text(row["model"], PATTERNS[row["figure"]]),
                _text(row["value"], PATTERNS[row["figure"]]),
                _text(row["difference"], "+.4f"),
                _range(row["low"], row["high"], "+.4f"),
                VERDICTS[row["verdict"]],
            )
            for row in rows.to_dict("records")
        ],
    )


def _slices(report: Report) -> Iterable[str]:
    yield f"<h2>Slices, the worst first ({report.horizon_days} days)</h2>"
    if report.slices.empty:
        yield _paragraph("No slice has enough won prospects to judge it.")
        return
    yield _table(
        "Observed over expected: 1 is right, above 1 promised too little, below 1 too much",
        ("slice", "snapshots", "prospects", "won", "base rate", "log-loss", "of the base rate",
         "observed / expected", "interval", "errors from 1"),
        [
            (
                f"{row['trait']}: {row['slice']}",
                f"{row['snapshots']:,}",
                f"{row['prospects']:,}",
                f"{row['won']:,}",
                _text(row["base_rate"], ".1%"),
                _text(row["log_loss"], ".4f"),
                _text(row["log_loss_base_rate"], ".4f"),
                _text(row["observed_over_expected"], ".2f"),
                _range(row["low"], row["high"], ".2f"),
                _text(row["errors_from_one"], ".1f"),
            )
            for row in report.slices.to_dict("records")
        ],
    )  # fmt: skip
    yield _paragraph(
        "Of so many slices about one in twenty lies outside of its interval by chance. The amount "
        "is the latest one, so it may be a consequence of the outcome.",
        "note",
    )


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"<caption>{escape(caption)}</caption>", _row("th", header)]
    lines += [_row("td", row) for row in rows]
    return '<div class="wide"><table>' + "\n".join(lines) + "</table></div>"


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}{_class(c)}>{escape(str(c))}</{tag}>" for c in cells) + "</tr>"


def _class(cell: str) -> str:
    names = {VERDICTS[BETTER]: "better", VERDICTS[WORSE]: "worse"}
    return f' class="{names[cell]}"' if cell in names else ""


def _paragraph(text: str, name: str = "") -> str:
    return f'<p class="{name}">{escape(text)}</p>' if name else f"<p>{escape(text)}</p>"


def _text(value: float, pattern: str) -> str:
    return "-" if math.isnan(value) else format(value, pattern)


def _range(low: float, high: float, pattern: str) -> str:
    return "-" if math.isnan(low) else f"{low:{pattern}} to {high:{pattern}}"


def _svg(name: str, figure: Figure) -> str:
    """Draw a figure as an SVG element; its ids are its own, and the same each time."""
    with StringIO() as text, mpl.rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
        drawing = text.getvalue()
    title = figure.axes[0].get_title(loc="left")
    drawing = drawing[drawing.index("<svg") :].replace(
        "<svg", f'<svg role="img" aria-label="{escape(title)}"', 1
    )
    return f"<figure>{drawing}</figure>"
