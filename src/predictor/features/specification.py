"""What is frozen at training so that scoring replays exactly the features of training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import ibis

from predictor.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from predictor.config import Config
    from predictor.crm.crm import Crm

#: Interaction types beyond the most frequent ones, taken together.
OTHER_TYPES = "other"

#: Columns that stand beside the attributes when features are computed.
_ENGINE_NAMES = ("snapshot_id", "as_of", "age_us")

AttributeKind = Literal["numeric", "categorical"]


@dataclass(frozen=True)
class Attribute:
    """An attribute of the prospects that is known at their creation."""

    name: str
    kind: AttributeKind


@dataclass(frozen=True)
class FeatureSpecification:
    """The choices that make a catalogue of features.

    Attributes
    ----------
    windows_days : tuple of int
        Windows ``[as_of - w, as_of)`` in days, rising.
    half_life_days : float
        Half-life of decayed counts, in days.
    types : tuple of str
        Interaction types kept by name, the most frequent first.
    timed_types : tuple of str
        Those of `types` that have durations.
    other_types : bool
        Whether training saw further types; they are counted together.
    questions : tuple of (str, str)
        Grid and question of each answer.
    stages : bool
        Whether there is a history of stages.
    attributes : tuple of Attribute
        Attributes known at creation.
    """

    windows_days: tuple[int, ...]
    half_life_days: float
    types: tuple[str, ...]
    timed_types: tuple[str, ...]
    other_types: bool
    questions: tuple[tuple[str, str], ...]
    stages: bool
    attributes: tuple[Attribute, ...]

    def to_json(self) -> dict[str, Any]:
        """Return a document that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> FeatureSpecification:
        """Read a document written by `to_json`."""
        return cls(
            windows_days=tuple(document["windows_days"]),
            half_life_days=float(document["half_life_days"]),
            types=tuple(document["types"]),
            timed_types=tuple(document["timed_types"]),
            other_types=bool(document["other_types"]),
            questions=tuple((grid, question) for grid, question in document["questions"]),
            stages=bool(document["stages"]),
            attributes=tuple(Attribute(**attribute) for attribute in document["attributes"]),
        )


def learn_specification(crm: Crm, config: Config) -> FeatureSpecification:
    """Choose the features that the data supports.

    Parameters
    ----------
    crm : Crm
        The CRM as known at the training instant (`Crm.known_at`), so that the choice knows no more.
    config : Config
        Windows, half-life, number of types and declared attributes.

    Raises
    ------
    ContractError
        If a declared attribute is no column of the prospects, or is a date.
    """
    types, timed_types, other_types = _types(crm, config.features.max_types)
    answers = crm.answers
    questions = crm.connection.execute(
        answers.select("grid", "question").distinct().order_by("grid", "question")
    )
    return FeatureSpecification(
        windows_days=config.features.windows_days,
        half_life_days=config.features.half_life_days,
        types=types,
        timed_types=timed_types,
        other_types=other_types,
        questions=tuple(questions.itertuples(index=False, name=None)),
        stages=bool(crm.connection.execute(crm.stages.count()) > 0),
        attributes=tuple(_attribute(crm, name) for name in sorted(config.attributes)),
    )


def _types(crm: Crm, max_types: int) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    interactions = crm.interactions
    found = crm.connection.execute(
        interactions.group_by("type")
        .agg(rows=interactions.count(), seconds=interactions.duration_seconds.fill_null(0).sum())
        .order_by([ibis.desc("rows"), "type"])
    )
    rest = len(found) > max_types
    if rest:  # a type that is itself called 'other' is one of the rest
        found = found[found["type"] != OTHER_TYPES]
    kept = found.head(max_types)
    timed = kept.loc[kept["seconds"] > 0, "type"]
    return tuple(kept["type"]), tuple(timed), rest


def _attribute(crm: Crm, name: str) -> Attribute:
    if name not in crm.attribute_names:
        raise ContractError(
            f"attribute '{name}' is declared in the configuration, but the prospects have no such "
            f"column; they have {', '.join(crm.attribute_names) or 'no attributes'}"
        )
    if name.lower() in _ENGINE_NAMES:
        raise ContractError(
            f"attribute '{name}' has a name that the feature engine uses itself; "
            "rename it in the SQL of prospects"
        )
    kind = crm.prospects[name].type()
    if kind.is_temporal():
        raise ContractError(
            f"attribute '{name}' is a date; turn it into a number or a text in the SQL of prospects"
        )
    return Attribute(name, "numeric" if kind.is_numeric() else "categorical")
