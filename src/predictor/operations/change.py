"""Why scores changed since the previous run: the looks of `predictor.explanation.changes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import ModelFileError, PredictorError, RunFileError
from predictor.explanation.changes import ChangeSplit, Look
from predictor.features.catalogue import Text
from predictor.lists.changes import change_table, unsplit_table
from predictor.lists.files import file_sha256
from predictor.operations.gathering import among
from predictor.operations.looks import Comparison
from predictor.operations.registry import RegisteredPredictor, load_predictor

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.lists.previous import Previous
    from predictor.model.predictor import TrainedPredictor
    from predictor.operations.gathering import Gathered
    from predictor.operations.scoring import Scores

#: Prospects that are split at a time: what they take does not grow with the list.
BLOCK = 20_000


def changes_since(
    previous: Previous,
    crm: Crm,
    config: Config,
    registered: RegisteredPredictor,
    scores: Gathered | Scores,
    as_of: datetime,
    tell: Callable[[Text], None],
) -> pd.DataFrame:
    """Split the change of every score since an earlier run.

    Parameters
    ----------
    previous : Previous
        The earlier run.
    crm : Crm
        The facts.
    config : Config
        Horizon and labels.
    registered : RegisteredPredictor
        The model that scored.
    scores : Gathered or Scores
        What it found; the changes of those that are explained are split.
    as_of : datetime
        The instant of the scoring.
    tell : callable
        Is given a note where the changes cannot be split.

    Returns
    -------
    DataFrame
        By prospect_id, for those in both: see `predictor.lists.changes.change_table`, or
        `unsplit_table` where they cannot be split.
    """
    explained = scores.explained
    both = sorted(explained[explained.isin(previous.table["prospect_id"])])
    try:
        splitter = Splitter.between(previous, crm, config, registered, as_of)
        tables = [
            splitter.table(scores.of(both[start : start + BLOCK]))
            for start in range(0, len(both), BLOCK)
        ]
    except PredictorError as error:
        name = previous.folder.name
        tell(
            Text(
                f"changes since {name} are not split: {error}",
                f"évolutions depuis {name} sans répartition : {error.fr}",
            )
        )
        tables = []
    if tables:
        return pd.concat(tables)
    now, before = (
        table.set_index("prospect_id")["conversion_probability"].loc[both]
        for table in (scores.frame, previous.table)
    )
    return unsplit_table(now - before)


@dataclass(frozen=True)
class Splitter:
    """Splits the changes of scores since an earlier run, some prospects at a time.

    Attributes
    ----------
    previous : Previous
        The earlier run.
    explanations : Path
        Its explanations.
    comparison : Comparison
        The looks between the scores.
    """

    previous: Previous
    explanations: Path
    comparison: Comparison

    @classmethod
    def between(
        cls,
        previous: Previous,
        crm: Crm,
        config: Config,
        registered: RegisteredPredictor,
        as_of: datetime,
    ) -> Splitter:
        """Prepare the splitting; parameters as of `changes_since`.

        Raises
        ------
        ModelFileError, RunFileError
            If the earlier run's model cannot be loaded, or its explanations were changed.
        """
        old = model_of(config, previous, registered)
        return cls(
            previous,
            _explanations(previous),
            Comparison(crm, config, old, previous.as_of, registered.predictor, as_of),
        )

    def split(self, scores: Scores) -> ChangeSplit:
        """Split the changes of scores, all of prospects of the earlier list."""
        old_score = stored_look(
            self.explanations, self.previous, pd.Index(scores.frame["prospect_id"])
        )
        return self.comparison.split(old_score, scores.features, scores.contributions)

    def table(self, scores: Scores) -> pd.DataFrame:
        """Split them, as `predictor.lists.changes.change_table`."""
        sentences = scores.reasons.table[["prospect_id", "signal", "reason"]]
        return change_table(self.split(scores), sentences)


def stored_look(explanations: Path, previous: Previous, ids: pd.Index) -> Look:
    """Return what an earlier run stored of some prospects of its list.

    Raises
    ------
    RunFileError
        If its explanations lack one of them.
    """
    # Read from the file as needed: a million prospects' explanations take gigabytes.
    mine = pd.read_parquet(
        explanations,
        columns=["prospect_id", "signal", "contribution"],
        filters=among(list(ids)),
    )
    if not ids.isin(mine["prospect_id"]).all():
        fr = f"{explanations} : il y manque des prospects de sa liste"
        raise RunFileError(f"{explanations}: it lacks prospects of its list", fr=fr)
    wide = mine.pivot(  # noqa: PD010 - pivot_table would hide a row given twice
        index="prospect_id", columns="signal", values="contribution"
    )
    probability = previous.table.set_index("prospect_id")["conversion_probability"]
    names = mine["signal"].drop_duplicates()
    return Look(
        probability.loc[ids].to_numpy(dtype=np.float64),
        wide.loc[ids, names].fillna(0.0).astype(np.float64),
    )


def _explanations(previous: Previous) -> Path:
    """Return where an earlier run keeps its explanations, if the manifest vouches for them."""
    path = previous.folder / "explanations.parquet"
    known = previous.manifest["files"].get(path.name, {}).get("sha256")
    if not path.is_file() or file_sha256(path) != known:
        fr = f"{path} : tronqué ou modifié depuis que la liste a été écrite"
        raise RunFileError(f"{path}: cut short or changed since the run wrote it", fr=fr)
    return path


def model_of(
    config: Config, previous: Previous, registered: RegisteredPredictor
) -> TrainedPredictor:
    """Load the model of an earlier run.

    Raises
    ------
    ModelFileError
        If it cannot be loaded, or what stands in its place was trained as of another instant.
    """
    told = previous.manifest
    version = str(told.get("model_version", ""))
    if version == registered.version and _is_of(registered, told):
        return registered.predictor
    if "model_folder" not in told and "/" not in version:
        raise ModelFileError(
            f"its model {version or 'without a name'} was no registered one",
            fr=f"son modèle {version or 'sans nom'} n'était pas enregistré",
        )
    # A folder is told from that of the run; older runs told all of its path.
    folder = told.get("model_folder")
    place = str(previous.folder / folder) if folder else f"models:/{version}"
    found = load_predictor(config, place)
    if not _is_of(found, told):
        fr = f"un autre modèle a pris la place de {version}"
        raise ModelFileError(f"another model has taken the place of {version}", fr=fr)
    return found.predictor


def _is_of(found: RegisteredPredictor, manifest: dict[str, object]) -> bool:
    """Say whether a model is the one of a run; older runs kept no checksum of a folder."""
    if found.predictor.trained_as_of.isoformat() != manifest.get("trained_as_of"):
        return False
    known = manifest.get("model_sha256")
    return known is None or known == found.source().get("model_sha256")
