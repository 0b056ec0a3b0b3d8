"""The date at which the prospect is looked at (UTC)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.oracle.known import Known, Values

    from predictor.features.specification import FeatureSpecification

LAST_DAYS_OF_QUARTERS = ((3, 31), (6, 30), (9, 30), (12, 31))


def calendar(known: Known, specification: FeatureSpecification) -> Values:
    """Return the month, the day of the week and the days left of the quarter."""
    today = known.as_of.date()
    ends = (date(today.year, month, day) for month, day in LAST_DAYS_OF_QUARTERS)
    values: Values = {
        "month": today.month,
        "weekday": today.isoweekday(),
        "days_to_quarter_end": min((end - today).days for end in ends if end >= today),
    }
    return {f"calendar_{name}": values[name] for name in specification.calendar}
