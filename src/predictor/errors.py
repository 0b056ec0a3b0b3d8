"""Mistakes that a person can mend: each message is one line that names the place and the mend."""

from __future__ import annotations


class PredictorError(Exception):
    """Base of every error that the command line shows as one line, without a traceback.

    Attributes
    ----------
    fr : str
        The message in French, for the notes of a French list; else as it is.
    """

    def __init__(self, message: str = "", *, fr: str = "") -> None:
        super().__init__(message)
        self.fr = fr or message


class ConfigurationError(PredictorError):
    """The YAML file says something that it cannot mean."""


class SourceError(PredictorError):
    """An input file, a database or a SQL file cannot be read."""


class ContractError(PredictorError):
    """A table lacks a column of the data contract, or yields one that it does not know."""


class SnapshotError(PredictorError):
    """A list of (prospect_id, as_of) pairs cannot be used."""


class TrainingRefusedError(PredictorError):
    """The data cannot teach a model: too few outcomes, or a leak that nobody accepted."""


class HorizonError(PredictorError):
    """A horizon lies beyond what the follow-up of the training data supports."""


class ModelFileError(PredictorError):
    """A saved model is missing, cut short, changed, or of another format."""


class RunFileError(PredictorError):
    """The folder of a scoring run is missing or incomplete."""
