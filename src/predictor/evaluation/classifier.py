"""What most teams would train: LightGBM's classifier of "won by h", one for each horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np
from sklearn.model_selection import GroupShuffleSplit

from predictor.errors import TrainingRefusedError
from predictor.model.parameters import snapshots_in_leaf

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import ArrayLike, NDArray

    from predictor.config import ModelConfig
    from predictor.evaluation.censoring import BoolArray, FloatArray, HorizonLabels

EARLY_STOPPING_ROUNDS = 30
VALIDATION_FRACTION = 0.2
#: Rounds where too few are won to search for a number.
FIXED_ROUNDS = 20
MIN_VALIDATION_WON = 10


class PlainClassifier:
    """LightGBM's binary classifier, trained on the known labels with their censoring weights [1]_.

    The number of rounds is searched for on a fifth of the accounts, on the later half of their
    snapshots; then all snapshots are trained on. Deterministic, on one thread.

    Parameters
    ----------
    settings : ModelConfig
        Learning rate, leaves, rows in a leaf and most rounds: those of the model, as are the
        penalty and the fractions drawn.
    seed : int

    Attributes
    ----------
    booster_ : lightgbm.Booster
        After `fit`.

    References
    ----------
    .. [1] Vock et al. (2016), Journal of Biomedical Informatics 61, 119-131.
    """

    def __init__(self, settings: ModelConfig, seed: int = 0) -> None:
        self.settings = settings
        self.seed = seed

    def fit(
        self,
        matrix: FloatArray,
        labels: HorizonLabels,
        groups: ArrayLike,
        as_of: ArrayLike,
        categorical: list[int] | None = None,
    ) -> Self:
        """Train at the horizon of the labels.

        Parameters
        ----------
        matrix : ndarray of shape (n, F)
            Encoded features; NaN is missing.
        labels : HorizonLabels
            Of the same rows; those of unknown label are left out.
        groups : array-like, shape (n,)
            Accounts: none is both trained and validated on.
        as_of : array-like of datetime64, shape (n,)
        categorical : list of int, optional
            Positions of the columns that hold codes.

        Raises
        ------
        TrainingRefusedError
            If all known labels are the same.
        """
        known = labels.known
        won = labels.label[known]
        if won.all() or not won.any():
            raise TrainingRefusedError(
                f"a classifier needs prospects won and not won within {labels.horizon_days:g} "
                f"days, got {int(won.sum())} won of {len(won)}; take more history"
            )
        rows = _Rows(matrix[known], won, labels.weight[known], categorical or [])
        accounts = np.asarray(groups)[known]
        params = self._params(rows, len(np.unique(accounts)))
        n_rounds = self._search(rows, accounts, np.asarray(as_of)[known], params)
        self.booster_ = lgb.train(params, rows.dataset(), n_rounds)
        return self

    def predict(self, matrix: FloatArray) -> FloatArray:
        """Return P(won by the horizon of the fit), shape (n,)."""
        return np.asarray(self.booster_.predict(matrix, num_threads=1), dtype=np.float64)

    def _search(
        self, rows: _Rows, groups: NDArray[Any], as_of: NDArray[Any], params: dict[str, Any]
    ) -> int:
        """Find the rounds with the least log-loss on later snapshots of other accounts."""
        if len(np.unique(groups)) < 2:
            return FIXED_ROUNDS
        split = GroupShuffleSplit(1, test_size=VALIDATION_FRACTION, random_state=self.seed)
        train, validation = next(split.split(rows.matrix, groups=groups))
        validation = validation[as_of[validation] >= np.sort(as_of)[len(as_of) // 2]]
        if min(rows.won[train].sum(), rows.won[validation].sum()) < MIN_VALIDATION_WON:
            return FIXED_ROUNDS
        trained_on = rows.dataset(train)
        booster = lgb.train(
            params,
            trained_on,
            self.settings.max_rounds,
            valid_sets=[rows.dataset(validation, trained_on)],
            callbacks=[lgb.early_stopping(EARLY_STOPPING_ROUNDS, verbose=False)],
        )
        return max(int(booster.best_iteration), 1)

    def _params(self, rows: _Rows, n_accounts: int) -> dict[str, Any]:
        per_account = len(rows.won) / n_accounts
        return {
            "objective": "binary",
            "metric": "binary_logloss",
            "learning_rate": self.settings.learning_rate,
            "num_leaves": self.settings.num_leaves,
            "min_data_in_leaf": snapshots_in_leaf(self.settings.min_child_samples, per_account),
            # In a sample of snapshots all won are kept, with small weights: leaves of them alone
            # would promise far too much.
            "min_sum_hessian_in_leaf": float(np.mean(rows.weight)),
            "lambda_l2": 1.0,
            "feature_fraction": 0.8,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "feature_pre_filter": False,
            "deterministic": True,
            "force_row_wise": True,
            "seed": self.seed,
            "num_threads": 1,
            "verbosity": -1,
        }


class _Rows:
    """Rows of known label, of which data sets are made."""

    def __init__(
        self, matrix: FloatArray, won: BoolArray, weight: FloatArray, categorical: list[int]
    ) -> None:
        self.matrix, self.won, self.weight = matrix, won, weight
        self.categorical = categorical

    def dataset(
        self, chosen: NDArray[np.intp] | slice = slice(None), reference: lgb.Dataset | None = None
    ) -> lgb.Dataset:
        return lgb.Dataset(
            self.matrix[chosen],
            label=self.won[chosen].astype(np.float64),
            weight=self.weight[chosen],
            categorical_feature=self.categorical,
            reference=reference,
            params={"verbosity": -1, "feature_pre_filter": False},
        )
