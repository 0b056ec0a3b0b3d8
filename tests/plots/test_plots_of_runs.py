from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from predictor import plots


def draw(figure):
    """Render to PNG (warnings are errors) and return the only panel."""
    with io.BytesIO() as file:
        figure.savefig(file, format="png")
        assert file.getvalue().startswith(b"\x89PNG")
    (axes,) = figure.axes
    return axes


def curve(prospect_id):
    days = np.arange(0, 91, 10)
    won = 0.4 * (1 - np.exp(-days / 30))
    lost = won / 2
    return pd.DataFrame(
        {"prospect_id": prospect_id, "days": days, "won": won, "lost": lost, "open": 1 - won - lost}
    )


def test_a_curve_shares_out_the_whole_probability():
    axes = draw(plots.curves(curve("P1")))
    assert axes.get_title(loc="left").startswith("P1")
    tops = [area.get_paths()[0].vertices[:, 1].max() for area in axes.collections]
    assert tops[-1] == pytest.approx(1)


def test_curves_of_several_prospects_are_refused():
    with pytest.raises(ValueError, match="of one prospect, got 2"):
        plots.curves(pd.concat([curve("P1"), curve("P2")]))


def test_only_prospects_of_both_runs_have_a_dot():
    changes = pd.DataFrame(
        {
            "status": ["in both", "in both", "new", "gone"],
            "probability_before": [0.1, 0.2, np.nan, 0.3],
            "probability_now": [0.2, 0.1, 0.4, np.nan],
        }
    )
    axes = draw(plots.before_and_now(changes))
    assert axes.get_title(loc="left") == "2 prospects in both runs"
    assert axes.collections[0].get_offsets().tolist() == [[0.1, 0.2], [0.2, 0.1]]


def test_parts_of_a_change_lie_end_to_end_on_their_side():
    changes = pd.DataFrame(
        {
            "prospect_id": ["P1", "P2", "P3"],
            "change": [0.05, -0.10, np.nan],
            "by_prospect": [0.08, -0.06, np.nan],
            "by_time": [-0.05, -0.04, np.nan],
            "by_model": [0.02, 0.0, np.nan],
        }
    )
    axes = draw(plots.reasons_for_change(changes))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["P1", "P2"]
    places = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
    by_prospect, by_time, by_model = places[0], places[2], places[4]
    assert by_prospect == pytest.approx((0, 8))
    assert by_time == pytest.approx((0, -5))
    assert by_model == pytest.approx((8, 10))
    assert places[3] == pytest.approx((-6, -10))
    (total,) = [line for line in axes.get_lines() if line.get_marker() == "D"]
    assert total.get_xdata() == pytest.approx([5, -10])
