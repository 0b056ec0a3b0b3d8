"""Training from end to end: source, audit, model, backtest, registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from predictor.crm.crm import Crm, read_crm
from predictor.evaluation.backtest import backtest
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.forward import PREDICTORS, ForwardTest, Truth, metrics
from predictor.evaluation.leakage.audit import audit, refuse_leaks
from predictor.evaluation.metrics.calibration import calibration_table
from predictor.evaluation.metrics.lift import lift_table
from predictor.evaluation.plots import lift_curve, reliability, score_histogram
from predictor.model.training import fit_predictor
from predictor.operations.registry import TrainingRecord, register

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

    from predictor.config import Config
    from predictor.evaluation.leakage.finding import Finding
    from predictor.model.predictor import TrainedPredictor

Step = Callable[[str], None]


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
    """

    version: str
    champion: bool
    as_of: datetime
    predictor: TrainedPredictor
    metrics: pd.DataFrame
    findings: list[Finding]
    crm: Crm


def train(
    config: Config,
    as_of: datetime | None,
    step: Step,
    *,
    promote: bool = False,
    export: Path | None = None,
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
    step(f"training as of {as_of:%Y-%m-%d}")
    predictor = fit_predictor(crm, config, as_of)
    test = backtest(
        crm, config, as_of, lambda origin: step(f"testing a model of {origin:%Y-%m-%d}")
    )
    figures = metrics(test, read_truth(config))
    step("registering the model")
    name, champion = register(
        config,
        predictor,
        _record(config, crm, predictor, test, figures, findings),
        predictor.portfolio.head(3),
        promote=promote,
    )
    if export is not None:
        predictor.save(export)
    return Training(name, champion, as_of, predictor, figures, findings, crm)


def read_truth(config: Config) -> Truth | None:
    """Read the truth of a simulated CRM, if the configuration names it."""
    return Truth.read(config.path(config.evaluation.truth)) if config.evaluation.truth else None


def plots(test: ForwardTest, figures: pd.DataFrame, wanted_days: int) -> dict[str, Figure]:
    """Draw calibration, lift and scores, by file name.

    Parameters
    ----------
    test : ForwardTest
        Predictions and outcomes.
    figures : pd.DataFrame
        What `metrics` made of them.
    wanted_days : int
        The horizon to draw; where the test does not reach it, the longest one is drawn.
    """
    reached = figures["horizon_days"].astype(int)
    horizon_days = wanted_days if wanted_days in set(reached) else int(reached.max())
    outcome = test.snapshots["outcome"].to_numpy(str)
    duration_days = test.snapshots["duration_days"].to_numpy(float)
    probability = test.probability[horizon_days]
    labels = horizon_labels(outcome, duration_days, horizon_days)
    calibration = calibration_table(outcome, duration_days, probability["model"], horizon_days)
    return {
        "calibration.png": reliability(calibration, horizon_days),
        "lift.png": lift_curve(
            {name: lift_table(labels, probability[name]) for name in PREDICTORS}, horizon_days
        ),
        "scores.png": score_histogram(outcome, probability["model"], horizon_days),
    }


def _record(
    config: Config,
    crm: Crm,
    predictor: TrainedPredictor,
    test: ForwardTest,
    figures: pd.DataFrame,
    findings: list[Finding],
) -> TrainingRecord:
    numbers = figures.melt(id_vars=["horizon_days", "predictor"], var_name="figure")
    return TrainingRecord(
        parameters={
            "as_of": predictor.training["as_of"],
            "horizon_days": config.horizon_days,
            "seed": config.seed,
            "snapshots": predictor.training["snapshots"],
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
        },
        frames={
            "rows.csv": crm.counts,
            "quarantine_counts.csv": crm.counts[crm.counts["reason"] != "used"],
            "backtest.csv": figures,
        },
        figures=plots(test, figures, config.horizon_days),
    )
