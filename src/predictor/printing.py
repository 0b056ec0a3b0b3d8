"""Results as tables and text for the terminal, in 80 columns."""

from __future__ import annotations

import textwrap
from math import exp
from typing import TYPE_CHECKING

import pandas as pd

from predictor.console import WIDTH, print_table, say
from predictor.evaluation.explored import say_explored
from predictor.evaluation.leakage.layout import format_findings
from predictor.evaluation.table import format_metrics
from predictor.features.catalogue import NEVER_MISSING, Text
from predictor.features.wording import day_range, number, on_date, percent
from predictor.printed_changes import print_alerts

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path
    from typing import Any

    from predictor.evaluation.leakage.finding import Finding
    from predictor.evaluation.report import Report
    from predictor.features.catalogue import Feature
    from predictor.model.phased_rates import PhasedRates
    from predictor.operations.checking import Check
    from predictor.operations.demo import Demo
    from predictor.operations.evaluating import Evaluation
    from predictor.operations.runs import ScoringReport
    from predictor.operations.training import Training

TOP = 10
SLICES_SHOWN = 5

_LIST = {
    "title": Text(
        "{n} open prospects as of {date}, scored by {model}",
        "{n} prospects ouverts au {date}, notés par {model}",
    ),
    "left_out": Text(
        "{n} more are left out: they must not be contacted",
        "Hors liste, à ne pas contacter : {n}",
    ),
    "note": Text("Note: {text}", "À noter : {text}"),
    "file": Text("The list: {path}", "La liste : {path}"),
}
_COLUMNS = Text(
    "# prospect band P days points reasons", "# prospect catégorie P jours points raisons"
)
_MISSING = Text("; missing: {}", " ; absent : {}")


def print_check(result: Check) -> None:
    """Print rows per table and reason, then the findings."""
    say("Rows of the source")
    rows = [
        (str(table), str(reason), f"{count:,}")
        for table, reason, count in result.crm.counts.itertuples(index=False)
    ]
    print_table("", ("table", "used, or why quarantined", "rows"), rows, right=("rows",))
    for cell in result.crm.unreadable.itertuples():
        _wrapped(
            f"{cell.table}.{cell.column}: {cell.cells:,} values cannot be read (for example "
            f"{cell.example!r}) and count as {_counts_as(str(cell.column))}; mend the SQL."
        )
    say()
    _print_findings(result.findings)
    if result.obstacle:
        _wrapped(f"Training would be refused: {result.obstacle}.")
    elif result.refused:
        _wrapped("Training would be refused because of the severe findings above.")
    else:
        say("Training would go ahead.")


def print_features(families: Mapping[str, list[Feature]], language: str) -> None:
    """Print every feature by family: its name, its unit, and what it is."""
    for family, features in families.items():
        noun = "feature" if len(features) == 1 else "features"
        say(f"{family} ({len(features)} {noun})")
        for feature in features:
            say(f"  {feature.name} ({feature.unit})")
            said = feature.sentence[language]
            if feature.missing != NEVER_MISSING:
                said += _MISSING[language].format(feature.missing[language])
            _wrapped(said, indent="      ")
        say()
    say(f"{sum(len(features) for features in families.values())} features")


def print_training(result: Training) -> None:
    """Print what was trained, on what, and its figures forward in time."""
    facts = result.predictor.training
    outcomes, every = facts["prospects_by_outcome"], facts["every_days"]
    say(
        f"Trained {result.version} as of {result.as_of:%Y-%m-%d} on {facts['snapshots']:,} "
        f"snapshots of {facts['prospects']:,}\nprospects: {outcomes.get('won', 0):,} won, "
        f"{outcomes.get('lost', 0):,} lost, {outcomes.get('open', 0):,} still open by then."
    )
    say(f"Each is looked at every {'day' if every == 1 else f'{every} days'}.")
    if facts["sampled_from"] > facts["snapshots"]:
        won = "all" if facts["all_won_kept"] else "some"
        say(
            f"The snapshots are a sample of {facts['sampled_from']:,}, with weights; {won} won "
            "soon are in."
        )
    say("It is the champion." if result.champion else "The champion is unchanged; see --promote.")
    _print_simpler_parts(result.predictor.model)
    for cause, by in result.predictor.model.recalibrated_.items():
        say(
            f"Rates of being {cause} were put right by the latest snapshots:\n"
            f"level x {exp(by.level):.2f}, slope {by.slope:.2f}."
        )
    if result.predictor.model.spread_ is None:
        say("So few are won that scores have no interval.")
    say()
    _print_metrics(result.metrics)
    warnings = [finding for finding in result.findings if finding.severity != "info"]
    if warnings:
        say(f"\nThe leakage audit has {len(warnings)} warnings: see 'predictor check'.")


def _print_simpler_parts(model: PhasedRates) -> None:
    """Say where the model is simpler than it would be with more outcomes."""
    for cause, rounds in model.n_rounds_.items():
        if cause in model.simplified_:
            say(f"Too few are {cause} to search for the size of that part: it is small and fixed.")
        elif not rounds.shared and not any(rounds.phases):
            say(f"Nothing tells who is {cause} yet: everyone has the portfolio's rate of it.")
        elif not any(rounds.phases):
            say(f"One score of being {cause} serves all phases: nothing of their own was found.")


def print_list(report: ScoringReport, language: str = "en") -> None:
    """Print the top of a ranked list with the first reasons."""
    frame = report.ranked.frame

    def word(name: str, **values: str) -> str:
        return _LIST[name][language].format(**values)

    count, left_out = number(len(frame)), number(report.ranked.n_do_not_contact)
    date = on_date(report.as_of.date())[language]
    say(word("title", n=count[language], date=date, model=report.model_version))
    if report.ranked.n_do_not_contact:
        say(word("left_out", n=left_out[language]))
    for note in report.notes:
        _wrapped(word("note", text=note[language]))
    rows = [cells for row in frame.head(TOP).to_dict("records") for cells in _rows(row, language)]
    columns = _COLUMNS[language].split()
    print_table("", columns, rows, right=[columns[place] for place in (0, 3, 4, 5)])
    print_alerts(report.alerts, _relative(report.folder / "alerts.csv"), language)
    say(word("file", path=_relative(report.folder / "ranked.csv")))


def print_evaluation(result: Evaluation) -> None:
    """Print the figures of a forward test, the worth of the list, and where the files are."""
    snapshots = result.test.snapshots
    say(
        f"Tested {result.subject}:\n{len(snapshots):,} snapshots of "
        f"{snapshots['prospect_id'].nunique():,} prospects, {snapshots['as_of'].min():%Y-%m-%d} to "
        f"{snapshots['as_of'].max():%Y-%m-%d}"
    )
    if result.test.share < 1:
        say(f"These are a random {result.test.share:.2%} of the accounts; counts of a list's top")
        say("are as large a share of them.")
    say()
    _print_metrics(result.metrics)
    if result.report.worth_sentence:
        say()
        _wrapped(result.report.worth_sentence)
    _print_worst_slices(result.report)
    if result.explored is not None:
        say()
        _wrapped(say_explored(result.explored))
    if result.report.champion.en:
        say()
        _wrapped(result.report.champion.en)
    say(f"\nPage, tables and plots: {_relative(result.folder)}")


def _print_worst_slices(report: Report) -> None:
    """Print where the probabilities come true least, as far as that is no chance."""
    worst = report.slices.head(SLICES_SHOWN)
    if worst.empty:
        return
    rows = [
        (
            textwrap.shorten(f"{row['trait']}: {row['slice']}", 40, placeholder="..."),
            f"{row['won']:,}",
            f"{row['observed_over_expected']:.2f}",
            f"{row['low']:.2f} to {row['high']:.2f}",
        )
        for row in worst.to_dict("records")
    ]
    columns = ("slice", "won", "O/E", "95%")
    say(f"\nThe worst slices: observed over expected (O/E) within {report.horizon_days} days")
    print_table("", columns, rows, right=columns[1:])


def print_demo(result: Demo) -> None:
    """Print the end of the demo: the list, the figures, and where the files are."""
    say("THE LIST")
    print_list(result.report)
    say("\nTHE MODEL, FORWARD IN TIME")
    print_training(result.training)
    config = _relative(result.config_path)
    first = result.report.ranked.frame["prospect_id"].iloc[0]
    say("\nTHE FILES")
    print_table(
        "",
        ("what", "where"),
        [
            ("configuration", config),
            ("this week's list", _relative(result.report.folder / "ranked.csv")),
            ("the same as a web page", _relative(result.page)),
            ("last week's list", _relative(result.previous.folder / "ranked.csv")),
            ("runs and models (MLflow)", _relative(result.config_path.parent / "mlflow.db")),
        ],
    )
    say(f"Next: predictor explain {config} {first}")


def _counts_as(column: str) -> str:
    return "true" if column == "do_not_contact" else "missing"


def _rows(row: Mapping[Hashable, Any], language: str) -> list[tuple[str, ...]]:
    """Return one row per reason; the first also holds what is said of the prospect itself."""
    about = (
        str(row["rank"]),
        row["prospect_id"],
        row["band"],
        percent(row["conversion_probability"])[language],
        _days(row["days_to_close_p25"], row["days_to_close_p75"], language),
    )
    cells = [("", "")]
    if row["reason_1"]:
        parts = [row[f"reason_{place}"].rpartition(":") for place in (1, 2, 3)]
        cells = [(weight.split()[0], text.strip()) for text, _, weight in parts if text]
    return [((*about, *cells[0])), *(("",) * len(about) + pair for pair in cells[1:])]


def _print_metrics(metrics: pd.DataFrame) -> None:
    say(format_metrics(metrics))


def _print_findings(findings: list[Finding]) -> None:
    say(format_findings(findings))
    if findings:
        say()


def _wrapped(text: str, indent: str = "") -> None:
    say(textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent))


def _days(low: float, high: float, language: str) -> str:
    """Write the days to close; the heading tells the unit."""
    if pd.isna(low) or pd.isna(high):
        return ""
    return day_range(low, high)[language].rpartition(" ")[0]


def _relative(path: Path) -> str:
    """Return a path as seen from the working folder, where it lies below it."""
    try:
        return str(path.resolve().relative_to(path.cwd()))
    except ValueError:
        return str(path)
