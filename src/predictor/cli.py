"""The command line. Thin: it reads arguments, calls `predictor.operations`, and prints.

Nothing heavy is imported before a command runs, so that ``predictor --help`` is instant.
"""

from __future__ import annotations

import sys
from datetime import date, datetime  # noqa: TC003 - Typer reads them
from pathlib import Path
from typing import Annotated

import typer

from predictor.console import progress, run, say
from predictor.options import DATES, AsOf, ConfigPath, Cycle, ModelUri, Quiet, Version
from predictor.tuning_option import TunableCommand, Tune, keeping_trials, print_tuning

app = typer.Typer(
    name="predictor",
    help="Ranks open sales prospects by their probability to convert, with reasons.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)


def main() -> None:
    """Run the command line: a person's mistake ends in one line and a non-zero exit code."""
    sys.exit(run(app))


@app.callback()
def _options(version: Version = False) -> None:
    del version


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the demo goes.")] = Path(
        "demo"
    ),
    prospects: Annotated[int, typer.Option(min=500, help="Prospects to simulate.")] = 4000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulation.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Simulate a CRM, train, score, and show the list.

    Example: predictor demo demo
    """
    from predictor import printing
    from predictor.operations import demo as operation

    with progress(operation.STEPS, quiet=quiet) as step:
        result = operation.run_demo(folder, prospects, seed, step)
    if not quiet:
        printing.print_demo(result)


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the tables go.")],
    prospects: Annotated[int, typer.Option(min=1, help="Prospects to simulate.")] = 4000,
    cycle: Annotated[Cycle, typer.Option(help="Length of the sales cycle.")] = Cycle.SHORT,
    end: Annotated[
        datetime | None, typer.Option(formats=DATES[:1], metavar="DATE", help="End of the data.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulation.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Write a simulated CRM whose true probabilities are known.

    Example: predictor simulate crm --prospects 20000 --cycle long
    """
    from predictor.operations.demo import write_simulated_crm

    last_day: date | None = end.date() if end else None
    with progress(2, quiet=quiet) as step:
        config_path = write_simulated_crm(folder, prospects, cycle.value, last_day, seed, step)
    if not quiet:
        say(f"Wrote {config_path}: try 'predictor check {config_path}'")


@app.command()
def check(config: ConfigPath, quiet: Quiet = False) -> None:
    """Read the source; show the rows used and quarantined, and the leakage findings.

    The exit code is 1 where training would be refused.

    Example: predictor check config.yaml
    """
    from predictor import printing
    from predictor.config_file import read_config
    from predictor.operations import checking

    with progress(2, quiet=quiet) as step:
        result = checking.check(read_config(config), step)
    if not quiet:
        printing.print_check(result)
    raise typer.Exit(1 if result.refused else 0)


@app.command()
def cluster(
    config: ConfigPath,
    output: Annotated[Path, typer.Option(metavar="DIR", help="Where the store goes.")],
    quiet: Quiet = False,
) -> None:
    """Read the source once, and keep it sorted by prospect; for large CRMs.

    A configuration with source: {store: DIR} then reads it in place.

    Example: predictor cluster config.yaml --output store
    """
    from predictor.config_file import read_config
    from predictor.operations.clustering import cluster as write_store
    from predictor.operations.share import STEPS

    with progress(STEPS, quiet=quiet) as step:
        result = write_store(read_config(config), output, step)
    if not quiet:
        say(f"Wrote {output}: {result.rows_used:,} rows, {result.rows_quarantined:,} in quarantine")
        say(f"Name it in a configuration: source: {{store: {output}}}")


@app.command()
def features(
    config: ConfigPath,
    snapshots: Annotated[
        Path | None, typer.Option(help="CSV or Parquet with the columns prospect_id and as_of.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The matrix, .csv or .parquet, ordered by prospect_id and as_of."),
    ] = None,
    catalogue: Annotated[
        bool, typer.Option("--list", help="Print every feature with its sentence instead.")
    ] = False,
    model: ModelUri = None,
    quiet: Quiet = False,
) -> None:
    """Write the feature matrix of any list of (prospect_id, as_of) pairs, or list the features.

    Without --model, the features are those that training at the end of the data would choose.

    Example: predictor features config.yaml --snapshots pairs.csv --output matrix.parquet
    """
    from predictor.config_file import read_config
    from predictor.operations.feature_files import list_features, write_features
    from predictor.operations.share import STEPS

    if catalogue:
        from predictor.printing import print_features

        print_features(*list_features(read_config(config), model_uri=model))
        return
    if snapshots is None or output is None:
        missing = "--snapshots" if snapshots is None else "--output"
        raise typer.BadParameter(f"give {missing}, or --list to see what there is")
    with progress(STEPS, quiet=quiet) as step:
        shape = write_features(read_config(config), snapshots, output, step, model_uri=model)
    if not quiet:
        say(f"Wrote {output}: {shape[0]:,} snapshots, {shape[1]} features")


@app.command(cls=TunableCommand)
def train(
    config: ConfigPath,
    as_of: AsOf = None,
    tune: Tune = None,
    promote: Annotated[bool, typer.Option("--promote", help="Make it the champion.")] = False,
    export: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Save the model to a folder as well.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Train as known at an instant, test forward in time, and register the model.

    The first model becomes the champion; a later one does with --promote.

    Example: predictor train config.yaml --as-of 2026-01-05
    """
    from predictor import printing
    from predictor.config_file import read_config
    from predictor.operations import training
    from predictor.operations.share import STEPS

    settings = read_config(config)
    steps = 4 + settings.evaluation.origins + (STEPS if tune else 0)
    with keeping_trials(), progress(steps, quiet=quiet) as step:
        result = training.train(settings, as_of, step, promote=promote, export=export, tune=tune)
    if not quiet:
        print_tuning(result.tuning)
        printing.print_training(result)


@app.command()
def score(
    config: ConfigPath,
    as_of: AsOf = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the runs; default: as configured.")
    ] = None,
    model: ModelUri = None,
    by_owner: Annotated[
        bool, typer.Option("--by-owner", help="Write a list for each owner as well.")
    ] = False,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="Write ranked.xlsx as well.")] = False,
    quiet: Quiet = False,
) -> None:
    """Rank every open prospect with the champion, and write the list.

    Example: predictor score config.yaml --as-of 2026-06-29 --output runs
    """
    from predictor import printing
    from predictor.config_file import read_config
    from predictor.operations import runs
    from predictor.operations.list_files import asked_files

    settings = asked_files(read_config(config), xlsx=xlsx)
    with progress(4, quiet=quiet) as step:
        report = runs.score_open_prospects(
            settings,
            as_of,
            step,
            output=output,
            model_uri=model,
            by_owner=by_owner,
        )
    if not quiet:
        printing.print_list(report, settings.language)


@app.command()
def explain(
    config: ConfigPath,
    prospect_id: Annotated[str, typer.Argument(metavar="PROSPECT_ID", help="The prospect.")],
    as_of: AsOf = None,
    model: ModelUri = None,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Also which pairs of signals matter together.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Tell one prospect's story: probability, time to close, signals, history.

    Example: predictor explain config.yaml P00042
    """
    from predictor.config_file import read_config
    from predictor.operations import story
    from predictor.printed_story import print_story

    with progress(3, quiet=quiet) as step:
        result = story.tell(
            read_config(config), prospect_id, as_of, step, model_uri=model, pairs=pairs
        )
    if not quiet:
        print_story(result)


@app.command()
def evaluate(
    config: ConfigPath,
    as_of: AsOf = None,
    model: Annotated[
        str | None,
        typer.Option(help="Test this registered model ('champion', models:/... or a folder)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the page, tables and plots.")
    ] = None,
    capacity: Annotated[
        int | None,
        typer.Option(min=1, help="Prospects that the team works a week; default: the top 20%."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Test forward in time: the configuration by rolling origins, or a trained model.

    With --model, every scoring from the model's training to the end of the data.

    Example: predictor evaluate config.yaml --model champion
    """
    from predictor import printing
    from predictor.config_file import read_config
    from predictor.operations import evaluating

    settings = read_config(config)
    with progress(2 + settings.evaluation.origins, quiet=quiet) as step:
        result = evaluating.evaluate(
            settings, as_of, step, model_uri=model, output=output, capacity=capacity
        )
    if not quiet:
        printing.print_evaluation(result)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a scoring run.")],
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The page; default: beside the run, as RUN.html."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write a run as one web page: the list, each prospect, and the model.

    The page is one file that fetches nothing; it can be mailed and opened anywhere.

    Example: predictor report runs/2026-06-29
    """
    from predictor.report.files import write_report

    with progress(1, quiet=quiet) as step:
        step("writing the page")
        path = write_report(folder, output)
    if not quiet:
        say(f"Wrote {path}: open it in a browser")


@app.command()
def schema() -> None:
    """Print the JSON schema of the configuration, for editors.

    Example: predictor schema > schema.json
    """
    import json

    from predictor.config import json_schema

    say(json.dumps(json_schema(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
