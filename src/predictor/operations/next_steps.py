"""What could change the scores of a run: for the top of the list, within the configured limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.explanation.next_steps import ask_next, find_next_steps
from predictor.features.hypotheses import Looks
from predictor.features.openings import find_openings

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.lists.files import Writer
    from predictor.lists.ranking import Ranked
    from predictor.model.predictor import TrainedPredictor
    from predictor.operations.gathering import Gathered

#: Prospects whose next steps are sought at a time.
BLOCK = 10_000


def seek_next_steps(
    known: Crm,
    config: Config,
    predictor: TrainedPredictor,
    frame: pd.DataFrame,
    features: pd.DataFrame,
) -> pd.DataFrame:
    """Find what could change scores.

    Parameters
    ----------
    known : Crm
        The facts as known at as_of.
    config : Config
        `next_steps`, horizon, language and labels.
    predictor : TrainedPredictor
        The model and its frozen features.
    frame : pd.DataFrame, shape (n, ...)
        prospect_id, as_of, owner, do_not_contact and conversion_probability.
    features : pd.DataFrame, shape (n, F)
        Their features, in the same order.

    Returns
    -------
    pd.DataFrame
        See `predictor.explanation.next_steps.find_next_steps`.
    """
    limits = config.next_steps
    looks = Looks(
        known, predictor.specification, predictor.catalogue(config.labels), frame, features
    ).take(top_places(frame, None if limits.most else 0))
    taught = known.known_at(predictor.trained_as_of)
    openings = find_openings(looks, taught, config.labels, limits.least_support)
    return find_next_steps(
        looks,
        predictor.model,
        openings,
        config.horizon_days,
        config.language,
        limits.most,
        limits.least_points / 100,
    )


def ask_the_best(
    known: Crm, config: Config, predictor: TrainedPredictor, scores: Gathered
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame of gathered scores with ``ask_next``, and what could change the best.

    These are the `next_steps.top` best, `BLOCK` at a time. Parameters as of `seek_next_steps`.
    """
    limits = config.next_steps
    places = top_places(scores.frame, None if limits.top == "all" else limits.top)
    blocks = [places[start : start + BLOCK] for start in range(0, max(len(places), 1), BLOCK)]
    parts = []
    for block in blocks:
        people = scores.frame.iloc[block].reset_index(drop=True)
        features = scores.features_of(people["prospect_id"].tolist()).reset_index(drop=True)
        parts.append(seek_next_steps(known, config, predictor, people, features))
    steps = pd.concat(parts, ignore_index=True)
    return scores.frame.assign(ask_next=ask_next(steps, scores.frame["prospect_id"])), steps


def next_step_companions(table: pd.DataFrame, ranked: Ranked) -> dict[str, Writer]:
    """Return the writer of ``next_steps.parquet``: the steps of the listed prospects."""
    listed = table[table["prospect_id"].isin(ranked.frame["prospect_id"])]

    def write(path: Path) -> None:
        listed.to_parquet(path, index=False, compression="zstd")

    return {"next_steps.parquet": write}


def top_places(frame: pd.DataFrame, n: int | None) -> NDArray[np.int64]:
    """Return the places of the `n` most probable prospects that one may contact, in order."""
    may = np.flatnonzero(~frame["do_not_contact"].astype(bool))
    best = np.argsort(-frame["conversion_probability"].to_numpy()[may], kind="stable")[:n]
    return np.sort(may[best])
