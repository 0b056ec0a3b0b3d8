"""Columns, categories and missing values are frozen in training."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predictor.model import encoding as encoding_module
from predictor.model.encoding import FeatureEncoding


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "amount": [1.5, np.nan] * 30,
            "source": ["web", "fair", None] * 20,
            "empty": [None] * 60,
        }
    )


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_text_becomes_the_code_of_its_level_whatever_its_dtype(dtype: str) -> None:
    X = frame().astype({"source": dtype})
    encoding = FeatureEncoding.of(X)
    assert encoding.categories == {"source": ("fair", "web"), "empty": ()}
    assert encoding.categorical_positions == [1]
    matrix = encoding.matrix(X)
    np.testing.assert_array_equal(matrix[:3, 1], [1, 0, np.nan])
    np.testing.assert_array_equal(matrix[:2, 0], [1.5, np.nan])
    assert np.isnan(matrix[:, 2]).all()


def test_unseen_and_rare_levels_are_missing() -> None:
    X = frame()
    X.loc[0, "source"] = "once"
    encoding = FeatureEncoding.of(X)
    assert encoding.categories["source"] == ("fair",)  # web is left with 19 rows
    assert np.isnan(encoding.matrix(X)[0, 1])
    X["source"] = pd.Categorical(["new"] * 30 + ["fair"] * 30)
    np.testing.assert_array_equal(encoding.matrix(X)[[0, 59], 1], [np.nan, 0])


def test_only_the_most_frequent_levels_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding_module, "MAX_LEVELS", 2)
    X = pd.DataFrame({"x": ["c"] * 25 + ["b"] * 25 + ["a"] * 20 + ["d"] * 30})
    assert FeatureEncoding.of(X).categories == {"x": ("b", "d")}


def test_numbers_in_any_clothes_are_numeric() -> None:
    X = pd.DataFrame(
        {
            "flag": [True, False],
            "flags": pd.Series([True, None], dtype="object"),
            "nullable": pd.array([1, None], dtype="Int64"),
        }
    )
    encoding = FeatureEncoding.of(X)
    assert encoding.categories == {}
    np.testing.assert_array_equal(encoding.matrix(X), [[1, 1, 1], [0, np.nan, np.nan]])


def test_columns_are_found_by_name() -> None:
    X = frame()
    encoding = FeatureEncoding.of(X)
    shuffled = X[["empty", "source", "amount"]].assign(extra=1)
    np.testing.assert_array_equal(encoding.matrix(shuffled), encoding.matrix(X))
    with pytest.raises(ValueError, match=r"lacks 1 column\(s\).*'amount'"):
        encoding.matrix(X.drop(columns="amount"))


def test_a_column_that_changed_its_type_is_refused_but_one_without_values_is_not() -> None:
    X = frame()
    encoding = FeatureEncoding.of(X)
    with pytest.raises(
        ValueError, match=r"'amount' was numeric in training and is text now.*'much'"
    ):
        encoding.matrix(X.assign(amount="much"))
    with pytest.raises(ValueError, match="'source' was text in training and is numeric now"):
        encoding.matrix(X.assign(source=3))
    nothing = encoding.matrix(X.assign(amount=None, source=np.nan, empty=3))
    assert np.isnan(nothing).all()


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((2, 1)), "must be a pandas DataFrame"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "'a' more than once"),
        (pd.DataFrame({0: [1]}), "named 0: column names must be text"),
        (pd.DataFrame({"at": pd.to_datetime(["2024-01-01"])}), "'at' holds datetime64 values"),
    ],
)
def test_what_is_no_table_of_features_is_refused(X: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FeatureEncoding.of(X)
