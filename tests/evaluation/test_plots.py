from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from predictor.evaluation import plots
from predictor.evaluation.aalen_johansen import cumulative_incidence
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.metrics.calibration import calibration_table
from predictor.evaluation.metrics.lift import lift_table

one_case = pytest.mark.parametrize("scored", [0], indirect=True)


def draw(figure):
    """Render to PNG (warnings are errors) and return the axes."""
    with io.BytesIO() as file:
        figure.savefig(file, format="png")
        assert file.getvalue().startswith(b"\x89PNG")
    (axes,) = figure.axes
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    assert axes.get_title(loc="left")
    return axes


def labels_of(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


@pytest.fixture
def figures(scored):
    args = (scored.outcome, scored.duration_days)
    labels = horizon_labels(*args, 30)
    days = np.arange(1, 31)
    return {
        "reliability": plots.reliability(calibration_table(*args, scored.probability, 30), 30),
        "lift": plots.lift_curve({"model": lift_table(labels, scored.probability)}, 30),
        "scores": plots.score_histogram(scored.outcome, scored.probability, 30),
        "won": plots.won_curve(cumulative_incidence(*args, days), days / 100),
    }


@one_case
def test_all_draw_without_warnings(figures):
    for figure in figures.values():
        draw(figure)


@one_case
def test_legends_name_what_is_drawn(figures, scored):
    assert labels_of(draw(figures["lift"])) == ["random order", "model"]
    n_won = int((scored.outcome == "won").sum())
    assert f"won ({n_won})" in labels_of(draw(figures["scores"]))


def test_reliability_leaves_out_bins_without_follow_up():
    table = pd.DataFrame(
        {
            "snapshots": [10, 10],
            "predicted": [0.1, 0.2],
            "observed": [np.nan, 0.25],
            "observed_low": [np.nan, 0.1],
            "observed_high": [np.nan, 0.4],
        }
    )
    axes = draw(plots.reliability(table, 30))
    assert axes.lines[1].get_xdata().tolist() == [0.2]


def test_scores_of_zero_and_one_outcome_draw():
    draw(plots.score_histogram(["open", "open"], [0.0, 0.0], 30))


def test_lift_over_the_list_names_each_predictor(scored):
    labels = horizon_labels(scored.outcome, scored.duration_days, 30)
    tables = {name: lift_table(labels, scored.probability, [0.1, 1.0]) for name in "abcde"}
    axes = draw(plots.lift_by_share(tables, 30))
    assert labels_of(axes) == ["random order", *"abcde"]
    assert axes.lines[-1].get_ydata()[-1] == pytest.approx(1)


def test_looks_without_follow_up_have_a_promise_only():
    table = pd.DataFrame(
        {
            "as_of": pd.to_datetime(["2026-01-05", "2026-01-12"]),
            "predicted": [0.1, 0.2],
            "observed": [0.15, np.nan],
            "observed_low": [0.1, np.nan],
            "observed_high": [0.2, np.nan],
        }
    )
    axes = draw(plots.score_over_time(table, 30))
    assert len(axes.lines[0].get_xdata()) == 2
    assert len(axes.containers[0].lines[0].get_xdata()) == 1


def test_time_coverage_draws_each_quantile():
    table = pd.DataFrame({"quantile": [0.25, 0.75], "closed_by": [0.3, 0.7]})
    axes = draw(plots.time_coverage(table, 30))
    assert axes.lines[1].get_ydata().tolist() == [0.3, 0.7]
