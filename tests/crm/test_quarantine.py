"""Every row is used or quarantined with its reason; an oracle in plain Python says which."""

from __future__ import annotations

from datetime import datetime

import pytest
from support.sources import Row, counted, read_tables, reasons

UNTIL = datetime(2024, 6, 30)
SET_ASIDE = "prospect set aside"


def person(
    prospect_id: str | None = "P1", created_at: str | None = "2024-01-10", **more: str
) -> Row:
    return {"prospect_id": prospect_id, "created_at": created_at, **more}


def closing(
    prospect_id: str | None = "P1",
    closed_at: str | None = "2024-03-01",
    outcome: str | None = "won",
    **more: str,
) -> Row:
    return {"prospect_id": prospect_id, "closed_at": closed_at, "outcome": outcome, **more}


def call(
    prospect_id: str | None = "P1",
    occurred_at: str | None = "2024-02-01",
    type_: str | None = "call",
    **more: str,
) -> Row:
    return {"prospect_id": prospect_id, "occurred_at": occurred_at, "type": type_, **more}


# --- each reason ----------------------------------------------------------------------------------

BROKEN_PEOPLE = [
    (person(None), "no prospect_id", None),
    (person("  "), "no prospect_id", None),
    (person("P2", None), "no created_at", None),
    (person("P2", "soon"), "created_at is not a date", "soon"),
    (person("P2", "2024-02-30"), "created_at is not a date", "2024-02-30"),
    (person("P2", "2024-06-30"), "after the end of the data", "2024-06-30"),
    (person("P1", "2024-01-11"), "duplicate prospect_id", "P1"),
    (person(" P1 ", "2024-01-11"), "duplicate prospect_id", "P1"),
]
BROKEN_CLOSINGS = [
    (closing(None), "no prospect_id", None),
    (closing("nobody"), "unknown prospect", "nobody"),
    (closing(closed_at=None), "no closed_at", None),
    (closing(closed_at="01/03/2024"), "closed_at is not a date", "01/03/2024"),
    (closing(outcome=None), "no outcome", None),
    (closing(outcome="maybe"), "outcome is neither won nor lost", "maybe"),
    (closing(closed_at="2024-07-01"), "after the end of the data", "2024-07-01"),
    (closing(recorded_at="2024-07-01"), "after the end of the data", "2024-03-01"),
    (closing(closed_at="2999-01-01"), "closed in the future", "2999-01-01"),
    (closing(recorded_at="?"), "recorded_at is not a date", "?"),
    (closing(closed_at="2024-01-09"), "closed before creation", "2024-01-09"),
    (closing(closed_at="2024-03-02", outcome="lost"), "another outcome was known before", "lost"),
]
BROKEN_CALLS = [
    (call(None), "no prospect_id", None),
    (call("nobody"), "unknown prospect", "nobody"),
    (call(occurred_at=None), "no occurred_at", None),
    (call(occurred_at="yesterday"), "occurred_at is not a date", "yesterday"),
    (call(type_=None), "no type", None),
    (call(recorded_at="2024-99-01"), "recorded_at is not a date", "2024-99-01"),
    (call(occurred_at="2024-07-01"), "after the end of the data", "2024-07-01"),
    (call(occurred_at="2024-06-29", recorded_at="2025-01-01"), "after the end of the data",
     "2024-06-29"),
    (call(), "exact duplicate", "2024-02-01"),
    (call(recorded_at="2024-02-05"), "exact duplicate", "2024-02-01"),
]  # fmt: skip


def test_each_reason_has_a_row():
    tables = {
        "prospects": [person(page="home"), *(row for row, *_ in BROKEN_PEOPLE)],
        "outcomes": [closing(), *(row for row, *_ in BROKEN_CLOSINGS)],
        "interactions": [call(), *(row for row, *_ in BROKEN_CALLS)],
    }
    crm = read_tables(tables)
    rejected = crm.connection.execute(crm.quarantine)
    found = [
        (row.table, row.row, row.reason, row.value if isinstance(row.value, str) else None)
        for row in rejected.itertuples()
    ]
    cases = (
        ("interactions", BROKEN_CALLS),
        ("outcomes", BROKEN_CLOSINGS),
        ("prospects", BROKEN_PEOPLE),
    )
    assert found == [
        (table, place, reason, value)
        for table, broken in cases
        for place, (_, reason, value) in enumerate(broken, start=2)
    ]
    assert {table: counted(crm, table)["used"] for table in tables} == dict.fromkeys(tables, 1)


def test_answers_and_stages_are_judged_as_interactions_are():
    answer = {
        "prospect_id": "P1",
        "answered_at": "2024-02-01",
        "grid": "BANT",
        "question": "budget",
        "answer": "yes",
    }
    stage = {"prospect_id": "P1", "entered_at": "2024-02-01", "stage": "demo"}
    crm = read_tables(
        {
            "prospects": [person()],
            "outcomes": [closing()],
            "answers": [answer, answer, answer | {"answer": ""}, answer | {"answer": "no"}],
            "stages": [stage, stage | {"stage": " "}, stage | {"entered_at": "x"}, stage],
        }
    )
    assert reasons(crm) == {
        ("answers", 2): "exact duplicate",
        ("answers", 3): "no answer",
        ("stages", 2): "no stage",
        ("stages", 3): "entered_at is not a date",
        ("stages", 4): "exact duplicate",
    }


def test_outcome_words_in_any_case():
    words = ["won", "Won", " WON ", "lost", " Lost", "LOST"]
    crm = read_tables(
        {
            "prospects": [person(f"P{n}") for n in range(len(words))],
            "outcomes": [closing(f"P{n}", outcome=word) for n, word in enumerate(words)],
        }
    )
    outcomes = crm.connection.execute(crm.outcomes.order_by("prospect_id"))["outcome"]
    assert outcomes.tolist() == [word.strip().lower() for word in words]


# --- prospects that are set aside whole, and those that are not -----------------------------------


@pytest.fixture(scope="module")
def set_aside():
    return read_tables(
        {
            "prospects": [
                person("no outcome is usable"),
                person("one outcome is usable"),
                person("a second row is broken"),
                person("a second row is broken", "soon"),
                person("no row is usable", "soon"),
            ],
            "outcomes": [
                closing("no outcome is usable", None),
                closing("no outcome is usable", "2023-01-01"),
                closing("one outcome is usable", None),
                closing("one outcome is usable", "2024-03-01", "lost"),
                closing("one outcome is usable", "x"),
                closing("a second row is broken"),
                closing("no row is usable"),
            ],
            "interactions": [
                call("no outcome is usable"),
                call("no outcome is usable", "x"),
                call("one outcome is usable"),
                call("a second row is broken"),
                call("no row is usable"),
            ],
        }
    )


def test_an_outcome_after_the_end_of_the_data_leaves_its_prospect_open():
    outcomes = [closing("later", "2024-07-01"), closing("never", "2999-01-01")]
    crm = read_tables({"prospects": [person("later"), person("never")], "outcomes": outcomes})
    assert crm.connection.execute(crm.prospects.prospect_id).tolist() == ["later"]
    assert crm.connection.execute(crm.outcomes.count()) == 0
    assert reasons(crm)["prospects", 2] == f"{SET_ASIDE}: closed in the future"


def test_a_prospect_without_a_usable_outcome_date_is_set_aside_with_its_facts(set_aside):
    found = reasons(set_aside)
    assert found["prospects", 1] == "prospect set aside: closed before creation"
    assert found["outcomes", 1] == "no closed_at"
    assert found["outcomes", 2] == "closed before creation"
    assert found["interactions", 1] == found["interactions", 2] == SET_ASIDE


def test_one_usable_outcome_among_unusable_ones_counts(set_aside):
    found = reasons(set_aside)
    assert ("prospects", 2) not in found
    assert ("outcomes", 4) not in found
    assert ("interactions", 3) not in found
    assert (found["outcomes", 3], found["outcomes", 5]) == (
        "no closed_at",
        "closed_at is not a date",
    )


def test_a_second_broken_row_takes_nothing_away_from_a_usable_prospect(set_aside):
    found = reasons(set_aside)
    assert found["prospects", 4] == "created_at is not a date"
    assert {("prospects", 3), ("outcomes", 6), ("interactions", 4)}.isdisjoint(found)


def test_facts_and_outcomes_of_a_broken_prospect_go_with_it(set_aside):
    found = reasons(set_aside)
    assert found["prospects", 5] == "created_at is not a date"
    assert found["outcomes", 7] == found["interactions", 5] == SET_ASIDE


# --- what is known first stays --------------------------------------------------------------------

LOST = {"closed_at": "2024-03-01", "outcome": "lost"}
#: Two outcomes of one prospect; the first of each pair counts, in whatever order they stand.
PAIRS = [
    (LOST, {"closed_at": "2024-04-01"}),
    (LOST, {"closed_at": "2024-02-01", "recorded_at": "2024-05-01"}),
    (LOST, {"closed_at": "2024-03-01 12:00", "recorded_at": "2024-03-02"}),
    # known at the same instant: the one that closed first
    (
        LOST | {"recorded_at": "2024-04-01"},
        {"closed_at": "2024-03-02", "recorded_at": "2024-04-01"},
    ),
]


def test_a_later_outcome_never_replaces_the_one_known_first():
    outcomes = [
        closing(f"P{n}{order}", **outcome)
        for n, pair in enumerate(PAIRS)
        for order, both in (("a", pair), ("b", pair[::-1]))
        for outcome in both
    ]
    people = [person(f"P{n}{order}") for n in range(len(PAIRS)) for order in "ab"]
    crm = read_tables({"prospects": people, "outcomes": outcomes})
    assert counted(crm, "outcomes") == {
        "used": len(people),
        "another outcome was known before": len(people),
    }
    frame = crm.connection.execute(crm.outcomes)
    assert set(frame["outcome"]) == {"lost"}
    assert {f"{at:%Y-%m-%d %H:%M}" for at in frame["closed_at"]} == {"2024-03-01 23:59"}


def test_of_duplicates_the_one_known_first_counts():
    calls = [
        call(recorded_at="2024-02-09"),
        call(recorded_at="2024-02-05"),
        # facts that differ in any cell are no duplicates
        call(channel="phone"),
        call(channel="mail"),
        call(duration_seconds="3"),
    ]
    people = [person("P1", "2024-02-01", page="b"), person("P1", "2024-01-01", page="a")]
    crm = read_tables({"prospects": people, "outcomes": [closing()], "interactions": calls})
    assert reasons(crm) == {
        ("interactions", 1): "exact duplicate",
        ("prospects", 1): "duplicate prospect_id",
    }
    first = crm.connection.execute(crm.interactions.known_at.min())
    assert f"{first:%Y-%m-%d}" == "2024-02-01"
    assert crm.connection.execute(crm.prospects)["page"].tolist() == ["a"]


# --- cells that cannot be read --------------------------------------------------------------------


def test_unreadable_optional_cells_are_counted_and_missing_or_on_the_safe_side():
    people = [
        person("P1", amount="1,5", do_not_contact="maybe"),
        person("P2", amount="12 EUR", do_not_contact=""),
        person("P3", amount="", do_not_contact="oui"),
    ]
    calls = [call(duration_seconds="3 min"), call(occurred_at="2024-02-02", duration_seconds="60")]
    crm = read_tables(
        {"prospects": people, "outcomes": [closing(amount="?")], "interactions": calls}
    )
    assert crm.unreadable.values.tolist() == [
        ["prospects", "amount", 2, "1,5"],
        ["prospects", "do_not_contact", 1, "maybe"],
        ["interactions", "duration_seconds", 1, "3 min"],
        ["outcomes", "amount", 1, "?"],
    ]
    frame = crm.connection.execute(crm.prospects.order_by("prospect_id"))
    assert frame["amount"].isna().all()
    assert [str(value) for value in frame["do_not_contact"]] == ["True", "None", "True"]
    assert counted(crm, "prospects") == {"used": 3}
