"""How far the score of winning may be off: its standard deviation, told by models of thirds.

A model tuned to predict best is held back: what it misses is more bias than variance, and the
spread of its replicates tells half of its error. So the groups are dealt into thirds, and a booster
is trained on each that is held back less (more rounds, smaller leaves): its error is nearly all
variance, which can be seen, and is no smaller than that of the tuned one. A snapshot of one third
is scored by the boosters of the two others, a and b, that have not seen it:

    E[(a - b)^2] / 2 = variance with n / 3 snapshots = 3 * variance with n snapshots.

A booster under the gamma likelihood learns (a - b)^2 / 6 from the features, so that a snapshot's
standard deviation takes one prediction. The level of the rates adds 1 over the number of groups won
(Poisson). Intervals from it held the true P of known simulations about as often as they promise,
from 200 to 3,600 won (tests/model/test_spread.py; docs/explanation/how_the_model_works.md has the
figures).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np

from predictor.model.boosters import Sample, shared_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.model.boosters import BoosterSettings, CauseRows

N_PARTS = 3
ROUNDS_FACTOR = 2
"""More rounds than predict best, by this factor."""
MIN_ROUNDS = 50
"""A search that stops early must not look like certainty."""
MIN_GROUPS = 100
"""With fewer groups that ended by the cause, even such boosters are too held back to differ."""
MIN_CHILD_SAMPLES = 10
ENOUGH_HISTORY_ERROR = math.log(2)
"""With a standard deviation above it, the rate to be won could as well be twice or half as high."""
INFLATION = 1.2
"""On the standard deviation: what is left of bias."""

DISTILLATION_ROUNDS = 60
_DISTILLATION: dict[str, Any] = {
    "objective": "gamma",
    "metric": "none",
    "learning_rate": 0.1,
    "num_leaves": 8,
    "min_data_in_leaf": 100,
    "min_sum_hessian_in_leaf": 1.0,
    "lambda_l2": 5.0,
}
_MIN_VARIANCE = 1e-6


@dataclass(frozen=True)
class Spread:
    """Standard deviation of the log-rate to be won.

    Attributes
    ----------
    booster : lightgbm.Booster
        Log of the variance of the score over its mean.
    mean_variance : float
        Mean variance of the score over the training snapshots.
    level_variance : float
        Variance of the logarithm of the level.
    """

    booster: lgb.Booster
    mean_variance: float
    level_variance: float

    def standard_deviation(
        self, matrix: NDArray[np.float64], num_threads: int = 0
    ) -> NDArray[np.float64]:
        """Of each row of the encoded features, shape (n,), in units of the log-rate."""
        variance = np.full(len(matrix), self.mean_variance)
        if len(matrix):
            score = self.booster.predict(matrix, raw_score=True, num_threads=num_threads)
            variance *= np.exp(np.asarray(score))
        return np.asarray(INFLATION * np.sqrt(variance + self.level_variance))


def fit_spread(
    rows: CauseRows,
    n_rounds: int,
    group: NDArray[np.int64],
    settings: BoosterSettings,
    random_state: int,
) -> Spread | None:
    """Tell the spread of a shared booster's score.

    Parameters
    ----------
    rows : CauseRows
    n_rounds : int
        Rounds of the shared booster.
    group : ndarray of int, shape (n,)
    settings : BoosterSettings
    random_state : int
        Seed of the thirds.

    Returns
    -------
    Spread or None
        None with fewer than MIN_GROUPS groups that ended by the cause.
    """
    sample = shared_sample(rows)
    n_ended = len(np.unique(group[sample.label > 0]))
    if n_ended < MIN_GROUPS:
        return None
    part = np.random.default_rng(random_state).permutation(int(group.max()) + 1) % N_PARTS
    members = [np.flatnonzero(part[group] == k) for k in range(N_PARTS)]
    n_rounds = ROUNDS_FACTOR * max(n_rounds, MIN_ROUNDS)
    squares = _squared_differences(sample, rows.rows.matrix, members, n_rounds, settings)
    variance = np.maximum(squares / (2 * N_PARTS), _MIN_VARIANCE)
    mean = float(np.average(variance, weights=rows.weight))
    label = Sample(sample.data, variance, np.full(len(variance), np.log(mean)), rows.weight)
    params = settings.params | _DISTILLATION
    booster = lgb.train(params, label.prepared(), DISTILLATION_ROUNDS)
    return Spread(lgb.Booster(model_str=booster.model_to_string()), mean, 1 / n_ended)


def _squared_differences(
    sample: Sample,
    matrix: NDArray[np.float64],
    members: list[NDArray[np.int64]],
    n_rounds: int,
    settings: BoosterSettings,
) -> NDArray[np.float64]:
    """Of the two scores of each row by boosters of the other parts, freed of their mean."""
    least = min(MIN_CHILD_SAMPLES, settings.params["min_data_in_leaf"])
    params = settings.params | {"metric": "none", "min_data_in_leaf": least}
    cross_validated: dict[str, Any] = lgb.cv(
        params,
        sample.prepared(),
        n_rounds,
        folds=[(places, places) for places in members],
        return_cvbooster=True,
    )
    boosters = cross_validated["cvbooster"].boosters
    squares = np.empty(len(matrix))
    for k, places in enumerate(members):
        a, b = (
            booster.predict(matrix[places], raw_score=True, num_threads=params["num_threads"])
            for number, booster in enumerate(boosters)
            if number != k
        )
        # Two levels may differ as a whole: that is the level's variance, counted on its own.
        difference = a - b
        squares[places] = (difference - difference.mean()) ** 2
    return squares
