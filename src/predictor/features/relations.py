"""The facts that each snapshot may use, joined to it: the one place where the rule of time stands.

A fact enters only if ``known_at < as_of``; `known_at` is the later of the fact's own time and the
time at which the CRM learnt it. The comparison is strict, and the same for training and scoring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

if TYPE_CHECKING:
    from predictor.crm.crm import Crm
    from predictor.features.catalogue import RelationName
    from predictor.features.specification import FeatureSpecification

DAY_US = 86_400_000_000
#: Decayed counts are summed as whole numbers of this unit, so that the order of the rows, which the
#: engine's threads do not fix, cannot change the last bit of a feature.
_DECAYED_UNIT = 2.0**-32


def build_relations(
    crm: Crm, specification: FeatureSpecification, snapshots: ir.Table
) -> dict[RelationName, ir.Table]:
    """Join the facts of a CRM to snapshots.

    Parameters
    ----------
    crm : Crm
        The facts.
    specification : FeatureSpecification
        Windows, half-life and the types kept by name.
    snapshots : ir.Table
        Columns snapshot_id (int), prospect_id, as_of.

    Returns
    -------
    dict of str to ir.Table
        ``tallies``: one row per snapshot and interaction type, with counts and seconds per window.
        ``interactions``: one row per snapshot and interaction, with `day`, the number of whole days
        between the interaction and as_of.
        ``answers``: the latest answer per snapshot, grid and question, with its `age_us` and the
        number of `times` the question was answered.
        ``stages``: the latest stage per snapshot, with its `age_us`.
        ``prospects``: the prospect of each snapshot, with its `age_us`.
    """
    interactions = _coded(_facts_before(snapshots, crm.interactions, "occurred_at"), specification)
    return {
        "tallies": _tallies(interactions, specification),
        "interactions": interactions,
        "answers": _latest_answers(_facts_before(snapshots, crm.answers, "answered_at")),
        "stages": _latest_stages(_facts_before(snapshots, crm.stages, "entered_at")),
        "prospects": _facts_before(snapshots, crm.prospects, "created_at"),
    }


def within(age_us: ir.IntegerValue, days: float) -> ir.BooleanValue:
    """Say whether a fact lies in ``[as_of - days, as_of)``, given its age in microseconds."""
    return age_us <= int(days * DAY_US)


def _facts_before(snapshots: ir.Table, facts: ir.Table, instant: str) -> ir.Table:
    joined = snapshots.join(facts, "prospect_id")
    joined = joined.filter(joined.known_at < joined.as_of)
    return joined.mutate(age_us=joined.as_of.delta(joined[instant], unit="microsecond"))


def _coded(joined: ir.Table, specification: FeatureSpecification) -> ir.Table:
    """Replace types by small integers: their place in the specification, or -1 for all others."""
    branches = [(joined.type == name, code) for code, name in enumerate(specification.types)]
    code = ibis.cases(*branches, else_=-1) if branches else ibis.literal(-1)
    return joined.select(
        "snapshot_id",
        "age_us",
        code=code.cast("int16"),
        seconds=joined.duration_seconds.fill_null(0.0),
        day=(joined.age_us - 1) // DAY_US,
    )


def _tallies(interactions: ir.Table, specification: FeatureSpecification) -> ir.Table:
    half_life_us = specification.half_life_days * DAY_US
    age_us, seconds = interactions.age_us, interactions.seconds
    # Cast first: DuckDB computes decimal literals in exp() as DECIMAL, three times slower.
    exponent = age_us.cast("float64") * ibis.literal(-0.6931471805599453 / half_life_us, "float64")
    decayed_units = (exponent.exp() * ibis.literal(1 / _DECAYED_UNIT, "float64")).round()
    windows = {days: within(age_us, days) for days in specification.windows_days}
    return interactions.group_by("snapshot_id", "code").agg(
        count=interactions.count(),
        last_age_us=age_us.min(),
        decayed=decayed_units.cast("int64").sum() * ibis.literal(_DECAYED_UNIT, "float64"),
        **{f"count_{days}d": inside.sum() for days, inside in windows.items()},
        **{
            # Rounded to milliseconds for the same reason.
            f"seconds_{days}d": seconds.sum(where=inside).round(3)
            for days, inside in windows.items()
        },
    )


def _latest_answers(joined: ir.Table) -> ir.Table:
    group = [joined.snapshot_id, joined.grid, joined.question]
    # The text settles ties, so that the order of the rows never matters.
    order = [ibis.desc("answered_at"), ibis.desc("known_at"), ibis.desc("answer")]
    numbered = joined.mutate(
        place=ibis.row_number().over(group_by=group, order_by=order),
        times=joined.count().over(group_by=group),
    )
    return numbered.filter(numbered.place == 0)


def _latest_stages(joined: ir.Table) -> ir.Table:
    order = [ibis.desc("entered_at"), ibis.desc("known_at"), ibis.desc("stage")]
    place = ibis.row_number().over(group_by=[joined.snapshot_id], order_by=order)
    return joined.mutate(place=place).filter(lambda table: table.place == 0)
