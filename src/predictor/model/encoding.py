"""From a table of features to the matrix of floats that the boosters read, frozen at training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MIN_ROWS_PER_LEVEL = 20
MAX_LEVELS = 100

Kind = Literal["numeric", "text", "empty"]

_NUMERIC = {"integer", "floating", "mixed-integer-float", "boolean", "decimal"}


@dataclass(frozen=True)
class FeatureEncoding:
    """Names, order and categories of the features as they were in training.

    Attributes
    ----------
    feature_names : tuple of str, length F
        Columns in the order of the matrix.
    categories : mapping of str to tuple of str
        For each text column the levels that the model knows, in the order of their codes. A column
        that held no value in training has no level, and whatever it holds later is missing.
    """

    feature_names: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, X: pd.DataFrame) -> FeatureEncoding:
        """Freeze the columns of training data.

        A level is kept if it has at least MIN_ROWS_PER_LEVEL rows and is among the MAX_LEVELS most
        frequent (ties by name); every other level is a missing value, in training and later.

        Raises
        ------
        ValueError
            For something else than a DataFrame, fewer than two rows, no column, a repeated or
            non-text column name, or a column that is neither numeric nor text.
        """
        _check_columns(X)
        names = tuple(str(name) for name in X.columns)
        text = {name: _levels(X[name]) for name in names if column_kind(X[name]) != "numeric"}
        _check_shape(X)
        return cls(names, text)

    @property
    def categorical_positions(self) -> list[int]:
        """Positions of the columns that hold codes of levels."""
        return [j for j, name in enumerate(self.feature_names) if self.categories.get(name)]

    def select(self, X: pd.DataFrame) -> pd.DataFrame:
        """Columns of `X` in the order of training; further columns are left out.

        Raises
        ------
        ValueError
            If `X` is not a DataFrame or a column of the training data is missing.
        """
        _check_columns(X)
        missing = [name for name in self.feature_names if name not in X.columns]
        if missing:
            raise ValueError(
                f"X lacks {len(missing)} column(s) that the model was trained on, first "
                f"{missing[0]!r}: compute the features by the model's own specification"
            )
        return X[list(self.feature_names)]

    def matrix(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Encode `X`: numbers as they are, text as the code of its level, else NaN.

        Returns
        -------
        ndarray of shape (n, F)

        Raises
        ------
        ValueError
            As `select`, and if a column changed between numeric and text since training.
        """
        X = self.select(X)
        matrix = np.empty(X.shape)
        for j, name in enumerate(self.feature_names):
            matrix[:, j] = self._encode(X[name])
        return matrix

    def _encode(self, column: pd.Series) -> NDArray[np.float64]:
        levels = self.categories.get(str(column.name))
        kind = column_kind(column)
        if kind == "empty" or levels == ():
            return np.full(len(column), np.nan)
        if (kind == "text") != (levels is not None):
            return _only_missing(column, "numeric" if levels is None else "text")
        if levels is None:
            return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
        codes = _codes(column, levels).astype(np.float64)
        return np.where(codes < 0, np.nan, codes)


def column_kind(column: pd.Series) -> Kind:
    """Whether a column is numeric, text, or holds no value at all.

    Raises
    ------
    ValueError
        For dates, complex numbers and anything else.
    """
    if pd.api.types.is_complex_dtype(column.dtype):
        raise ValueError(
            f"Complex data not supported: column {column.name!r} is of complex numbers"
        )
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "numeric"
    if isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype):
        return "text" if column.notna().any() else "empty"
    inferred = pd.api.types.infer_dtype(column, skipna=True)
    if inferred in {"empty", "string"} | _NUMERIC:
        return "numeric" if inferred in _NUMERIC else "text" if inferred == "string" else "empty"
    raise ValueError(
        f"column {column.name!r} holds {inferred} values: a feature is numeric or text, so turn it "
        "into a number (such as days before as_of) or leave it out"
    )


def _only_missing(column: pd.Series, kind_in_training: Kind) -> NDArray[np.float64]:
    """Read a column of another kind than in training, which may hold nothing but missing values."""
    values = column.dropna()
    if len(values):
        raise ValueError(
            f"column {column.name!r} was {kind_in_training} in training and is "
            f"{column_kind(column)} now (for example {values.iloc[0]!r}): give it as in training, "
            "or train again"
        )
    return np.full(len(column), np.nan)


def _check_columns(X: pd.DataFrame) -> None:
    if not isinstance(X, pd.DataFrame):
        raise ValueError(  # noqa: TRY004 - scikit-learn's convention for input that it cannot read
            "X must be a pandas DataFrame with named columns, not a bare array or sparse matrix; "
            f"got {type(X).__name__}"
        )
    repeated = X.columns[X.columns.duplicated()]
    if len(repeated):
        raise ValueError(f"X has the column {repeated[0]!r} more than once: names must be unique")
    other = [name for name in X.columns if not isinstance(name, str)]
    if other:
        raise ValueError(f"X has a column named {other[0]!r}: column names must be text")


def _check_shape(X: pd.DataFrame) -> None:
    # LightGBM ends both in errors of its own, which speak of files and of its source.
    if not X.shape[1]:
        raise ValueError(f"X has 0 feature(s) (shape={X.shape}) while a minimum of 1 is required.")
    if len(X) < 2:
        raise ValueError(f"X has {len(X)} sample(s) while a minimum of 2 is required.")


def _levels(column: pd.Series) -> tuple[str, ...]:
    counts = column.dropna().astype(str).value_counts()
    counts = counts[counts >= MIN_ROWS_PER_LEVEL]
    frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_LEVELS]
    return tuple(sorted(str(level) for level, _ in frequent))


def _codes(column: pd.Series, levels: tuple[str, ...]) -> NDArray[np.intp]:
    known = pd.Index(list(levels), dtype=object)
    if isinstance(column.dtype, pd.CategoricalDtype):
        table = known.get_indexer(column.cat.categories.astype(str).astype(object))
        # Code -1 (missing) reads the entry appended at the end.
        return np.asarray(np.append(table, -1)[column.cat.codes.to_numpy()])
    return np.asarray(known.get_indexer(pd.Index(column.astype(object))))
