"""Age: how long the prospect has been known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import Feature, Relation, Signal, Text, Values, is_missing
from predictor.features.families.amounts import days_of
from predictor.features.relations.prospects import prospect
from predictor.features.wording import time_span

if TYPE_CHECKING:
    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the age of the prospect."""
    del specification, labels  # the age needs neither choices nor words

    def phrase(values: Values) -> Text:
        if is_missing(values["age_days"]):
            return _NOT_CREATED
        span = time_span(values["age_days"])
        return Text(f"Known for {span.en}", f"Connu depuis {span.fr}")

    return [
        Feature(
            "age_days",
            Signal("age", Text("age", "ancienneté"), phrase),
            Relation(prospect),
            lambda prospect: days_of(prospect.age_us),
            "days",
            Text("Days since the prospect was created", "Jours depuis la création du prospect"),
            Text("not created yet", "pas encore créé"),
        )
    ]


_NOT_CREATED = Text("Not created yet", "Pas encore créé")
