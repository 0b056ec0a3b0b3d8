"""Logistic regression on a few columns, with weights: the curve behind calibration figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

if TYPE_CHECKING:
    from predictor.evaluation.censoring import BoolArray, FloatArray


def fit_logistic(
    columns: FloatArray, label: BoolArray, weight: FloatArray, ridge: float = 0.0
) -> FloatArray:
    """Intercept and coefficients of the least weighted log-loss, shape (1 + K,).

    By trust regions with the exact Hessian: it also ends, without a warning, where scikit-learn's
    Newton solver meets a Hessian that is nearly singular (labels that are nearly parted).

    Parameters
    ----------
    columns : ndarray of float, shape (n, K)
        Of mean about 0 and variance about 1.
    label : ndarray of bool, shape (n,)
        Both of them, and not parted by a plane unless there is a ridge.
    weight : ndarray of float, shape (n,)
        Their sum does not matter.
    ridge : float
        Half of it times the squares of the coefficients is added to the mean log-loss.
    """
    design = np.column_stack([np.ones(len(label)), columns])
    share = weight / weight.sum()
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 0.0

    def loss(line: FloatArray) -> float:
        score = design @ line
        return float(share @ (np.logaddexp(0.0, score) - label * score) + penalty @ line**2 / 2)

    def gradient(line: FloatArray) -> FloatArray:
        slope: FloatArray = (share * (expit(design @ line) - label)) @ design + penalty * line
        return slope

    def hessian(line: FloatArray) -> FloatArray:
        p = expit(design @ line)
        bend: FloatArray = (design.T * (share * p * (1.0 - p))) @ design + np.diag(penalty)
        return bend

    start = np.zeros(design.shape[1])
    options = {"gtol": 1e-10, "maxiter": 1000}
    found = minimize(loss, start, jac=gradient, hess=hessian, method="trust-exact", options=options)
    return np.asarray(found.x, dtype=np.float64)
