"""What is known of the prospect itself, of its account, and of others with the same attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from predictor.features.facts import known_before, totals_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from predictor.features.joined import Joined

_COUNTED = ("prospects", "won", "lost", "touched")


def prospect(joined: Joined) -> ir.Table:
    """Give the attributes and the `age_us` of the prospect, if it is created."""
    return known_before(joined.snapshots, joined.facts.prospects)


def snapshot(joined: Joined) -> ir.Table:
    """Give the snapshot itself, for what depends on as_of alone."""
    return joined.snapshots


def same_account(joined: Joined) -> ir.Table:
    """Count what became of the account's other prospects before as_of, if the account is known.

    `prospects`, `won` and `lost` count them, `won_age_us` goes back to their latest win; `touched`
    counts the prospects of the account with an interaction, the snapshot's own among them.
    """
    members = joined.facts.prospects.select("prospect_id", "account_id", "known_us")
    members = members.filter(members.account_id.notnull())
    outcomes = joined.facts.outcomes.join(
        members.select("prospect_id", "account_id"), "prospect_id"
    )
    mine = known_before(joined.snapshots, members.mutate(at_us=members.known_us))
    events = _account_events(members, outcomes, _begun(joined, members))
    queries = mine.select("account_id", "as_of_us").distinct()
    totals = totals_before(queries, events, "account_id", _COUNTED, latest="won_us")
    found = mine.select("snapshot_id", "prospect_id", "account_id", "as_of_us")
    found = found.join(totals, ["account_id", "as_of_us"])
    return _without_own(found, outcomes)


def _without_own(found: ir.Table, outcomes: ir.Table) -> ir.Table:
    """Take the snapshot's own prospect out of the totals of its account."""
    own = outcomes.select("prospect_id", own_outcome="outcome", own_known_us="known_us")
    found = found.left_join(own, "prospect_id").drop("prospect_id_right")
    closed = (found.own_known_us < found.as_of_us).fill_null(False)
    own_won, own_lost = (
        (closed & (found.own_outcome == outcome)).fill_null(False) for outcome in ("won", "lost")
    )
    # The latest win of the account may be its own; then that of the others is looked for.
    winners = found.filter(own_won).select("snapshot_id", "prospect_id", "account_id", "as_of_us")
    wins = outcomes.filter(outcomes.outcome == "won")
    wins = wins.select("account_id", "known_us", "at_us", winner="prospect_id")
    others = winners.join(wins, "account_id")
    others = others.filter(
        (others.winner != others.prospect_id) & (others.known_us < others.as_of_us)
    )
    others = others.group_by("snapshot_id").agg(others_won_us=others.at_us.max())
    both = found.mutate(own_won=own_won, own_lost=own_lost).left_join(others, "snapshot_id")
    won_us = both.own_won.ifelse(both.others_won_us, both.won_us)
    return both.select(
        "snapshot_id",
        "touched",
        prospects=both.prospects - 1,
        won=both.won - both.own_won.ifelse(1, 0),
        lost=both.lost - both.own_lost.ifelse(1, 0),
        won_age_us=both.as_of_us - won_us,
    )


def _begun(joined: Joined, members: ir.Table) -> ir.Table:
    """Return when it was known that a member of an account had an interaction."""
    mine = members.semi_join(joined.snapshots, "prospect_id").select("account_id").distinct()
    people = members.semi_join(mine, "account_id")
    interactions = joined.facts.interactions.semi_join(people, "prospect_id")
    first = interactions.group_by("prospect_id").agg(known_us=interactions.known_us.min())
    # Nobody knows before its creation that a prospect belongs to the account.
    created = members.select("prospect_id", "account_id", created_us="known_us")
    begun = first.join(created, "prospect_id")
    return begun.mutate(known_us=ibis.greatest(begun.known_us, begun.created_us))


def _account_events(members: ir.Table, outcomes: ir.Table, begun: ir.Table) -> ir.Table:
    """One row per thing that the CRM learnt of an account, with the instant at which it did."""
    one = ibis.literal(1, "int64")

    def events(table: ir.Table, **columns: ir.Value) -> ir.Table:
        counts = dict.fromkeys(_COUNTED, ibis.literal(0, "int64"))
        filled = counts | {"won_us": ibis.null("int64")} | columns
        return table.select("account_id", "known_us", **filled)

    won = outcomes.filter(outcomes.outcome == "won")
    lost = outcomes.filter(outcomes.outcome == "lost")
    return ibis.union(
        events(members, prospects=one),
        events(won, won=one, won_us=won.at_us),
        events(lost, lost=one),
        events(begun, touched=one),
    )


def rates_of(joined: Joined, attribute: str) -> ir.Table:
    """Count what became of all who share the prospect's value of an attribute, if it has one.

    `won` and `decided` count the prospects with that value whose outcome was known before as_of,
    `all_won` and `all_decided` those with any value or none. An open prospect's own outcome is not
    known before as_of, so by the rule of time the rates are out of fold.
    """
    facts, snapshots = joined.facts, joined.snapshots
    valued = facts.prospects.select(
        "prospect_id", "at_us", "known_us", value=facts.prospects[attribute].cast("string")
    )
    mine = known_before(snapshots, valued).select("snapshot_id", "as_of_us", "value")
    mine = mine.filter(mine.value.notnull())
    outcomes = facts.outcomes.select("prospect_id", "outcome", "known_us")
    decided = outcomes.join(valued.select("prospect_id", "value"), "prospect_id")
    decided = decided.mutate(
        won=(decided.outcome == "won").cast("int64"), decided=ibis.literal(1, "int64"), everyone=0
    )
    counted = ("won", "decided")
    of_value = totals_before(
        mine.select("value", "as_of_us").distinct(),
        decided.filter(decided.value.notnull()),
        "value",
        counted,
    )
    of_all = totals_before(
        mine.select("as_of_us").distinct().mutate(everyone=0), decided, "everyone", counted
    )
    of_all = of_all.select("as_of_us", all_won="won", all_decided="decided")
    return mine.join(of_value, ["value", "as_of_us"]).join(of_all, "as_of_us")
