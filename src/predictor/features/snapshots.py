"""Snapshots: which (prospect, as_of) pairs there are, on a calendar grid or at one instant.

A prospect is at risk from its creation until its outcome. With `lost_after_silence_days` it also
leaves when the CRM has learnt nothing about it for so many days, and comes back when
something happens.
"""

from __future__ import annotations

import difflib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from predictor.crm.contract import FACT_TABLES
from predictor.errors import ConfigurationError
from predictor.features.targets import make_target

if TYPE_CHECKING:
    import numpy as np

    from predictor.crm.crm import Crm

#: A Monday; the grid does not depend on the data, nor on the outcomes.
GRID_ANCHOR = datetime(1970, 1, 5)  # noqa: DTZ001 - every instant here is UTC without a zone
DAY_US = 86_400_000_000


def calendar_grid(start: datetime, end: datetime, every_days: int) -> list[datetime]:
    """Return the instants of the grid in ``[start, end)``: midnights UTC, Mondays for whole weeks.

    Examples
    --------
    >>> grid = calendar_grid(datetime(2024, 1, 1), datetime(2024, 1, 15), 7)
    >>> [day.strftime("%a %d") for day in grid]
    ['Mon 01', 'Mon 08']
    """
    step = timedelta(days=every_days)
    steps = -((GRID_ANCHOR - start) // step)  # rounded up
    instants = []
    instant = GRID_ANCHOR + steps * step
    while instant < end:
        if instant >= start:
            instants.append(instant)
        instant += step
    return instants


def observed_snapshots(
    crm: Crm, instants: list[datetime], known_until: datetime, silence_days: int | None = None
) -> pd.DataFrame:
    """Return the prospects at risk at each instant, with what became of them by `known_until`.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `known_until` are used.
    instants : list of datetime
        The instants at which prospects are looked at, all before `known_until`.
    known_until : datetime
        End of the follow-up: what is learnt later does not exist (re-censoring).
    silence_days : int, optional
        `lost_after_silence_days` of the configuration.

    Returns
    -------
    pd.DataFrame
        prospect_id, account_id, as_of, outcome ('open' where it ends at `known_until`),
        duration_days (from as_of). Ordered by as_of and prospect_id.
    """
    return fetched(crm, looks(stays(crm, known_until, silence_days), instants))


def stays(crm: Crm, known_until: datetime, silence_days: int | None = None) -> ir.Table:
    """Return when each prospect is at risk: once, or with `silence_days` as often as it comes back.

    Parameters
    ----------
    crm, known_until, silence_days
        As of `observed_snapshots`.

    Returns
    -------
    ir.Table
        prospect_id, account_id, began_at, ended_at and outcome: at risk at every instant after
        `began_at` up to and including `ended_at`, where it ends by the outcome.
    """
    known = crm.known_at(known_until)
    people = known.prospects.select("prospect_id", "account_id", began_at=known.prospects.known_at)
    outcomes = known.outcomes.select("prospect_id", "outcome", "closed_at")
    joined = people.left_join(outcomes, "prospect_id").drop("prospect_id_right")
    whole = joined.mutate(
        outcome=joined.outcome.fill_null("open"),
        ended_at=joined.closed_at.fill_null(ibis.literal(known_until)),
    ).drop("closed_at")
    return whole if silence_days is None else _cut_by_silence(whole, known, silence_days)


def looks(stays: ir.Table, instants: list[datetime]) -> ir.Table:
    """Return the snapshots of `stays` at some instants: in their place as_of and duration_days."""
    grid = ibis.memtable(pd.DataFrame({"as_of": pd.Series(instants, dtype="datetime64[us]")}))
    pairs = stays.join(grid, [stays.began_at < grid.as_of, stays.ended_at >= grid.as_of])
    return pairs.mutate(
        duration_days=pairs.ended_at.delta(pairs.as_of, unit="microsecond") / DAY_US
    ).drop("began_at", "ended_at")


def fetched(crm: Crm, snapshots: ir.Table) -> pd.DataFrame:
    """Fetch snapshots in order of as_of and prospect_id; the columns as of `observed_snapshots`."""
    columns = snapshots.select("prospect_id", "account_id", "as_of", "outcome", "duration_days")
    frame: pd.DataFrame = crm.connection.execute(columns.order_by(["as_of", "prospect_id"]))
    return frame.astype({"as_of": "datetime64[us]"})


def open_prospects(
    crm: Crm, as_of: datetime, silence_days: int | None = None, territory: str | None = None
) -> pd.DataFrame:
    """Return the prospects that are open as far as anyone knows at an instant.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `as_of` are used.
    as_of : datetime
        UTC.
    silence_days : int, optional
        `lost_after_silence_days` of the configuration.
    territory : str, optional
        The attribute that is the prospects' territory; without it the territory is missing.

    Returns
    -------
    pd.DataFrame
        prospect_id, account_id, owner, territory, amount, do_not_contact, as_of,
        last_interaction_at; ordered by prospect_id.

    Raises
    ------
    ConfigurationError
        If there is no such attribute.
    """
    if territory is not None and territory not in crm.attribute_names:
        raise ConfigurationError(_no_such_attribute(territory, crm.attribute_names))
    known = crm.known_at(as_of)
    people = known.prospects.anti_join(known.outcomes, "prospect_id")
    if silence_days is not None:
        last = _knowledge(known).group_by("prospect_id").agg(last_at=lambda t: t.learnt_at.max())
        alive = last.filter(last.last_at + ibis.interval(days=silence_days) >= ibis.literal(as_of))
        people = people.semi_join(alive, "prospect_id")
    interactions = known.interactions
    latest = interactions.group_by("prospect_id").agg(
        last_interaction_at=interactions.occurred_at.max(
            where=interactions.occurred_at < ibis.literal(as_of)
        )
    )
    people = people.left_join(latest, "prospect_id")
    frame: pd.DataFrame = crm.connection.execute(
        people.select(
            "prospect_id",
            "account_id",
            "owner",
            "amount",
            territory=ibis.null("string")
            if territory is None
            else people[territory].cast("string"),
            do_not_contact=people.do_not_contact.fill_null(False),
            as_of=ibis.literal(as_of),
            last_interaction_at=people.last_interaction_at,
        ).order_by("prospect_id")
    )
    return frame.astype({"as_of": "datetime64[us]", "last_interaction_at": "datetime64[us]"})


def _no_such_attribute(name: str, attributes: list[str]) -> str:
    close = difflib.get_close_matches(name, attributes, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    valid = f"valid: {', '.join(attributes)}" if attributes else "they have no attributes"
    return f"territory: the prospects have no attribute '{name}'; {hint}{valid}"


def target_of(snapshots: pd.DataFrame) -> np.ndarray:
    """Return the structured target of observed snapshots."""
    return make_target(
        snapshots["outcome"].to_numpy(str), snapshots["duration_days"].to_numpy(float)
    )


def _knowledge(crm: Crm) -> ir.Table:
    """Return every instant at which the CRM learnt something of an open prospect."""
    tables = [crm.prospects, *(crm.tables[contract.name] for contract in FACT_TABLES)]
    return ibis.union(*(table.select("prospect_id", learnt_at=table.known_at) for table in tables))


def _cut_by_silence(whole: ir.Table, crm: Crm, silence_days: int) -> ir.Table:
    """Count a prospect as lost once the CRM has learnt nothing of it for `silence_days`.

    The silence runs between instants of learning, so that no later fact moves an earlier end.
    """
    learnt = _knowledge(crm).distinct()
    following = learnt.learnt_at.lead().over(group_by=learnt.prospect_id, order_by=learnt.learnt_at)
    silences = learnt.mutate(
        silent_at=learnt.learnt_at + ibis.interval(days=silence_days), back_at=following
    )
    silences = silences.filter(silences.back_at.isnull() | (silences.back_at > silences.silent_at))
    back_at = silences.back_at.lag().over(
        group_by=silences.prospect_id, order_by=silences.silent_at
    )
    spells = silences.select("prospect_id", "silent_at", back_at=back_at)
    parts = whole.join(spells, "prospect_id")
    silent = parts.silent_at < parts.ended_at
    cut = parts.mutate(
        began_at=ibis.greatest(parts.began_at, parts.back_at.fill_null(parts.began_at)),
        ended_at=silent.ifelse(parts.silent_at, parts.ended_at),
        outcome=silent.ifelse("lost", parts.outcome),
    ).drop("silent_at", "back_at")
    return cut.filter(cut.began_at < cut.ended_at)
