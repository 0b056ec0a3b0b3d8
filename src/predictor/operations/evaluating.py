"""Evaluation on demand: a configuration, or a trained model after its training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from predictor.crm.crm import read_crm
from predictor.evaluation.backtest import backtest, rolling_origins
from predictor.evaluation.forward import ForwardTest, forward_test, metrics
from predictor.evaluation.leakage.audit import audit, refuse_leaks
from predictor.operations.registry import load_predictor
from predictor.operations.training import Step, plots, read_truth

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import pandas as pd

    from predictor.config import Config


@dataclass(frozen=True)
class Evaluation:
    """A forward test with its figures.

    Attributes
    ----------
    subject : str
        What was tested.
    test : ForwardTest
        Predictions and outcomes.
    metrics : pd.DataFrame
        Figures per horizon, beside the baselines.
    folder : Path
        Where the table and the plots are.
    """

    subject: str
    test: ForwardTest
    metrics: pd.DataFrame
    folder: Path


def evaluate(
    config: Config,
    as_of: datetime | None,
    step: Step,
    *,
    model_uri: str | None = None,
    output: Path | None = None,
) -> Evaluation:
    """Test forward in time and write the table and the plots.

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
        Folder of the table and the plots; by default ``evaluation`` beside the runs.

    Raises
    ------
    PredictorError
        If there is nothing to test on.
    """
    step("reading the source")
    crm = read_crm(config)
    as_of = as_of or crm.last_instant()
    refuse_leaks(audit(crm, config, crm.last_instant()))
    if model_uri is None:
        origins = rolling_origins(config, as_of)
        test = backtest(crm, config, as_of, lambda origin: step(f"a model of {origin:%Y-%m-%d}"))
        subject = f"configuration {config.name}, {len(origins)} rolling origins"
    else:
        step("scoring what came after the training")
        registered = load_predictor(config, model_uri)
        known = crm.known_at(as_of)
        test = forward_test(known, config, registered.predictor, as_of, as_of)
        trained = registered.predictor.trained_as_of
        subject = f"model {registered.version}, trained as of {trained:%Y-%m-%d}"
    step("drawing")
    figures = metrics(test, read_truth(config))
    folder = output or config.output_folder / "evaluation"
    _write(config, test, figures, folder)
    return Evaluation(subject, test, figures, folder)


def _write(config: Config, test: ForwardTest, figures: pd.DataFrame, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    figures.to_csv(folder / "metrics.csv", index=False)
    for name, figure in plots(test, figures, config.horizon_days).items():
        figure.savefig(folder / name)
