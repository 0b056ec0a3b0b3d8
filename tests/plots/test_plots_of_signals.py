from __future__ import annotations

import io

import pandas as pd
import pytest

from predictor import plots
from predictor.explanation.partial_dependence import pair_dependence, partial_dependence


def draw(figure):
    """Render to PNG (warnings are errors) and return the panels."""
    with io.BytesIO() as file:
        figure.savefig(file, format="png")
        assert file.getvalue().startswith(b"\x89PNG")
    return figure.axes


def texts_of(axes):
    return [text.get_text() for text in axes.texts]


@pytest.fixture
def features():
    visits = [0.0, 0.0, 0.0, 1.0, 2.0, None] * 40
    stage = pd.Series(["early", "late"] * 120, dtype="str")
    return pd.DataFrame({"visits": visits, "stage": stage})


def chance(x):
    return (0.1 + 0.1 * x["visits"].fillna(0) * (x["stage"] == "late")).to_numpy()


def importance_table(n_signals=15):
    signals = [f"signal {number}" for number in range(n_signals)]
    return pd.DataFrame(
        {
            "segment": ["early"] * n_signals + ["late"] * n_signals,
            "prospects": [1200] * n_signals + [34] * n_signals,
            "signal": signals * 2,
            "mean_absolute": [0.03] * n_signals + [0.01] * n_signals,
            "mean": [-0.03] * n_signals + [0.01] * n_signals,
            "spread": [0.02] * 2 * n_signals,
        }
    )


def test_importance_is_written_in_points_with_the_prospects_of_each_segment():
    (axes,) = draw(plots.importance(importance_table()))
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "early\n(1,200)",
        "late\n(34)",
    ]
    assert len(axes.get_yticklabels()) == 12
    assert texts_of(axes)[:2] == ["3.0", "1.0"]
    (signed,) = draw(plots.importance(importance_table(), "mean"))
    assert texts_of(signed)[:2] == ["-3.0", "+1.0"]


def test_dependence_of_everyone_shows_the_prospects_as_they_are_beside_it(features):
    table = partial_dependence(chance, features, "visits")
    table.attrs["feature"] = "visits"
    above, below = draw(plots.partial_dependence(table, 30))
    line, own = above.get_lines()
    assert line.get_ydata() == pytest.approx([0.1, 0.15, 0.2, 0.1])
    assert own.get_label() == "those prospects as they are"
    assert [label.get_text() for label in below.get_xticklabels()] == ["0", "1", "2", "missing"]
    assert [bar.get_height() for bar in below.patches] == [120, 40, 40, 40]


def test_dependence_by_segment_has_a_line_each(features):
    table = partial_dependence(chance, features, "visits", segments=features["stage"])
    above, _ = draw(plots.partial_dependence(table, 30))
    assert [line.get_label() for line in above.get_lines()] == ["early", "late"]


def test_pairs_are_told_as_probability_and_beyond_the_sum(features):
    pair = pair_dependence(chance, features, ("visits", []), ("stage", []))
    left, right = draw(plots.pair_dependence(pair, 30))
    assert texts_of(left)[0] == "10.0%\nn = 80"
    assert all(text[0] in "+-" for text in texts_of(right))
    assert [label.get_text() for label in left.get_yticklabels()] == ["0", "1", "2", "missing"]


def test_pairs_that_nobody_has_stay_blank(features):
    apart = features.assign(visits=features["visits"].where(features["stage"] == "late", 9.0))
    pair = pair_dependence(chance, apart, ("visits", []), ("stage", []))
    left, _ = draw(plots.pair_dependence(pair, 30))
    assert len(texts_of(left)) == len(pair) < len(pair["value_1"].unique()) * 2
