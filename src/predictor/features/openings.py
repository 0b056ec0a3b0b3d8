"""What is still open for prospects: questions without an answer, and steps not taken yet.

A *question* is open for a prospect if it belongs to the grid by which the prospect is qualified
(the grid of its own answers; without any, the one most used by its owner, then by all) and has no
answer. A *step* is an actionable type of interaction (see `predictor.features.actions`) that the
prospect did not have within the longest window. The next stage is none: it records what was done.

Each has one or several values that it may take: the answers that were given to the question, or
that the step is taken. A value's support is the number of prospects that had it before the
training instant: what the model may have learnt from. Only values with enough support count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from predictor.features.catalogue import Text, is_missing
from predictor.features.families.engagement import count_columns
from predictor.features.families.names import type_names
from predictor.features.families.qualification import answer_columns
from predictor.features.hypotheses import Hypothesis, Looks
from predictor.features.value_words import answer_label
from predictor.features.vocabulary import Labels, word_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from predictor.crm.crm import Crm


@dataclass(frozen=True)
class Value:
    """A value that an opening may take.

    Attributes
    ----------
    text : Text
        The answer, or that the step is taken.
    hypothesis : Hypothesis
        The fact that says so.
    support : int
        Number of prospects that had it before the training instant.
    """

    text: Text
    hypothesis: Hypothesis
    support: int


@dataclass(frozen=True)
class Opening:
    """An open question or step.

    Attributes
    ----------
    kind : {'question', 'step'}
    signal : str
        Name of its signal.
    action : Text
        What to do, as an instruction.
    values : tuple of Value
        Those with enough support; of a question at least two, of a step one.
    rows : ndarray of int
        Places of the snapshots for which it is open.
    """

    kind: Literal["question", "step"]
    signal: str
    action: Text
    values: tuple[Value, ...]
    rows: NDArray[np.int64]


def find_openings(looks: Looks, taught: Crm, labels: Labels, least_support: int) -> list[Opening]:
    """Find what is open for each snapshot.

    Parameters
    ----------
    looks : Looks
        The snapshots; their facts tell who uses which grid.
    taught : Crm
        The facts as known at the training instant, which give the support.
    labels : mapping of str to LabelConfig
        What the business calls its types, questions and answers.
    least_support : int
        Fewest prospects behind a value.
    """
    kept = []
    for opening in (*_questions(looks, taught, labels), *_types(looks, taught, labels)):
        values = tuple(value for value in opening.values if value.support >= least_support)
        least = 2 if opening.kind == "question" else 1
        if len(values) >= least and len(opening.rows):
            kept.append(replace(opening, values=values))
    return kept


def _actions(looks: Looks) -> dict[str, Text]:
    """Return the instruction of each actionable signal."""
    signals = (feature.signal for feature in looks.catalogue)
    return {signal.name: signal.action for signal in signals if signal.action is not None}


def _questions(looks: Looks, taught: Crm, labels: Labels) -> Iterator[Opening]:
    actions = _actions(looks)
    columns = {
        asked: column
        for asked, column in answer_columns(looks.specification).items()
        if column in actions
    }
    if not columns:
        return
    answers = taught.answers
    counted = taught.connection.execute(
        answers.group_by("grid", "question", "answer").agg(support=answers.prospect_id.nunique())
    ).sort_values(["grid", "question", "answer"])
    grids = _grid_of(looks, columns)
    for (grid, question), column in columns.items():
        given = counted[(counted["grid"] == grid) & (counted["question"] == question)]
        values = tuple(
            Value(
                answer_label(answer, labels),
                Hypothesis("answers", (("grid", grid), ("question", question), ("answer", answer))),
                int(support),
            )
            for answer, support in zip(given["answer"], given["support"], strict=True)
        )
        rows = np.flatnonzero((grids == grid) & looks.features[column].isna().to_numpy())
        yield Opening("question", column, actions[column], values, rows)


def _grid_of(looks: Looks, columns: dict[tuple[str, str], str]) -> NDArray[np.object_]:
    """Return the grid by which each prospect is qualified, shape (n,)."""
    crm, features = looks.crm, looks.features
    names = list(dict.fromkeys(grid for grid, _ in columns))
    answered = np.column_stack(
        [
            features[[c for (grid, _), c in columns.items() if grid == name]].notna().sum(axis=1)
            for name in names
        ]
    )
    own = np.array(names, dtype=object)[answered.argmax(axis=1)]
    people = crm.prospects.select("prospect_id", "owner")
    joined = crm.answers.select("prospect_id", "grid").join(people, "prospect_id")
    used = crm.connection.execute(
        joined.group_by("owner", "grid").agg(people=joined.prospect_id.nunique())
    )
    used = used[used["grid"].isin(names)].sort_values(
        ["people", "grid"], ascending=[False, True], kind="stable"
    )
    by_owner = used.dropna(subset=["owner"]).drop_duplicates("owner").set_index("owner")["grid"]
    by_all = used.groupby("grid")["people"].sum()
    usual = by_all.idxmax() if len(by_all) else names[0]
    others = looks.snapshots["owner"].map(by_owner).fillna(usual).to_numpy(object)
    return np.where(answered.any(axis=1), own, others)


def _types(looks: Looks, taught: Crm, labels: Labels) -> Iterator[Opening]:
    actions, counts = _actions(looks), count_columns(looks.specification)
    facts = taught.interactions
    usual = taught.connection.execute(
        facts.group_by("type").agg(
            support=facts.prospect_id.nunique(),
            channel=facts.channel.mode(),
            direction=facts.direction.mode(),
            duration_seconds=facts.duration_seconds.median(),
        )
    ).set_index("type")
    for type_, name in type_names(looks.specification).items():
        if name not in actions or type_ not in usual.index:
            continue
        row = usual.loc[type_]
        parts = ("channel", "direction", "duration_seconds")
        fact = [(part, None if is_missing(row[part]) else row[part]) for part in parts]
        value = Value(
            word_for(type_, labels).did,
            Hypothesis("interactions", (("type", type_), *fact)),
            int(row["support"]),
        )
        rows = np.flatnonzero(looks.features[counts[type_]].to_numpy() == 0)
        yield Opening("step", name, actions[name], (value,), rows)
