"""When a snapshot could first see a fact: the next midnight, where the prospect is still open.

What is written down on the day of the outcome, or after it, enters no snapshot and leaks nothing.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import ibis
from ibis.util import gen_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ibis.expr.types as ir

    from predictor.crm.crm import Crm

#: Kinds of facts, before what they are called.
CREATION, INTERACTION, STAGE, QUESTION, ANSWER = (
    "creation",
    "interaction",
    "stage",
    "question",
    "answer",
)


@contextmanager
def kept_looks(crm: Crm) -> Iterator[ir.Table]:
    """Compute `first_looks` once, for as long as the context lasts."""
    name = gen_name("looks")
    try:
        yield crm.connection.create_table(name, first_looks(crm))
    finally:
        crm.connection.raw_sql(f"DROP TABLE IF EXISTS {name}")


def first_looks(crm: Crm) -> ir.Table:
    """Return the first midnight at which each kind of fact of each prospect could be seen.

    Returns
    -------
    ir.Table
        prospect_id, kind ('creation', 'interaction', 'stage', 'question', 'answer'), name (of the
        type, stage, question or answer), look (midnight, UTC), outcome and closed_at (null while
        open); only where the prospect is still open at `look`.
    """
    answers = crm.answers
    question = answers.grid + "." + answers.question
    facts = ibis.union(
        _named(crm.interactions, INTERACTION, crm.interactions.type),
        _named(crm.stages, STAGE, crm.stages.stage),
        _named(answers, QUESTION, question),
        _named(answers, ANSWER, question + "=" + answers.answer),
    )
    first = facts.group_by("prospect_id", "kind", "name").agg(known_at=facts.known_at.min())
    people = crm.prospects.select("prospect_id", created="known_at")
    # Facts older than the prospect are first seen with it.
    first = first.join(people, "prospect_id")
    first = first.mutate(known_at=ibis.greatest(first.known_at, first.created)).drop("created")
    creation = crm.prospects.select(
        "prospect_id", kind=ibis.literal(CREATION), name=ibis.literal(CREATION), known_at="known_at"
    )
    looks = ibis.union(first, creation)
    looks = looks.mutate(look=looks.known_at.truncate("D") + ibis.interval(days=1))
    ends = crm.outcomes.select("prospect_id", "outcome", "closed_at")
    looks = looks.drop("known_at").left_join(ends, "prospect_id").drop("prospect_id_right")
    return looks.filter(looks.closed_at.isnull() | (looks.closed_at >= looks.look))


def _named(table: ir.Table, kind: str, name: ir.StringValue) -> ir.Table:
    return table.select("prospect_id", kind=ibis.literal(kind), name=name, known_at="known_at")
