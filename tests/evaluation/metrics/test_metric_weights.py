"""A snapshot that counts k times is k snapshots, and one that counts 0 times is absent."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from predictor.errors import HorizonError
from predictor.evaluation.aalen_johansen import cumulative_incidence, won_by
from predictor.evaluation.censoring import censoring_survival_before, horizon_labels
from predictor.evaluation.metrics import time_to_close
from predictor.evaluation.metrics.auc import auc
from predictor.evaluation.metrics.average_precision import average_precision
from predictor.evaluation.metrics.brier import brier_score, brier_skill
from predictor.evaluation.metrics.calibration import calibration_table
from predictor.evaluation.metrics.calibration_error import calibration_error
from predictor.evaluation.metrics.calibration_slope import calibration_intercept, calibration_slope
from predictor.evaluation.metrics.concordance import time_dependent_concordance
from predictor.evaluation.metrics.integrated_brier import integrated_brier_score
from predictor.evaluation.metrics.integrated_calibration_index import integrated_calibration_index
from predictor.evaluation.metrics.lift import lift_at, precision_at, won_found_at
from predictor.evaluation.metrics.log_loss import log_loss
from predictor.evaluation.metrics.observed_over_expected import observed_over_expected
from predictor.evaluation.metrics.pinball import pinball_loss
from predictor.evaluation.metrics.summary import summarize

HORIZON_DAYS = 10
HORIZONS_DAYS = (2, 6, 10)

OF_LABELS_AND_PROBABILITY = {
    "auc": auc,
    "average precision": average_precision,
    "brier": brier_score,
    "brier skill": brier_skill,
    "log-loss": log_loss,
    "calibration slope": calibration_slope,
    "calibration intercept": calibration_intercept,
    "integrated calibration index": integrated_calibration_index,
    "precision at a share": lambda labels, p: precision_at(labels, p, 0.3),
    "precision at a count": lambda labels, p: precision_at(labels, p, 3),
    "lift at a share": lambda labels, p: lift_at(labels, p, 0.3),
    "won found at a count": lambda labels, p: won_found_at(labels, p, 2),
}
OF_LABELS_AND_DAYS = {
    "median absolute error": lambda labels, days, foretold: time_to_close.median_absolute_error(
        labels, days, foretold[:, 1]
    ),
    "coverage": lambda labels, days, foretold: time_to_close.interval_coverage(
        labels, days, foretold[:, 0], foretold[:, 2]
    ),
    "pinball loss": lambda labels, days, foretold: pinball_loss(
        labels, days, foretold, (0.1, 0.5, 0.9)
    ),
}
OF_OUTCOMES = {
    "Aalen-Johansen": lambda rows, weight: won_by(
        rows.outcome, rows.duration_days, HORIZON_DAYS, weight
    ),
    "shares lost": lambda rows, weight: (
        cumulative_incidence(rows.outcome, rows.duration_days, HORIZONS_DAYS, weight).lost
    ),
    "observed over expected": lambda rows, weight: observed_over_expected(
        rows.outcome, rows.duration_days, rows.probability, HORIZON_DAYS, weight
    ),
    "censoring survival": lambda rows, weight: censoring_survival_before(
        rows.outcome, rows.duration_days, HORIZONS_DAYS, weight
    ),
    "reliability table": lambda rows, weight: calibration_table(
        rows.outcome, rows.duration_days, rows.probability, HORIZON_DAYS, n_bins=3, weight=weight
    ).to_numpy(),
    "integrated Brier": lambda rows, weight: integrated_brier_score(
        rows.outcome, rows.duration_days, rows.curves, HORIZONS_DAYS, weight
    ),
    "concordance": lambda rows, weight: time_dependent_concordance(
        rows.outcome, rows.duration_days, rows.curves, HORIZONS_DAYS, weight=weight
    ),
    "all at once": lambda rows, weight: list(
        summarize(
            rows.outcome,
            rows.duration_days,
            rows.probability,
            HORIZON_DAYS,
            groups=rows.account,
            lists=rows.account,
            top_count=2,
            weight=weight,
        ).values()
    ),
}


@st.composite
def drawn_rows(draw):
    """Draw snapshots with ties in everything, and how often each counts."""
    n = draw(st.integers(3, 14))

    def column(values):
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    rows = SimpleNamespace(
        outcome=column(st.sampled_from(["open", "won", "lost"])),
        duration_days=column(st.integers(0, 14)).astype(float),
        probability=column(st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.31, 0.6, 1.0])),
        account=column(st.integers(0, 3)),
        foretold=np.stack([column(st.integers(0, 12)).astype(float) for _ in range(3)], axis=1),
    )
    rows.curves = rows.probability[:, None] * np.array([0.2, 0.7, 1.0])
    times = column(st.integers(0, 3)).astype(float)
    assume(times.any())
    return rows, times


def repeat(rows, times):
    return SimpleNamespace(
        **{name: np.repeat(each, times.astype(int), axis=0) for name, each in vars(rows).items()}
    )


def labels_of(rows, times):
    """Labels of all rows, as a draw of a bootstrap has them: repeated, and laid out one by one."""
    try:
        labels = horizon_labels(rows.outcome, rows.duration_days, HORIZON_DAYS)
    except HorizonError:
        assume(False)
    counts = times.astype(int)
    laid_out = replace(
        labels, label=np.repeat(labels.label, counts), weight=np.repeat(labels.weight, counts)
    )
    return labels.repeated(times), laid_out


@pytest.mark.parametrize("name", OF_LABELS_AND_PROBABILITY)
@settings(max_examples=40)
@given(drawn=drawn_rows())
def test_metrics_of_labels_take_a_weight_for_repetition(name, drawn):
    rows, times = drawn
    repeated, laid_out = labels_of(rows, times)
    metric = OF_LABELS_AND_PROBABILITY[name]
    got = metric(repeated, rows.probability)
    want = metric(laid_out, np.repeat(rows.probability, times.astype(int)))
    assert got == pytest.approx(want, rel=1e-5, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("name", OF_LABELS_AND_DAYS)
@settings(max_examples=40)
@given(drawn=drawn_rows())
def test_metrics_of_days_take_a_weight_for_repetition(name, drawn):
    rows, times = drawn
    repeated, laid_out = labels_of(rows, times)
    again = repeat(rows, times)
    metric = OF_LABELS_AND_DAYS[name]
    got = metric(repeated, rows.duration_days, rows.foretold)
    want = metric(laid_out, again.duration_days, again.foretold)
    assert got == pytest.approx(want, nan_ok=True)


@settings(max_examples=40)
@given(drawn=drawn_rows())
def test_tops_of_lists_take_a_weight_for_repetition(drawn):
    rows, times = drawn
    repeated, laid_out = labels_of(rows, times)
    again = repeat(rows, times)
    for top in (2, 0.5):
        got = precision_at(repeated, rows.probability, top, rows.account)
        want = precision_at(laid_out, again.probability, top, again.account)
        assert got == pytest.approx(want, nan_ok=True)


@settings(max_examples=40)
@given(drawn=drawn_rows())
def test_calibration_error_takes_a_weight_for_repetition_within_a_group(drawn):
    rows, times = drawn
    repeated, laid_out = labels_of(rows, times)
    again = repeat(rows, times)
    got = calibration_error(repeated, rows.probability, rows.account, n_bins=3)
    want = calibration_error(laid_out, again.probability, again.account, n_bins=3)
    for end in ("estimate", "low", "high"):
        value = getattr(want, end)
        # A root: what is rounding in the square is more in itself.
        assert getattr(got, end) == pytest.approx(value, rel=1e-6, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("name", OF_OUTCOMES)
@settings(max_examples=40)
@given(drawn=drawn_rows())
def test_metrics_of_outcomes_take_a_weight_for_repetition(name, drawn):
    rows, times = drawn
    metric = OF_OUTCOMES[name]
    try:
        want = metric(repeat(rows, times), None)
    except HorizonError:
        with pytest.raises(HorizonError):
            metric(rows, times)
        return
    np.testing.assert_allclose(metric(rows, times), want, rtol=1e-5, atol=1e-6)


@settings(max_examples=40)
@given(drawn=drawn_rows())
def test_labels_take_a_weight_for_repetition(drawn):
    rows, times = drawn
    counts = times.astype(int)
    again = repeat(rows, times)
    try:
        want = horizon_labels(again.outcome, again.duration_days, HORIZON_DAYS, max_weight=1.5)
    except HorizonError:
        assume(False)
    got = horizon_labels(
        rows.outcome, rows.duration_days, HORIZON_DAYS, max_weight=1.5, weight=times
    )
    np.testing.assert_allclose(
        np.repeat(got.weight, counts), np.repeat(times, counts) * want.weight
    )
    assert np.repeat(got.label, counts).tolist() == want.label.tolist()
    assert got.share_known == pytest.approx(want.share_known)
    assert got.share_capped == pytest.approx(want.share_capped)
    assert got.base_rate == pytest.approx(want.base_rate)
