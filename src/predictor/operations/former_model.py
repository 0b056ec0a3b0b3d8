"""The list as the model of the previous run would make it today, where another one scores now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from predictor.errors import PredictorError
from predictor.features.catalogue import Text
from predictor.features.matrix import feature_chunks, to_frame
from predictor.model.encoded_rows import EncodedRows
from predictor.operations.change import model_of
from predictor.operations.figures import figures_of
from predictor.operations.list_rules import rank_as_configured
from predictor.operations.scoring import CHUNK_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.lists.previous import Previous
    from predictor.model.predictor import TrainedPredictor
    from predictor.operations.gathering import Gathered
    from predictor.operations.registry import RegisteredPredictor

_KEPT = ["prospect_id", "band", "conversion_probability", "days_to_close_median"]


def list_by_former(
    previous: Previous | None,
    crm: Crm,
    config: Config,
    registered: RegisteredPredictor,
    scores: Gathered,
    frame: pd.DataFrame,
    as_of: datetime,
    tell: Callable[[Text], None],
) -> pd.DataFrame | None:
    """Rank today's prospects by the model of the previous run.

    Parameters
    ----------
    previous : Previous, optional
        The previous run.
    crm, config
        The facts, and the rules of the list.
    registered : RegisteredPredictor
        The model that scored.
    scores : Gathered
        What it found.
    frame : DataFrame
        What is ranked, see `predictor.operations.list_rules.rank_as_configured`.
    as_of : datetime
        The instant of the scoring.
    tell : callable
        Is given one line where the former model cannot be asked.

    Returns
    -------
    DataFrame or None
        `predictor.lists.alerts.Watched.by_former`; None where the model is the same, or the former
        one cannot be asked.
    """
    if previous is None or frame.empty:
        return None
    try:
        old = model_of(config, previous, registered)
        if old is registered.predictor:
            return None
        figures = _figures(old, crm, config, registered.predictor, scores, as_of)
    except PredictorError as error:
        name = previous.folder.name
        tell(
            Text(
                f"alerts since {name}: what another model alone moved is told as well; the "
                f"former model cannot be asked ({error})",
                f"alertes depuis {name} : ce qu'un autre modèle seul a déplacé est dit aussi ; "
                f"l'ancien modèle ne répond pas ({error.fr})",
            )
        )
        return None
    by_former = frame.assign(**{str(name): figures[name].to_numpy() for name in figures})
    return rank_as_configured(config, by_former, as_of, previous).frame[_KEPT]


def _figures(
    old: TrainedPredictor,
    crm: Crm,
    config: Config,
    new: TrainedPredictor,
    scores: Gathered,
    as_of: datetime,
) -> pd.DataFrame:
    """Return the figures of all that were scored, in their order."""
    people = scores.frame[["prospect_id", "as_of"]]
    if old.specification == new.specification:
        parts = _stored(scores)
    else:
        catalogue = old.catalogue(config.labels)
        chunks = feature_chunks(
            crm.known_at(as_of), old.specification, catalogue, people, CHUNK_ROWS
        )
        parts = ((places, to_frame(table, catalogue)) for places, table in chunks)
    places, tables = [], []
    for mine, features in parts:
        places.append(mine)
        tables.append(figures_of(EncodedRows.of(old.model, features), config.horizon_days))
    order = np.argsort(np.concatenate(places))
    return pd.concat(tables, ignore_index=True).iloc[order]


def _stored(scores: Gathered) -> Iterator[tuple[np.ndarray, pd.DataFrame]]:
    """Give the features that were scored, with their rows in the frame."""
    row = 0
    with pq.ParquetFile(scores.features) as file:
        for group in range(file.num_row_groups):
            features = file.read_row_group(group).to_pandas().drop(columns="prospect_id")
            yield np.arange(row, row + len(features)), features
            row += len(features)
