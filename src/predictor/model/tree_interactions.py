"""Exact path-dependent Shapley interaction values of a booster, gathered in groups of features.

With the words of `predictor.model.tree_shap`, a leaf of value v whose path asks the features U adds

    phi_i  = v (o_i - z_i) integral_0^1 prod_{k in U - i} (t o_k + (1 - t) z_k) dt
    phi_ij = v (o_i - z_i) (o_j - z_j) integral_0^1 prod_{k in U - i - j} (t o_k + (1 - t) z_k) dt

the Shapley value and the Shapley interaction index of the leaf's product game. As usual, a pair's
interaction is shared half and half between (i, j) and (j, i), and the main effect is what is left
of phi_i, so that the matrix of a row sums to its TreeSHAP values. For a few rows, on demand: it
loops over leaves.

References
----------
Lundberg et al. (2020), From local explanations to global understanding with explainable AI for
trees, Nature Machine Intelligence 2, 56-67 (SHAP interaction values). Grabisch & Roubens (1999).
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from predictor.model.tree_arrays import read_trees
from predictor.model.tree_tables import leaves_of

if TYPE_CHECKING:
    import lightgbm as lgb
    from numpy.typing import NDArray

    from predictor.model.tree_arrays import Trees
    from predictor.model.tree_tables import Leaf

_ZERO = 1e-35
"""LightGBM's: what is nearer to zero is zero."""


def interaction_values(
    booster: lgb.Booster | None,
    matrix: NDArray[np.float64],
    group: NDArray[np.int64],
    n_groups: int,
) -> NDArray[np.float64]:
    """Interaction values of groups of features, shape (n, n_groups, n_groups).

    Parameters
    ----------
    booster : lightgbm.Booster or None
        None adds nothing.
    matrix : ndarray of shape (n, F)
        Rows as the booster reads them.
    group : ndarray of int, shape (F,)
        The group of each feature. Interactions within a group belong to its diagonal.
    n_groups : int
    """
    values = np.zeros((len(matrix), n_groups, n_groups))
    if booster is None:
        return values
    trees = read_trees(booster)
    left = _goes_left(matrix, trees)
    for tree in range(len(trees.first_node) - 1):
        for leaf in leaves_of(trees, tree):
            _add_leaf(leaf, trees, left, group, values)
    return values


def _goes_left(matrix: NDArray[np.float64], trees: Trees) -> NDArray[np.bool_]:
    """Say at which nodes each row goes left, shape (n, N)."""
    x = matrix[:, trees.feature]
    missing = np.isnan(x) | (trees.zero_missing & (np.abs(x) <= _ZERO))
    left = np.where(missing, trees.missing_left, x <= trees.threshold)
    for node in np.flatnonzero(trees.category >= 0):
        levels, code = trees.levels[trees.category[node]], x[:, node]
        known = (code >= 0) & (code < len(levels))
        left[:, node] = known & levels[np.where(known, code, 0).astype(np.int64)]
    return np.asarray(left)


def _add_leaf(
    leaf: Leaf,
    trees: Trees,
    left: NDArray[np.bool_],
    group: NDArray[np.int64],
    values: NDArray[np.float64],
) -> None:
    asked = [int(trees.feature[step.node]) for step in leaf.path]
    features = sorted(set(asked))
    if not features:
        return
    goes = np.ones((len(features), len(left)))
    share = np.ones((len(features), 1))
    for step, feature in zip(leaf.path, asked, strict=True):
        slot = features.index(feature)
        goes[slot] *= left[:, step.node] == step.left
        share[slot] *= step.share
    nodes, weights = np.polynomial.legendre.leggauss(len(features) // 2 + 1)
    t = ((nodes + 1) / 2)[:, None, None]
    factors = t * goes + (1 - t) * share  # (nodes, features, rows)
    moves = goes - share
    weight = trees.leaf_value[leaf.place] * weights / 2
    slots = range(len(features))
    for i in slots:
        others = [k for k in slots if k != i]
        own = group[features[i]]
        values[:, own, own] += moves[i] * (weight @ factors[:, others].prod(axis=1))
    for i, j in combinations(slots, 2):
        one, other = group[features[i]], group[features[j]]
        if one == other:
            continue
        others = [k for k in slots if k not in (i, j)]
        half = moves[i] * moves[j] * (weight @ factors[:, others].prod(axis=1)) / 2
        values[:, one, other] += half
        values[:, other, one] += half
        # The diagonal holds main effects: what is left of the group's values.
        values[:, one, one] -= half
        values[:, other, other] -= half
