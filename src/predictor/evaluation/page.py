"""The report as one HTML file: nothing is fetched, and every text is escaped."""

from __future__ import annotations

from html import escape
from io import StringIO
from typing import TYPE_CHECKING

import matplotlib as mpl

from predictor.evaluation import page_words as words
from predictor.evaluation.comparisons import BETTER, WORSE
from predictor.evaluation.drawing import draw
from predictor.evaluation.metrics.summary import FIGURES
from predictor.evaluation.page_data import DATA, evaluation_json
from predictor.evaluation.plot_words import say_in
from predictor.evaluation.report import UNSEEN, by_report
from predictor.evaluation.rivals import MODEL
from predictor.evaluation.wording import written, written_range

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence
    from typing import Any

    import pandas as pd
    from matplotlib.figure import Figure

    from predictor.evaluation.report import Report

PAGE = "evaluation.html"
EXPLORED = "explored.csv"
PATTERNS = {figure.name: figure.pattern for figure in FIGURES}
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
        By file name: evaluation.html, evaluation.json (see `evaluation_data`), metrics.csv,
        comparisons.csv, slices.csv, list_worth.csv, explored.csv; a table that is empty, or that
        there is not, is left out.
    """
    tables = {
        "metrics.csv": by_report(report.metrics),
        "comparisons.csv": by_report(report.comparisons),
        "slices.csv": report.slices,
    }
    if report.worth is not None:
        tables["list_worth.csv"] = report.worth.table
    if report.explored is not None:
        tables[EXPLORED] = report.explored.table
    drawn = draw(report.test, report.horizon_days) if figures is None else figures
    say_in(report.language, drawn)
    texts = {name: table.to_csv(index=False) for name, table in tables.items() if len(table)}
    return {PAGE: page(report, drawn), DATA: evaluation_json(report), **texts}


def page(report: Report, figures: Mapping[str, Figure]) -> str:
    """Lay out the report as one self-contained HTML file, in its language."""
    language = report.language
    title = escape(words.title(report)[language])
    body = [
        f"<h1>{title}</h1>",
        _paragraph(words.facts(report)[language]),
        *_worth(report),
        *_explored(report),
        _heading(words.plots_heading(report.horizon_days)[language]),
        '<div class="plots">',
        *(_svg(name, figure) for name, figure in figures.items()),
        "</div>",
        *_figures_by_report(report),
        *_slices(report),
    ]
    return "\n".join(
        [
            f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            POLICY,
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>\n</head>\n<body>",
            *body,
            "</body>\n</html>\n",
        ]
    )


def _worth(report: Report) -> Iterable[str]:
    worth, language = report.worth, report.language
    yield _heading(words.WORTH_HEADING[language])
    if worth is None:
        yield _paragraph(words.NO_DEAL[language])
        return
    yield _paragraph(report.worth_sentence, "worth")
    yield _table(
        words.WORTH_CAPTION[language],
        [text[language] for text in words.WORTH_HEADER],
        [
            (
                words.predictor_name(row["predictor"])[language],
                written(row["met"], ".1%")[language],
                written_range(row["low"], row["high"], ".1%")[language],
                *_lead(row, language),
            )
            for row in worth.table.to_dict("records")
        ],
    )
    yield _paragraph(words.worth_note(report.horizon_days, worth.do_not_contact)[language], "note")


def _lead(row: Mapping[Hashable, Any], language: str) -> tuple[str, str]:
    if row["predictor"] == MODEL:
        return "", ""
    interval = written_range(row["lead_low"], row["lead_high"], "+.1%")
    return written(row["lead"], "+.1%")[language], interval[language]


def _explored(report: Report) -> Iterable[str]:
    found, language = report.explored, report.language
    if found is None:
        return
    yield _heading(words.EXPLORED_HEADING[language])
    yield _table(
        words.explored_caption(found.lists)[language],
        [text[language] for text in words.EXPLORED_HEADER],
        [
            (
                words.EXPLORED_GROUPS[row["group"]][language],
                written(row["prospects"], ",")[language],
                written(row["won"], ",")[language],
                written(row["share_won"], ".1%")[language],
                written_range(row["low"], row["high"], ".1%")[language],
                written(row["foretold"], ".1%")[language],
            )
            for row in found.table.to_dict("records")
        ],
    )
    yield _paragraph(words.EXPLORED_NOTE[language], "note")


def _figures_by_report(report: Report) -> Iterable[str]:
    for name, frame in report.metrics.items():
        yield _heading(words.figures_heading(name)[report.language])
        for _, rows in frame.groupby("horizon_days", sort=True):
            yield _metrics_table(rows, report.language)
        yield _comparison_table(report.comparisons[name], report.language)
    if UNSEEN not in report.metrics:
        yield _paragraph(words.TOO_FEW_UNSEEN[report.language], "note")


def _metrics_table(rows: pd.DataFrame, language: str) -> str:
    shown = [
        figure for figure in FIGURES if figure.name in rows and rows[figure.name].notna().any()
    ]
    names = (words.predictor_name(name)[language] for name in rows["predictor"])
    return _table(
        words.horizon_caption(rows.iloc[0])[language],
        (words.FIGURE[language], *names),
        [
            (
                words.FIGURE_TITLES[figure.name][language],
                *(written(value, figure.pattern)[language] for value in rows[figure.name]),
            )
            for figure in shown
        ],
    )


def _comparison_table(rows: pd.DataFrame, language: str) -> str:
    return _table(
        words.COMPARISON_CAPTION[language],
        [text[language] for text in words.COMPARISON_HEADER],
        [
            (
                words.predictor_name(row["predictor"])[language],
                f"{row['horizon_days']:g}",
                words.FIGURE_TITLES[row["figure"]][language],
                written(row["model"], PATTERNS[row["figure"]])[language],
                written(row["value"], PATTERNS[row["figure"]])[language],
                written(row["difference"], "+.4f")[language],
                written_range(row["low"], row["high"], "+.4f")[language],
                words.VERDICTS[row["verdict"]][language],
            )
            for row in rows.to_dict("records")
        ],
    )


def _slices(report: Report) -> Iterable[str]:
    language = report.language
    yield _heading(words.slices_heading(report.horizon_days)[language])
    if report.slices.empty:
        yield _paragraph(words.NO_SLICE[language])
        return
    yield _table(
        words.SLICES_CAPTION[language],
        [text[language] for text in words.SLICES_HEADER],
        [
            (
                words.slice_name(report, row["trait"], row["slice"])[language],
                written(row["snapshots"], ",")[language],
                written(row["prospects"], ",")[language],
                written(row["won"], ",")[language],
                written(row["base_rate"], ".1%")[language],
                written(row["log_loss"], ".4f")[language],
                written(row["log_loss_base_rate"], ".4f")[language],
                written(row["observed_over_expected"], ".2f")[language],
                written_range(row["low"], row["high"], ".2f")[language],
                written(row["errors_from_one"], ".1f")[language],
            )
            for row in report.slices.to_dict("records")
        ],
    )
    yield _paragraph(words.SLICES_NOTE[language], "note")


def _heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"<caption>{escape(caption)}</caption>", _row("th", header)]
    lines += [_row("td", row) for row in rows]
    return '<div class="wide"><table>' + "\n".join(lines) + "</table></div>"


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}{_class(c)}>{escape(str(c))}</{tag}>" for c in cells) + "</tr>"


def _class(cell: str) -> str:
    for verdict, name in ((BETTER, "better"), (WORSE, "worse")):
        if cell in vars(words.VERDICTS[verdict]).values():
            return f' class="{name}"'
    return ""


def _paragraph(text: str, name: str = "") -> str:
    return f'<p class="{name}">{escape(text)}</p>' if name else f"<p>{escape(text)}</p>"


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
