"""Qualification: per question of a grid the latest answer, its age, how often it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import Feature, Signal, Text, Values, is_missing, unique_names
from predictor.features.relations import DAY_US
from predictor.features.vocabulary import Labels, question_label
from predictor.features.wording import days_ago

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification

NOT_ASKED = "not answered yet"


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of every question that training saw."""
    found: list[Feature] = []
    for (grid, question), name in answer_columns(specification).items():
        label = question_label(question, labels)
        signal = Signal(name, label, _phrase(name, label))
        found += _question(signal, grid, question)
    return found


def answer_columns(specification: FeatureSpecification) -> dict[tuple[str, str], str]:
    """Return the column that holds the latest answer to each question of each grid."""
    names = unique_names(f"answer {grid} {question}" for grid, question in specification.questions)
    return dict(zip(specification.questions, names, strict=True))


def _question(signal: Signal, grid: str, question: str) -> list[Feature]:
    def asked(answers: ir.Table) -> ir.BooleanValue:
        return (answers.grid == grid) & (answers.question == question)

    label = signal.label
    return [
        Feature(
            signal.name,
            signal,
            "answers",
            lambda answers: answers.answer.max(where=asked(answers)),
            "category",
            Text(
                f"Latest answer on {label.en} ({grid})", f"Dernière réponse : {label.fr} ({grid})"
            ),
            NOT_ASKED,
        ),
        Feature(
            f"{signal.name}_age_days",
            signal,
            "answers",
            lambda answers: answers.age_us.max(where=asked(answers)) / DAY_US,
            "days",
            Text(
                f"Days since the latest answer on {label.en} ({grid})",
                f"Jours depuis la dernière réponse : {label.fr} ({grid})",
            ),
            NOT_ASKED,
        ),
        Feature(
            f"{signal.name}_times",
            signal,
            "answers",
            lambda answers: answers.times.max(where=asked(answers)).fill_null(0),
            "count",
            Text(
                f"Number of answers on {label.en} ({grid})",
                f"Nombre de réponses : {label.fr} ({grid})",
            ),
            "never missing",
            0.0,
        ),
    ]


def _phrase(name: str, label: Text) -> Callable[[Values], Text]:
    en, fr = (text[:1].upper() + text[1:] for text in (label.en, label.fr))

    def phrase(values: Values) -> Text:
        answer = values[name]
        if is_missing(answer):
            return Text(f"{en} not known yet", f"{fr} : pas encore connu")
        ago = days_ago(values[f"{name}_age_days"])
        return Text(f"{en}: {answer} ({ago.en})", f"{fr} : {answer} ({ago.fr})")

    return phrase
