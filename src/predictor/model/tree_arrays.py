"""LightGBM's trees as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import lightgbm as lgb
    from numpy.typing import NDArray

# Bits of LightGBM's decision_type; bits 2 and 3 hold how a missing value is known.
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_ZERO_IS_MISSING, _NAN_IS_MISSING = 1, 2


class Trees(NamedTuple):
    """Trees of a booster in arrays; N nodes and L leaves, counted through all trees.

    Attributes
    ----------
    first_node : ndarray of int, shape (T + 1,)
        Where the nodes of each tree begin, and end; it has one leaf more than nodes.
    feature : ndarray of int, shape (N,)
        That the node asks.
    threshold : ndarray of shape (N,)
        Values up to it go left; not for categories.
    category : ndarray of int, shape (N,)
        Row of `levels` of a node that asks for categories, else -1.
    levels : ndarray of bool, shape (n_categorical, n_codes)
        Codes that go left.
    missing_left : ndarray of bool, shape (N,)
        Whether a missing value goes left.
    zero_missing : ndarray of bool, shape (N,)
        Whether zero counts as missing.
    children : ndarray of int, shape (N, 2)
        Left and right node within the tree; ~leaf where negative.
    node_count, leaf_count : ndarray of shape (N,), (L,)
        Training rows that came by.
    leaf_value : ndarray of shape (L,)
    """

    first_node: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    category: NDArray[np.int64]
    levels: NDArray[np.bool_]
    missing_left: NDArray[np.bool_]
    zero_missing: NDArray[np.bool_]
    children: NDArray[np.int64]
    node_count: NDArray[np.float64]
    leaf_count: NDArray[np.float64]
    leaf_value: NDArray[np.float64]

    @property
    def expected_score(self) -> float:
        """Mean score over the training rows: leaves of each tree, weighted by their rows."""
        n_leaves = np.diff(self.first_node) + 1
        tree = np.repeat(np.arange(len(n_leaves)), n_leaves)
        rows, sums = (
            np.bincount(tree, weights)
            for weights in (self.leaf_count, self.leaf_count * self.leaf_value)
        )
        return float((sums / rows).sum())


@dataclass
class _Columns:
    """What is gathered from one tree after the other."""

    n_nodes: list[int] = field(default_factory=list)
    parts: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    levels: list[NDArray[np.bool_]] = field(default_factory=list)
    category: list[int] = field(default_factory=list)

    def joined(self, key: str) -> NDArray[np.float64]:
        return np.concatenate([np.empty(0), *self.parts.get(key, [])])


def read_trees(booster: lgb.Booster) -> Trees:
    """Read the trees from the booster's text (LightGBM's format of version 4)."""
    columns = _Columns()
    for text in booster.model_to_string().split("\nTree=")[1:]:
        lines = text.split("\n\n", 1)[0].split("\n")[1:]
        _add_tree(dict(line.split("=", 1) for line in lines if "=" in line), columns)
    kind = columns.joined("decision_type").astype(np.int64)
    nan_is_missing = (kind >> 2) & 3 == _NAN_IS_MISSING
    zero_missing = (kind >> 2) & 3 == _ZERO_IS_MISSING
    threshold = columns.joined("threshold")
    default_left = (kind & _DEFAULT_LEFT) > 0
    # Where nothing was missing in training, a missing value is read as 0.
    missing_left = np.where(nan_is_missing | zero_missing, default_left, threshold >= 0)
    left, right = columns.joined("left_child"), columns.joined("right_child")
    return Trees(
        first_node=np.concatenate([[0], np.cumsum(columns.n_nodes)]).astype(np.int64),
        feature=columns.joined("split_feature").astype(np.int64),
        threshold=threshold,
        category=np.array(columns.category, dtype=np.int64),
        levels=_padded(columns.levels),
        missing_left=missing_left,
        zero_missing=zero_missing,
        children=np.column_stack([left, right]).astype(np.int64),
        node_count=columns.joined("internal_count"),
        leaf_count=columns.joined("leaf_count"),
        leaf_value=columns.joined("leaf_value"),
    )


def _add_tree(entries: dict[str, str], columns: _Columns) -> None:
    n_leaves = int(entries["num_leaves"])
    columns.n_nodes.append(n_leaves - 1)
    keys = ["leaf_value"]
    if n_leaves > 1:
        keys += ["split_feature", "threshold", "decision_type", "left_child", "right_child"]
        keys += ["internal_count", "leaf_count"]
    tree = {key: np.array(entries[key].split(" "), dtype=np.float64) for key in keys}
    # A tree of one leaf may come without a count, and needs none.
    tree.setdefault("leaf_count", np.ones(1))
    for key, values in tree.items():
        columns.parts.setdefault(key, []).append(values)
    if n_leaves == 1:
        return
    bounds = [int(entry) for entry in entries.get("cat_boundaries", "0").split(" ")]
    words = np.array(entries.get("cat_threshold", "0").split(" "), dtype=np.uint32)
    first = len(columns.levels)
    for begin, end in pairwise(bounds):
        columns.levels.append(_bits(words[begin:end]))
    categorical = (tree["decision_type"].astype(np.int64) & _CATEGORICAL) > 0
    places = np.where(categorical, first + tree["threshold"], -1).astype(np.int64)
    columns.category.extend(places.tolist())


def _bits(words: NDArray[np.uint32]) -> NDArray[np.bool_]:
    return np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little").astype(bool)


def _padded(levels: list[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    table = np.zeros((len(levels), max(map(len, levels), default=0)), dtype=bool)
    for row, codes in zip(table, levels, strict=True):
        row[: len(codes)] = codes
    return table
