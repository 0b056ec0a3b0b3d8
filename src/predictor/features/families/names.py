"""Names of the signals that come from the data: interaction types, questions, grids, ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import unique_names
from predictor.features.vocabulary import CONCEPTS

if TYPE_CHECKING:
    from predictor.features.specification import FeatureSpecification, Question

#: Signals with names of their own.
_FIXED = (
    *("activity", "rhythm", "channels", "initiative", "habits", "sequence", "strong"),
    *("stage", "account", "calendar", "age"),
)


def type_names(specification: FeatureSpecification) -> dict[str, str]:
    """Return the name with which the features of each interaction type begin.

    No type takes the name of another signal: a type called 'grid_bant' beside a grid called BANT
    becomes 'grid_bant_2'.
    """
    types = specification.all_types
    taken = (
        *_FIXED,
        *question_names(specification),
        *grid_names(specification).values(),
        *(f"concept_{concept}" for concept in CONCEPTS),
        *ratio_names(specification),
        *attribute_names(specification),
    )
    return dict(zip(types, unique_names(types, taken), strict=True))


def question_names(specification: FeatureSpecification) -> list[str]:
    """Return the name with which the features of each question begin."""
    return unique_names(f"answer {q.grid} {q.name}" for q in specification.questions)


def grid_names(specification: FeatureSpecification) -> dict[str, str]:
    """Return the name with which the features of each grid begin."""
    grids = list(dict.fromkeys(question.grid for question in specification.questions))
    return dict(zip(grids, unique_names(f"grid {grid}" for grid in grids), strict=True))


def ratio_names(specification: FeatureSpecification) -> list[str]:
    """Return the name with which the features of each ratio begin."""
    return unique_names(f"ratio {ratio.name}" for ratio in specification.ratios)


def attribute_names(specification: FeatureSpecification) -> list[str]:
    """Return the name with which the features of each attribute begin."""
    return unique_names(f"attribute {attribute.name}" for attribute in specification.attributes)


def fact_of(question: Question) -> str:
    """Return the fact that a question is after: the same for questions in other words."""
    return f"concept {question.concept}" if question.concept else f"question {question.name}"
