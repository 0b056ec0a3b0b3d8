"""Cluster bootstrap: how far a figure would move with other accounts in the test.

Snapshots of one account are no independent evidence, so whole accounts are drawn, with
replacement. A draw gives each snapshot a multiplicity (how often its account was drawn), and every
figure is computed on the same draws: differences between predictors are paired. Predictions and
censoring weights stay as they are: the intervals are of the test, not of the training.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike

    from predictor.evaluation.censoring import FloatArray

N_DRAWS = 400
#: With fewer draws in which a figure is defined, its spread is unknown.
MIN_DEFINED_SHARE = 0.5
COLUMNS = ("estimate", "standard_error", "low", "high")


def clusters(snapshots: pd.DataFrame) -> pd.Series:
    """Return the account of each snapshot, or its prospect where it has none; never mixed up.

    Parameters
    ----------
    snapshots : DataFrame, shape (n, ...)
        Columns prospect_id and account_id.

    Examples
    --------
    >>> clusters(pd.DataFrame({"prospect_id": ["1", "2"], "account_id": [None, "1"]})).tolist()
    ['prospect 1', 'account 1']
    """
    account = snapshots["account_id"].astype("str")
    prospect = "prospect " + snapshots["prospect_id"].astype("str")
    return ("account " + account).where(account.notna(), prospect)


class ClusterBootstrap:
    """Draws of clusters, the same ones each time.

    A draw takes as many clusters as there are, each with the same probability: the multiplicities
    are multinomial [1]_.

    Parameters
    ----------
    groups : array-like, shape (n,)
        The cluster of each row.
    n_draws : int
    seed : int

    References
    ----------
    .. [1] Davison and Hinkley (1997), Bootstrap Methods and their Application, sections 3.8 and
       5.3 (resampling whole clusters; percentile intervals).
    """

    def __init__(self, groups: ArrayLike, n_draws: int = N_DRAWS, seed: int = 0) -> None:
        codes, values = pd.factorize(np.asarray(groups))
        self._group = codes
        self.n_groups = len(values)
        self.n_draws = n_draws
        self.seed = seed

    def multiplicities(self) -> Iterator[FloatArray]:
        """Yield, for each draw, how often each row was drawn, shape (n,)."""
        for drawn in self._drawn_groups():
            yield drawn[self._group]

    def intervals(self, statistic: Callable[[FloatArray], ArrayLike]) -> pd.DataFrame:
        """Return figures with their spread over the draws.

        Parameters
        ----------
        statistic : callable
            From the multiplicity of each row, shape (n,), to K figures; NaN where undefined.

        Returns
        -------
        DataFrame
            As `interval_table`; the estimates are those with every row once.
        """
        estimate = np.atleast_1d(np.asarray(statistic(np.ones(len(self._group))), dtype=np.float64))
        draws = np.array([statistic(drawn) for drawn in self.multiplicities()], dtype=np.float64)
        return interval_table(estimate, draws.reshape(self.n_draws, len(estimate)))

    def sums(self, values: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Add up columns over the rows, as they are and in each draw: fast, for ratios of sums.

        Parameters
        ----------
        values : array-like of float, shape (n, K)

        Returns
        -------
        estimate : ndarray of float, shape (K,)
        draws : ndarray of float, shape (n_draws, K)
        """
        by_group = np.stack(
            [
                np.bincount(self._group, weights=column, minlength=self.n_groups)
                for column in np.asarray(values, dtype=np.float64).T
            ],
            axis=1,
        )
        return by_group.sum(axis=0), np.array([drawn @ by_group for drawn in self._drawn_groups()])

    def _drawn_groups(self) -> Iterator[FloatArray]:
        rng = np.random.default_rng(self.seed)
        for _ in range(self.n_draws):
            chosen = rng.integers(self.n_groups, size=self.n_groups)
            yield np.bincount(chosen, minlength=self.n_groups).astype(np.float64)


def interval_table(estimate: FloatArray, draws: FloatArray) -> pd.DataFrame:
    """Lay out figures with the standard error and the 95% percentile interval of their draws.

    Parameters
    ----------
    estimate : ndarray of float, shape (K,)
    draws : ndarray of float, shape (n_draws, K)
        NaN where a figure is undefined in a draw; where that is so in more than half of the draws,
        or where the estimate is, the spread is NaN.

    Returns
    -------
    DataFrame, shape (K, 4)
        estimate, standard_error, low, high.
    """
    defined = np.isfinite(draws)
    usable = (defined.mean(axis=0) >= MIN_DEFINED_SHARE) & np.isfinite(estimate)
    spread = np.full((3, len(estimate)), np.nan)
    for place in np.flatnonzero(usable & (defined.sum(axis=0) > 1)):
        values = draws[defined[:, place], place]
        spread[:, place] = values.std(ddof=1), *np.quantile(values, [0.025, 0.975])
    return pd.DataFrame(np.vstack([estimate, spread]).T, columns=list(COLUMNS))
