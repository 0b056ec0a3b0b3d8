"""What can be asked of snapshots, and how surely one feature alone answers it on later ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.evaluation.leakage.association import SMOOTHING_ROWS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: An AUC counts as what it is for sure: less two standard errors.
STANDARD_ERRORS = 2.0
MIN_POSITIVES = 20


@dataclass(frozen=True)
class Question:
    """What a feature is asked to foretell.

    Attributes
    ----------
    words : str
        As a person would say it.
    target : ndarray of bool, shape (n,)
        The answer for each snapshot.
    weight : ndarray of float, shape (n,)
        How many snapshots one stands for; 0 where the answer is unknown.
    """

    words: str
    target: NDArray[np.bool_]
    weight: NDArray[np.float64]


def questions_of(snapshots: pd.DataFrame, horizon_days: float) -> list[Question]:
    """Return what can be asked of the snapshots: who is won, who is lost, soon and in the end."""
    if snapshots.empty:
        return []
    outcome, weight = snapshots["outcome"], snapshots["weight"].to_numpy(np.float64)
    soon = (snapshots["duration_days"] < horizon_days).to_numpy()
    decided = (outcome != "open").to_numpy()
    # A snapshot that is open for as long as it is followed answers nothing within the horizon.
    answered = decided | ~soon
    found = [
        Question(
            f"who is {cause} within {horizon_days:g} days",
            (outcome == cause).to_numpy() & soon,
            weight * answered,
        )
        for cause in ("won", "lost")
    ]
    won = Question("who of the decided is won", (outcome == "won").to_numpy(), weight * decided)
    return [*found, won]


def sure_auc(codes: NDArray[np.intp], question: Question, earlier: NDArray[np.bool_]) -> float:
    """Return the AUC that a feature surely has on later snapshots; 0 for too few.

    Each value stands for the share of the target that it had earlier, drawn to the mean by 20 rows;
    two standard errors are taken off.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        A number 0, 1, ... for each value of the feature.
    question : Question
    earlier : ndarray of bool, shape (n,)
        Whether a snapshot is one to learn from.

    References
    ----------
    Hanley and McNeil (1982), Radiology 143, 29-36 (standard error of the AUC).
    """
    weight, target = question.weight, question.target
    later = ~earlier & (weight > 0)
    n_in, n_out = int((later & target).sum()), int((later & ~target).sum())
    if min(n_in, n_out, int((earlier & (weight > 0) & target).sum())) < MIN_POSITIVES:
        return 0.0
    learnt = _sums(codes, weight * earlier, target)
    mean = learnt[0].sum() / learnt.sum()
    rate = (learnt[0] + SMOOTHING_ROWS * mean) / (learnt.sum(axis=0) + SMOOTHING_ROWS)
    # Values of one rate are ties.
    place = np.unique(rate, return_inverse=True)[1]
    inside, outside = _sums(place[codes], weight * later, target)
    below = np.cumsum(outside) - outside
    auc = float(inside @ (below + outside / 2) / (inside.sum() * outside.sum()))
    return auc - STANDARD_ERRORS * _standard_error(auc, n_in, n_out)


def _sums(
    codes: NDArray[np.intp], weight: NDArray[np.float64], target: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the weight of each code with and without the target, shape (2, n_codes)."""
    size = int(codes.max()) + 1
    return np.stack(
        [np.bincount(codes, weights=weight * part, minlength=size) for part in (target, ~target)]
    )


def _standard_error(auc: float, n_in: int, n_out: int) -> float:
    q_in, q_out = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = (n_in - 1) * (q_in - auc**2) + (n_out - 1) * (q_out - auc**2)
    return float(np.sqrt(max(auc * (1 - auc) + spread, 0.0) / (n_in * n_out)))
