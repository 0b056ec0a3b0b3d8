"""Where the probabilities come true least: the test cut by source, age, amount and month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import HorizonError
from predictor.evaluation.bootstrap import ClusterBootstrap, clusters
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.log_loss import log_loss
from predictor.evaluation.rivals import MODEL, PORTFOLIO_RATE
from predictor.features.segments import name_segments

if TYPE_CHECKING:
    from collections.abc import Iterator

    from predictor.evaluation.censoring import BoolArray, FloatArray
    from predictor.evaluation.forward import ForwardTest

#: With fewer won prospects (or expected ones), a slice says nothing and is left out.
MIN_WON = 10


def slice_table(test: ForwardTest, horizon_days: int, seed: int = 0) -> pd.DataFrame:
    """Judge the model in each slice, the worst first.

    The worst is where observed over expected lies furthest from 1, measured in its standard error:
    |log(O/E)| / standard error of log(O/E), by cluster bootstrap. Slices in which fewer than
    `MIN_WON` prospects were seen as won and fewer than that were expected are left out, and so are
    those that nobody was followed to the horizon in. Many slices are looked at, so some lie
    outside of their interval by chance: about one in twenty.

    Parameters
    ----------
    test : ForwardTest
    horizon_days : int
        One of the test.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        One row a slice: trait, slice, snapshots, prospects, won (prospects seen as won by the
        horizon), base_rate, log_loss, log_loss_base_rate (of everyone's rate in training),
        observed_over_expected, low, high (95%), errors_from_one.
    """
    rows, parts = [], []
    for trait, name, chosen in _slices(test.traits):
        try:
            row, sums = _judge(test, chosen, horizon_days)
        except HorizonError:
            continue
        if max(row["won"], row.pop("expected")) >= MIN_WON:
            rows.append({"trait": trait, "slice": name, **row})
            parts.append(sums)
    if not rows:
        return pd.DataFrame()
    bootstrap = ClusterBootstrap(clusters(test.snapshots), seed=seed)
    spread = _spread(*bootstrap.sums(np.column_stack(parts)))
    table = pd.concat([pd.DataFrame(rows), spread], axis=1)
    return table.sort_values("errors_from_one", ascending=False, ignore_index=True)


def _slices(traits: pd.DataFrame) -> Iterator[tuple[str, str, BoolArray]]:
    """Yield each slice: trait, name, and which snapshots are in it."""
    for trait in traits:
        column = traits[trait]
        names = name_segments(column)
        levels = names.unique()
        if len(levels) > 1:
            for name in levels:
                yield str(trait), str(name), (names == name).to_numpy(bool)


def _judge(test: ForwardTest, chosen: BoolArray, days: int) -> tuple[dict[str, float], FloatArray]:
    """Return the figures of a slice, and the columns of which O/E is made, shape (n, 4).

    O/E = (sum of w y / sum of w) / (sum of P / n): with censoring weights of the slice itself the
    numerator is the Aalen-Johansen estimate, but for their cap.
    """
    inside = test.snapshots[chosen]
    labels = horizon_labels(
        inside["outcome"].to_numpy(str), inside["duration_days"].to_numpy(np.float64), days
    )
    probability = test.probability[days][chosen]
    promised = probability[MODEL].to_numpy(np.float64)
    columns = np.column_stack(
        [labels.weight * labels.label, labels.weight, promised, np.ones(len(promised))]
    )
    whole = np.zeros((len(chosen), 4))
    whole[chosen] = columns
    row = {
        "snapshots": len(inside),
        "prospects": inside["prospect_id"].nunique(),
        "won": inside.loc[labels.label, "prospect_id"].nunique(),
        "expected": float(promised.mean()) * inside["prospect_id"].nunique(),
        "base_rate": labels.base_rate,
        "log_loss": log_loss(labels, promised),
        "log_loss_base_rate": log_loss(labels, probability[PORTFOLIO_RATE].to_numpy(np.float64)),
    }
    return row, whole


def _spread(estimate: FloatArray, draws: FloatArray) -> pd.DataFrame:
    """Observed over expected of each slice, its interval, and its distance from 1 in errors."""
    ratio = _observed_over_expected(estimate[None])[0]
    drawn = _observed_over_expected(draws)
    rows = []
    for place, value in enumerate(ratio):
        usual = drawn[np.isfinite(drawn[:, place]), place]
        low, high = np.quantile(usual, [0.025, 0.975]) if len(usual) else (np.nan, np.nan)
        # Half a won snapshot keeps the logarithm finite where none is won.
        floor = 0.5 / max(estimate[4 * place + 2], 0.5)
        error = np.log(np.maximum(usual, floor)).std(ddof=1) if len(usual) > 1 else np.nan
        distance = abs(np.log(max(value, floor))) / error if error > 0 else np.nan
        rows.append((value, low, high, distance))
    return pd.DataFrame(rows, columns=["observed_over_expected", "low", "high", "errors_from_one"])


def _observed_over_expected(sums: FloatArray) -> FloatArray:
    won, weight, promised, count = np.moveaxis(sums.reshape(len(sums), -1, 4), 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: FloatArray = (won / weight) / (promised / count)
    return ratio
