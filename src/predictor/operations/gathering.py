"""What a run keeps of its prospects' scores: the rows of the list, and on disk what is long."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from predictor.explanation.reasons import REASON_COLUMNS, Reasons
from predictor.explanation.signals import SignalContributions
from predictor.explanation.table import explanation_table
from predictor.operations.scoring import Scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from predictor.features.catalogue import Signal

#: Texts and numbers that repeat from row to row; contributions do not.
_REPEATED = [
    "prospect_id",
    "as_of",
    "signal",
    "reason",
    "probability",
    "portfolio_probability",
    "strength",
]


@dataclass(frozen=True)
class Gathered:
    """Scores of all open prospects.

    Attributes
    ----------
    frame : pd.DataFrame, shape (n, ...)
        As of `predictor.operations.scoring.Scores`.
    explanations : Path
        Parquet file of the long table, of the prospects that may be contacted.
    features : Path
        Parquet file of the feature matrix, with prospect_id.
    signals : tuple of Signal
        Those of the long table, in the order of each prospect's rows.
    """

    frame: pd.DataFrame
    explanations: Path
    features: Path
    signals: tuple[Signal, ...]

    @property
    def explained(self) -> pd.Series:
        """prospect_id of those that may be contacted: explanations are kept of them alone."""
        return self.frame.loc[~self.frame["do_not_contact"].astype(bool), "prospect_id"]

    def of(self, prospect_ids: Sequence[str]) -> Scores:
        """Return the scores of some prospects of `explained`, in the order asked for."""
        ids = list(prospect_ids)
        rows = pd.Index(self.frame["prospect_id"]).get_indexer(pd.Index(ids, dtype="str"))
        frame = self.frame.iloc[rows].reset_index(drop=True)
        table = pd.read_parquet(self.explanations, filters=among(ids))
        shape = -1, len(self.signals)
        stored = pd.Index(table["prospect_id"].to_numpy().reshape(shape)[:, 0])
        rows = stored.get_indexer(pd.Index(ids))
        contributions = SignalContributions(
            self.signals,
            table["contribution"].to_numpy(np.float64).reshape(shape)[rows],
            frame["conversion_probability"].to_numpy(np.float64),
            float(table["portfolio_probability"].iloc[0]) if len(table) else math.nan,
        )
        sentences = table["reason"].to_numpy(object).reshape(shape)[rows].tolist()
        reasons = Reasons(frame[[*REASON_COLUMNS]], sentences, frame, contributions)
        features = self.features_of(ids).reset_index(drop=True)
        return Scores(frame, features, contributions, reasons)

    def features_of(self, prospect_ids: Sequence[str]) -> pd.DataFrame:
        """Read the features of some prospects, by prospect_id, in the order asked for."""
        ids = list(prospect_ids)
        found = pd.read_parquet(self.features, filters=among(ids))
        wide: pd.DataFrame = found.set_index("prospect_id").loc[ids]
        return wide


def among(prospect_ids: Sequence[str]) -> list[tuple[str, str, object]]:
    """Return the filter of the rows of some prospects, for a Parquet file.

    The bounds say nothing new, but let a reader skip the parts of a file that lie outside of them:
    files are in the order of prospect_id.
    """
    chosen: list[tuple[str, str, object]] = [
        ("prospect_id", "in", pa.array(prospect_ids, pa.string()))
    ]
    if len(prospect_ids):
        chosen += [
            ("prospect_id", ">=", min(prospect_ids)),
            ("prospect_id", "<=", max(prospect_ids)),
        ]
    return chosen


def gather(parts: Iterable[Scores], folder: Path, *, keep_features: bool = True) -> Gathered:
    """Gather the scores of parts of the prospects; there is at least one.

    Parameters
    ----------
    parts : iterable of Scores
    folder : Path
        Where the files are written; it must stay while they are needed.
    keep_features : bool
        Whether the features are needed afterwards.
    """
    explanations, features = folder / "explanations.parquet", folder / "features.parquet"
    frames: list[pd.DataFrame] = []
    signals: tuple[Signal, ...] = ()
    with ExitStack() as stack:
        long = wide = None
        for part in parts:
            # A copy: a column may be a view that would keep the part's features.
            frames.append(part.frame.copy())
            signals = part.contributions.signals
            table = _contactable(part)
            long = long or stack.enter_context(explanations_writer(explanations, table.schema))
            long.write_table(table)
            if keep_features:
                ids = pa.array(part.frame["prospect_id"], pa.string())
                rows = pa.Table.from_pandas(part.features, preserve_index=False)
                rows = rows.append_column("prospect_id", ids)
                wide = wide or stack.enter_context(pq.ParquetWriter(features, rows.schema))
                wide.write_table(rows)
    return Gathered(pd.concat(frames, ignore_index=True), explanations, features, signals)


def explanations_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Open ``explanations.parquet``; whoever reads it finds plain texts."""
    return pq.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=_REPEATED, store_schema=False
    )


def _contactable(part: Scores) -> pa.Table:
    reasons = part.reasons
    table = explanation_table(reasons)
    listed = ~part.frame["do_not_contact"].to_numpy(dtype=bool)
    if listed.all():
        return table
    return table.filter(pa.array(np.repeat(listed, len(reasons.contributions.signals))))
