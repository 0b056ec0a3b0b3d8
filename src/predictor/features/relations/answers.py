"""What the answers of a snapshot come to: per question, grid and concept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from predictor.features.facts import known_before

if TYPE_CHECKING:
    from predictor.features.joined import Joined
    from predictor.features.specification import FeatureSpecification

#: Stands for a change of score that is not known, since a minimum passes over nulls.
_UNKNOWN_DIRECTION = 2


def per_question(
    answers: ir.Table, specification: FeatureSpecification, snapshots: ir.Table
) -> ir.Table:
    """One row per snapshot and question answered, by `code`, its place in the specification.

    Holds the latest `answer` with its `age_us`, `known_us` and `score`, the number of `times`, of
    `revisions`, and the `direction` (-1, 0, 1; NaN if not known) of the answer's latest change.
    """
    joined = known_before(snapshots, _coded(answers, specification))
    # The text settles ties, so that the order of the rows never matters.
    order = [ibis.desc("at_us"), ibis.desc("known_us"), ibis.desc("answer")]
    window = ibis.window(group_by=[joined.snapshot_id, joined.code], order_by=order)
    placed = joined.mutate(
        place=ibis.row_number().over(window),
        answer_before=joined.answer.lead().over(window),
        score_before=joined.score.lead().over(window),
    )
    latest = placed.place == 0
    revised = (placed.answer != placed.answer_before).fill_null(False)
    direction = (placed.score - placed.score_before).sign().cast("int8")
    direction = direction.fill_null(_UNKNOWN_DIRECTION)
    found = placed.group_by("snapshot_id", "code").agg(
        answer=placed.answer.max(where=latest),
        score=placed.score.max(where=latest),
        age_us=placed.age_us.max(where=latest),
        known_us=placed.known_us.max(where=latest),
        times=placed.count(),
        revisions=placed.count(where=revised),
        direction=direction.argmin(placed.place, where=revised),
    )
    # NaN, and not null, so that it differs from the snapshots without an answer.
    unknown = found.direction == _UNKNOWN_DIRECTION
    known = found.direction.fill_null(0).cast("float64")
    return found.mutate(direction=unknown.ifelse(ibis.literal(math.nan, "float64"), known))


def _coded(answers: ir.Table, specification: FeatureSpecification) -> ir.Table:
    codes, scores = [], []
    for code, question in enumerate(specification.questions):
        asked = (answers.grid == question.grid) & (answers.question == question.name)
        codes.append((asked, code))
        scores += [(asked & (answers.answer == text), score) for text, score in question.scale]
    code = ibis.cases(*codes) if codes else ibis.null("int16")
    score = ibis.cases(*scores) if scores else ibis.null("float64")
    coded = answers.select(
        "prospect_id",
        "at_us",
        "known_us",
        "answer",
        code=code.cast("int16"),
        score=score.cast("float64"),
    )
    return coded.filter(coded.code.notnull())


def of_question(joined: Joined, code: int) -> ir.Table:
    """Pick one question; see `per_question`."""
    return joined.answers.filter(joined.answers.code == code)


def of_grid(joined: Joined, *codes: int) -> ir.Table:
    """Count the questions of a grid that are answered, and give the score of each."""
    mine = joined.answers.filter(joined.answers.code.isin(codes))
    return mine.group_by("snapshot_id").agg(
        answered=mine.count(),
        **{f"score_{code}": mine.score.max(where=mine.code == code) for code in codes},
    )


def of_concept(joined: Joined, *codes: int) -> ir.Table:
    """Pick the latest answer among questions that ask the same."""
    mine = joined.answers.filter(joined.answers.code.isin(codes))
    questions = joined.specification.questions
    by_name = sorted(codes, key=lambda code: (questions[code].grid, questions[code].name))
    name = ibis.cases(*((mine.code == code, place) for place, code in enumerate(by_name)))
    order = [mine.age_us, mine.known_us.desc(), mine.answer.desc(), name.desc()]
    place = ibis.row_number().over(group_by=mine.snapshot_id, order_by=order)
    return mine.mutate(place=place).filter(lambda table: table.place == 0)
