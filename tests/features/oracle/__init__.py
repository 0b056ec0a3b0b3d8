"""The features by plain Python loops, written from the sentences of the catalogue.

Nothing here comes from the engine: no Ibis, no pandas, no expression. The names of the features are
spelt out for types, grids and questions whose names need no mending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from features.oracle import calendar, habits, interactions, people, qualification, stages
from features.oracle.known import Crm, Known, Values

if TYPE_CHECKING:
    from datetime import datetime

    from support.histories import History

    from predictor.features.specification import FeatureSpecification

FAMILIES = {
    "engagement": interactions.engagement,
    "activity": interactions.activity,
    "rhythm": interactions.rhythm,
    "channels": interactions.channels,
    "habits": habits.habits,
    "ratios": interactions.ratios,
    "sequence": interactions.sequence,
    "qualification": qualification.qualification,
    "stage": stages.stages,
    "fit": people.fit,
    "account": people.account,
    "calendar": calendar.calendar,
    "age": people.age,
}


class Oracle:
    """The features of any snapshot of a CRM whose usable facts are given whole."""

    def __init__(self, usable: History, specification: FeatureSpecification) -> None:
        self.crm = Crm(usable)
        self.specification = specification

    def features(self, prospect_id: str, as_of: datetime) -> Values:
        """Return every feature of one snapshot; None where it is missing."""
        known = Known(self.crm, prospect_id, as_of)
        values: Values = {}
        for family in self.specification.families:
            found = FAMILIES[family](known, self.specification)
            assert not values.keys() & found.keys()
            values |= found
        return values
