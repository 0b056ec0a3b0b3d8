"""What a configuration may say of lists: their order and their bands."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from predictor.config_types import Count, Section, Share


class RankingConfig(Section):
    """The order of the list."""

    by: Literal["probability", "expected_value"] = Field(
        "probability",
        description="'expected_value' is the probability times the prospect's amount.",
    )


class BandConfig(Section):
    """Hot, warm and cold."""

    by: Literal["quantile", "probability"] = Field(
        "quantile",
        description="'quantile': hot and warm are shares of the list, from the top. "
        "'probability': they are the least probabilities.",
    )
    hot: Share = Field(0.10, description="Top share, or least probability, of the hot band.")
    warm: Share = Field(0.30, description="The next share, or least probability, of the warm band.")

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
        return self


class NextStepsConfig(Section):
    """What could change a score: open questions, and steps that the team can take."""

    most: int = Field(3, ge=0, strict=True, description="Most of them per prospect; 0 for none.")
    top: Count = Field(
        10_000, description="For how many prospects from the top of the list they are sought."
    )
    least_support: Count = Field(
        20,
        description="An answer or step counts if so many prospects had it before the training.",
    )
