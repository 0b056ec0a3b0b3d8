"""Dated facts of prospects in words: what they did, answered, and which stages they entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pandas as pd

from predictor.features.catalogue import Text
from predictor.features.value_words import answer_label
from predictor.features.vocabulary import name_label, question_label, word_for
from predictor.features.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.features.vocabulary import Labels

COLUMNS = ("prospect_id", "at", "kind", "what")
#: Per table of facts: what one is called, its instant, and the columns that say what it is.
_FACTS = {
    "interactions": ("interaction", "occurred_at", ("type",)),
    "answers": ("answer", "answered_at", ("question", "grid", "answer")),
    "stages": ("stage", "entered_at", ("stage",)),
}


def facts_in_words(
    crm: Crm, config: Config, prospect_ids: Sequence[str], latest: int | None = None
) -> pd.DataFrame:
    """Tell the dated facts of some prospects, the newest first.

    Parameters
    ----------
    crm : Crm
        What is known.
    config : Config
        Labels and language.
    prospect_ids : sequence of str
        Whose facts.
    latest : int, optional
        At most so many of each prospect; by default all. The rest stays in the engine.

    Returns
    -------
    pd.DataFrame
        prospect_id, at, kind ('interaction', 'answer' or 'stage') and what; by prospect_id, then
        the newest first.
    """
    told: list[pd.DataFrame] = []
    for table, (kind, instant, columns) in _FACTS.items():
        facts = _of_prospects(crm.tables[table], prospect_ids).select(
            "prospect_id", *columns, at=instant
        )
        if latest is not None:
            facts = _latest(facts, columns, latest)
        found = crm.connection.execute(facts)
        what = _say(found, list(columns), _SAY[table], config)
        told.append(found[["prospect_id", "at"]].assign(kind=kind, what=what))
    every: pd.DataFrame = pd.concat(told, ignore_index=True).astype(
        {"at": "datetime64[us]", "what": "str"}
    )
    every = every.sort_values(
        ["prospect_id", "at", "what"], ascending=[True, False, True], ignore_index=True
    )
    return every if latest is None else every[every.groupby("prospect_id").cumcount() < latest]


def _of_prospects(table: ir.Table, prospect_ids: Sequence[str]) -> ir.Table:
    if len(prospect_ids) == 1:  # a store reads only the row groups that can hold it
        return table.filter(table.prospect_id == ibis.literal(prospect_ids[0]))
    wanted = ibis.memtable(pd.DataFrame({"prospect_id": pd.Series(prospect_ids, dtype="str")}))
    return table.semi_join(wanted, "prospect_id")


def _latest(facts: ir.Table, columns: Sequence[str], count: int) -> ir.Table:
    newest = ibis.row_number().over(
        group_by=facts.prospect_id, order_by=[facts.at.desc(), *(facts[name] for name in columns)]
    )
    numbered = facts.mutate(newest=newest)
    return numbered.filter(numbered.newest < count).drop("newest")


def _say(
    found: pd.DataFrame, columns: list[str], say: Callable[..., Text], config: Config
) -> pd.Series:
    """Put each fact into words; facts that are alike are worded once."""
    # Groups are numbered in the order in which they first occur, as drop_duplicates keeps them.
    group = found.groupby(columns, sort=False, dropna=False).ngroup()
    first = found[columns].drop_duplicates().itertuples(index=False)
    texts = [say(config.labels, *values)[config.language] for values in first]
    return group.map(dict(enumerate(texts)))


def _interaction(labels: Labels, name: str) -> Text:
    return word_for(name, labels).did


def _answer(labels: Labels, question: str, grid: str, answer: str) -> Text:
    asked, said = question_label(question, labels), answer_label(answer, labels)
    return Text(
        f"Answered on {asked.en} ({grid}): {said.en}",
        f"Réponse, {asked.fr} ({grid}) : {quoted(said.fr)}",
    )


def _stage(labels: Labels, name: str) -> Text:
    label = name_label(name, labels)
    return Text(f"Entered stage {label.en}", f"Passage à l'étape {label.fr}")


_SAY: dict[str, Callable[..., Text]] = {
    "interactions": _interaction,
    "answers": _answer,
    "stages": _stage,
}
