"""The catalogue: each feature defined once, to compute, model, explain and document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import ibis.expr.types as ir

Unit = Literal["count", "days", "seconds", "share", "category", "number"]
Strength = Literal["strong", "weak", ""]


@dataclass(frozen=True)
class Text:
    """A text in English and in French."""

    en: str
    fr: str

    def __getitem__(self, language: str) -> str:
        """Return the text in ``en`` or ``fr``; KeyError for any other."""
        if language == "fr":
            return self.fr
        if language != "en":  # "word" in text would ask for text[0], text[1] and so on, for ever
            raise KeyError(language)
        return self.en


NEVER_MISSING = Text("never missing", "jamais absent")

#: The features of one snapshot, by name; and DAY_SHARE, if the snapshot was not at midnight.
Values = Mapping[str, Any]
#: The share of its own day that had passed at the snapshot: no feature, but it tells "yesterday".
DAY_SHARE = "as_of_day_share"
#: Names of facts: of an interaction type, of a question, ...
Facts = frozenset[str]


@dataclass(frozen=True)
class Signal:
    """What a person would name: one or several features that are explained together.

    Attributes
    ----------
    name : str
        Stable name, for example ``email_open`` or ``answer_bant_budget``.
    label : Text
        What people call it.
    phrase : callable
        From a snapshot's features, by name, to a sentence with the fact in it.
    told : callable, optional
        From a snapshot's features to the names of the facts that its sentence tells; by default
        the signal's own name. Two sentences that share a fact say the same thing twice.
    strength : {'strong', 'weak', ''}
        How strong a signal the configuration holds it for; empty where it is no interaction.
    action : Text or None
        What a salesperson can do to learn it or to bring it about; None where that is not theirs.
    """

    name: str
    label: Text
    phrase: Callable[[Values], Text] = field(repr=False, compare=False)
    told: Callable[[Values], Facts] | None = field(default=None, repr=False, compare=False)
    strength: Strength = field(default="", compare=False)
    action: Text | None = field(default=None, repr=False, compare=False)

    def facts(self, values: Values) -> Facts:
        """Return the names of the facts that the sentence tells."""
        return self.told(values) if self.told else frozenset((self.name,))


@dataclass(frozen=True)
class Relation:
    """A table from which features are read, with one row per snapshot at most.

    Attributes
    ----------
    build : callable
        A function of `predictor.features.relations`: from the facts joined to snapshots, and
        `part`, to the table.
    part : tuple of int or str
        Which one of its kind: the code of a type or question, the name of an attribute.
    of_everyone : bool
        Whether it is made of facts of other prospects too.
    """

    build: Callable[..., ir.Table]
    part: tuple[int | str, ...] = ()
    of_everyone: bool = False


@dataclass(frozen=True)
class Feature:
    """A feature of a snapshot.

    Attributes
    ----------
    name : str
        Column of the feature matrix.
    signal : Signal
        The signal to which it belongs.
    relation : Relation
        The table from which it is read; its rows are made of facts known before as_of.
    expression : callable
        From that table to an Ibis column.
    unit : Unit
        ``category`` makes a text column, every other unit a number.
    sentence : Text
        What the feature is, as a person would say it.
    missing : Text
        What a missing value means.
    absent : float or None
        The value where a snapshot has no row in the relation; None means missing.
    """

    name: str
    signal: Signal
    relation: Relation
    expression: Callable[[ir.Table], ir.Value] = field(repr=False, compare=False)
    unit: Unit
    sentence: Text
    missing: Text
    absent: float | None = None


def define(
    signal: Signal,
    relation: Relation,
    name: str,
    unit: Unit,
    sentence: Text,
    expression: Callable[[ir.Table], ir.Value],
    missing: Text | None = None,
) -> Feature:
    """Return a feature that is missing for a reason or, without one, 0 where there is nothing."""
    if missing is None:
        return Feature(name, signal, relation, expression, unit, sentence, NEVER_MISSING, 0.0)
    return Feature(name, signal, relation, expression, unit, sentence, missing)


def always(*facts: str) -> Callable[[Values], Facts]:
    """Return the `told` of a sentence that always tells the same facts."""
    told = frozenset(facts)

    def same(values: Values) -> Facts:
        del values  # whatever they are
        return told

    return same


def slug(text: str) -> str:
    """Return a name of lower-case letters, digits and underscores."""
    return re.sub(r"[^0-9a-z]+", "_", text.lower()).strip("_") or "unnamed"


def unique_names(texts: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return a slug for each text, all different and none of those taken.

    Examples
    --------
    >>> unique_names(["a b", "a_b", "age"], taken=["age"])
    ['a_b', 'a_b_2', 'age_2']
    """
    names: list[str] = []
    for text in texts:
        base, name, number = slug(text), slug(text), 1
        while name in {*names, *taken}:
            number += 1
            name = f"{base}_{number}"
        names.append(name)
    return names


def is_missing(value: object) -> bool:
    """Say whether a feature's value is missing (NaN, None or an empty text)."""
    return value is None or value == "" or value != value  # noqa: PLR0124 - NaN differs from itself
