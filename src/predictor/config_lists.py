"""What a configuration may say of lists: order, bands, capacity, follow-ups, exploration."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from predictor.config_types import (
    Count,
    CountAutoOrAll,
    CountOrAll,
    NonEmpty,
    Number,
    Section,
    Share,
)

PerWeek = Annotated[int, Field(ge=0, strict=True)]


class RankingConfig(Section):
    """The order of the list."""

    by: Literal["probability", "expected_value", "expected_value_per_day"] = Field(
        "probability",
        description="'expected_value' is the probability times the prospect's amount; "
        "'expected_value_per_day' divides it by the days that the prospect is likely to stay open "
        "within the horizon.",
    )


class BandConfig(Section):
    """Hot, warm and cold."""

    by: Literal["quantile", "probability", "capacity"] = Field(
        "quantile",
        description="'quantile': hot and warm are shares of the list, from the top. "
        "'probability': they are the least probabilities. 'capacity': hot is what each owner and "
        "territory can work this week, see `capacity`.",
    )
    hot: Share = Field(0.10, description="Top share, or least probability, of the hot band.")
    warm: Share = Field(0.30, description="The next share, or least probability, of the warm band.")
    warm_weeks: Count = Field(
        3, description="By capacity: weeks of work that are warm, after this week's."
    )
    margin: Number = Field(
        0.2,
        ge=0,
        lt=1,
        description="How far past an edge a prospect of the previous list must go to change its "
        "band, as a share of the edge, so that nobody moves to and fro: with hot 0.10 and margin "
        "0.2 it becomes hot in the top 8%, and stays so in the top 12%. 0: not at all.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.by == "probability" and self.warm > self.hot:
            raise ValueError(
                "by probability must have 'warm' no higher than 'hot' "
                f"(got hot {self.hot:g}, warm {self.warm:g})"
            )
        if self.by == "quantile" and self.hot + self.warm > 1:
            raise ValueError(
                "by quantile must have 'hot' and 'warm' sum to 1 at most "
                f"(got hot {self.hot:g}, warm {self.warm:g})"
            )
        unused = ("hot", "warm") if self.by == "capacity" else ("warm_weeks",)
        for name in unused:
            if name in self.model_fields_set:
                raise ValueError(f"by {self.by} makes no use of '{name}'; remove it")
        return self


class CapacityConfig(Section):
    """How many prospects can be worked in a week; used by `bands: {by: capacity}`."""

    per_owner: PerWeek | None = Field(
        None, description="Each owner, where `owners` says nothing else. Default: no limit."
    )
    owners: dict[str, PerWeek] = Field(
        default_factory=dict, description="By owner, as named in the CRM."
    )
    territories: dict[str, PerWeek] = Field(
        default_factory=dict,
        description="By territory, all its owners together. The others have no limit.",
    )

    @property
    def limits_something(self) -> bool:
        """Whether there is any limit."""
        return self.per_owner is not None or bool(self.owners or self.territories)


class FollowUpConfig(Section):
    """A suggested follow-up, and to whom it applies."""

    en: NonEmpty | None = Field(
        None, description="The suggestion, in English. Default: as in French."
    )
    fr: NonEmpty | None = Field(None, description="In French. Default: as in English.")
    band: Literal["hot", "warm", "cold"] | None = Field(
        None, description="Only for this band. Default: all."
    )
    signal: NonEmpty | None = Field(
        None,
        description="Only where this signal is among the reasons or the caution, such as "
        "quote_request, answer_bant_budget or silence; `*` stands for any letters. Default: "
        "always.",
    )
    missing: bool = Field(
        False,
        strict=True,
        description="With `signal`: only where its fact is missing (budget not known, never asked "
        "for a quote), instead of only where it is there.",
    )
    points: Literal["up", "down"] | None = Field(
        None,
        description="With `signal`: only where it adds points, or takes them. Default: either.",
    )

    @model_validator(mode="after")
    def _about_a_signal(self) -> Self:
        if self.en is None and self.fr is None:
            raise ValueError("needs a text: 'en' (English), 'fr' (French), or both")
        for name in ("missing", "points"):
            if self.signal is None and getattr(self, name):
                raise ValueError(f"has '{name}' without 'signal'; add a signal or remove '{name}'")
        return self


class ExplorationConfig(Section):
    """A random slice of cold prospects to be worked, so that the next model learns from them."""

    share: Share = Field(
        0.0,
        description="Drawn prospects as a share of the hot ones; 0.05 is a sound start. "
        "Default: nobody.",
    )


class ExplanationsConfig(Section):
    """What ``explanations.parquet`` holds beside the numbers."""

    sentences: CountAutoOrAll = Field(
        "auto",
        description="Of how many signals of each prospect, the strongest first, the sentence is "
        "kept, beside its reasons. 'auto': of all, and of 8 from 50,000 open prospects on.",
    )


class NextStepsConfig(Section):
    """What could change a score: open questions, and steps that the team can take."""

    most: int = Field(3, ge=0, strict=True, description="Most of them per prospect; 0 for none.")
    top: CountOrAll = Field(
        10_000,
        description="For how many prospects from the top of the list they are sought, or 'all': a "
        "minute or so for 50,000.",
    )
    least_points: Number = Field(
        2,
        ge=0,
        le=100,
        description="Only what moves the probability by so many points is told, or by a fifth of "
        "it, where that is less.",
    )
    least_support: Count = Field(
        20,
        description="An answer or step counts if so many prospects had it before the training.",
    )
