"""How one prospect's score changed since the latest run before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from predictor.errors import PredictorError
from predictor.explanation.changes import PARTS, PORTFOLIO
from predictor.lists.previous import read_previous
from predictor.operations.change import Splitter

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.operations.registry import RegisteredPredictor
    from predictor.operations.scoring import Scores


@dataclass(frozen=True)
class ChangeStory:
    """A change and its split.

    Attributes
    ----------
    previous_as_of : datetime
        The instant of the run before.
    previous_rank : int or None
        The prospect's place in its list.
    previous_probability : float
        Its probability then.
    change : float
        The probability minus that.
    parts : dict of str to float
        Of each of `predictor.explanation.changes.PARTS`; empty where `unsplit` says why.
    signals : pd.DataFrame
        label (what people call the signal) and change; the largest first. With the change of the
        portfolio they sum to the change.
    unsplit : str
        Why the change could not be split; else empty.
    """

    previous_as_of: datetime
    previous_rank: int | None
    previous_probability: float
    change: float
    parts: dict[str, float]
    signals: pd.DataFrame
    unsplit: str


def tell_change(
    folder: Path,
    crm: Crm,
    config: Config,
    registered: RegisteredPredictor,
    scores: Scores,
    as_of: datetime,
) -> ChangeStory | None:
    """Tell how one prospect's score changed since the latest run before `folder`.

    Parameters
    ----------
    folder : Path
        Where a run of `as_of` lies, or would.
    crm, config, registered, as_of
        As of `predictor.operations.scoring.score`.
    scores : Scores
        Of that prospect alone.

    Returns
    -------
    ChangeStory or None
        None where no such run has the prospect in its list.
    """
    previous = read_previous(folder, config.horizon_days)
    row = scores.frame.iloc[0]
    if previous is None or row["prospect_id"] not in set(previous.table["prospect_id"]):
        return None
    then = previous.table.set_index("prospect_id").loc[row["prospect_id"]]
    parts, signals, unsplit = {}, pd.DataFrame(columns=["label", "change"]), ""
    try:
        splitter = Splitter.between(previous, crm, config, registered, as_of)
        split = splitter.split(scores)
    except PredictorError as error:
        unsplit = error.fr if config.language == "fr" else str(error)
    else:
        parts = {part: float(split.parts[part].iloc[0]) for part in PARTS}
        labels = {s.name: s.label[config.language] for s in scores.contributions.signals}
        moved = split.by_signal().iloc[0].drop(PORTFOLIO)
        order = moved.abs().sort_values(ascending=False, kind="stable").index
        names = [labels.get(str(name), str(name)) for name in order]
        signals = pd.DataFrame({"label": names, "change": moved[order].to_numpy()})
    return ChangeStory(
        previous_as_of=previous.as_of,
        previous_rank=None if pd.isna(then["rank"]) else int(then["rank"]),
        previous_probability=float(then["conversion_probability"]),
        change=float(row["conversion_probability"] - then["conversion_probability"]),
        parts=parts,
        signals=signals,
        unsplit=unsplit,
    )
