"""What a configuration may say of the time since the previous run: changes and alerts."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from predictor.config_types import Days, Number, Section

AlertKind = Literal["strong_signal", "became_hot", "fell", "gone_silent", "close_slipped"]


class ChangesConfig(Section):
    """The change of each score since the previous run."""

    split: bool = Field(
        True,
        strict=True,
        description="Whether each change is split into time, prospect, model and data; about "
        "doubles the time of a scoring.",
    )


class AlertsConfig(Section):
    """What people should hear of since the previous run."""

    kinds: tuple[AlertKind, ...] = Field(
        get_args(AlertKind), description="The kinds of alerts that are told."
    )
    silent_days: Days = Field(
        14,
        description="A prospect has gone silent after so many days without interaction, or"
        " later, see `silent_times_usual`.",
    )
    silent_times_usual: Number = Field(
        3,
        ge=0,
        description="A prospect with a habit has gone silent after so many times its usual days "
        "from one active day to the next.",
    )
    slipped_days: Days = Field(
        14,
        description="The closing date has slipped when its median is later by more than so many "
        "days.",
    )
