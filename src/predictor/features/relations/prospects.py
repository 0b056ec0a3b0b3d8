"""What is known of the prospect itself, of its account, and of others with the same attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from predictor.features.facts import first_interactions, known_before, totals_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from predictor.features.facts import Facts
    from predictor.features.joined import Joined


def prospect(joined: Joined) -> ir.Table:
    """Give the attributes and the `age_us` of the prospect, if it is created."""
    return known_before(joined.snapshots, joined.facts.prospects)


def snapshot(joined: Joined) -> ir.Table:
    """Give the snapshot itself, for what depends on as_of alone."""
    return joined.snapshots


def same_account(joined: Joined) -> ir.Table:
    """Count what became of the account's prospects before as_of, if the account is known.

    `prospects`, `won` and `lost` leave the snapshot's own prospect out; `touched`, the number with
    an interaction, and `won_us`, the instant of the latest win, do not.
    """
    facts, snapshots = joined.facts, joined.snapshots
    members = facts.prospects.select("prospect_id", "account_id", "known_us")
    members = members.filter(members.account_id.notnull())
    mine = known_before(snapshots, members.mutate(at_us=members.known_us))
    events = _account_events(facts, members, snapshots)
    queries = mine.select("account_id", "as_of_us").distinct()
    counted = ("prospects", "won", "lost", "touched")
    totals = totals_before(queries, events, "account_id", counted, latest="won_us")
    found = mine.select("snapshot_id", "prospect_id", "account_id", "as_of_us")
    found = found.join(totals, ["account_id", "as_of_us"])
    own = facts.outcomes.select("prospect_id", "outcome", own_known_us="known_us")
    found = found.left_join(own, "prospect_id")
    closed = (found.own_known_us < found.as_of_us).fill_null(False)
    return found.select(
        "snapshot_id",
        "touched",
        prospects=found.prospects - 1,
        won=found.won - (closed & (found.outcome == "won")).ifelse(1, 0),
        lost=found.lost - (closed & (found.outcome == "lost")).ifelse(1, 0),
        won_age_us=found.as_of_us - found.won_us,
    )


def _account_events(facts: Facts, members: ir.Table, snapshots: ir.Table) -> ir.Table:
    """One row per thing that the CRM learnt of an account, with the instant at which it did."""

    def events(table: ir.Table, **columns: ir.Value) -> ir.Table:
        zero = ibis.literal(0, "int64")
        counts = dict.fromkeys(("prospects", "won", "lost", "touched"), zero)
        return table.select(
            "account_id",
            "known_us",
            **(counts | {"won_us": ibis.null("int64")} | columns),
        )

    one = ibis.literal(1, "int64")
    outcomes = facts.outcomes.join(members.select("prospect_id", "account_id"), "prospect_id")
    won = outcomes.filter(outcomes.outcome == "won")
    lost = outcomes.filter(outcomes.outcome == "lost")
    first = facts.first_interactions
    if first is None:
        first = first_interactions(facts, snapshots)
    # Nobody knows before its creation that a prospect belongs to the account.
    created = members.select("prospect_id", "account_id", created_us="known_us")
    begun = first.join(created, "prospect_id")
    begun = begun.mutate(known_us=ibis.greatest(begun.known_us, begun.created_us))
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
