"""Training from end to end: source, audit, model, backtest, registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from predictor.crm.crm import Crm, read_crm
from predictor.evaluation.backtest import backtest
from predictor.evaluation.drawing import draw
from predictor.evaluation.forward import metrics
from predictor.evaluation.leakage.audit import audit, refuse_leaks
from predictor.evaluation.page import evaluation_documents
from predictor.evaluation.report import ALL, report_on
from predictor.evaluation.traits import trait_labels
from predictor.evaluation.truth import Truth
from predictor.features.catalogue import Text
from predictor.features.wording import on_date
from predictor.model.training import fit_predictor
from predictor.operations.registry import TrainingRecord, register
from predictor.operations.tuning import tune as search_settings

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import pandas as pd

    from predictor.config import Config
    from predictor.evaluation.leakage.finding import Finding
    from predictor.evaluation.report import Report
    from predictor.model.budget import Budget
    from predictor.model.predictor import TrainedPredictor
    from predictor.operations.tuning import Tuning

Step = Callable[[str], None]
#: Facts of a training that say what its snapshots are.
SNAPSHOT_FACTS = ("snapshots", "sampled_from", "every_days", "phases_days")


@dataclass(frozen=True)
class Training:
    """What a training leaves behind.

    Attributes
    ----------
    version : str
        Registered model and number.
    champion : bool
        Whether it is the champion now.
    as_of : datetime
        The training instant.
    predictor : TrainedPredictor
        The predictor.
    metrics : pd.DataFrame
        Forward-in-time figures, each beside its baselines.
    findings : list of Finding
        What the leakage audit saw.
    crm : Crm
        The source it was trained on.
    tuning : Tuning, optional
        The search for better settings that came before.
    """

    version: str
    champion: bool
    as_of: datetime
    predictor: TrainedPredictor
    metrics: pd.DataFrame
    findings: list[Finding]
    crm: Crm
    tuning: Tuning | None = None


def train(
    config: Config,
    as_of: datetime | None,
    step: Step,
    *,
    promote: bool = False,
    export: Path | None = None,
    tune: Budget | None = None,
) -> Training:
    """Train on what was known at an instant, test it forward in time, and register it.

    Parameters
    ----------
    config : Config
        The business.
    as_of : datetime, optional
        The training instant; by default the end of the data.
    step : callable
        Told what is being done.
    promote : bool
        Make the new model the champion; the first one always is.
    export : Path, optional
        Folder to which the model is saved as well.
    tune : Budget, optional
        Search for better settings first, for so long.

    Raises
    ------
    PredictorError
        If the source, the audit or the data stand against it; nothing is registered then.
    """
    step("reading the source")
    crm = read_crm(config)
    as_of = as_of or crm.last_instant()
    step("looking for leaks")
    findings = audit(crm, config, crm.last_instant())
    refuse_leaks(findings)
    tuning = search_settings(crm, config, as_of, tune, step) if tune else None
    config = tuning.config if tuning else config
    step(f"training as of {as_of:%Y-%m-%d}")
    predictor = fit_predictor(crm, config, as_of)
    test = backtest(
        crm, config, as_of, lambda origin: step(f"testing a model of {origin:%Y-%m-%d}")
    )
    figures = metrics(test, read_truth(config))
    report = report_on(
        test,
        figures,
        config.horizon_days,
        subject=Text(
            f"configuration {config.name}, before its model of {as_of:%Y-%m-%d}",
            f"configuration {config.name}, avant son modèle du {on_date(as_of.date()).fr}",
        ),
        labels=trait_labels(config.attributes, config.labels),
        truth=read_truth(config),
        seed=config.seed,
        language=config.language,
    )
    step("registering the model")
    name, champion = register(
        config,
        predictor,
        _record(config, crm, predictor, report, findings, tuning),
        predictor.portfolio.head(3),
        promote=promote,
    )
    if export is not None:
        predictor.save(export)
    return Training(name, champion, as_of, predictor, figures, findings, crm, tuning)


def read_truth(config: Config) -> Truth | None:
    """Read the truth of a simulated CRM, if the configuration names it."""
    return Truth.read(config.path(config.evaluation.truth)) if config.evaluation.truth else None


def _record(
    config: Config,
    crm: Crm,
    predictor: TrainedPredictor,
    report: Report,
    findings: list[Finding],
    tuning: Tuning | None,
) -> TrainingRecord:
    numbers = report.metrics[ALL].melt(id_vars=["horizon_days", "predictor"], var_name="figure")
    drawn = draw(report.test, report.horizon_days)
    return TrainingRecord(
        parameters={
            "as_of": predictor.training["as_of"],
            "horizon_days": config.horizon_days,
            "seed": config.seed,
            **{name: predictor.training[name] for name in SNAPSHOT_FACTS},
            "software": version("conversion-predictor"),
            **{f"model.{name}": value for name, value in config.model.model_dump().items()},
        },
        metrics={
            f"{row['predictor']}.{row['figure']}.{row['horizon_days']:g}d".replace(" ", "_"): (
                float(row["value"])
            )
            for row in numbers.to_dict("records")
        },
        documents={
            "fingerprints.json": crm.fingerprints(),
            "leakage.json": {"findings": [vars(finding) for finding in findings]},
            **(tuning.documents() if tuning else {}),
        },
        frames={
            "rows.csv": crm.counts,
            "quarantine_counts.csv": crm.counts[crm.counts["reason"] != "used"],
            **(tuning.frames() if tuning else {}),
        },
        texts=evaluation_documents(report, drawn),
        figures=drawn,
    )
