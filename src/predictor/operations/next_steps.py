"""What could change the scores of a run: for the top of the list, within the configured limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from predictor.explanation.next_steps import ask_next, find_next_steps
from predictor.features.hypotheses import Looks
from predictor.features.openings import find_openings

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.lists.files import Writer
    from predictor.lists.ranking import Ranked
    from predictor.model.predictor import TrainedPredictor
    from predictor.operations.gathering import Gathered


def seek_next_steps(
    known: Crm,
    config: Config,
    predictor: TrainedPredictor,
    frame: pd.DataFrame,
    features: pd.DataFrame,
) -> pd.DataFrame:
    """Find what could change the scores of the most probable prospects.

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
        Their features.

    Returns
    -------
    pd.DataFrame
        See `predictor.explanation.next_steps.find_next_steps`.
    """
    limits = config.next_steps
    looks = Looks(
        known, predictor.specification, predictor.catalogue(config.labels), frame, features
    ).take(_top(frame, limits.top if limits.most else 0))
    taught = known.known_at(predictor.trained_as_of)
    openings = find_openings(looks, taught, config.labels, limits.least_support)
    return find_next_steps(
        looks, predictor.model, openings, config.horizon_days, config.language, limits.most
    )


def ask_the_best(
    known: Crm, config: Config, predictor: TrainedPredictor, scores: Gathered
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame of gathered scores with ``ask_next``, and what could change the best.

    Parameters as of `seek_next_steps`.
    """
    top = scores.frame.iloc[_top(scores.frame, config.next_steps.top)].reset_index(drop=True)
    features = scores.features_of(top["prospect_id"].tolist()).reset_index(drop=True)
    steps = seek_next_steps(known, config, predictor, top, features)
    return scores.frame.assign(ask_next=ask_next(steps, scores.frame["prospect_id"])), steps


def next_step_companions(table: pd.DataFrame, ranked: Ranked) -> dict[str, Writer]:
    """Return the writer of ``next_steps.parquet``: the steps of the listed prospects."""
    listed = table[table["prospect_id"].isin(ranked.frame["prospect_id"])]

    def write(path: Path) -> None:
        listed.to_parquet(path, index=False, compression="zstd")

    return {"next_steps.parquet": write}


def _top(frame: pd.DataFrame, n: int) -> NDArray[np.int64]:
    """Return the places of the `n` most probable prospects that one may contact, in order."""
    worth = frame["conversion_probability"].where(~frame["do_not_contact"].astype(bool), -1.0)
    return np.sort(np.argsort(-worth.to_numpy(), kind="stable")[:n])
