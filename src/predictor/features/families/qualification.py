"""Qualification: what was answered, how good that is, what is open, per grid and across grids."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from predictor.features.actions import question_action
from predictor.features.catalogue import (
    Feature,
    Relation,
    Signal,
    Text,
    Unit,
    define,
)
from predictor.features.families.amounts import days_of, real
from predictor.features.families.names import grid_names, question_names
from predictor.features.families.qualification_words import (
    Asked,
    asked_questions,
    concept_sentences,
    grid_sentences,
    question_sentences,
)
from predictor.features.relations.answers import of_concept, of_grid, of_question
from predictor.features.vocabulary import CONCEPTS, Labels

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification, Question

NOT_ASKED = Text("not answered yet", "pas encore de réponse")
_OFF_SCALE = Text(
    "not answered yet, or with an answer that has no place in the order",
    "pas encore de réponse, ou une réponse sans place dans l'ordre",
)


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of every question that training saw, of every grid and concept."""
    found: list[Feature] = []
    asked = asked_questions(specification, labels)
    # Grids ask for the same things: a budget of each would not tell which one is meant.
    several_grids = len({question.grid for question in specification.questions}) > 1
    for code, mine in enumerate(asked):
        action = question_action(specification.questions[code].name, labels)
        label = mine.label_in_grid if several_grids else mine.label
        signal = Signal(mine.name, label, *question_sentences(mine, asked), action=action)
        found += _question(signal, code, mine.label_in_grid)
        if specification.questions[code].scale:
            found += _ordered(signal, code, mine.label_in_grid)
    return [*found, *_grids(specification, asked), *_concepts(specification, asked)]


def answer_columns(specification: FeatureSpecification) -> dict[tuple[str, str], str]:
    """Return the column that holds the latest answer to each question of each grid."""
    asked = ((question.grid, question.name) for question in specification.questions)
    return dict(zip(asked, question_names(specification), strict=True))


def _maker(signal: Signal, relation: Relation) -> Callable[..., Feature]:
    def feature(
        suffix: str,
        unit: Unit,
        text: Text,
        expression: Callable[[ir.Table], ir.Value],
        missing: Text | None = None,
    ) -> Feature:
        return define(signal, relation, signal.name + suffix, unit, text, expression, missing)

    return feature


def _question(signal: Signal, code: int, label: Text) -> list[Feature]:
    feature = _maker(signal, Relation(of_question, (code,)))
    en, fr = label.en, label.fr
    return [
        feature(
            "",
            "category",
            Text(f"Latest answer on {en}", f"Dernière réponse : {fr}"),
            lambda question: question.answer,
            NOT_ASKED,
        ),
        feature(
            "_age_days",
            "days",
            Text(
                f"Days since the latest answer on {en}", f"Jours depuis la dernière réponse : {fr}"
            ),
            lambda question: days_of(question.age_us),
            NOT_ASKED,
        ),
        feature(
            "_times",
            "count",
            Text(f"Number of answers on {en}", f"Nombre de réponses : {fr}"),
            lambda question: question.times,
        ),
        feature(
            "_revisions",
            "count",
            Text(
                f"Number of times that the answer on {en} changed",
                f"Nombre de changements de la réponse : {fr}",
            ),
            lambda question: question.revisions,
        ),
    ]


def _ordered(signal: Signal, code: int, label: Text) -> list[Feature]:
    relation = Relation(of_question, (code,))
    en, fr = label.en, label.fr
    return [
        define(
            signal,
            relation,
            f"{signal.name}_score",
            "share",
            Text(
                f"Latest answer on {en}, from 0 (worst) to 1 (best)",
                f"Dernière réponse ({fr}), de 0 (la pire) à 1 (la meilleure)",
            ),
            lambda question: question.score,
            _OFF_SCALE,
        ),
        Feature(
            f"{signal.name}_direction",
            signal,
            relation,
            lambda question: question.direction,
            "number",
            Text(
                f"Latest change of the answer on {en}: 1 better, -1 worse, 0 without one",
                f"Dernier changement de réponse ({fr}) : 1 en mieux, -1 en moins bien, 0 sans",
            ),
            Text(
                "changed from or to an answer that has no place in the order",
                "changement depuis ou vers une réponse sans place dans l'ordre",
            ),
            0.0,
        ),
    ]


def _grids(specification: FeatureSpecification, asked: list[Asked]) -> list[Feature]:
    found: list[Feature] = []
    for grid, name in grid_names(specification).items():
        codes = [code for code, each in enumerate(asked) if each.grid == grid]
        label = Text(f"{grid} grid", f"grille {grid}")
        signal = Signal(name, label, *grid_sentences(name, grid, [asked[code] for code in codes]))
        scaled = [code for code in codes if specification.questions[code].scale]
        found += _grid(signal, grid, tuple(codes), scaled)
    return found


def _grid(signal: Signal, grid: str, codes: tuple[int, ...], scaled: list[int]) -> list[Feature]:
    feature = _maker(signal, Relation(of_grid, codes))
    found = [
        feature(
            "_share",
            "share",
            Text(
                f"Share of the {grid} questions answered",
                f"Part des questions {grid} qui ont une réponse",
            ),
            lambda table: table.answered.cast("float64") / real(len(codes)),
        )
    ]
    if scaled:
        found.append(
            feature(
                "_score",
                "share",
                Text(
                    f"Mean score of the {grid} answers, from 0 (worst) to 1 (best)",
                    f"Score moyen des réponses {grid}, de 0 (le pire) à 1 (le meilleur)",
                ),
                _mean_score(scaled),
                Text(
                    "no answer with a place in an order yet",
                    "pas encore de réponse qui ait sa place dans un ordre",
                ),
            )
        )
    return found


def _mean_score(codes: list[int]) -> Callable[[ir.Table], ir.Value]:
    def mean(grid: ir.Table) -> ir.Value:
        # Added in a fixed order, so that the last bit does not depend on the engine's threads.
        scores = [grid[f"score_{code}"] for code in codes]
        total = reduce(add, (score.fill_null(0.0) for score in scores))
        known = reduce(add, (score.notnull().cast("int64") for score in scores))
        return total / known.nullif(0).cast("float64")

    return mean


def _concepts(specification: FeatureSpecification, asked: list[Asked]) -> list[Feature]:
    found: list[Feature] = []
    for concept, label in CONCEPTS.items():
        codes = tuple(
            code
            for code, question in enumerate(specification.questions)
            if question.concept == concept and question.scale
        )
        if len(codes) > 1:
            name, mine = f"concept_{concept}", [asked[code] for code in codes]
            signal = Signal(name, label, *concept_sentences(name, concept, label, mine))
            found += _concept(signal, codes, [specification.questions[code] for code in codes])
    return found


def _concept(signal: Signal, codes: tuple[int, ...], questions: list[Question]) -> list[Feature]:
    label = signal.label
    feature = _maker(signal, Relation(of_concept, codes))
    asked = ", ".join(f"{question.grid} {question.name}" for question in questions)
    return [
        feature(
            "_score",
            "share",
            Text(
                f"Latest answer on {label.en} in any grid ({asked}), from 0 (worst) to 1 (best)",
                f"Dernière réponse sur {label.fr}, toutes grilles ({asked}), de 0 à 1 (le mieux)",
            ),
            lambda concept: concept.score,
            _OFF_SCALE,
        ),
        feature(
            "_age_days",
            "days",
            Text(
                f"Days since the latest answer on {label.en} in any grid",
                f"Jours depuis la dernière réponse sur {label.fr}, toutes grilles",
            ),
            lambda concept: days_of(concept.age_us),
            NOT_ASKED,
        ),
    ]
