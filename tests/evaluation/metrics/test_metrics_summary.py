from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.calibration_error import calibration_error
from predictor.evaluation.metrics.lift import precision_at
from predictor.evaluation.metrics.pinball import pinball_loss
from predictor.evaluation.metrics.summary import (
    FIGURES,
    summarize,
    summarize_curves,
    summarize_days_to_close,
)
from predictor.evaluation.metrics.time_to_close import interval_coverage
from predictor.evaluation.table import format_metrics


def frame(scored):
    rows = [
        {"predictor": name, **summarize(scored.outcome, scored.duration_days, p, horizon)}
        for horizon in (30, 7)
        for name, p in (
            ("model", scored.probability),
            ("points score", scored.probability**0.5),
            ("portfolio's rate", scored.probability * 0 + 0.2),
        )
    ]
    return pd.DataFrame(rows)


def test_every_figure_has_one_name_and_the_summary_yields_numbers(scored):
    summary = summarize(scored.outcome, scored.duration_days, scored.probability, 30)
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)
    assert all(isinstance(value, float) for value in summary.values())
    assert summary["snapshots"] == 400
    names = [figure.name for figure in FIGURES]
    assert [name for name in names if name in summary] == [
        name
        for name in names[: names.index("calibration_error_high") + 1]
        if not name.endswith("_count")
    ]


def test_all_summaries_together_yield_every_figure_but_those_of_the_truth(scored):
    args = scored.outcome, scored.duration_days
    labels = horizon_labels(*args, 30)
    foretold = scored.probability[:, None] * [10, 25, 50, 75, 90]
    every = {
        **summarize(*args, scored.probability, 30, top_count=5),
        **summarize_days_to_close(labels, args[1], foretold),
        **summarize_curves(*args, scored.probability[:, None] * [0.5, 1.0], [15, 30]),
    }
    missing = {figure.name for figure in FIGURES} - set(every)
    assert missing == {"rmse_to_truth", "bias_to_truth"}
    assert all(isinstance(value, float) for value in every.values())


def test_groups_lists_and_counts_reach_their_figures(scored):
    args = scored.outcome, scored.duration_days, scored.probability
    labels = horizon_labels(*args[:2], 30)
    account, week = np.arange(400) // 7, np.arange(400) % 5
    got = summarize(*args, 30, groups=account, lists=week, top_count=6)
    error = calibration_error(labels, args[2], account)
    assert (got["calibration_error"], got["calibration_error_high"]) == (error.estimate, error.high)
    assert got["precision_count"] == precision_at(labels, args[2], 6, week)
    assert got["precision_top"] == precision_at(labels, args[2], 0.1, week)
    assert got["top_count"] == 6


def test_days_to_close_are_judged_at_their_quantiles():
    duration = np.arange(1.0, 11)
    labels = horizon_labels(np.full(10, "won"), duration, 30)
    foretold = np.tile([2.0, 3, 5, 8, 9], (10, 1))
    got = summarize_days_to_close(labels, duration, foretold)
    assert got["time_coverage"] == interval_coverage(labels, duration, [3] * 10, [8] * 10) == 0.6
    assert got["time_coverage_80"] == 0.8
    assert got["time_error_days"] == 2.5
    assert got["time_pinball_days"] == pytest.approx(
        pinball_loss(labels, duration, foretold, [0.1, 0.25, 0.5, 0.75, 0.9])
    )


def test_table_fits_80_columns_and_shows_each_figure_beside_its_baselines(scored):
    metrics = frame(scored)
    text = format_metrics(metrics)
    assert max(map(len, text.splitlines())) <= 80
    assert text.index("within 7 days") < text.index("within 30 days")
    row = next(line for line in text.split("30 days")[1].splitlines() if line.startswith("AUC"))
    assert row.split()[-3:] == [f"{value:.3f}" for value in metrics["auc"][:3]]
    assert "base rate" in text
    assert f"{metrics['won'][0]:,.0f} seen in 400 snapshots" in text


def test_table_prints_what_else_is_known_and_a_dash_for_the_undefined(scored):
    metrics = frame(scored).assign(rmse_to_truth=[0.05, 0.1, float("nan")] * 2)
    line = next(
        line for line in format_metrics(metrics).splitlines() if line.startswith("error against")
    )
    assert line.split()[-3:] == ["0.0500", "0.1000", "-"]


def test_table_says_what_was_unknown_only_where_something_was(scored):
    assert "label known for" in format_metrics(frame(scored))
    complete = frame(scored).assign(share_known=1.0)
    assert "label known for" not in format_metrics(complete)


def test_table_is_short_unless_details_are_asked_for(scored):
    short, long = format_metrics(frame(scored)), format_metrics(frame(scored), details=True)
    for figure in FIGURES[:18]:
        shown = figure.title in long
        assert (figure.title in short) == (shown and not figure.detail)
    assert "ICI" in long
    assert max(map(len, long.splitlines())) <= 80


def test_long_names_of_predictors_are_wrapped_over_their_columns(scored):
    names = ["model", "a plain LightGBM classifier", "champion"] * 2
    lines = format_metrics(frame(scored).assign(predictor=names)).splitlines()
    place = next(k for k, line in enumerate(lines) if line.startswith("AUC"))
    assert [line.split() for line in lines[place - 2 : place]] == [
        ["a", "plain", "LightGBM"],
        ["model", "classifier", "champion"],
    ]
    assert lines[place - 1].index("champion") + len("champion") == len(lines[place])


def test_table_says_how_many_the_top_k_are(scored):
    row = summarize(scored.outcome, scored.duration_days, scored.probability, 30, top_count=20)
    text = format_metrics(pd.DataFrame([{"predictor": "model", **row}]))
    assert "(top k: the first 20 of each list)" in text
    assert f"{row['precision_count']:.1%}" in text
