"""Evaluation on demand: a configuration, or a trained model after its training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from predictor.crm.crm import read_crm
from predictor.errors import ModelFileError
from predictor.evaluation.backtest import backtest, rolling_origins
from predictor.evaluation.drawing import draw
from predictor.evaluation.forward import ForwardTest, forward_test, metrics
from predictor.evaluation.leakage.audit import audit, refuse_leaks
from predictor.evaluation.list_worth import WORKED_SHARE
from predictor.evaluation.page import EXPLORED, evaluation_documents
from predictor.evaluation.plot_words import say_in
from predictor.evaluation.report import ALL, Report, report_on
from predictor.evaluation.rivals import Champion, champion_note
from predictor.evaluation.traits import trait_labels
from predictor.features.catalogue import Text
from predictor.features.wording import on_date
from predictor.operations.exploring import read_explored
from predictor.operations.registry import RegisteredPredictor, load_predictor
from predictor.operations.training import Step, read_truth

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd
    from matplotlib.figure import Figure

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.evaluation.explored import Explored


@dataclass(frozen=True)
class Evaluation:
    """A forward test with what it says.

    Attributes
    ----------
    report : Report
        Figures, comparisons, worth of the list, slices.
    folder : Path
        Where the tables, the plots and the page are.
    """

    report: Report
    folder: Path

    @property
    def explored(self) -> Explored | None:
        """What the random slices of past lists came to, where there are some."""
        return self.report.explored

    @property
    def subject(self) -> str:
        """What was tested."""
        return self.report.subject.en

    @property
    def test(self) -> ForwardTest:
        """Predictions and outcomes."""
        return self.report.test

    @property
    def metrics(self) -> pd.DataFrame:
        """Figures of all prospects, per horizon and predictor."""
        return self.report.metrics[ALL]


def evaluate(
    config: Config,
    as_of: datetime | None,
    step: Step,
    *,
    model_uri: str | None = None,
    output: Path | None = None,
    capacity: int | None = None,
) -> Evaluation:
    """Test forward in time and write the tables, the plots and the page.

    Parameters
    ----------
    config : Config
        The business.
    as_of : datetime, optional
        End of the follow-up; by default the end of the data.
    step : callable
        Told what is being done.
    model_uri : str, optional
        Test this model from its training instant on; by default the configuration is tested.
    output : Path, optional
        Folder of the tables and the plots; by default ``evaluation`` beside the runs.
    capacity : int, optional
        Prospects that the team works in a week; by default the top fifth.

    Raises
    ------
    PredictorError
        If there is nothing to test on.
    """
    step("reading the source")
    crm = read_crm(config)
    as_of = as_of or crm.last_instant()
    refuse_leaks(audit(crm, config, crm.last_instant()))
    champion = _champion(config)
    if model_uri is None:
        subject, test = _test_configuration(config, crm, as_of, step, champion)
    else:
        step("scoring what came after the training")
        registered = load_predictor(config, model_uri)
        # A champion is not compared with itself.
        champion = champion if champion and champion.version != registered.version else None
        subject, test = _test_model(config, crm, as_of, registered, champion)
    step("drawing intervals and plots")
    truth = read_truth(config)
    count = None if capacity is None else test.count_here(capacity)
    report = report_on(
        test,
        metrics(test, truth, count),
        config.horizon_days,
        subject=subject,
        champion=champion_note(champion, test.snapshots) if champion else Text("", ""),
        labels=trait_labels(config.attributes, config.labels),
        truth=truth,
        top=WORKED_SHARE if count is None else count,
        seed=config.seed,
        language=config.language,
    )
    report = replace(report, explored=read_explored(config.output_folder, crm, as_of))
    folder = output or config.output_folder / "evaluation"
    _write(report, folder)
    return Evaluation(report, folder)


def _test_configuration(
    config: Config, crm: Crm, as_of: datetime, step: Step, champion: Champion | None
) -> tuple[Text, ForwardTest]:
    origins = rolling_origins(config, as_of)
    test = backtest(
        crm, config, as_of, lambda origin: step(f"a model of {origin:%Y-%m-%d}"), champion
    )
    subject = Text(
        f"configuration {config.name}, {len(origins)} rolling origins",
        f"configuration {config.name}, {len(origins)} origines successives",
    )
    return subject, test


def _test_model(
    config: Config,
    crm: Crm,
    as_of: datetime,
    registered: RegisteredPredictor,
    champion: Champion | None,
) -> tuple[Text, ForwardTest]:
    known = crm.known_at(as_of)
    test = forward_test(known, config, registered.predictor, as_of, as_of, champion=champion)
    return subject_of(registered), test


def subject_of(registered: RegisteredPredictor) -> Text:
    """Name a model that is tested."""
    version, trained = registered.version, registered.predictor.trained_as_of
    return Text(
        f"model {version}, trained as of {trained:%Y-%m-%d}",
        f"modèle {version}, entraîné au {on_date(trained.date()).fr}",
    )


def _champion(config: Config) -> Champion | None:
    """Return the champion, if there is one yet."""
    local = config.tracking_uri.removeprefix("sqlite:///")
    if local != config.tracking_uri and not Path(local).exists():
        return None  # asking MLflow would make the file
    try:
        registered = load_predictor(config)
    except ModelFileError:
        return None
    return Champion(registered.version, registered.predictor)


def _write(report: Report, folder: Path) -> None:
    """Make every file in memory, then write them: one that fails to be made leaves none."""
    figures = draw(report.test, report.horizon_days)
    say_in(report.language, figures)
    files = {name: _png(figure) for name, figure in figures.items()}
    texts = evaluation_documents(report, figures)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / EXPLORED).unlink(missing_ok=True)
    for name, content in {**files, **{n: t.encode() for n, t in texts.items()}}.items():
        (folder / name).write_bytes(content)


def _png(figure: Figure) -> bytes:
    with BytesIO() as stream:
        figure.savefig(stream, format="png")
        return stream.getvalue()
