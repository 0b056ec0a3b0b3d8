"""Groups of leaves, and the arrays from which `predictor.model.tree_shap` makes their tables.

A tree's leaves are cut, in the order of the tree, into groups that few decisions lead to. What a
group adds to the TreeSHAP values depends on a row only through these decisions, so it is computed
once for each of their 2^b patterns: explaining a row then takes one look into the table of each
group. That is the idea of FastTreeSHAP v2, with tables of several leaves in place of one.

References
----------
Yang (2021), Fast TreeSHAP: accelerating SHAP value computation for trees, arXiv:2109.09847.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from predictor.model.tree_arrays import Trees

MAX_DECISIONS = 8
"""Of a leaf: trees that are deeper have no tables."""

DECISIONS_OF_A_GROUP = 7
"""At most, where leaves are joined: larger tables save looks but fall out of the processor's
cache (measured: 8 was a third slower, 9 half as fast)."""


@dataclass(frozen=True)
class Step:
    """A decision on the way to a leaf, with the share of training rows that decide so."""

    node: int
    left: bool
    share: float


@dataclass(frozen=True)
class Leaf:
    """A leaf, counted through all trees, with the way to it."""

    place: int
    path: tuple[Step, ...]


class Groups(NamedTuple):
    """Groups of leaves; G groups, L leaves, at most B = MAX_DECISIONS of anything.

    Attributes
    ----------
    first : ndarray of int, shape (T + 1,)
        Where the groups of each tree begin, and end.
    n_bits : ndarray of int, shape (G,)
        Decisions of each group: bits of its patterns.
    bit_node : ndarray of int, shape (G, B)
        The node of each bit.
    n_columns : ndarray of int, shape (G,)
        Features of each group: columns of its table.
    column_feature : ndarray of int, shape (G, B)
    table_start : ndarray of int, shape (G + 1,)
        Where the tables begin, each (n_columns, 2^n_bits), and end.
    """

    first: NDArray[np.int64]
    n_bits: NDArray[np.int64]
    bit_node: NDArray[np.int64]
    n_columns: NDArray[np.int64]
    column_feature: NDArray[np.int64]
    table_start: NDArray[np.int64]


class LeafPaths(NamedTuple):
    """Ways to the leaves in the terms of their groups; L leaves, B = MAX_DECISIONS.

    Attributes
    ----------
    value : ndarray of shape (L,)
    group : ndarray of int, shape (L,)
    n_steps : ndarray of int, shape (L,)
    bit, left, slot : ndarray of int, shape (L, B)
        Of each step: the group's bit, what it must be, and the slot of the feature asked.
    n_slots : ndarray of int, shape (L,)
        Features that the path asks.
    share : ndarray of shape (L, B)
        Of each slot: share of training rows that go the path's way at all its nodes.
    column : ndarray of int, shape (L, B)
        Of each slot: the feature's column in the group's table.
    """

    value: NDArray[np.float64]
    group: NDArray[np.int64]
    n_steps: NDArray[np.int64]
    bit: NDArray[np.int64]
    left: NDArray[np.int64]
    slot: NDArray[np.int64]
    n_slots: NDArray[np.int64]
    share: NDArray[np.float64]
    column: NDArray[np.int64]


def group_leaves(trees: Trees) -> tuple[Groups, LeafPaths] | None:
    """Cut the leaves of all trees into groups; None if a tree is deeper than MAX_DECISIONS."""
    groups: list[list[Leaf]] = []
    first = [0]
    for tree in range(len(trees.first_node) - 1):
        leaves = list(leaves_of(trees, tree))
        if any(len(leaf.path) > MAX_DECISIONS for leaf in leaves):
            return None
        groups += _cut(leaves)
        first.append(len(groups))
    return _arrays(trees, groups, first)


def leaves_of(trees: Trees, tree: int) -> Iterator[Leaf]:
    """Leaves of a tree from left to right, without that of a tree that has only one."""
    # A tree has one leaf more than nodes.
    first_node = int(trees.first_node[tree])
    first_leaf = first_node + tree
    stack: list[tuple[int, tuple[Step, ...]]] = [(0, ())]
    if trees.first_node[tree + 1] == first_node:
        return
    while stack:
        node, path = stack.pop()
        if node < 0:
            yield Leaf(first_leaf + ~node, path)
            continue
        here = first_node + node
        for left in (False, True):  # the last in is the first out
            child = int(trees.children[here, 1 - left])
            if child < 0:
                count = trees.leaf_count[first_leaf + ~child]
            else:
                count = trees.node_count[first_node + child]
            step = Step(here, left, float(count / trees.node_count[here]))
            stack.append((child, (*path, step)))


def _cut(leaves: Sequence[Leaf]) -> list[list[Leaf]]:
    """Cut the leaves, in their order, into groups of at most DECISIONS_OF_A_GROUP decisions."""
    groups: list[list[Leaf]] = []
    nodes: set[int] = set()
    for leaf in leaves:
        own = {step.node for step in leaf.path}
        if groups and len(nodes | own) <= DECISIONS_OF_A_GROUP:
            groups[-1].append(leaf)
            nodes |= own
        else:
            groups.append([leaf])
            nodes = own
    return groups


def _arrays(
    trees: Trees, groups: Sequence[Sequence[Leaf]], first: Sequence[int]
) -> tuple[Groups, LeafPaths]:
    paths = _empty_paths(sum(map(len, groups)))
    bits, columns = _wide(len(groups)), _wide(len(groups))
    n_bits, n_columns = np.zeros(len(groups), np.int64), np.zeros(len(groups), np.int64)
    row = 0
    for g, leaves in enumerate(groups):
        bit_of: dict[int, int] = {}
        column_of: dict[int, int] = {}
        for leaf in leaves:
            _enter(paths, row, leaf, trees, bit_of, column_of)
            paths.group[row] = g
            row += 1
        n_bits[g], n_columns[g] = len(bit_of), len(column_of)
        bits[g, : len(bit_of)], columns[g, : len(column_of)] = list(bit_of), list(column_of)
    start = np.concatenate([[0], np.cumsum(n_columns << n_bits)])
    return Groups(np.array(first), n_bits, bits, n_columns, columns, start), paths


def _empty_paths(n_leaves: int) -> LeafPaths:
    return LeafPaths(
        value=np.zeros(n_leaves),
        group=np.zeros(n_leaves, np.int64),
        n_steps=np.zeros(n_leaves, np.int64),
        bit=_wide(n_leaves),
        left=_wide(n_leaves),
        slot=_wide(n_leaves),
        n_slots=np.zeros(n_leaves, np.int64),
        share=np.ones((n_leaves, MAX_DECISIONS)),
        column=_wide(n_leaves),
    )


def _wide(n_rows: int) -> NDArray[np.int64]:
    return np.zeros((n_rows, MAX_DECISIONS), np.int64)


def _enter(
    paths: LeafPaths,
    row: int,
    leaf: Leaf,
    trees: Trees,
    bit_of: dict[int, int],
    column_of: dict[int, int],
) -> None:
    """Fill a leaf's row, and give bits and columns to the nodes and features that have none."""
    slots: dict[int, int] = {}
    for place, step in enumerate(leaf.path):
        feature = int(trees.feature[step.node])
        slot = slots.setdefault(feature, len(slots))
        paths.bit[row, place] = bit_of.setdefault(step.node, len(bit_of))
        paths.left[row, place] = step.left
        paths.slot[row, place] = slot
        paths.share[row, slot] *= step.share
        paths.column[row, slot] = column_of.setdefault(feature, len(column_of))
    paths.value[row] = trees.leaf_value[leaf.place]
    paths.n_steps[row], paths.n_slots[row] = len(leaf.path), len(slots)
