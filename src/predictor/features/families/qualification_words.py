"""What is said of questions, grids and concepts: the answer and its age, or what is left to ask."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from predictor.features.catalogue import Facts, Text, Values, always, is_missing
from predictor.features.families.names import fact_of, question_names
from predictor.features.value_words import answer_label
from predictor.features.vocabulary import Labels, not_known, question_label
from predictor.features.wording import capital, in_quotes, quoted, seen_days_ago, several

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from predictor.features.specification import FeatureSpecification

#: The mark of a grid whose answers are all the best; that of all the worst is 0.
MARKS = 10

Sentences = tuple["Callable[[Values], Text]", "Callable[[Values], Facts]"]


@dataclass(frozen=True)
class Asked:
    """A question as people speak of it: its features' name, grid, label and fact."""

    name: str
    grid: str
    label: Text
    fact: str
    labels: Labels

    @property
    def label_in_grid(self) -> Text:
        """The label with the grid, as another grid may ask for the same."""
        return Text(f"{self.label.en} ({self.grid})", f"{self.label.fr} ({self.grid})")

    def answer(self, values: Values) -> Text | None:
        """Say the latest answer and its age; None without one."""
        answer = values[self.name]
        if is_missing(answer):
            return None
        label, ago = capital(self.label), seen_days_ago(values, f"{self.name}_age_days")
        said = in_quotes(answer_label(answer, self.labels))
        return Text(f"{label.en} {said.en} ({ago.en})", f"{label.fr} {said.fr} ({ago.fr})")


def asked_questions(specification: FeatureSpecification, labels: Labels) -> list[Asked]:
    """Return the questions in the order of their codes."""
    return [
        Asked(name, question.grid, question_label(question.name, labels), fact_of(question), labels)
        for name, question in zip(
            question_names(specification), specification.questions, strict=True
        )
    ]


def question_sentences(mine: Asked, asked: Sequence[Asked]) -> Sentences:
    """Say the answer; without one, that it is to be asked, or what another grid knows of it."""
    unknown = not_known(mine.label)
    others = [each for each in asked if each.label == mine.label and each is not mine]

    def phrase(values: Values) -> Text:
        said = mine.answer(values)
        if said:
            return said
        for other in others:
            if elsewhere := other.answer(values):
                return Text(
                    f"{elsewhere.en}, no answer in the {mine.grid} grid",
                    f"{elsewhere.fr}, sans réponse dans la grille {mine.grid}",
                )
        return unknown

    return phrase, always(mine.fact)


def grid_sentences(name: str, grid: str, asked: Sequence[Asked]) -> Sentences:
    """Say how many questions have an answer, and where the answers stand from worst to best.

    It is told as a mark: a grid may add to the score although its answers are poor, as most
    prospects have answered nothing, and a word such as 'unfavourable' would belie the points.
    """
    share, score = f"{name}_share", f"{name}_score"
    some, none = frozenset((name,)), frozenset((name, *(each.fact for each in asked)))

    def phrase(values: Values) -> Text:
        mean = values.get(score)
        mark = None if mean is None or is_missing(mean) else round(MARKS * mean)
        return _answered(grid, round(values[share] * len(asked)), len(asked), mark)

    return phrase, lambda values: some if values[share] else none


@lru_cache(maxsize=4096)
def _answered(grid: str, answered: int, questions: int, mark: int | None) -> Text:
    if answered == 0:
        return Text(
            f"No {grid} question answered yet (ask)",
            f"Aucune question {grid} n'a encore de réponse (à demander)",
        )
    one, more = (Text(f"{grid} question{s}", f"question{s} {grid}") for s in ("", "s"))
    of = several(questions, one, more)
    said = several(answered, Text("answer", "réponse"), Text("answers", "réponses"))
    en, fr = f"{answered} of {of.en} answered", f"{said.fr} sur {of.fr}"
    if mark is None:
        return Text(en, fr)
    return Text(
        f"{en}, average mark {mark} out of {MARKS}", f"{fr}, note moyenne {mark} sur {MARKS}"
    )


def concept_sentences(name: str, concept: str, label: Text, asked: Sequence[Asked]) -> Sentences:
    """Say the latest answer in any grid, in the words of the question that it answers."""
    age, unknown = f"{name}_age_days", not_known(label)
    answered = Text(f"{capital(label).en} answered", f"Réponse sur {quoted(label.fr)}")

    def phrase(values: Values) -> Text:
        age_days = values[age]
        if is_missing(age_days):
            return unknown
        for each in asked:
            if values.get(f"{each.name}_age_days") == age_days and (said := each.answer(values)):
                return said
        ago = seen_days_ago(values, age)
        return Text(f"{answered.en} {ago.en}", f"{answered.fr} {ago.fr}")

    return phrase, always(f"concept {concept}")
