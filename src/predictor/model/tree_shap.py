"""Exact path-dependent TreeSHAP from tables, compiled; equal to LightGBM's to rounding.

For a leaf of value v whose path asks the features U, with o_i in {0, 1} whether x goes the path's
way at every node that asks i, and z_i the share of training rows that did, the leaf adds

    phi_i = v (o_i - z_i) sum_{S in U - i} w(|S|) prod_{j in S} o_j prod_{j not in S, i} z_j
          = v (o_i - z_i) integral_0^1 prod_{j in U - i} (t o_j + (1 - t) z_j) dt,

as w(s) = s! (|U| - 1 - s)! / |U|! is the Beta integral of t^s (1 - t)^(|U| - 1 - s). The integrand
is a polynomial of degree |U| - 1: |U| / 2 Gauss-Legendre nodes are exact.

This module imports numba, which takes a second, and compiles on its first use (kept on disk).

References
----------
Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
trees, Nature Machine Intelligence 2, 56-67. The sums are those of LightGBM's `pred_contrib`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from predictor.model.compiling import compiled, run_in_threads
from predictor.model.tree_arrays import Trees, read_trees
from predictor.model.tree_tables import MAX_DECISIONS, Groups, LeafPaths, group_leaves

if TYPE_CHECKING:
    import lightgbm as lgb
    from numpy.typing import NDArray

_ROWS = 256
"""Explained at once: their features, their values and a column of a table stay in the cache."""

_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(MAX_DECISIONS // 2)
_T, _WEIGHTS = (_GAUSS_NODES + 1) / 2, _GAUSS_WEIGHTS / 2
_ZERO = 1e-35
"""LightGBM's: what is nearer to zero is zero."""


@dataclass(frozen=True)
class ShapTables:
    """Tables of a booster, for `tree_shap`.

    Attributes
    ----------
    bias : float
        Expected score over the training rows.
    trees : Trees
    groups : Groups
    table : ndarray of shape (groups.table_start[-1],)
    """

    bias: float
    trees: Trees
    groups: Groups
    table: NDArray[np.float64]


_TABLES: WeakKeyDictionary[lgb.Booster, ShapTables | None] = WeakKeyDictionary()


def tables_of(booster: lgb.Booster) -> ShapTables | None:
    """Make the tables of a booster that grows no more, once; None if a tree is too deep."""
    if booster not in _TABLES:
        _TABLES[booster] = shap_tables(booster)
    return _TABLES[booster]


def shap_tables(booster: lgb.Booster) -> ShapTables | None:
    """Make the tables of a booster; None if a tree is too deep for them."""
    trees = read_trees(booster)
    grouped = group_leaves(trees)
    if grouped is None:
        return None
    groups, paths = grouped
    table = np.zeros(groups.table_start[-1])
    _fill(paths, groups, table)
    return ShapTables(trees.expected_score, trees, groups, table)


def tree_shap(
    tables: ShapTables, matrix: NDArray[np.float64], num_threads: int = 0
) -> NDArray[np.float64]:
    """TreeSHAP values of each row of the encoded features, and the bias, shape (n, F + 1).

    Parameters
    ----------
    tables : ShapTables
    matrix : ndarray of shape (n, F)
    num_threads : int
        0 means one per core.
    """
    values = np.zeros((len(matrix), matrix.shape[1] + 1))
    values[:, -1] = tables.bias
    add_tree_shap(tables, matrix, np.ones(len(matrix)), values, num_threads)
    return values


def add_tree_shap(
    tables: ShapTables,
    matrix: NDArray[np.float64],
    weights: NDArray[np.float64],
    values: NDArray[np.float64],
    num_threads: int = 0,
) -> None:
    """Add the TreeSHAP values of each row, times its weight, to the first F columns of `values`.

    Parameters
    ----------
    tables : ShapTables
    matrix : ndarray of shape (n, F)
    weights : ndarray of shape (n,)
    values : ndarray of shape (n, F) or wider
        Changed in place.
    num_threads : int
        0 means one per core.
    """
    if not len(tables.trees.feature):
        return
    matrix, weights = np.ascontiguousarray(matrix), np.ascontiguousarray(weights)
    most_nodes = int(np.diff(tables.trees.first_node).max())

    def explain(start: int, stop: int) -> None:
        part = slice(start, stop)
        arrays = (tables.trees, tables.groups, tables.table)
        _explain(matrix[part], weights[part], values[part], *arrays, most_nodes)

    run_in_threads(explain, len(matrix), num_threads)


@compiled
def _fill(paths: LeafPaths, groups: Groups, table: NDArray[np.float64]) -> None:
    own = np.empty((1 << MAX_DECISIONS, MAX_DECISIONS))
    for leaf in range(len(paths.value)):
        d, group = paths.n_slots[leaf], paths.group[leaf]
        for ones in range(1 << d):
            _shapley(ones, paths.share[leaf, :d], paths.value[leaf], own[ones])
        n_patterns = 1 << groups.n_bits[group]
        start = groups.table_start[group]
        for pattern in range(n_patterns):
            ones = (1 << d) - 1
            for step in range(paths.n_steps[leaf]):
                if (pattern >> paths.bit[leaf, step]) & 1 != paths.left[leaf, step]:
                    ones &= ~(1 << paths.slot[leaf, step])
            for i in range(d):
                table[start + paths.column[leaf, i] * n_patterns + pattern] += own[ones, i]


@compiled
def _shapley(ones: int, share: NDArray[np.float64], value: float, out: NDArray[np.float64]) -> None:
    """Fill phi of a leaf where the bits of `ones` are the o_i and `share` the z_i."""
    for i in range(len(share)):
        integral = 0.0
        for t, weight in zip(_T, _WEIGHTS):  # noqa: B905 - numba knows no strict
            product = weight
            for j in range(len(share)):
                if j != i:
                    product *= (1 - t) * share[j] + t * ((ones >> j) & 1)
            integral += product
        out[i] = value * (((ones >> i) & 1) - share[i]) * integral


@compiled
def _explain(
    matrix: NDArray[np.float64],
    weights: NDArray[np.float64],
    values: NDArray[np.float64],
    trees: Trees,
    groups: Groups,
    table: NDArray[np.float64],
    most_nodes: int,
) -> None:
    n_features = matrix.shape[1]
    x, phi = np.zeros((n_features, _ROWS)), np.empty((n_features, _ROWS))
    weight = np.zeros(_ROWS)
    goes_left = np.empty((most_nodes, _ROWS), dtype=np.uint8)
    pattern = np.empty(_ROWS, dtype=np.int32)
    for begin in range(0, len(matrix), _ROWS):
        n = min(_ROWS, len(matrix) - begin)
        for r in range(n):
            weight[r] = weights[begin + r]
            for f in range(n_features):
                x[f, r] = matrix[begin + r, f]
        phi[:] = 0.0
        for tree in range(len(trees.first_node) - 1):
            first = trees.first_node[tree]
            for node in range(first, trees.first_node[tree + 1]):
                _decide(x[trees.feature[node]], trees, node, goes_left[node - first])
            for group in range(groups.first[tree], groups.first[tree + 1]):
                _look(group, groups, goes_left, first, pattern)
                _add(group, groups, table, pattern, phi)
        for r in range(n):
            for f in range(n_features):
                values[begin + r, f] += weight[r] * phi[f, r]


@compiled
def _decide(x: NDArray[np.float64], trees: Trees, node: int, goes_left: NDArray[np.uint8]) -> None:
    """Whether each row goes left at a node, as LightGBM decides it."""
    threshold, missing_left = trees.threshold[node], trees.missing_left[node]
    if trees.category[node] >= 0:
        levels = trees.levels[trees.category[node]]
        for r in range(_ROWS):
            known = x[r] > -1 and x[r] < len(levels)
            goes_left[r] = levels[int(x[r])] if known else False
    elif trees.zero_missing[node]:
        for r in range(_ROWS):
            missing = np.isnan(x[r]) or abs(x[r]) <= _ZERO
            goes_left[r] = missing_left if missing else x[r] <= threshold
    elif missing_left:
        for r in range(_ROWS):
            goes_left[r] = not (x[r] > threshold)
    else:
        for r in range(_ROWS):
            goes_left[r] = x[r] <= threshold


@compiled
def _look(
    group: int,
    groups: Groups,
    goes_left: NDArray[np.uint8],
    first_node: int,
    pattern: NDArray[np.int32],
) -> None:
    """Fill in the pattern of decisions of each row."""
    pattern[:] = 0
    for bit in range(groups.n_bits[group]):
        decisions = goes_left[groups.bit_node[group, bit] - first_node]
        for r in range(_ROWS):
            pattern[r] |= np.int32(decisions[r]) << bit


@compiled
def _add(
    group: int,
    groups: Groups,
    table: NDArray[np.float64],
    pattern: NDArray[np.int32],
    phi: NDArray[np.float64],
) -> None:
    """Add what the table has for the pattern of each row."""
    n_patterns = 1 << groups.n_bits[group]
    for c in range(groups.n_columns[group]):
        start = groups.table_start[group] + c * n_patterns
        column = table[start : start + n_patterns]
        total = phi[groups.column_feature[group, c]]
        for r in range(_ROWS):
            total[r] += column[pattern[r]]
