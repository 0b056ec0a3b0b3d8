from __future__ import annotations

import pandas as pd

from predictor.evaluation.metrics.summary import FIGURES, summarize
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
    assert set(summary) & {figure.name for figure in FIGURES} == {
        figure.name for figure in FIGURES[:9]
    }


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
