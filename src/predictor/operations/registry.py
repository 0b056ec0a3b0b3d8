"""Runs and models in MLflow: logging, registering, and the alias `champion`."""

from __future__ import annotations

import logging
import math
import os
import warnings
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

# MLflow reports usage over the network unless told otherwise; customers' machines stay silent.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# The command line shows its own progress, and none when it is not on a terminal.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
import yaml
from mlflow.exceptions import MlflowException

from predictor.errors import ModelFileError
from predictor.evaluation.page_data import DATA
from predictor.lists.files import file_sha256
from predictor.model.files import MANIFEST
from predictor.model.predictor import TrainedPredictor
from predictor.operations import serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from predictor.config import Config

CHAMPION = "champion"
MODEL_FOLDER = "predictor"


@dataclass(frozen=True)
class TrainingRecord:
    """What a training run leaves in MLflow beside its model.

    Attributes
    ----------
    parameters : mapping of str to Any
        Parameters of the run.
    metrics : mapping of str to float
        Forward-in-time figures.
    documents : mapping of str to Any
        JSON documents by file name: data fingerprints, audit findings.
    frames : mapping of str to pd.DataFrame
        Tables by file name, written as CSV: rows used and quarantined.
    texts : mapping of str to str
        Texts by file name: the evaluation's page and tables, kept in the folder ``evaluation``.
    figures : mapping of str to Figure
        Plots by file name.
    """

    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    documents: Mapping[str, Any] = field(default_factory=dict)
    frames: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True)
class RegisteredPredictor:
    """A predictor, with the version to write beside its scores, and the folder it is from, if any.

    Attributes
    ----------
    predictor : TrainedPredictor
    version : str
    folder : Path, optional
    """

    predictor: TrainedPredictor
    version: str
    folder: Path | None = None

    def source(self) -> dict[str, str]:
        """Say for a run's manifest where a model from a folder lies, and which one it is."""
        if self.folder is None:
            return {}
        return {
            "model_folder": str(self.folder.resolve()),
            "model_sha256": file_sha256(self.folder / MANIFEST),
        }


def register(
    config: Config,
    predictor: TrainedPredictor,
    record: TrainingRecord,
    example: pd.DataFrame,
    *,
    promote: bool = False,
) -> tuple[str, bool]:
    """Log a training run, register its model, and make the first one the champion.

    Returns
    -------
    version : str
        ``<registered model>/<number>``.
    champion : bool
        Whether it is the champion now.
    """
    _connect(config)
    with mlflow.start_run():
        mlflow.log_params(dict(record.parameters))
        mlflow.log_metrics({k: v for k, v in record.metrics.items() if math.isfinite(v)})
        mlflow.log_text(_configuration_text(config), "config.yaml")
        for name, document in record.documents.items():
            mlflow.log_dict(document, name)
        for name, frame in record.frames.items():
            mlflow.log_text(frame.to_csv(index=False), name)
        for name, text in record.texts.items():
            mlflow.log_text(text, f"evaluation/{name}")
        for name, figure in record.figures.items():
            mlflow.log_figure(figure, f"evaluation/{name}")
        number = _log_model(config, predictor, example)
    champion = promote or _champion_number(config) is None
    if champion:
        client = mlflow.MlflowClient()
        client.set_registered_model_alias(config.registered_model, CHAMPION, number)
    return f"{config.registered_model}/{number}", champion


def load_predictor(config: Config, uri: str | None = None) -> RegisteredPredictor:
    """Load the champion, or the model that a URI names.

    Parameters
    ----------
    config : Config
        Names the tracking server and the registered model.
    uri : str, optional
        ``champion``, ``models:/name@alias``, ``models:/name/3``, or an exported model's folder.

    Raises
    ------
    ModelFileError
        If there is no such model, or a file of it was changed.
    """
    uri = None if uri == CHAMPION else uri
    if uri is not None and "://" not in uri and not uri.startswith("models:/"):
        folder = Path(uri)
        return RegisteredPredictor(TrainedPredictor.load(folder), folder.absolute().name, folder)
    _connect(config)
    wanted = uri or f"models:/{config.registered_model}@{CHAMPION}"
    try:
        with TemporaryDirectory() as temporary:
            folder = Path(
                mlflow.artifacts.download_artifacts(artifact_uri=wanted, dst_path=temporary)
            )
            predictor = TrainedPredictor.load(folder / "data" / MODEL_FOLDER)
    except MlflowException as error:
        reason = str(error).splitlines()[0]
        raise ModelFileError(
            f"no model {wanted} in {config.tracking_uri}: train one with 'predictor train' "
            f"({reason})",
            fr=f"pas de modèle {wanted} dans {config.tracking_uri}",
        ) from error
    return RegisteredPredictor(predictor, _version_name(config, wanted))


def read_evaluation(config: Config, version: str) -> dict[str, Any] | None:
    """Read the forward test of a registered version (``name/3``), as its training kept it.

    Returns
    -------
    dict or None
        See `predictor.evaluation.page_data`; None for a model from a folder, or without one.
    """
    name, _, number = version.rpartition("/")
    if not name:
        return None
    _connect(config)
    try:
        run_id = mlflow.MlflowClient().get_model_version(name, number).run_id
        found = mlflow.artifacts.load_dict(f"runs:/{run_id}/evaluation/{DATA}")
    except (MlflowException, OSError):
        return None
    return dict(found)


def _connect(config: Config) -> None:
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # MLflow's own libraries warn of their own future; a user can do nothing about it.
    warnings.filterwarnings("ignore", category=FutureWarning, module="mlflow")
    try:
        mlflow.set_tracking_uri(config.tracking_uri)
        if mlflow.get_experiment_by_name(config.experiment) is None:
            local = config.tracking_uri.startswith("sqlite:")
            location = config.path("mlartifacts").as_uri() if local else None
            mlflow.create_experiment(config.experiment, artifact_location=location)
        mlflow.set_experiment(config.experiment)
    except Exception as error:  # each store raises errors of its own
        reason = " ".join(str(error).split())[:200]
        raise ModelFileError(
            f"MLflow cannot use {config.tracking_uri} (mlflow.tracking_uri): {reason}"
        ) from error


def _configuration_text(config: Config) -> str:
    return str(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True))


def _log_model(config: Config, predictor: TrainedPredictor, example: pd.DataFrame) -> str:
    # MLflow announces each registration on standard error; ours says it in its own words.
    with TemporaryDirectory() as temporary, redirect_stderr(StringIO()):
        folder = Path(temporary) / MODEL_FOLDER
        predictor.save(folder)
        info = mlflow.pyfunc.log_model(
            name="model",
            loader_module=serving.__name__,
            data_path=str(folder),
            signature=serving.signature(predictor),
            input_example=example,
            pip_requirements=["conversion-predictor"],
            registered_model_name=config.registered_model,
        )
    return str(info.registered_model_version)


def _champion_number(config: Config) -> str | None:
    try:
        found = mlflow.MlflowClient().get_model_version_by_alias(config.registered_model, CHAMPION)
    except MlflowException:
        return None
    return str(found.version)


def _version_name(config: Config, uri: str) -> str:
    if uri.endswith(f"{config.registered_model}@{CHAMPION}"):
        return f"{config.registered_model}/{_champion_number(config)}"
    name, _, alias = uri.removeprefix("models:/").partition("@")
    if not alias:
        return name
    return f"{name}/{mlflow.MlflowClient().get_model_version_by_alias(name, alias).version}"
