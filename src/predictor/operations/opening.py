"""Opening a model beside its source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from predictor.config_file import read_config
from predictor.crm.crm import read_crm
from predictor.operations.analysing import OpenedModel
from predictor.operations.registry import load_predictor

if TYPE_CHECKING:
    import os


def open_model(config: str | os.PathLike[str], model: str | None = None) -> OpenedModel:
    """Open a model beside the source of a configuration.

    Parameters
    ----------
    config : path
        The YAML configuration.
    model : str, optional
        ``models:/NAME@ALIAS``, ``models:/NAME/NUMBER`` or a model's folder; by default the
        champion.

    Returns
    -------
    OpenedModel

    Raises
    ------
    ConfigurationError, SourceError, ContractError
        If the configuration or the source cannot be read.
    ModelFileError
        If there is no such model, or a file of it was changed.

    Examples
    --------
    >>> predictor.open_model("demo/config.yaml", "demo/model").version
    'model'
    """
    settings = read_config(Path(config))
    registered = load_predictor(settings, model)
    return OpenedModel(settings, read_crm(settings), registered)
