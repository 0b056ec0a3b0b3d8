"""What is frozen at training so that scoring replays exactly the features of training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Interaction types beyond the most frequent ones, taken together.
OTHER_TYPES = "other"

#: Features of the calendar.
CALENDAR = ("month", "weekday", "days_to_quarter_end")

AttributeKind = Literal["numeric", "categorical"]


@dataclass(frozen=True)
class Attribute:
    """An attribute of the prospects that is known at their creation."""

    name: str
    kind: AttributeKind


@dataclass(frozen=True)
class Question:
    """A question of a qualification grid.

    Attributes
    ----------
    grid, name : str
        As the CRM calls them.
    concept : str or None
        What it asks, in whichever grid: money, authority, need or timing.
    scale : tuple of (str, float)
        Score of each answer, from 0 (worst) to 1 (best); empty if the answers have no order.
    """

    grid: str
    name: str
    concept: str | None = None
    scale: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Ratio:
    """How many interactions of some types there are among others.

    Attributes
    ----------
    name : str
        Stable name: ``opened``.
    of, among : tuple of str
        The types that are counted, and those among which they are.
    rate : float
        The ratio over all that was known at training; small numbers are drawn towards it.
    """

    name: str
    of: tuple[str, ...]
    among: tuple[str, ...]
    rate: float


@dataclass(frozen=True)
class Stage:
    """A stage of the sales process, and how long prospects usually stay in it (median, days)."""

    name: str
    usual_days: float | None


@dataclass(frozen=True)
class FeatureSpecification:
    """The choices that make a catalogue of features.

    Attributes
    ----------
    families : tuple of str
        Families of features in use.
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
    strong_types : tuple of str
        Those of `types` that are strong signals.
    ratios : tuple of Ratio
        Ratios of the types kept by name.
    channels : bool
        Whether training saw channels.
    inbound_rate : float or None
        Share of the interactions with a direction that came from the prospect; None without any.
    time_zone : str
        IANA name of the zone whose hours and weekends make habits.
    weekend_rate, off_hours_rate : float
        Shares of the interactions at weekends, and outside 8 to 18 o'clock.
    questions : tuple of Question
        The questions that training saw answered.
    stages : tuple of Stage
        The stages that training saw, in the order of the sales process.
    attributes : tuple of Attribute
        Attributes known at creation.
    accounts : bool
        Whether the other prospects of the account may be looked at.
    calendar : tuple of str
        Features of the calendar that training saw come round again.
    """

    families: tuple[str, ...]
    windows_days: tuple[int, ...]
    half_life_days: float
    types: tuple[str, ...] = ()
    timed_types: tuple[str, ...] = ()
    other_types: bool = False
    strong_types: tuple[str, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    channels: bool = False
    inbound_rate: float | None = None
    time_zone: str = "UTC"
    weekend_rate: float = 0.0
    off_hours_rate: float = 0.0
    questions: tuple[Question, ...] = ()
    stages: tuple[Stage, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    accounts: bool = False
    calendar: tuple[str, ...] = CALENDAR

    @property
    def all_types(self) -> tuple[str, ...]:
        """The types by their codes; those without a name of their own come last, together."""
        return (*self.types, OTHER_TYPES) if self.other_types else self.types

    def codes(self, types: tuple[str, ...]) -> list[int]:
        """Return the codes of types that are kept by name."""
        return [self.types.index(type_) for type_ in types]

    def to_json(self) -> dict[str, Any]:
        """Return a document that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> FeatureSpecification:
        """Read a document written by `to_json`."""
        parts = {name: _frozen(value) for name, value in document.items()}
        for name, part in _PARTS.items():
            parts[name] = tuple(part(**_frozen_values(value)) for value in document[name])
        return cls(**parts)


_PARTS: dict[str, type[Any]] = {
    "ratios": Ratio,
    "questions": Question,
    "stages": Stage,
    "attributes": Attribute,
}


def _frozen(value: Any) -> Any:
    """Turn the lists of JSON into tuples."""
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def _frozen_values(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _frozen(value) for name, value in document.items()}
