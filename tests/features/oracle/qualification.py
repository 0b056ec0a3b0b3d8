"""What a prospect answered: per question, per grid, and per concept across grids."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from support.histories import Answer, happened_at, known_at

if TYPE_CHECKING:
    from features.oracle.known import Known, Values

    from predictor.features.specification import FeatureSpecification, Question

CONCEPTS = ("money", "authority", "need", "timing")


def qualification(known: Known, specification: FeatureSpecification) -> Values:
    """Return the features of every question, grid and concept."""
    values: Values = {}
    for question in specification.questions:
        values |= _question(known, question)
    for grid in dict.fromkeys(question.grid for question in specification.questions):
        mine = [question for question in specification.questions if question.grid == grid]
        values |= _grid(known, grid, mine)
    for concept in CONCEPTS:
        mine = [q for q in specification.questions if q.concept == concept and q.scale]
        if len(mine) >= 2:
            values |= _concept(known, concept, mine)
    return values


def _answers(known: Known, *questions: Question) -> list[Answer]:
    """Return the answers to some questions, the latest last."""
    asked = {(question.grid, question.name) for question in questions}
    return sorted(
        (answer for answer in known.answers if (answer.grid, answer.question) in asked),
        key=lambda a: (happened_at(a), known_at(a), a.answer, a.grid, a.question),
    )


def _score(question: Question, answer: Answer) -> float | None:
    for text, score in question.scale:
        if text == answer.answer:
            return score
    return None


def _question(known: Known, question: Question) -> Values:
    answers = _answers(known, question)
    name = f"answer_{question.grid}_{question.name}".lower()
    latest = answers[-1] if answers else None
    revised = [
        (before, after) for before, after in pairwise(answers) if before.answer != after.answer
    ]
    values: Values = {
        name: latest.answer if latest else None,
        f"{name}_age_days": known.age_days(latest) if latest else None,
        f"{name}_times": len(answers),
        f"{name}_revisions": len(revised),
    }
    if question.scale:
        values[f"{name}_score"] = _score(question, latest) if latest else None
        values[f"{name}_direction"] = _direction(question, *revised[-1]) if revised else 0
    return values


def _direction(question: Question, before: Answer, after: Answer) -> int | None:
    """Say whether the last change was for the better (1), the worse (-1) or neither (0)."""
    old, new = _score(question, before), _score(question, after)
    if old is None or new is None:
        return None
    return (new > old) - (new < old)


def _grid(known: Known, grid: str, questions: list[Question]) -> Values:
    latest = [(q, _answers(known, q)[-1]) for q in questions if _answers(known, q)]
    name = f"grid_{grid}".lower()
    values: Values = {f"{name}_share": len(latest) / len(questions)}
    if any(question.scale for question in questions):
        scores = [_score(question, answer) for question, answer in latest]
        scored = [score for score in scores if score is not None]
        values[f"{name}_score"] = sum(scored) / len(scored) if scored else None
    return values


def _concept(known: Known, concept: str, questions: list[Question]) -> Values:
    answers = _answers(known, *questions)
    if not answers:
        return {f"concept_{concept}_score": None, f"concept_{concept}_age_days": None}
    latest = answers[-1]
    (question,) = (q for q in questions if (q.grid, q.name) == (latest.grid, latest.question))
    return {
        f"concept_{concept}_score": _score(question, latest),
        f"concept_{concept}_age_days": known.age_days(latest),
    }
