"""How much better or worse than the model each rival is, with paired intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import HorizonError
from predictor.evaluation.bootstrap import ClusterBootstrap, clusters, interval_table
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.forward import RANKING_FIGURES
from predictor.evaluation.resampled import HIGH_IS_GOOD, ResampledFigures
from predictor.evaluation.rivals import MODEL, PORTFOLIO_RATE

if TYPE_CHECKING:
    from predictor.evaluation.censoring import BoolArray
    from predictor.evaluation.forward import ForwardTest

BETTER, WORSE, EVEN = "better", "worse", "no clear difference"


def compare(test: ForwardTest, horizons_days: list[int], seed: int = 0) -> pd.DataFrame:
    """Compare every rival with the model at each horizon, by paired cluster bootstrap.

    Parameters
    ----------
    test : ForwardTest
    horizons_days : list of int
        Those of the test to compare at; one that nobody was followed to is left out.
    seed : int
        Of the draws.

    Returns
    -------
    DataFrame
        One row a horizon, rival and figure: horizon_days, predictor, figure, snapshots (that the
        rival speaks of), model (its figure there), value (the rival's), difference (value - model),
        standard_error, low, high (95%), and verdict: the model is better, worse, or neither.
    """
    rows = []
    for days in horizons_days:
        for spoken_of, names in _rivals(test.probability[days]):
            try:
                rows.append(_compare(test.take(spoken_of), days, names, seed))
            except HorizonError:
                continue
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def _rivals(probability: pd.DataFrame) -> list[tuple[BoolArray, list[str]]]:
    """Group the rivals by the snapshots that they speak of."""
    groups: dict[bytes, tuple[BoolArray, list[str]]] = {}
    for name in probability.columns.drop(MODEL):
        spoken_of = probability[name].notna().to_numpy()
        if spoken_of.any():
            groups.setdefault(spoken_of.tobytes(), (spoken_of, []))[1].append(str(name))
    return list(groups.values())


def _compare(test: ForwardTest, days: int, names: list[str], seed: int) -> pd.DataFrame:
    labels = horizon_labels(test.outcome, test.duration_days, days)
    bootstrap = ClusterBootstrap(clusters(test.snapshots), seed=seed)
    table = test.probability[days]
    figures = {name: ResampledFigures(labels, table[name]) for name in (MODEL, *names)}
    once = np.ones(len(table))
    estimate = {name: each.of(once) for name, each in figures.items()}
    drawn = np.array(
        [[each.of(times) for each in figures.values()] for times in bootstrap.multiplicities()]
    )
    draws = dict(zip(figures, np.moveaxis(drawn, 1, 0), strict=True))
    frames = []
    for name in names:
        difference = interval_table(
            estimate[name] - estimate[MODEL], draws[name] - draws[MODEL]
        ).rename(columns={"estimate": "difference"})
        facts = {"horizon_days": days, "predictor": name, "figure": list(HIGH_IS_GOOD)}
        values = {"model": estimate[MODEL], "value": estimate[name]}
        frame = pd.DataFrame({**facts, "snapshots": len(table), **values})
        frames.append(pd.concat([frame, difference], axis=1))
    rows = pd.concat(frames, ignore_index=True)
    # The base rate ranks nobody; over several origins, differing rates would seem to.
    ranks = (rows["predictor"] != PORTFOLIO_RATE) | ~rows["figure"].isin(RANKING_FIGURES)
    rows = rows[ranks].reset_index(drop=True)
    verdicts = map(_verdict, rows["figure"], rows["low"], rows["high"])
    return rows.assign(verdict=list(verdicts))


def _verdict(figure: str, low: float, high: float) -> str:
    """Say how the model fares, where the interval of the difference leaves out 0."""
    if not (low > 0 or high < 0):
        return EVEN
    return BETTER if (low > 0) != HIGH_IS_GOOD[figure] else WORSE
