"""Phased competing rates: one estimator for whether a prospect converts and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from predictor.errors import HorizonError, TrainingRefusedError
from predictor.features.targets import CAUSES
from predictor.model.curves import Curves, curves_at, days_to_close
from predictor.model.encoded_rows import EncodedRows
from predictor.model.estimator import SnapshotEstimator
from predictor.model.fitting import FittedRates, fit_rates, supported_edges
from predictor.model.parameters import booster_settings, check_parameters, number_of_folds
from predictor.model.parts import encode_snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from predictor.model.encoding import FeatureEncoding

ROWS_PER_CHUNK = 20_000
"""Rows predicted at once: bounds the memory beside the result."""


class PhasedRates(SnapshotEstimator):
    """Competing rates of winning and losing with a score for each phase after as_of.

    For a snapshot x, t days after its as_of, and each cause c (won, lost),

        rate_c(t | x) = baseline_c(t) * exp(score_c,phase(t)(x))

    with a Breslow baseline on a fine grid of days and scores from LightGBM under the Poisson
    likelihood (see `predictor.model.boosters`). Open snapshots are censored: they teach as far as
    they were followed. The curves that follow from the rates are coherent by construction (see
    `predictor.model.curves`).

    Parameters
    ----------
    phase_edges_days : sequence of float, default=(0, 7, 30, 90)
        Edges of the phases in days after as_of; the first is 0.
    grid_days : float, default=1.0
        Longest step of the baseline in days.
    shared_until_days : float, optional
        The longest horizon that matters: phases that begin later teach only their own boosters, or
        they would draw the shared ones to what tells in the long run. By default all teach.
    n_folds : int or 'auto', default='auto'
        Folds of groups, at least 2. Boosters are trained without each, and their mean is the
        score; the folds left out choose the number of rounds, and keep the baseline free of the
        optimism of scores on their own training snapshots. 'auto' means 3, or 5 with fewer than
        1,000 snapshots of which 100 groups or more ended by each cause.
    learning_rate, num_leaves, max_depth
        LightGBM's, of the shared boosters; those of phases are smaller. A depth of at most 6 makes
        explanations 5 to 9 times cheaper than unlimited depth.
    min_child_samples : int or 'auto', default='auto'
        Fewest snapshots in a leaf. 'auto' means 60, or as many as 5 groups have where that is
        more: a group's snapshots are nearly copies.
    min_child_weight : float, default=1.0
        Least sum of the Hessian in a leaf: about half the events expected there.
    reg_lambda, bagging_fraction
        LightGBM's; bagging is renewed in each round.
    feature_fraction : float or 'auto', default='auto'
        Share of the features that each tree may use. 'auto' means 20 of the F features, but from
        30% to 80% of them (trees that differ are better where F is large), or all of features and
        snapshots where 500 groups or more ended by the cause and cross-validation prefers that.
    max_rounds, early_stopping_rounds : int
        Limits of the search for the number of rounds.
    random_state : int, default=0
        Seed of the folds, of bagging and of the choice of features.
    num_threads : int, default=0
        LightGBM's threads; 0 means one per core, but a single one to train on less than
        MIN_ROWS_FOR_THREADS rows, where more gain little. The result does not depend on it.

    Attributes
    ----------
    feature_names_in_ : ndarray of str, shape (F,)
    n_features_in_ : int
    categories_ : dict of str to tuple of str
        Levels of each text column.
    baseline_ : Baseline
        Baseline rates on the grid.
    boosters_ : tuple of CauseBoosters, in the order of CAUSES
    n_rounds_ : dict of str to Rounds
        Numbers of rounds per cause, of the shared booster and of each phase.
    phase_edges_days_ : tuple of float, length K + 1
        Edges of the supported phases; the last is max_horizon_days_.
    max_horizon_days_ : float
        Longest supported follow-up: the largest time, at most the last edge, to which at least ten
        training snapshots were followed. Nothing is predicted beyond it.
    encoding_ : FeatureEncoding
    simplified_ : tuple of str
        Causes with too few outcomes to search for rounds: they have few fixed rounds, and no
        boosters of phases.
    recalibrated_ : dict of str to Recalibration
        What was done to causes (see `predictor.model.recalibration`).
    spread_ : Spread or None
        Of the score of winning (see `predictor.model.spread`); None with too few outcomes.

    Notes
    -----
    The rounds are searched for on snapshots of other groups, from the later half of as_of if that
    is given (see `predictor.model.cross_fitting`); then boosters are trained on all snapshots. With
    `groups` and `as_of` given, the fitted model does not depend on the order of the rows.

    References
    ----------
    .. [1] Breslow, N. (1972), discussion of Cox, J. R. Stat. Soc. B 34, 216-217.
    .. [2] Holford, T. (1980), The analysis of rates and of survivorship using log-linear models,
       Biometrics 36, 299-305 (the Poisson likelihood of piecewise constant rates).
    """

    def __init__(  # noqa: PLR0913 - scikit-learn takes every setting here
        self,
        *,
        phase_edges_days: Sequence[float] = (0, 7, 30, 90),
        grid_days: float = 1.0,
        shared_until_days: float | None = None,
        n_folds: int | Literal["auto"] = "auto",
        learning_rate: float = 0.05,
        num_leaves: int = 15,
        max_depth: int = 6,
        min_child_samples: int | Literal["auto"] = "auto",
        min_child_weight: float = 1.0,
        reg_lambda: float = 1.0,
        feature_fraction: float | Literal["auto"] = "auto",
        bagging_fraction: float = 0.5,
        max_rounds: int = 600,
        early_stopping_rounds: int = 30,
        random_state: int = 0,
        num_threads: int = 0,
    ) -> None:
        self.phase_edges_days = phase_edges_days
        self.grid_days = grid_days
        self.shared_until_days = shared_until_days
        self.n_folds = n_folds
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.max_depth = max_depth
        self.min_child_samples = min_child_samples
        self.min_child_weight = min_child_weight
        self.reg_lambda = reg_lambda
        self.feature_fraction = feature_fraction
        self.bagging_fraction = bagging_fraction
        self.max_rounds = max_rounds
        self.early_stopping_rounds = early_stopping_rounds
        self.random_state = random_state
        self.num_threads = num_threads

    def fit(
        self,
        X: pd.DataFrame,
        y: NDArray[Any],
        *,
        groups: ArrayLike | None = None,
        as_of: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Fit the rates of both causes.

        Parameters
        ----------
        X : DataFrame of shape (n, F)
            Numeric columns with NaN for missing, or text columns, which become categories.
        y : structured array of shape (n,)
            As `predictor.features.targets.make_target` makes it.
        groups : array-like of shape (n,), optional
            What snapshots share (prospect or account); by default each is its own.
        as_of : array-like of shape (n,), optional
            Instant of each snapshot, of any type that can be sorted.
        sample_weight : array-like of shape (n,), optional
            How many snapshots each stands for, where they are a sample; 0 leaves one out.

        Raises
        ------
        TrainingRefusedError
            If no snapshot was won within the last edge of the phases, or none was followed.
        ValueError
            For a parameter, column, target or weight that cannot be used.
        """
        check_parameters(self)
        encoding, snapshots = encode_snapshots(X, y, groups, as_of, sample_weight)
        edges = supported_edges(snapshots.duration_days, self.phase_edges_days)
        if not (snapshots.cut_at(edges[-1]).cause == CAUSES.index("won")).any():
            raise TrainingRefusedError(
                f"no snapshot of the {len(X)} is won within {edges[-1]:g} days: a model of winning "
                "needs prospects that were won after their snapshot"
            )
        n_groups = len(np.unique(snapshots.group))
        fitted = fit_rates(
            snapshots,
            edges,
            self.grid_days,
            number_of_folds(self, snapshots),
            self.random_state,
            booster_settings(self, len(snapshots.group), n_groups, X.shape[1]),
            self.shared_until_days,
        )
        return self.adopt(encoding, fitted)

    def adopt(self, encoding: FeatureEncoding, fitted: FittedRates) -> Self:
        """Take over fitted parts, from training or from files."""
        self.encoding_ = encoding
        self.baseline_ = fitted.baseline
        self.boosters_ = fitted.boosters
        self.simplified_ = fitted.simplified
        self.spread_ = fitted.spread
        self.recalibrated_ = fitted.recalibrated
        self.feature_names_in_ = np.asarray(encoding.feature_names, dtype=object)
        self.n_features_in_ = len(encoding.feature_names)
        self.categories_ = dict(encoding.categories)
        self.phase_edges_days_ = fitted.baseline.phase_edges_days
        self.max_horizon_days_ = fitted.baseline.max_horizon_days
        self.n_rounds_ = dict(zip(CAUSES, fitted.rounds, strict=True))
        return self

    def predict_curves(self, X: pd.DataFrame, horizons_days: Sequence[float]) -> Curves:
        """Probabilities to be won, lost and open at each horizon.

        Parameters
        ----------
        X : DataFrame of shape (n, F)
            The columns of training, in any order.
        horizons_days : sequence of float, length H
            Each within [0, max_horizon_days_].

        Raises
        ------
        HorizonError
            For a horizon outside that range.
        ValueError
            If a column is missing or changed its type.
        """
        check_is_fitted(self)
        horizons = self._horizons(horizons_days)
        parts = [curves_at(rates, self.baseline_, horizons) for rates in self._log_rates(X)]
        won, lost, still_open = (
            np.concatenate([getattr(part, state) for part in parts])
            for state in ("won", "lost", "open")
        )
        return Curves(horizons, won, lost, still_open)

    def predict_proba_won(self, X: pd.DataFrame, horizon_days: float) -> NDArray[np.float64]:
        """Probability to be won within `horizon_days`, shape (n,). Errors as `predict_curves`."""
        return self.predict_curves(X, [horizon_days]).won[:, 0]

    def predict_interval(
        self, X: pd.DataFrame, horizon_days: float, coverage: float = 0.8
    ) -> NDArray[np.float64]:
        """Interval of the probability to be won within `horizon_days`: low and high, shape (n, 2).

        The score of winning is moved down and up so far that a share `coverage` of such intervals
        holds the true probability.

        Raises
        ------
        ValueError
            For a coverage outside (0, 1), and errors as `predict_curves`.
        """
        if not 0 < coverage < 1:
            raise ValueError(f"coverage must lie strictly between 0 and 1, got {coverage!r}")
        check_is_fitted(self)
        horizon = self._horizons([horizon_days])
        return EncodedRows.of(self, X).interval(horizon, coverage)

    def predict_log_rate_error(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Give the standard deviation of the score of winning, shape (n,); NaN without `spread_`.

        A rate told from k outcomes alone would have 1 / sqrt(k).
        """
        check_is_fitted(self)
        matrix = self.encoding_.matrix(X)
        return EncodedRows(self, matrix, np.empty((len(matrix), 0, 0))).log_rate_error()

    def predict_days_to_close(
        self, X: pd.DataFrame, quantiles: Sequence[float] = (0.25, 0.5, 0.75)
    ) -> NDArray[np.float64]:
        """Quantiles of the days to winning, given won within max_horizon_days_.

        Returns
        -------
        ndarray of shape (n, Q)
            NaN for a snapshot that cannot be won.

        Raises
        ------
        ValueError
            For a quantile outside (0, 1), and as `predict_curves`.
        """
        check_is_fitted(self)
        q = np.asarray(quantiles, dtype=np.float64)
        if q.ndim != 1 or not ((q > 0) & (q < 1)).all():
            raise ValueError(f"quantiles must lie strictly between 0 and 1, got {quantiles!r}")
        days = [days_to_close(rates, self.baseline_, q) for rates in self._log_rates(X)]
        return np.concatenate(days)

    def predict_log_rates(self, X: pd.DataFrame) -> NDArray[np.float64]:
        """Score per cause and phase (log of the rate over the baseline), shape (n, 2, K)."""
        check_is_fitted(self)
        return np.concatenate(list(self._log_rates(X)))

    def predict_log_rate_contributions(
        self, X: pd.DataFrame, n_phases: int | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Exact (path-dependent) TreeSHAP values of each score.

        Parameters
        ----------
        X : DataFrame of shape (n, F)
        n_phases : int, optional
            Only the first phases; by default all K.

        Returns
        -------
        values : ndarray of shape (n, 2, K, F)
        bias : ndarray of shape (2, K)
            ``values.sum(-1) + bias`` equals `predict_log_rates`.
        """
        check_is_fitted(self)
        k = self.baseline_.n_phases if n_phases is None else n_phases
        matrix = self.encoding_.matrix(X)
        joint = np.stack(
            [b.contributions(matrix, k, self.num_threads) for b in self.boosters_], axis=1
        )
        bias = joint[0, :, :, -1] if len(joint) else np.zeros((len(CAUSES), k))
        return joint[..., :-1], bias

    def _log_rates(self, X: pd.DataFrame) -> Iterator[NDArray[np.float64]]:
        X = self.encoding_.select(X)
        for start in range(0, max(len(X), 1), ROWS_PER_CHUNK):
            matrix = self.encoding_.matrix(X.iloc[start : start + ROWS_PER_CHUNK])
            rates = [b.log_rates(matrix, self.num_threads) for b in self.boosters_]
            yield np.stack(rates, axis=1)

    def _horizons(self, horizons_days: Sequence[float]) -> NDArray[np.float64]:
        horizons = np.asarray(horizons_days, dtype=np.float64)
        if horizons.ndim != 1 or not (np.isfinite(horizons) & (horizons >= 0)).all():
            raise HorizonError(f"horizons must be days of at least 0, got {horizons_days!r}")
        if horizons.max(initial=0.0) > self.max_horizon_days_:
            raise HorizonError(
                f"a horizon of {horizons.max():g} days is beyond the follow-up of the training "
                f"data, which supports at most {self.max_horizon_days_:g} days"
            )
        return horizons
