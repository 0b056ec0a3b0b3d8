from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from support.forward_tests import HORIZON_DAYS, make_test

from predictor import plots
from predictor.evaluation.drift import drift_table
from predictor.evaluation.forward import metrics
from predictor.evaluation.report import report_on
from predictor.features.catalogue import Text


def draw(figure):
    """Render to PNG (warnings are errors) and return the panels."""
    with io.BytesIO() as file:
        figure.savefig(file, format="png")
        assert file.getvalue().startswith(b"\x89PNG")
    return figure.axes


@pytest.fixture(scope="module")
def report():
    test = make_test(1, n_prospects=500)
    return report_on(test, metrics(test), HORIZON_DAYS, subject=Text("a test", "un essai"))


def test_a_review_is_drawn_by_name(report):
    figures = plots.review(report)
    assert {"calibration", "gain", "lift", "over_time", "scores"} <= set(figures)
    for figure in figures.values():
        draw(figure)


def test_a_rival_that_is_worse_lies_to_the_right(report):
    panels = draw(plots.comparison(report, "LightGBM"))
    assert [axes.get_title() for axes in panels] == [
        "log loss",
        "brier",
        "auc",
        "average precision",
    ]
    for axes in panels:
        (points,) = [line for line in axes.get_lines() if line.get_marker() == "o"]
        assert (points.get_xdata() > 0).all()
        (bars,) = axes.collections
        assert all(low < high for (low, _), (high, _) in bars.get_segments())


def test_a_rival_that_was_not_there_is_refused(report):
    with pytest.raises(ValueError, match="compares with base rate, points, LightGBM; not with"):
        plots.comparison(report)


def test_drift_beyond_chance_is_told_apart_and_has_the_move_of_the_mean():
    rng = np.random.default_rng(0)
    before = pd.DataFrame(rng.normal(size=(300, 2)), columns=["moved", "still"])
    now = pd.DataFrame(rng.normal([1.0, 0.0], size=(300, 2)), columns=["moved", "still"])
    (axes,) = draw(plots.drift(drift_table(before, now)))
    still, moved = axes.patches
    assert moved.get_facecolor() != still.get_facecolor()
    assert [text.get_text() for text in axes.texts][1].startswith(" mean +1")


def test_moves_of_the_mean_score_are_in_points_with_their_sum():
    table = pd.DataFrame({"signal": ["calls", "age"], "change": [0.02, -0.005]})
    figure = plots.score_drift(table)
    (axes,) = draw(figure)
    assert figure.get_suptitle() == "What moved the mean score: +1.5 points in all"
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([-0.5, 2.0])
