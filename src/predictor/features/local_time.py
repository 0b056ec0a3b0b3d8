"""The hour and the weekday of an instant where people live, summer time included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from predictor.features.facts import DAY_US

_HOUR_US = DAY_US // 24
_OFFICE_HOURS = (8, 18)
#: Zones are known from and to these years; before and after, their first and last offset holds.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def weekend(at_us: ir.IntegerValue, time_zone: str) -> ir.BooleanValue:
    """Say whether an instant lies on a Saturday or Sunday; a mere date has the weekday it has."""
    local_us = _is_date(at_us).ifelse(at_us, at_us + _offset_us(at_us, time_zone))
    # 1970-01-01 was a Thursday, weekday 3 from Monday.
    return _modulo(local_us // DAY_US + 3, 7) >= 5


def off_hours(at_us: ir.IntegerValue, time_zone: str) -> ir.BooleanValue:
    """Say whether an instant lies before 8 or from 18 o'clock on; null for a mere date."""
    hour = _modulo(at_us + _offset_us(at_us, time_zone), DAY_US) // _HOUR_US
    outside = (hour < _OFFICE_HOURS[0]) | (hour >= _OFFICE_HOURS[1])
    return _is_date(at_us).ifelse(ibis.null("boolean"), outside)


def _is_date(at_us: ir.IntegerValue) -> ir.BooleanValue:
    """Say whether only the date is known: the contract puts it at the end of its day."""
    return (at_us + 1) % DAY_US == 0


def _modulo(number: ir.IntegerValue, divisor: int) -> ir.IntegerValue:
    """Return the remainder from 0 up; SQL's is negative for what lies before 1970."""
    return (number % divisor + divisor) % divisor


def _offset_us(at_us: ir.IntegerValue, time_zone: str) -> ir.IntegerValue:
    return _choose(at_us, _offsets(time_zone))


def _choose(at_us: ir.IntegerValue, offsets: tuple[tuple[int, int], ...]) -> ir.IntegerValue:
    """Find the offset by halving, so that few comparisons are made per instant."""
    if len(offsets) == 1:
        return ibis.literal(offsets[0][1], "int64")
    half = len(offsets) // 2
    first, second = _choose(at_us, offsets[:half]), _choose(at_us, offsets[half:])
    return (at_us < offsets[half][0]).ifelse(first, second)


@cache
def _offsets(time_zone: str) -> tuple[tuple[int, int], ...]:
    """Return the offsets from UTC in microseconds, each with the instant from which it holds.

    The zone database gives the offset at an instant, not the changes: they are searched for.
    """
    zone = ZoneInfo(time_zone)
    found = [(0, _offset_at(_FIRST, zone))]
    day = _FIRST
    while day < _LAST:
        following = day + timedelta(days=1)
        if _offset_at(following, zone) != found[-1][1]:
            change = _first_with(_offset_at(following, zone), day, following, zone)
            found.append(((change - _FIRST) // timedelta(microseconds=1), _offset_at(change, zone)))
        day = following
    return tuple(found)


def _first_with(offset_us: int, start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second after `start`, up to `end`, that has the offset."""
    while end - start > _SECOND:
        middle = start + (end - start) // 2 // _SECOND * _SECOND
        if _offset_at(middle, zone) == offset_us:
            end = middle
        else:
            start = middle
    return end


def _offset_at(instant: datetime, zone: ZoneInfo) -> int:
    offset = instant.astimezone(zone).utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)
