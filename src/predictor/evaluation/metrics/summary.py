"""All figures of one predictor at one horizon, and how each is named and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.aalen_johansen import won_by
from predictor.evaluation.censoring import checked_outcomes, horizon_labels
from predictor.evaluation.metrics.auc import auc
from predictor.evaluation.metrics.average_precision import average_precision
from predictor.evaluation.metrics.brier import brier_score, brier_skill
from predictor.evaluation.metrics.lift import lift_at, precision_at, won_found_at
from predictor.evaluation.metrics.log_loss import log_loss
from predictor.evaluation.metrics.observed_over_expected import observed_over_expected

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

TOP_SHARE = 0.1


@dataclass(frozen=True)
class Figure:
    """How a figure is printed.

    Attributes
    ----------
    name : str
        Key of `summarize` and column of the frame of metrics.
    title : str
        What a person reads; says what is good.
    pattern : str
        Format specification, e.g. '.3f' or '.1%'.
    """

    name: str
    title: str
    pattern: str


FIGURES = (
    Figure("auc", "AUC (chance .5)", ".3f"),
    Figure("log_loss", "log-loss (low is good)", ".4f"),
    Figure("brier", "Brier score (low is good)", ".4f"),
    Figure("brier_skill", "Brier skill (base rate 0)", ".1%"),
    Figure("average_precision", "average precision", ".3f"),
    Figure("precision_top", "precision, top 10%", ".1%"),
    Figure("lift_top", "lift, top 10% (chance 1)", ".2f"),
    Figure("won_found_top", "won found in top 10%", ".1%"),
    Figure("observed_over_expected", "observed / expected (1)", ".2f"),
    Figure("rmse_to_truth", "error against the true P", ".4f"),
    Figure("bias_to_truth", "bias against the true P", "+.4f"),
    Figure("time_error_days", "days to close, error", ".1f"),
    Figure("time_coverage", "p25-p75 coverage (50%)", ".1%"),
)


def summarize(
    outcome: ArrayLike, duration_days: ArrayLike, probability: ArrayLike, horizon_days: float
) -> dict[str, float]:
    """Every metric of P(won by h), with the facts it must be read beside.

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
    probability : array-like of float, shape (n,)
        P(won by h).
    horizon_days : float

    Returns
    -------
    dict of str to float
        Facts: horizon_days, snapshots, won (seen by h), base_rate (Aalen-Johansen), share_known,
        share_capped. Metrics: those of `FIGURES` up to observed_over_expected.

    Raises
    ------
    HorizonError
        If no snapshot was followed to the horizon.
    """
    outcome, duration = checked_outcomes(outcome, duration_days)
    labels = horizon_labels(outcome, duration, horizon_days)
    return {
        "horizon_days": float(horizon_days),
        "snapshots": float(len(outcome)),
        "won": float(np.count_nonzero(labels.label)),
        "base_rate": won_by(outcome, duration, horizon_days),
        "share_known": labels.share_known,
        "share_capped": labels.share_capped,
        "auc": auc(labels, probability),
        "log_loss": log_loss(labels, probability),
        "brier": brier_score(labels, probability),
        "brier_skill": brier_skill(labels, probability),
        "average_precision": average_precision(labels, probability),
        "precision_top": precision_at(labels, probability, TOP_SHARE),
        "lift_top": lift_at(labels, probability, TOP_SHARE),
        "won_found_top": won_found_at(labels, probability, TOP_SHARE),
        "observed_over_expected": observed_over_expected(
            outcome, duration, probability, horizon_days
        ),
    }
