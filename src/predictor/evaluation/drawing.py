"""The plots of a forward test, and the tables behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import HorizonError
from predictor.evaluation import plots
from predictor.evaluation.aalen_johansen import won_by
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.forward import comparable
from predictor.evaluation.metrics.calibration import calibration_table, wilson_interval
from predictor.evaluation.metrics.lift import lift_at, won_found_at
from predictor.evaluation.metrics.time_to_close import interval_coverage
from predictor.evaluation.rivals import MODEL, PORTFOLIO_RATE

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import HorizonLabels
    from predictor.evaluation.forward import ForwardTest

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
#: Top shares at which gain and lift are drawn.
SHARES = (
    0.01,
    0.02,
    0.03,
    0.05,
    0.075,
    *(i / 20 for i in range(2, 6)),
    *(i / 10 for i in range(3, 11)),
)


def draw(test: ForwardTest, horizon_days: int) -> dict[str, Figure]:
    """Draw calibration, gain, lift, scores, the looks over time, and the time to close.

    Parameters
    ----------
    test : ForwardTest
    horizon_days : int
        One of the test that somebody was followed to.

    Returns
    -------
    dict of str to Figure
        By file name; without the time to close where nobody was won.
    """
    promised = test.probability[horizon_days][MODEL]
    tops = tops_by_predictor(test, horizon_days)
    figures = {
        "calibration.png": plots.reliability(
            calibration_of_model(test, horizon_days), horizon_days
        ),
        "gain.png": plots.lift_curve(tops, horizon_days),
        "lift.png": plots.lift_by_share(tops, horizon_days),
        "scores.png": plots.score_histogram(test.outcome, promised, horizon_days),
        "over_time.png": plots.score_over_time(looks_table(test, horizon_days), horizon_days),
    }
    coverage = time_coverage_table(test, horizon_days)
    if coverage["closed_by"].notna().any():
        figures["time_to_close.png"] = plots.time_coverage(coverage, horizon_days)
    return figures


def calibration_of_model(test: ForwardTest, horizon_days: int) -> pd.DataFrame:
    """Return promised against observed probability of the model: see `calibration_table`."""
    promised = test.probability[horizon_days][MODEL]
    return calibration_table(test.outcome, test.duration_days, promised, horizon_days)


def tops_by_predictor(test: ForwardTest, horizon_days: int) -> dict[str, pd.DataFrame]:
    """Return the `tops_table` of each predictor that ranks, by its name."""
    probability = test.probability[horizon_days]
    labels = horizon_labels(test.outcome, test.duration_days, horizon_days)
    lists = test.snapshots["as_of"].to_numpy()
    return {
        name: tops_table(labels, probability[name], lists)
        for name in comparable(probability)
        if name != PORTFOLIO_RATE  # it ranks nobody
    }


def tops_table(labels: HorizonLabels, score: ArrayLike, lists: ArrayLike) -> pd.DataFrame:
    """Return lift and share of the won found in the top of each list, for rising top shares.

    Each list has a top of its own: scores of different origins are never put in one order, nor
    lists of which all labels are known among those of which few are.

    Parameters
    ----------
    labels : HorizonLabels
    score : array-like of float, shape (n,)
    lists : array-like, shape (n,)
        The list that each snapshot stands in: its as_of.

    Returns
    -------
    DataFrame
        share, lift, won_found; one row a share of `SHARES`.
    """
    rows = [
        (share, lift_at(labels, score, share, lists), won_found_at(labels, score, share, lists))
        for share in SHARES
    ]
    return pd.DataFrame(rows, columns=["share", "lift", "won_found"])


def looks_table(test: ForwardTest, horizon_days: int) -> pd.DataFrame:
    """Return the mean P of each look beside the share won by the horizon.

    Returns
    -------
    DataFrame
        One row an as_of: as_of, prospects, predicted, observed (Aalen-Johansen), observed_low,
        observed_high (95%, Wilson; a prospect is there once); NaN where the look is not followed
        to the horizon.
    """
    columns = test.snapshots[["as_of", "outcome", "duration_days"]].assign(
        promised=test.probability[horizon_days][MODEL]
    )
    rows = []
    for as_of, look in columns.groupby("as_of", sort=True):
        observed = _observed(look, horizon_days)
        low, high = wilson_interval(observed, len(look))
        rows.append((as_of, len(look), look["promised"].mean(), observed, low, high))
    names = ["as_of", "prospects", "predicted", "observed", "observed_low", "observed_high"]
    return pd.DataFrame(rows, columns=names)


def _observed(look: pd.DataFrame, horizon_days: int) -> float:
    try:
        return won_by(look["outcome"], look["duration_days"], horizon_days)
    except HorizonError:
        return float("nan")


def time_coverage_table(test: ForwardTest, horizon_days: int) -> pd.DataFrame:
    """Return the share of those won by the horizon that had closed by each foretold quantile.

    Returns
    -------
    DataFrame
        quantile, closed_by; one row a quantile. Censoring weights stand in for the unknown.
    """
    labels = horizon_labels(test.outcome, test.duration_days, horizon_days)
    foretold = test.days_to_close(horizon_days, QUANTILES)
    start = np.zeros(len(foretold))
    closed_by = [interval_coverage(labels, test.duration_days, start, days) for days in foretold.T]
    return pd.DataFrame({"quantile": QUANTILES, "closed_by": closed_by})
