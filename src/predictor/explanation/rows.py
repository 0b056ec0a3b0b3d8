"""Rows of a feature matrix as sentences read them: by name, and only the columns they ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from predictor.features.catalogue import DAY_SHARE


def rows_of(features: pd.DataFrame, as_of: pd.Series | None = None) -> Iterator[Mapping[str, Any]]:
    """Yield each row as a mapping from the names of the features to plain values.

    Parameters
    ----------
    features : pd.DataFrame, shape (n, n_features)
        The feature matrix.
    as_of : pd.Series of datetime, shape (n,), optional
        From when the rows are seen, for sentences that say "yesterday"; by default from midnight.
    """
    columns = _Columns(features)
    if as_of is not None:
        columns[DAY_SHARE] = ((as_of - as_of.dt.normalize()) / pd.Timedelta(days=1)).tolist()
    return (_Row(columns, place) for place in range(len(features)))


class _Columns(dict[str, list[Any]]):
    """The columns of a frame as lists, each made when it is first asked for."""

    def __init__(self, features: pd.DataFrame) -> None:
        super().__init__()
        self.features = features

    def __missing__(self, name: str) -> list[Any]:
        values: list[Any] = self.features[name].tolist()
        self[name] = values
        return values


class _Row(Mapping[str, Any]):
    """One row of the columns."""

    __slots__ = ("_columns", "_place")

    def __init__(self, columns: _Columns, place: int) -> None:
        self._columns, self._place = columns, place

    def __getitem__(self, name: str) -> Any:
        return self._columns[name][self._place]

    def __iter__(self) -> Iterator[str]:
        return iter(map(str, self._columns.features.columns))

    def __len__(self) -> int:
        return self._columns.features.shape[1]
