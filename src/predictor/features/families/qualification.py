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
    Values,
    define,
    is_missing,
    unique_names,
)
from predictor.features.families.amounts import days_of, real
from predictor.features.relations.answers import of_concept, of_grid, of_question
from predictor.features.vocabulary import CONCEPTS, Labels, question_label
from predictor.features.wording import capital, days_ago, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification, Question

NOT_ASKED = "not answered yet"
_OFF_SCALE = "not answered yet, or with an answer that has no place in the order"


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of every question that training saw, of every grid and concept."""
    found: list[Feature] = []
    for code, name in enumerate(_names(specification)):
        question = specification.questions[code]
        label = question_label(question.name, labels)
        phrase, action = _question_phrase(name, label), question_action(question.name, labels)
        signal = Signal(name, label, phrase, action)
        found += _question(signal, code, question.grid)
        if question.scale:
            found += _ordered(signal, code, question.grid)
    return [*found, *_grids(specification), *_concepts(specification)]


def answer_columns(specification: FeatureSpecification) -> dict[tuple[str, str], str]:
    """Return the column that holds the latest answer to each question of each grid."""
    asked = ((question.grid, question.name) for question in specification.questions)
    return dict(zip(asked, _names(specification), strict=True))


def _names(specification: FeatureSpecification) -> list[str]:
    return unique_names(f"answer {q.grid} {q.name}" for q in specification.questions)


def _maker(signal: Signal, relation: Relation) -> Callable[..., Feature]:
    def feature(
        suffix: str,
        unit: Unit,
        text: Text,
        expression: Callable[[ir.Table], ir.Value],
        missing: str | None = None,
    ) -> Feature:
        return define(signal, relation, signal.name + suffix, unit, text, expression, missing)

    return feature


def _question(signal: Signal, code: int, grid: str) -> list[Feature]:
    feature = _maker(signal, Relation(of_question, (code,)))
    en, fr = f"{signal.label.en} ({grid})", f"{signal.label.fr} ({grid})"
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


def _ordered(signal: Signal, code: int, grid: str) -> list[Feature]:
    relation = Relation(of_question, (code,))
    en, fr = f"{signal.label.en} ({grid})", f"{signal.label.fr} ({grid})"
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
            "changed from or to an answer that has no place in the order",
            0.0,
        ),
    ]


def _grids(specification: FeatureSpecification) -> list[Feature]:
    codes: dict[str, list[int]] = {}
    for code, question in enumerate(specification.questions):
        codes.setdefault(question.grid, []).append(code)
    names = unique_names(f"grid {grid}" for grid in codes)
    found: list[Feature] = []
    for name, (grid, mine) in zip(names, codes.items(), strict=True):
        signal = Signal(name, Text(f"{grid} grid", f"grille {grid}"), _grid_phrase(name, grid))
        scaled = [code for code in mine if specification.questions[code].scale]
        found += _grid(signal, grid, tuple(mine), scaled)
    return found


def _grid(signal: Signal, grid: str, codes: tuple[int, ...], scaled: list[int]) -> list[Feature]:
    feature = _maker(signal, Relation(of_grid, codes))
    found = [
        feature(
            "_share",
            "share",
            Text(f"Share of the {grid} questions answered", f"Part des questions {grid} répondues"),
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
                "no answer with a place in an order yet",
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


def _concepts(specification: FeatureSpecification) -> list[Feature]:
    found: list[Feature] = []
    for concept, label in CONCEPTS.items():
        codes = tuple(
            code
            for code, question in enumerate(specification.questions)
            if question.concept == concept and question.scale
        )
        if len(codes) > 1:
            questions = [specification.questions[code] for code in codes]
            found += _concept(f"concept_{concept}", label, codes, questions)
    return found


def _concept(
    name: str, label: Text, codes: tuple[int, ...], questions: list[Question]
) -> list[Feature]:
    signal = Signal(name, label, _concept_phrase(name, capital(label)))
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


def _question_phrase(name: str, label: Text) -> Callable[[Values], Text]:
    label = capital(label)

    def phrase(values: Values) -> Text:
        answer = values[name]
        if is_missing(answer):
            return Text(f"{label.en} not known yet", f"{label.fr} : pas encore connu")
        ago = days_ago(values[f"{name}_age_days"])
        return Text(f"{label.en}: {answer} ({ago.en})", f"{label.fr} : {answer} ({ago.fr})")

    return phrase


def _grid_phrase(name: str, grid: str) -> Callable[[Values], Text]:
    def phrase(values: Values) -> Text:
        share = percent(values[f"{name}_share"])
        return Text(f"{grid}: {share.en} answered", f"{grid} : {share.fr} des questions répondues")

    return phrase


def _concept_phrase(name: str, label: Text) -> Callable[[Values], Text]:
    def phrase(values: Values) -> Text:
        if is_missing(values[f"{name}_age_days"]):
            return Text(f"{label.en} not known yet", f"{label.fr} : pas encore connu")
        ago = days_ago(values[f"{name}_age_days"])
        score = values[f"{name}_score"]
        if is_missing(score):
            return Text(f"{label.en} answered {ago.en}", f"{label.fr} : réponse {ago.fr}")
        of_best = percent(score)
        return Text(
            f"{label.en}: {of_best.en} of the best answer ({ago.en})",
            f"{label.fr} : {of_best.fr} de la meilleure réponse ({ago.fr})",
        )

    return phrase
