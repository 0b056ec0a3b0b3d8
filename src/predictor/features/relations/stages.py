"""What the stages of a snapshot come to: where it stands, since when, and how it got there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from predictor.features.facts import known_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from predictor.features.joined import Joined

#: Stands for a stage that training did not see.
_NOWHERE = -1


def stage_history(joined: Joined) -> ir.Table:
    """Give the latest `stage`, its `place` in the process and `age_us`.

    Also the `first_place` with its `first_age_us`, and the number of `moves` and of `steps_back`.
    """
    facts = joined.facts.stages
    named = enumerate(joined.specification.stages)
    places = [(facts.stage == stage.name, place) for place, stage in named]
    placed = facts.select(
        "prospect_id",
        "at_us",
        "known_us",
        "stage",
        place=ibis.cases(*places, else_=_NOWHERE).cast("int16"),
    )
    known = known_before(joined.snapshots, placed)
    # The text settles ties, so that the order of the rows never matters.
    order = [ibis.desc("at_us"), ibis.desc("known_us"), ibis.desc("stage")]
    window = ibis.window(group_by=known.snapshot_id, order_by=order)
    entries = known.mutate(
        back=ibis.row_number().over(window),
        stage_before=known.stage.lead().over(window),
        place_before=known.place.lead().over(window),
    )
    latest = entries.back == 0
    fell = (entries.place != _NOWHERE) & (entries.place < entries.place_before)
    found = entries.group_by("snapshot_id").agg(
        stage=entries.stage.max(where=latest),
        place=entries.place.max(where=latest),
        age_us=entries.age_us.max(where=latest),
        first_place=entries.place.argmax(entries.back),
        first_age_us=entries.age_us.max(),
        moves=entries.count(where=(entries.stage != entries.stage_before).fill_null(False)),
        steps_back=entries.count(where=fell.fill_null(False)),
    )
    return found.mutate(
        place=found.place.nullif(_NOWHERE), first_place=found.first_place.nullif(_NOWHERE)
    )
