"""Where a feature says anything of a prospect, for the first time.

A window forgets: where a value of the first day tells the outcome, most snapshots of a long cycle
lie later and have none, so that the feature looks harmless over all of them. Judged where it speaks
it is what it is. Each prospect counts once there, or those who stay long would count many times.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.evaluation.leakage.questions import Question


def first_values(values: pd.Series, person: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Mark the first row of each prospect whose value is neither missing nor 0.

    Parameters
    ----------
    values : Series, shape (n,)
        A feature, in order of time.
    person : ndarray of int, shape (n,)
        A number for each prospect.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    speaks = values.notna().to_numpy()
    if pd.api.types.is_numeric_dtype(values):
        speaks = speaks & (values.to_numpy(np.float64, na_value=0.0) != 0)
    places = np.flatnonzero(speaks)
    first = np.zeros(len(values), dtype=np.bool_)
    first[places[np.unique(person[places], return_index=True)[1]]] = True
    return first


def asked_of(question: Question, chosen: NDArray[np.bool_]) -> Question:
    """Ask of the chosen only: the weight of the others is 0."""
    return replace(question, weight=question.weight * chosen)


def earlier_half(question: Question, as_of: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Mark what lies before the median instant of those with the target, none without any.

    The halves have about as many of them, so that few are enough for both.
    """
    instants = np.sort(as_of[question.target & (question.weight > 0)])
    if not len(instants):
        return np.zeros(len(as_of), dtype=np.bool_)
    return np.asarray(as_of < instants[len(instants) // 2])


def cover(question: Question, chosen: NDArray[np.bool_], person: NDArray[np.intp]) -> float:
    """Return the share of the prospects with the target that are among the chosen."""
    positive = question.target & (question.weight > 0)
    everyone = np.unique(person[positive])
    return len(np.unique(person[positive & chosen])) / max(len(everyone), 1)
