from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predictor.evaluation.leakage.first_values import asked_of, cover, earlier_half, first_values
from predictor.evaluation.leakage.questions import Question

PERSON = np.array([0, 0, 1, 2, 0, 1, 2, 3])


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([0.0, 5.0, np.nan, 1.0, 7.0, 2.0, 9.0, 0.0]),
        pd.Series([0, 5, None, 1, 7, 2, 9, 0], dtype="Int64"),
        pd.Series([None, "a", None, "b", "c", "d", "e", None], dtype="str"),
        pd.Series([None, "a", None, "b", "c", "d", "e", None], dtype="category"),
        pd.Series([False, True, False, True, True, True, True, False]),
    ],
)
def test_each_prospect_speaks_first_where_it_is_neither_missing_nor_zero(values):
    assert np.flatnonzero(first_values(values, PERSON)).tolist() == [1, 3, 5]


def test_nobody_speaks_where_nothing_is_known():
    assert not first_values(pd.Series([np.nan] * 8), PERSON).any()


def test_the_halves_have_about_as_many_with_the_target():
    as_of = np.array(
        ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"], dtype="datetime64[us]"
    )
    target = np.array([True, False, True, True])
    everyone = Question("who", target, np.ones(4))
    assert earlier_half(everyone, as_of).tolist() == [True, True, False, False]
    later = asked_of(everyone, np.array([False, True, True, True]))
    assert earlier_half(later, as_of).tolist() == [True, True, True, False]
    nobody = asked_of(everyone, ~target)
    assert not earlier_half(nobody, as_of).any()


def test_the_cover_counts_prospects_with_the_target_once():
    target = PERSON != 1
    question = Question("who", target, np.array([1.0] * 7 + [0.0]))
    spoken = np.array([True, True, True, False, False, False, False, True])
    assert cover(question, spoken, PERSON) == pytest.approx(1 / 2)
    assert cover(asked_of(question, ~target), spoken, PERSON) == 0
