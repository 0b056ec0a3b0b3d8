"""What a configuration may say of features: windows, ratios, grids."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, model_validator

from predictor.config_types import Count, NonEmpty, Number, RisingDays, Section

Concept = Literal["money", "authority", "need", "timing"]
Family = Literal[
    "engagement",
    "activity",
    "rhythm",
    "channels",
    "habits",
    "ratios",
    "sequence",
    "qualification",
    "stage",
    "fit",
    "account",
    "calendar",
    "age",
]


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is no time zone; write it as Europe/Paris or UTC")
    return name


class RatioConfig(Section):
    """A ratio of interaction types: how many of some there were among others."""

    of: Annotated[tuple[NonEmpty, ...], Field(min_length=1)] = Field(
        description="Interaction types that are counted."
    )
    among: Annotated[tuple[NonEmpty, ...], Field(min_length=1)] = Field(
        description="Interaction types among which they are counted."
    )


USUAL_RATIOS = {
    name: RatioConfig(of=of, among=among)
    for name, of, among in (
        ("opened", ("email_open",), ("email_sent",)),
        ("clicked", ("email_click",), ("email_open",)),
        ("replied", ("email_reply",), ("email_sent",)),
        ("attended", ("webinar_attendance",), ("webinar_registration",)),
        ("held", ("meeting",), ("meeting_planned",)),
    )
}


class FeatureConfig(Section):
    """How histories become features."""

    windows_days: RisingDays = Field(
        (7, 30, 90), description="Windows [as_of - w, as_of) of counts."
    )
    half_life_days: Number = Field(
        14, gt=0, description="Days after which an interaction counts half in decayed counts."
    )
    max_types: Count = Field(
        30,
        description="Interaction types kept by name, the most frequent first; others go together.",
    )
    strong_types: tuple[NonEmpty, ...] = Field(
        ("demo_request", "quote_request", "meeting"),
        description="Interaction types that are strong signals.",
    )
    ratios: dict[str, RatioConfig] = Field(
        default_factory=lambda: dict(USUAL_RATIOS),
        description="Ratios of interaction types, by name. Default: opened, clicked, replied, "
        "attended and held, where the types are there.",
    )
    time_zone: Annotated[NonEmpty, AfterValidator(_known_zone)] = Field(
        "UTC", description="The zone (Europe/Paris) whose hours and weekends make habits."
    )
    leave_out: tuple[Family, ...] = Field((), description="Families of features to leave out.")


class QuestionConfig(Section):
    """What is said of one question of a qualification grid."""

    concept: Concept | None = Field(
        None,
        description="The question that it asks in other words; the same concept of several grids "
        "meets in one feature. Default: by the question's name, where it is one that people know.",
    )
    answers: tuple[NonEmpty, ...] = Field(
        (),
        description="The answers from worst to best. Default: where the answers are among usual "
        "ones (no/maybe/yes, low/medium/high, ...), their usual order; else no order.",
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.answers)) < len(self.answers) or len(self.answers) == 1:
            raise ValueError("'answers' must be two or more, each once, from worst to best")
        return self
