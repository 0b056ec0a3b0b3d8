"""What a snapshot teaches: how it ended and after how many days of follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CAUSES: Final = ("won", "lost")
"""The competing causes, in the order of every array that has an axis of causes."""

OUTCOMES: Final = ("open", *CAUSES)
OUTCOME_DTYPE: Final = np.dtype([("outcome", "U4"), ("duration_days", "f8")])


def make_target(outcome: ArrayLike, duration_days: ArrayLike) -> NDArray[Any]:
    """Join outcomes and follow-up times into the structured array that the model is fitted on.

    Parameters
    ----------
    outcome : array-like of str, shape (n,)
        'won', 'lost', or 'open' where the follow-up ended before any outcome (censored).
    duration_days : array-like of float, shape (n,)
        Days from as_of to the outcome, or to the end of the follow-up. Zero is allowed.

    Returns
    -------
    numpy.ndarray of OUTCOME_DTYPE, shape (n,)

    Raises
    ------
    ValueError
        For another outcome, a negative or non-finite duration, or unequal lengths.
    """
    names = np.asarray(outcome, dtype=object)
    days = np.asarray(duration_days, dtype=np.float64)
    if names.shape != days.shape or days.ndim != 1:
        raise ValueError(
            f"outcome and duration_days need one value per snapshot, got shapes {names.shape} "
            f"and {days.shape}"
        )
    _check(names, days)
    target = np.empty(len(days), dtype=OUTCOME_DTYPE)
    target["outcome"], target["duration_days"] = names, days
    return target


def check_target(y: Any, n_rows: int) -> NDArray[Any]:
    """Return `y` if it is a valid target of `n_rows` snapshots.

    Raises
    ------
    ValueError
        If `y` is not a structured array with the fields of OUTCOME_DTYPE, has another length, or
        holds values that `make_target` refuses.
    """
    target = np.asarray(y)
    if target.dtype.names is None or not set(OUTCOME_DTYPE.names or ()) <= set(target.dtype.names):
        raise ValueError(
            "y must be a structured array with the fields 'outcome' and 'duration_days'; "
            "make one with predictor.features.targets.make_target"
        )
    if target.shape != (n_rows,):
        raise ValueError(
            f"y has shape {target.shape}, X has {n_rows} rows: give one target per row"
        )
    _check(target["outcome"], target["duration_days"])
    return target


def _check(outcome: NDArray[Any], duration_days: NDArray[np.float64]) -> None:
    for row in np.flatnonzero(~np.isin(outcome.astype(object), OUTCOMES))[:1]:
        raise ValueError(f"row {row}: outcome {outcome[row]!r} is not one of {', '.join(OUTCOMES)}")
    for row in np.flatnonzero(~(np.isfinite(duration_days) & (duration_days >= 0)))[:1]:
        raise ValueError(
            f"row {row}: duration_days is {duration_days[row]}; it must be finite and not negative"
        )
