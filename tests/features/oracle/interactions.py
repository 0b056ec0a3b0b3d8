"""What a prospect did: engagement, activity, rhythm, channels, ratios and sequence."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from features.oracle.known import DAY_US, Aged, Known, Values

if TYPE_CHECKING:
    from predictor.features.specification import FeatureSpecification

INBOUND = ("inbound", "incoming", "in")
#: Small numbers are drawn towards the rate of training as if so many more had been seen.
SHRINKAGE = 5


def within(aged: list[Aged], days: int) -> list[Aged]:
    """Return what happened within so many days of as_of."""
    oldest_us = days * DAY_US
    return [one for one in aged if one[0] <= oldest_us]


def of_types(aged: list[Aged], types: tuple[str, ...]) -> list[Aged]:
    """Return the interactions of some types."""
    return [one for one in aged if one[1].type in types]


def day_numbers(aged: list[Aged]) -> list[int]:
    """Return the day of each interaction: 0 is the last 24 hours."""
    return [(age_us - 1) // DAY_US for age_us, _ in aged]


def shrunk(number: int, among: int, rate: float) -> float:
    """Return a share, drawn towards the rate of training."""
    return (number + SHRINKAGE * rate) / (among + SHRINKAGE)


def by_name(aged: list[Aged], specification: FeatureSpecification) -> dict[str, list[Aged]]:
    """Return the interactions of each type with a name of its own, and of the rest together."""
    found = {type_: of_types(aged, (type_,)) for type_ in specification.types}
    if specification.other_types:
        found["other"] = [one for one in aged if one[1].type not in specification.types]
    return found


def engagement(known: Known, specification: FeatureSpecification) -> Values:
    """Per type: how often, how lately, how long."""
    values: Values = {}
    for name, mine in by_name(known.interactions, specification).items():
        values |= _times(name, mine, specification)
        if name not in specification.timed_types:
            continue
        for days in specification.windows_days:
            filled_in = _durations(within(mine, days))
            mean = math.fsum(filled_in) / len(filled_in) if filled_in else None
            values[f"{name}_seconds_{days}d"] = math.fsum(filled_in)
            values[f"{name}_seconds_mean_{days}d"] = mean
    return values


def activity(known: Known, specification: FeatureSpecification) -> Values:
    """All interactions together; types without a name of their own count as one type."""
    everything = known.interactions
    values = _times("activity", everything, specification)
    spans = [("", everything)]
    for days in specification.windows_days:
        inside = within(everything, days)
        spans.append((f"_{days}d", inside))
        if specification.timed_types:
            filled_in = _durations(inside)
            mean = math.fsum(filled_in) / len(filled_in) if filled_in else None
            values[f"activity_seconds_{days}d"] = math.fsum(filled_in)
            values[f"activity_seconds_mean_{days}d"] = mean
    for suffix, inside in spans:
        named = {f.type if f.type in specification.types else None for _, f in inside}
        values[f"activity_types{suffix}"] = len(named)
        values[f"activity_active_days{suffix}"] = len(set(day_numbers(inside)))
    return values


def _times(name: str, aged: list[Aged], specification: FeatureSpecification) -> Values:
    """Count per window and ever; days since the last and the first; decayed count; trend."""
    ages_us = [age_us for age_us, _ in aged]
    halvings = [age_us / DAY_US / specification.half_life_days for age_us in ages_us]
    values: Values = {
        f"{name}_count": len(aged),
        f"{name}_days_since_last": min(ages_us) / DAY_US if ages_us else None,
        f"{name}_days_since_first": max(ages_us) / DAY_US if ages_us else None,
        f"{name}_decayed_count": math.fsum(0.5**times for times in halvings),
    }
    counts = []
    for days in specification.windows_days:
        counts.append(len(within(aged, days)))
        values[f"{name}_count_{days}d"] = counts[-1]
    if len(counts) > 1:
        values[f"{name}_trend"] = _trend(counts, specification.windows_days)
    return values


def _trend(counts: list[int], windows_days: tuple[int, ...]) -> float:
    """Log of the recent rate over the earlier one, with one more interaction spread over both."""
    recent_days, both_days = windows_days[:2]
    earlier_days = both_days - recent_days
    recent = counts[0] + recent_days / both_days
    earlier = counts[1] - counts[0] + earlier_days / both_days
    return math.log((recent / recent_days) / (earlier / earlier_days))


def _durations(aged: list[Aged]) -> list[float]:
    """Return the durations that are filled in, each to a millisecond."""
    seconds = (fact.duration_seconds for _, fact in aged)
    return [round(duration, 3) for duration in seconds if duration is not None]


def rhythm(known: Known, specification: FeatureSpecification) -> Values:
    """Silences, the usual gap, and the busiest day."""
    ages_us = sorted(age_us for age_us, _ in known.interactions)
    active = sorted(set(day_numbers(known.interactions)))
    silence_days, gap_days, ratio = None, None, None
    if active:
        silence_days = 0
    for newer, older in pairwise(active):
        silence_days = max(silence_days, older - newer - 1)
    if len(ages_us) >= 2:
        gap_days = (ages_us[-1] - ages_us[0]) / (len(ages_us) - 1) / DAY_US
        ratio = ages_us[0] / DAY_US / gap_days if gap_days else None
    values: Values = {
        "rhythm_longest_silence_days": silence_days,
        "rhythm_usual_gap_days": gap_days,
        "rhythm_silence_ratio": ratio,
    }
    for days in specification.windows_days:
        numbers = day_numbers(within(known.interactions, days))
        values[f"rhythm_most_in_a_day_{days}d"] = max(Counter(numbers).values(), default=0)
    return values


def channels(known: Known, specification: FeatureSpecification) -> Values:
    """How many channels, and how much came from the prospect."""
    values: Values = {}
    longest_days = specification.windows_days[-1]
    if specification.channels:
        values["channels"] = _different_channels(known.interactions)
        for days in specification.windows_days:
            values[f"channels_{days}d"] = _different_channels(within(known.interactions, days))
    if specification.inbound_rate is not None:
        for suffix, aged in (
            ("", known.interactions),
            (f"_{longest_days}d", within(known.interactions, longest_days)),
        ):
            directions = [fact.direction for _, fact in aged if fact.direction is not None]
            inbound = sum(direction.lower() in INBOUND for direction in directions)
            share = shrunk(inbound, len(directions), specification.inbound_rate)
            values[f"inbound_share{suffix}"] = share
    return values


def _different_channels(aged: list[Aged]) -> int:
    return len({fact.channel for _, fact in aged if fact.channel is not None})


def ratios(known: Known, specification: FeatureSpecification) -> Values:
    """How many interactions of some types there were among others."""
    longest_days = specification.windows_days[-1]
    recent = within(known.interactions, longest_days)
    values: Values = {}
    for ratio in specification.ratios:
        for suffix, aged in (("", known.interactions), (f"_{longest_days}d", recent)):
            number, among = len(of_types(aged, ratio.of)), len(of_types(aged, ratio.among))
            values[f"ratio_{ratio.name}{suffix}"] = shrunk(number, among, ratio.rate)
    return values


def sequence(known: Known, specification: FeatureSpecification) -> Values:
    """The types seen last, and what has happened since a strong signal."""
    if not specification.types:
        return {}
    # Rising age; at the same age the sort keeps the order of the types, "other" last.
    latest = [
        (min(age_us for age_us, _ in mine), name)
        for name, mine in by_name(known.interactions, specification).items()
        if mine
    ]
    latest.sort(key=lambda pair: pair[0])
    names = [*(name for _, name in latest), None, None, None]
    values: Values = {
        "sequence_last_type": names[0],
        "sequence_second_last_type": names[1],
        "sequence_third_last_type": names[2],
    }
    return values | (_strong(known, specification) if specification.strong_types else {})


def _strong(known: Known, specification: FeatureSpecification) -> Values:
    strong = of_types(known.interactions, specification.strong_types)
    last_us, since = None, None
    if strong:
        last_us = min(age_us for age_us, _ in strong)
        since = sum(age_us < last_us for age_us, _ in known.interactions)
    return {
        "strong_count": len(strong),
        "strong_days_since_last": last_us / DAY_US if last_us is not None else None,
        "strong_interactions_since": since,
    }
