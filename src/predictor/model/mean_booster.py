"""One booster in place of several: its score is the mean of theirs.

It holds all their trees, with leaves divided by the number of boosters, in LightGBM's own text: so
it predicts, explains itself and is saved like any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import lightgbm as lgb

if TYPE_CHECKING:
    from collections.abc import Sequence

_TREES = re.compile(r"^Tree=\d+\n.*?(?=^Tree=|^end of trees)", re.MULTILINE | re.DOTALL)
_VALUES = re.compile(r"^((?:leaf|internal)_value=)(.*)$", re.MULTILINE)


def mean_booster(boosters: Sequence[lgb.Booster], n_rounds: int) -> lgb.Booster:
    """Join the first trees of boosters that were trained on parts of one data set.

    Parameters
    ----------
    boosters : sequence of lightgbm.Booster
        Of one data set: its bins and features are those of the first.
    n_rounds : int
        How many trees of each.
    """
    texts = [booster.model_to_string(num_iteration=n_rounds) for booster in boosters]
    trees = [tree for text in texts for tree in _TREES.findall(text)]
    head, tail = _TREES.split(texts[0])[0], texts[0][texts[0].index("end of trees") :]
    # The sizes are those of the texts of single trees; without them LightGBM reads tree by tree.
    head = re.sub(r"^tree_sizes=.*\n", "", head, flags=re.MULTILINE)
    joined = [
        re.sub(r"^Tree=\d+", f"Tree={number}", _divided(tree, len(boosters)))
        for number, tree in enumerate(trees)
    ]
    return lgb.Booster(model_str=head + "".join(joined) + tail)


def _divided(tree: str, by: int) -> str:
    def divide(line: re.Match[str]) -> str:
        return line[1] + " ".join(repr(float(value) / by) for value in line[2].split())

    return _VALUES.sub(divide, tree)
