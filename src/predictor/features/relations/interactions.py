"""What the interactions of a snapshot add up to.

They are added up by type (`tallies`) and by day before as_of (`active_days`); nearly all else is
made of these few rows. Sums are sums of whole numbers, so that the order of the rows, which the
threads of an engine do not fix, changes no bit of a feature.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from predictor.features.facts import DAY_US, known_before
from predictor.features.local_time import off_hours, weekend

if TYPE_CHECKING:
    from predictor.features.facts import Facts
    from predictor.features.joined import Joined
    from predictor.features.specification import FeatureSpecification

#: Decayed counts are summed as whole numbers of this unit, and durations as milliseconds.
DECAYED_UNIT = 2.0**-32
_INBOUND = ("inbound", "incoming", "in")
_MOST_SECONDS = 1e9
#: Enough for the days of the years 1 to 9999, which is what the contract lets through.
_DAY_BITS = 22


def coded(interactions: ir.Table, specification: FeatureSpecification) -> ir.Table:
    """Return what the features need of each interaction, without a text but the channel.

    `code` is the place of the type in `FeatureSpecification.all_types`.
    """
    families = specification.families
    columns = {"code": _code(interactions, specification)}
    if specification.timed_types:
        columns["milliseconds"] = _milliseconds(interactions.duration_seconds)
    if "channels" in families:
        columns["channel"] = interactions.channel
        columns["inbound"] = is_inbound(interactions.direction)
    if "habits" in families:
        columns["weekend"] = weekend(interactions.at_us, specification.time_zone)
        columns["off_hours"] = off_hours(interactions.at_us, specification.time_zone)
    return interactions.select("prospect_id", "at_us", "known_us", **columns)


def rows(facts: Facts, specification: FeatureSpecification, snapshots: ir.Table) -> ir.Table:
    """One row per snapshot and interaction: its age, and the columns of `coded`."""
    mine = facts.coded_interactions
    if mine is None:
        mine = coded(facts.interactions, specification)
    known = known_before(snapshots, mine)
    return known.drop("prospect_id", "as_of_us", "at_us", "known_us")


def is_inbound(direction: ir.StringValue) -> ir.BooleanValue:
    """Say whether an interaction came from the prospect; null without a direction."""
    return direction.lower().isin(_INBOUND)


def _code(interactions: ir.Table, specification: FeatureSpecification) -> ir.IntegerValue:
    other = len(specification.types)
    branches = [(interactions.type == name, code) for code, name in enumerate(specification.types)]
    code = ibis.cases(*branches, else_=other) if branches else ibis.literal(other)
    return code.cast("int16")


def _milliseconds(seconds: ir.FloatingValue) -> ir.IntegerValue:
    """Return whole milliseconds, so that no sum of them overflows; null without a duration."""
    low, high = (ibis.literal(sign * _MOST_SECONDS, "float64") for sign in (-1, 1))
    clipped = (seconds > high).ifelse(high, (seconds < low).ifelse(low, seconds))
    return (clipped * ibis.literal(1000.0, "float64")).round().cast("int64")


def within(age_us: ir.IntegerValue, days: int) -> ir.BooleanValue:
    """Say whether a fact lies in ``[as_of - days, as_of)``, given its age in microseconds."""
    return age_us <= days * DAY_US


def tallies(rows: ir.Table, specification: FeatureSpecification) -> ir.Table:
    """One row per snapshot and type: counts, ages, decayed count, durations, directions, habits."""
    age_us = rows.age_us
    half_life_us = specification.half_life_days * DAY_US
    # Cast first: DuckDB computes decimal literals in exp() as DECIMAL, three times slower.
    exponent = age_us.cast("float64") * ibis.literal(-0.6931471805599453 / half_life_us, "float64")
    units = (exponent.exp() * ibis.literal(1 / DECAYED_UNIT, "float64")).round()
    sums = {
        "count": rows.count(),
        "last_age_us": age_us.min(),
        "first_age_us": age_us.max(),
        "decayed_units": units.sum(),
    }
    for days in specification.windows_days:
        inside = within(age_us, days)
        sums[f"count_{days}d"] = rows.count(where=inside)
        if specification.timed_types:
            sums[f"milliseconds_{days}d"] = rows.milliseconds.sum(where=inside)
            sums[f"timed_{days}d"] = rows.milliseconds.count(where=inside)
    if specification.inbound_rate is not None and "inbound" in rows.columns:
        inside = within(age_us, specification.windows_days[-1])
        sums |= {
            "inbound": rows.count(where=rows.inbound),
            "inbound_window": rows.count(where=rows.inbound & inside),
            "directed": rows.inbound.count(),
            "directed_window": rows.inbound.count(where=inside),
        }
    if "weekend" in rows.columns:
        sums |= {
            "weekend": rows.count(where=rows.weekend),
            "off_hours": rows.count(where=rows.off_hours),
            "hours_known": rows.off_hours.count(),
        }
    return rows.group_by("snapshot_id", "code").agg(**sums)


def of_type(joined: Joined, code: int) -> ir.Table:
    """Tally one type."""
    return joined.tallies.filter(joined.tallies.code == code)


def of_all_types(joined: Joined) -> ir.Table:
    """Add the tallies up over the types, and count the types."""
    tallies = joined.tallies
    ages = {"last_age_us": tallies.last_age_us.min(), "first_age_us": tallies.first_age_us.max()}
    counts = [name for name in tallies.columns if name not in {*ages, "snapshot_id", "code"}]
    windows = [name for name in counts if name.startswith("count_")]
    return tallies.group_by("snapshot_id").agg(
        types=tallies.count(),
        **ages,
        **{name: tallies[name].cast("float64").sum() for name in counts},
        **{f"types_{name[6:]}": tallies.count(where=tallies[name] > 0) for name in windows},
    )


def counts(joined: Joined, *codes: int) -> ir.Table:
    """Count some types, each in a column of its own, ever and in the longest window."""
    mine = joined.tallies.filter(joined.tallies.code.isin(codes))
    window = mine[f"count_{joined.specification.windows_days[-1]}d"]
    return mine.group_by("snapshot_id").agg(
        **{f"count_{code}": mine["count"].max(where=mine.code == code) for code in codes},
        **{f"window_{code}": window.max(where=mine.code == code) for code in codes},
    )


def active_days(joined: Joined) -> ir.Table:
    """Count the active days, the longest gap between two of them, the most in one day."""
    rows = joined.rows
    day = (rows.age_us - 1) // DAY_US
    # One whole number for snapshot and day makes the grouping a sixth cheaper than two.
    by_day = rows.group_by(key=(rows.snapshot_id << _DAY_BITS) + day).agg(interactions=rows.count())
    by_day = by_day.select(
        "interactions",
        snapshot_id=by_day.key >> _DAY_BITS,
        day=(by_day.key & (2**_DAY_BITS - 1)).cast("int32"),
    )
    before = by_day.day.lag().over(group_by=by_day.snapshot_id, order_by=by_day.day)
    by_day = by_day.mutate(silent_days=(by_day.day - before - 1).fill_null(0))
    windows = {days: by_day.day < days for days in joined.specification.windows_days}
    return by_day.group_by("snapshot_id").agg(
        active_days=by_day.count(),
        longest_silence_days=by_day.silent_days.max(),
        **{f"active_days_{days}d": by_day.count(where=inside) for days, inside in windows.items()},
        **{
            f"most_{days}d": by_day.interactions.max(where=inside)
            for days, inside in windows.items()
        },
    )


def different_channels(joined: Joined) -> ir.Table:
    """Count the different channels."""
    named = joined.rows.filter(joined.rows.channel.notnull())
    latest = named.group_by("snapshot_id", "channel").agg(age_us=named.age_us.min())
    return latest.group_by("snapshot_id").agg(
        channels=latest.count(),
        **{
            f"channels_{days}d": latest.count(where=within(latest.age_us, days))
            for days in joined.specification.windows_days
        },
    )


def latest_types(joined: Joined) -> ir.Table:
    """Give the codes of the three types seen last, each type once."""
    tallies = joined.tallies
    order = [tallies.last_age_us, tallies.code]
    place = ibis.row_number().over(group_by=tallies.snapshot_id, order_by=order)
    placed = tallies.mutate(place=place)
    return placed.group_by("snapshot_id").agg(
        **{
            name: placed.code.max(where=placed.place == number)
            for number, name in enumerate(("last", "second_last", "third_last"))
        }
    )


def strong_signals(joined: Joined) -> ir.Table:
    """Count the strong signals, and the interactions since the latest of them."""
    rows, tallies, specification = joined.rows, joined.tallies, joined.specification
    mine = tallies.filter(tallies.code.isin(specification.codes(specification.strong_types)))
    found = mine.group_by("snapshot_id").agg(
        count=mine["count"].sum(), strong_age_us=mine.last_age_us.min()
    )
    since = rows.join(found, "snapshot_id")
    since = since.filter(since.age_us < since.strong_age_us)
    later = since.group_by("snapshot_id").agg(since=since.count())
    both = found.left_join(later, "snapshot_id").drop("snapshot_id_right")
    return both.mutate(since=both.since.fill_null(0))
