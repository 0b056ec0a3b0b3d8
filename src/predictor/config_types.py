"""What the sections of a configuration are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

MAX_DAYS = 36_500
INSTANT_HINT = "must be a date such as 2024-01-31 or 2024-01-31T09:30:00"


class Section(BaseModel):
    """A part of the configuration: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _ascending(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError(f"must rise, each once; got {list(days)}")
    return days


def _dated(value: object) -> object:
    # 20240131 without dashes is a number to YAML, and would be read as seconds since 1970.
    if isinstance(value, bool | int | float):
        raise ValueError(INSTANT_HINT)  # noqa: TRY004 - pydantic tells value errors only
    return value


def _share_or_auto(value: object) -> object:
    # One message for both, where pydantic has one for each part of a union.
    if value == "auto" or (type(value) in {int, float} and 0 < value <= 1):  # type: ignore[operator]
        return value
    raise ValueError("must be more than 0 and at most 1, or 'auto'")


def _count_or(*words: str) -> BeforeValidator:
    def check(value: object) -> object:
        if (isinstance(value, str) and value in words) or (type(value) is int and value > 0):
            return value
        said = " or ".join(f"'{word}'" for word in words)
        raise ValueError(f"must be a whole number of at least 1, or {said}")

    return BeforeValidator(check)


def _days_or_auto(value: object) -> object:
    if value == "auto" or _is_days(value):
        return value
    raise ValueError(f"must be a whole number of days from 1 to {MAX_DAYS}, or 'auto'")


def _rising_days_or_auto(value: object) -> object:
    if value == "auto":
        return value
    if isinstance(value, list | tuple) and value and all(_is_days(each) for each in value):
        return _ascending(tuple(value))
    raise ValueError(
        f"must be whole numbers of days that rise, such as [7, 30, 90], or 'auto'; got {value!r}"
    )


def _is_days(value: object) -> bool:
    return type(value) is int and 0 < value <= MAX_DAYS


def _naive_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        return instant
    return instant.astimezone(UTC).replace(tzinfo=None)


# Strict, so that 'yes', which is true to YAML, does not pass for 1.
Count = Annotated[int, Field(gt=0, strict=True)]
CountOrAuto = Annotated[Count | Literal["auto"], _count_or("auto")]
CountOrAll = Annotated[Count | Literal["all"], _count_or("all")]
CountAutoOrAll = Annotated[Count | Literal["auto", "all"], _count_or("auto", "all")]
Days = Annotated[int, Field(gt=0, le=MAX_DAYS, strict=True)]
RisingDays = Annotated[tuple[Days, ...], Field(min_length=1), AfterValidator(_ascending)]
DaysOrAuto = Annotated[Days | Literal["auto"], BeforeValidator(_days_or_auto)]
RisingDaysOrAuto = Annotated[RisingDays | Literal["auto"], BeforeValidator(_rising_days_or_auto)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Share = Annotated[Number, Field(ge=0, le=1)]
ShareOrAuto = Annotated[
    float | Literal["auto"],
    BeforeValidator(_share_or_auto),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 1}, {"const": "auto"}]}
    ),
]
NonEmpty = Annotated[str, Field(min_length=1)]
Instant = Annotated[
    datetime,
    BeforeValidator(_dated),
    AfterValidator(_naive_utc),
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?.*)?$"}
    ),
]
Language = Literal["en", "fr"]


class LabelConfig(Section):
    """How people call an interaction type, a stage or a question."""

    en: NonEmpty = Field(description="In English, as a noun: 'call after the offer'.")
    fr: NonEmpty | None = Field(None, description="In French; default: as in English.")
    action_en: NonEmpty | None = Field(
        None,
        description="What a salesperson does to bring it about, or to ask: 'Offer a visit'. Then "
        "it may be suggested as a next step; the usual types and questions have one.",
    )
    action_fr: NonEmpty | None = Field(None, description="In French; default: as in English.")
