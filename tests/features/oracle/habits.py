"""When a prospect is active: weekends and hours, on the clocks of the business."""

from __future__ import annotations

from datetime import UTC, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from features.oracle.interactions import shrunk
from support.histories import happened_at

if TYPE_CHECKING:
    from datetime import datetime

    from features.oracle.known import Known, Values

    from predictor.features.specification import FeatureSpecification

#: An instant at this time of day has only a date.
END_OF_DAY = time(23, 59, 59, 999_999)


def habits(known: Known, specification: FeatureSpecification) -> Values:
    """Shares of the interactions at weekends, and outside 8 to 18 o'clock."""
    if not specification.types:
        return {}
    zone = ZoneInfo(specification.time_zone)
    weekend = off_hours = with_hour = 0
    for _, interaction in known.interactions:
        local, has_hour = _local(happened_at(interaction), zone)
        weekend += local.isoweekday() in (6, 7)
        with_hour += has_hour
        off_hours += has_hour and not 8 <= local.hour < 18
    number = len(known.interactions)
    return {
        "habits_weekend_share": shrunk(weekend, number, specification.weekend_rate),
        "habits_off_hours_share": shrunk(off_hours, with_hour, specification.off_hours_rate),
    }


def _local(instant: datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    """Return what the clock says, and whether the hour is known; a date is the same everywhere."""
    if instant.time() == END_OF_DAY:
        return instant, False
    return instant.replace(tzinfo=UTC).astimezone(zone), True
