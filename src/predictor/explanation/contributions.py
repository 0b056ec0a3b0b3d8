"""Contributions of each feature to a probability, against a reference portfolio.

For a snapshot x and a snapshot b of the reference, z(alpha) = z_b + alpha (z_x - z_b) is the
straight path between their log-rates (both causes, each phase that begins before the horizon). With
phi_i the exact TreeSHAP value of feature i for a log-rate, its contribution along the path is

    c_i(x, b) = sum_{c,k} (phi_i^{ck}(x) - phi_i^{ck}(b)) * integral_0^1 dP/dz_{ck}(z(alpha)) dalpha

(Aumann-Shapley, by Gauss-Legendre nodes); its contribution to x is the mean over the reference.
As the phi of a snapshot sum to its log-rate less a constant, sum_i c_i(x, b) = P(x) - P(b) by the
fundamental theorem of calculus: contributions add up to P(x) minus the mean P of the reference, up
to the error of the quadrature. They are exact for the log-rates, additive for the probability, and
associations, never causes.

References
----------
Aumann & Shapley (1974), Values of Non-Atomic Games. Lundberg et al. (2020), From local explanations
to global understanding with explainable AI for trees, Nature Machine Intelligence 2, 56-67.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from predictor.model.boosters import MIN_ROWS_COMPILED
from predictor.model.curves import curves_at
from predictor.model.encoded_rows import EncodedRows
from predictor.model.gradients import won_gradient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from predictor.model.baseline import Steps
    from predictor.model.phased_rates import PhasedRates

    Integrator = Callable[..., NDArray[np.float64]]

DEFAULT_NODES = 8
"""Measured on 2,000 x 64 paths: median error 1e-13 at 30 days, 2e-11 at 90, 4e-10 at 365; rows that
miss ADDITIVITY_TOLERANCE are integrated again."""

MAX_NODES = 96
ADDITIVITY_TOLERANCE = 1e-9

_POINTS_PER_CHUNK = 1 << 15
_ROWS_PER_CHUNK = 4_000


@dataclass(frozen=True)
class Contributions:
    """Contributions of F features to the probability of n snapshots.

    Attributes
    ----------
    values : ndarray of shape (n, F)
        In probability; ``values.sum(1)`` equals ``probability - portfolio_probability`` but for the
        error of the quadrature.
    probability : ndarray of shape (n,)
        To be won within the horizon.
    portfolio_probability : float
        Mean probability of the reference.
    feature_names : tuple of str, length F
    """

    values: NDArray[np.float64]
    probability: NDArray[np.float64]
    portfolio_probability: float
    feature_names: tuple[str, ...]

    @property
    def residual(self) -> NDArray[np.float64]:
        """What the values lack to be additive: the error of the quadrature, shape (n,)."""
        missing = self.probability - self.portfolio_probability - self.values.sum(axis=1)
        return np.asarray(missing)


@dataclass(frozen=True)
class Portfolio:
    """The reference with which snapshots are contrasted: B snapshots, looked at once.

    Attributes
    ----------
    steps : Steps
        From 0 on; they reach K phases.
    log_rates : ndarray of shape (2, K, B)
    values : ndarray of shape (2 K B, F)
        Contributions to the log-rates.
    mean : float
        Mean of what is explained: the probability to be won within the steps, for example.
    """

    steps: Steps
    log_rates: NDArray[np.float64]
    values: NDArray[np.float64]
    mean: float

    @classmethod
    def of(cls, model: PhasedRates, reference: pd.DataFrame, horizon_days: float) -> Portfolio:
        """Look at the reference, shape (B, F). Errors as `explain_probability`."""
        probability = model.predict_proba_won(reference, horizon_days)
        steps = model.baseline_.steps_to([horizon_days])
        return cls.seen(model, reference, steps, probability)

    @classmethod
    def seen(
        cls,
        model: PhasedRates,
        reference: pd.DataFrame,
        steps: Steps,
        explained: NDArray[np.float64],
    ) -> Portfolio:
        """Look at the reference, shape (B, F), of which `explained`, shape (B,), is explained.

        Raises
        ------
        ValueError
            For an empty reference, or columns unlike those of training.
        """
        if reference.empty:
            raise ValueError("the reference portfolio has no snapshot: give at least one")
        values, bias = model.predict_log_rate_contributions(reference, n_phases=steps.n_phases)
        log_rates = (values.sum(axis=-1) + bias).transpose(1, 2, 0)
        flat = values.transpose(1, 2, 0, 3).reshape(-1, values.shape[-1])
        return cls(steps, np.ascontiguousarray(log_rates), flat, float(explained.mean()))


def explain_probability(
    model: PhasedRates,
    X: pd.DataFrame,
    reference: pd.DataFrame,
    horizon_days: float,
    *,
    n_nodes: int = DEFAULT_NODES,
    tolerance: float = ADDITIVITY_TOLERANCE,
) -> Contributions:
    """Contributions of each feature to the probability to be won within the horizon.

    Parameters
    ----------
    model : PhasedRates
        Fitted.
    X : DataFrame of shape (n, F)
        Snapshots to explain.
    reference : DataFrame of shape (B, F)
        Snapshots that stand for the portfolio; about 64 suffice. Time grows with B.
    horizon_days : float
        Within (0, model.max_horizon_days_].
    n_nodes : int
        Gauss-Legendre nodes per path.
    tolerance : float
        Rows whose additivity misses by more are integrated again with twice the nodes, up to
        MAX_NODES. Residuals are never spread over the features.

    Raises
    ------
    HorizonError
        For a horizon beyond the model's follow-up.
    ValueError
        For an empty reference, or columns unlike those of training.
    """
    portfolio = Portfolio.of(model, reference, horizon_days)
    parts = [
        explain_rows(
            EncodedRows.of(model, X.iloc[start:stop]),
            portfolio,
            n_nodes=n_nodes,
            tolerance=tolerance,
        )
        for start, stop in cuts(len(X))
    ]
    return Contributions(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.probability for part in parts]),
        portfolio.mean,
        parts[0].feature_names,
    )


def cuts(n_rows: int) -> Iterator[tuple[int, int]]:
    """Cut rows into even parts of at most _ROWS_PER_CHUNK; at least one."""
    n_parts = max(1, -(-n_rows // _ROWS_PER_CHUNK))
    return pairwise(n_rows * part // n_parts for part in range(n_parts + 1))


def explain_rows(
    rows: EncodedRows,
    portfolio: Portfolio,
    *,
    n_nodes: int = DEFAULT_NODES,
    tolerance: float = ADDITIVITY_TOLERANCE,
) -> Contributions:
    """Explain rows that are encoded, against a portfolio that was looked at.

    All is held at once, about 20 kB a row: give some thousands at a time. Parameters as of
    `explain_probability`.
    """
    model = rows.model
    probability = curves_at(rows.log_rates, model.baseline_, portfolio.steps.end_days[-1:]).won[
        :, 0
    ]
    integrator = _integrator(len(rows.matrix))
    values = credited(rows, portfolio, probability, integrator, (n_nodes, tolerance))
    names = tuple(str(name) for name in model.feature_names_in_)
    return Contributions(values, probability, portfolio.mean, names)


def credited(
    rows: EncodedRows,
    portfolio: Portfolio,
    explained: NDArray[np.float64],
    mean_slopes: Integrator,
    accuracy: tuple[int, float],
) -> NDArray[np.float64]:
    """Credit features with what they add to a function of the log-rates, shape (n, F).

    Parameters
    ----------
    rows : EncodedRows
    portfolio : Portfolio
    explained : ndarray of shape (n,)
        The function at each row; less `portfolio.mean`, what the result adds up to.
    mean_slopes : callable
        Integrates the function's gradient, as `predictor.explanation.path_integral.mean_slopes`.
    accuracy : (int, float)
        Nodes to begin with, and the tolerance, as of `explain_probability`.
    """
    model, steps = rows.model, portfolio.steps
    ends = np.ascontiguousarray(rows.log_rates[:, :, : steps.n_phases].transpose(1, 2, 0))
    accuracy_in_threads = (*accuracy, model.num_threads)
    target = explained - portfolio.mean
    slopes = _additive_slopes(ends, portfolio, target, mean_slopes, accuracy_in_threads)
    weights = slopes.mean(axis=2).reshape(len(slopes), 2, steps.n_phases)
    values = _others(slopes, portfolio)
    np.negative(values, out=values)
    for cause, boosters in enumerate(model.boosters_):
        values += boosters.weighted_contributions(rows.matrix, weights[:, cause], model.num_threads)
    return values


def _others(slopes: NDArray[np.float64], portfolio: Portfolio) -> NDArray[np.float64]:
    """Return what the reference's own contributions take away, shape (n, F)."""
    used = np.flatnonzero(portfolio.values.any(axis=0))
    values = np.zeros((len(slopes), portfolio.values.shape[1]))
    flat = slopes.reshape(len(slopes), portfolio.values.shape[0])
    values[:, used] = flat @ portfolio.values[:, used] / slopes.shape[2]
    return values


def _additive_slopes(
    ends: NDArray[np.float64],
    portfolio: Portfolio,
    target: NDArray[np.float64],
    mean_slopes: Integrator,
    accuracy: tuple[int, float, int],
) -> NDArray[np.float64]:
    """Integrals of the gradient with as many nodes as a row's additivity needs, shape (n, 2 K, B).

    The contributions of a row to a log-rate add up to it, less the bias: so the sum of what
    features are credited with is known from the slopes alone.

    Parameters
    ----------
    ends : ndarray of shape (2, K, n)
        Log-rates of the rows.
    portfolio : Portfolio
    target : ndarray of shape (n,)
        What the contributions must add up to.
    mean_slopes : callable
    accuracy : (nodes, tolerance, threads)
    """
    n_nodes, tolerance, num_threads = accuracy
    begins, steps = portfolio.log_rates, portfolio.steps
    slopes = mean_slopes(ends, begins, steps, n_nodes, num_threads)
    while (n_nodes := 2 * n_nodes) <= MAX_NODES:
        missed = np.abs(_sums(slopes, ends, begins) - target) > tolerance
        if not missed.any():
            break
        slopes[missed] = mean_slopes(ends[:, :, missed], begins, steps, n_nodes, num_threads)
    return slopes


def _sums(
    slopes: NDArray[np.float64], ends: NDArray[np.float64], begins: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what the contributions of each row add up to, shape (n,)."""
    n, n_log_rates, n_reference = slopes.shape
    z, z_reference = ends.reshape(n_log_rates, n), begins.reshape(n_log_rates, n_reference)
    own = np.einsum("nc,cn->n", slopes.sum(axis=2), z)
    others = slopes.reshape(n, z_reference.size) @ z_reference.ravel()
    return np.asarray((own - others) / n_reference)


def _integrator(n_rows: int) -> Integrator:
    """Choose who integrates: numba takes longer to import than a few rows to integrate."""
    if n_rows < MIN_ROWS_COMPILED:
        return mean_slopes_of_few
    from predictor.explanation.path_integral import mean_slopes  # noqa: PLC0415 - imports numba

    return mean_slopes


def mean_slopes_of_few(
    log_rates: NDArray[np.float64],
    background: NDArray[np.float64],
    steps: Steps,
    n_nodes: int,
    num_threads: int = 0,
) -> NDArray[np.float64]:
    """Integrals of dP/dz along the path of each pair: see `path_integral.mean_slopes`."""
    del num_threads  # NumPy has one
    n, n_reference = log_rates.shape[2], background.shape[2]
    slopes = np.empty((n, background.shape[0] * background.shape[1], n_reference))
    size = max(1, _POINTS_PER_CHUNK // (n_reference * n_nodes))
    for start in range(0, n, size):
        rows = slice(start, start + size)
        slopes[rows] = _slopes_of_chunk(log_rates[:, :, rows], background, steps, n_nodes)
    return slopes


def _slopes_of_chunk(
    log_rates: NDArray[np.float64],
    background: NDArray[np.float64],
    steps: Steps,
    n_nodes: int,
) -> NDArray[np.float64]:
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    alpha = ((nodes + 1) / 2)[:, None, None]
    start, end = background[:, :, None, None, :], log_rates[:, :, None, :, None]
    path = start + alpha * (end - start)  # (2, K, nodes, n, B)
    n_causes, n_phases, _, n, n_reference = path.shape
    _, gradient = won_gradient(path.reshape(n_causes, n_phases, -1), steps)
    slopes = np.tensordot(weights / 2, gradient.reshape(path.shape), axes=(0, 2))
    return np.asarray(slopes.reshape(-1, n, n_reference).transpose(1, 0, 2))
