from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predictor.explanation.importance import MIN_PROSPECTS, importance_by_segment
from predictor.explanation.signals import SignalContributions
from predictor.features.catalogue import Signal, Text


def contributions(values) -> SignalContributions:
    names = ("weak", "strong")
    signals = tuple(Signal(name, Text(name, name), lambda _: Text("", "")) for name in names)
    values = np.asarray(values, dtype=float)
    return SignalContributions(signals, values, 0.2 + values.sum(axis=1), 0.2)


@pytest.fixture
def table():
    half = MIN_PROSPECTS // 2
    early, late = [[0.01, 0.2], [-0.01, -0.2]] * half, [[0.0, 0.1], [0.02, 0.1]] * half
    few = [[1.0, 1.0]] * (MIN_PROSPECTS - 1)
    segments = ["early"] * len(early) + ["late"] * len(late) + ["few"] * len(few)
    order = pd.CategoricalDtype(["late", "early", "few"], ordered=True)
    return importance_by_segment(
        contributions([*early, *late, *few]), pd.Series(segments, dtype=order)
    )


def test_signals_and_segments_come_in_their_order(table):
    assert table["segment"].tolist() == ["late", "late", "early", "early"]
    assert table["signal"].tolist() == ["strong", "weak"] * 2


def test_means_and_spread_are_those_of_the_segment(table):
    rows = table.set_index(["segment", "signal"])
    early = rows.loc["early", "strong"]
    assert early["mean_absolute"] == pytest.approx(0.2)
    assert early["mean"] == pytest.approx(0, abs=1e-15)
    assert early["spread"] == pytest.approx(0.2)
    late = rows.loc["late", "strong"]
    assert late["mean_absolute"] == late["mean"] == pytest.approx(0.1)
    assert late["spread"] == pytest.approx(0, abs=1e-15)
    assert rows.loc["late", "weak"]["spread"] == pytest.approx(0.01)


def test_segments_of_few_prospects_are_left_out(table):
    assert "few" not in set(table["segment"])


def test_nobody_has_no_signals():
    empty = importance_by_segment(contributions(np.zeros((0, 2))), pd.Series([], dtype="str"))
    assert empty.empty
    assert "mean_absolute" in empty
