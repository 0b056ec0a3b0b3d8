"""All figures of one predictor, and how each is named and printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.aalen_johansen import won_by
from predictor.evaluation.censoring import checked_outcomes, horizon_labels
from predictor.evaluation.metrics.auc import auc
from predictor.evaluation.metrics.average_precision import average_precision
from predictor.evaluation.metrics.brier import brier_score, brier_skill
from predictor.evaluation.metrics.calibration_error import calibration_error
from predictor.evaluation.metrics.calibration_slope import calibration_intercept, calibration_slope
from predictor.evaluation.metrics.concordance import time_dependent_concordance
from predictor.evaluation.metrics.integrated_brier import integrated_brier_score
from predictor.evaluation.metrics.integrated_calibration_index import integrated_calibration_index
from predictor.evaluation.metrics.lift import lift_at, precision_at, won_found_at
from predictor.evaluation.metrics.log_loss import log_loss
from predictor.evaluation.metrics.observed_over_expected import observed_over_expected
from predictor.evaluation.metrics.pinball import pinball_loss
from predictor.evaluation.metrics.time_to_close import interval_coverage, median_absolute_error

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import HorizonLabels

TOP_SHARE = 0.1
DAYS_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Figure:
    """How a figure is printed.

    Attributes
    ----------
    name : str
        Key of a summary and column of the frame of metrics.
    title : str
        What a person reads; says what is good.
    pattern : str
        Format specification, e.g. '.3f' or '.1%'.
    detail : bool
        Left out of the short table.
    """

    name: str
    title: str
    pattern: str
    detail: bool = False


FIGURES = (
    Figure("auc", "AUC (chance .5)", ".3f"),
    Figure("log_loss", "log-loss (low is good)", ".4f"),
    Figure("brier", "Brier score (low is good)", ".4f"),
    Figure("brier_skill", "Brier skill (base rate 0)", ".1%"),
    Figure("average_precision", "average precision", ".3f"),
    Figure("precision_top", "precision, top 10%", ".1%"),
    Figure("lift_top", "lift, top 10% (chance 1)", ".2f"),
    Figure("won_found_top", "won found in top 10%", ".1%"),
    Figure("precision_count", "precision, top k", ".1%"),
    Figure("lift_count", "lift, top k (chance 1)", ".2f"),
    Figure("won_found_count", "won found in top k", ".1%"),
    Figure("observed_over_expected", "observed / expected (1)", ".2f"),
    Figure("calibration_slope", "calibration slope (1)", ".2f"),
    Figure("calibration_intercept", "calibration intercept (0)", "+.2f", detail=True),
    Figure("calibration_index", "calibration index, ICI (0)", ".4f", detail=True),
    Figure("calibration_error", "calibration error (0)", ".4f"),
    Figure("calibration_error_low", "  its 95% interval, from", ".4f", detail=True),
    Figure("calibration_error_high", "  to", ".4f", detail=True),
    Figure("integrated_brier", "Brier score, integrated", ".4f"),
    Figure("rmse_to_truth", "error against the true P", ".4f"),
    Figure("bias_to_truth", "bias against the true P", "+.4f"),
    Figure("time_error_days", "days to close, error", ".1f"),
    Figure("time_pinball_days", "days to close, pinball loss", ".2f", detail=True),
    Figure("time_coverage", "p25-p75 coverage (50%)", ".1%"),
    Figure("time_coverage_80", "p10-p90 coverage (80%)", ".1%"),
    Figure("concordance", "concordance over time (.5)", ".3f", detail=True),
)


def summarize(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    probability: ArrayLike,
    horizon_days: float,
    *,
    groups: ArrayLike | None = None,
    lists: ArrayLike | None = None,
    top_count: int | None = None,
    weight: ArrayLike | None = None,
) -> dict[str, float]:
    """Every metric of P(won by h), with the facts it must be read beside.

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
    probability : array-like of float, shape (n,)
        P(won by h).
    horizon_days : float
    groups : array-like, shape (n,), optional
        What is drawn independently, e.g. the account of each snapshot: for the interval of the
        calibration error. By default each snapshot.
    lists : array-like, shape (n,), optional
        The list that each snapshot stands in, e.g. its as_of; by default all stand in one.
    top_count : int, optional
        How many of a list the team can call; adds the figures of the top k.
    weight : array-like of float, shape (n,), optional
        How often each snapshot counts, e.g. drawn by a bootstrap; by default once each.

    Returns
    -------
    dict of str to float
        Facts: horizon_days, snapshots, won (seen by h), base_rate (Aalen-Johansen), share_known,
        share_capped, and top_count where it is given. Metrics: those of `FIGURES` up to
        calibration_error_high.

    Raises
    ------
    HorizonError
        If no snapshot was followed to the horizon.
    """
    outcome, duration = checked_outcomes(outcome, duration_days)
    labels = horizon_labels(outcome, duration, horizon_days, weight=weight)
    return {
        "horizon_days": float(horizon_days),
        "snapshots": float(labels.places.sum()),
        "won": float(labels.places[labels.label].sum()),
        "base_rate": won_by(outcome, duration, horizon_days, weight),
        "share_known": labels.share_known,
        "share_capped": labels.share_capped,
        "auc": auc(labels, probability),
        "log_loss": log_loss(labels, probability),
        "brier": brier_score(labels, probability),
        "brier_skill": brier_skill(labels, probability),
        "average_precision": average_precision(labels, probability),
        **_top(labels, probability, TOP_SHARE, "top", lists),
        **({} if top_count is None else {"top_count": float(top_count)}),
        **({} if top_count is None else _top(labels, probability, top_count, "count", lists)),
        "observed_over_expected": observed_over_expected(
            outcome, duration, probability, horizon_days, weight
        ),
        **_calibration(labels, probability, groups),
    }


def summarize_days_to_close(
    labels: HorizonLabels, duration_days: ArrayLike, quantile_days: ArrayLike
) -> dict[str, float]:
    """Every metric of the days to close, among those won by the horizon.

    Parameters
    ----------
    labels : HorizonLabels
        At the horizon that the forecast is conditional on.
    duration_days : array-like of float, shape (n,)
    quantile_days : array-like of float, shape (n, 5)
        Foretold quantiles, those of `DAYS_QUANTILES`; rows where one is missing are left out.

    Returns
    -------
    dict of str to float
        time_error_days, time_pinball_days, time_coverage (of p25 to p75), time_coverage_80.
    """
    p10, p25, median, p75, p90 = np.asarray(quantile_days, dtype=np.float64).T
    return {
        "time_error_days": median_absolute_error(labels, duration_days, median),
        "time_pinball_days": pinball_loss(labels, duration_days, quantile_days, DAYS_QUANTILES),
        "time_coverage": interval_coverage(labels, duration_days, p25, p75),
        "time_coverage_80": interval_coverage(labels, duration_days, p10, p90),
    }


def summarize_curves(
    outcome: ArrayLike,
    duration_days: ArrayLike,
    probability: ArrayLike,
    horizons_days: ArrayLike,
    *,
    weight: ArrayLike | None = None,
) -> dict[str, float]:
    """Every metric of the whole curve of P(won by t).

    Parameters
    ----------
    outcome, duration_days : array-like, shape (n,)
    probability : array-like of float, shape (n, H)
        P(won by t) at each horizon.
    horizons_days : array-like of float, shape (H,)
        Rising, above 0, two at least.
    weight : array-like of float, shape (n,), optional
        How often each snapshot counts, e.g. drawn by a bootstrap; by default once each.

    Returns
    -------
    dict of str to float
        integrated_brier and concordance.

    Raises
    ------
    HorizonError
        If no snapshot was followed to the last horizon.
    """
    args = (outcome, duration_days, probability, horizons_days)
    return {
        "integrated_brier": integrated_brier_score(*args, weight=weight),
        "concordance": time_dependent_concordance(*args, weight=weight),
    }


def _top(
    labels: HorizonLabels, probability: ArrayLike, top: float, name: str, lists: ArrayLike | None
) -> dict[str, float]:
    return {
        f"precision_{name}": precision_at(labels, probability, top, lists),
        f"lift_{name}": lift_at(labels, probability, top, lists),
        f"won_found_{name}": won_found_at(labels, probability, top, lists),
    }


def _calibration(
    labels: HorizonLabels, probability: ArrayLike, groups: ArrayLike | None
) -> dict[str, float]:
    error = calibration_error(labels, probability, groups)
    return {
        "calibration_slope": calibration_slope(labels, probability),
        "calibration_intercept": calibration_intercept(labels, probability),
        "calibration_index": integrated_calibration_index(labels, probability),
        "calibration_error": error.estimate,
        "calibration_error_low": error.low,
        "calibration_error_high": error.high,
    }
