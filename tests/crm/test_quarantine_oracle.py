"""Any messy CRM is judged row by row as an oracle in plain Python judges it."""

from __future__ import annotations

from datetime import datetime

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.sources import Row, Tables, counted, read_tables, reasons

UNTIL = datetime(2024, 6, 30)
SET_ASIDE = "prospect set aside"
#: What a cell says, and the instant that it means (none: unreadable).
INSTANTS = {
    "2024-01-10": datetime(2024, 1, 10, 23, 59, 59, 999_999),
    "2024-01-10 08:00": datetime(2024, 1, 10, 8),
    "2024-03-01T00:30:00+02:00": datetime(2024, 2, 29, 22, 30),
    "2024-03-01": datetime(2024, 3, 1, 23, 59, 59, 999_999),
    "2024-06-30 00:00": datetime(2024, 6, 30),
    "2024-06-30": datetime(2024, 6, 30, 23, 59, 59, 999_999),
    "2999-01-01": datetime(2999, 1, 1, 23, 59, 59, 999_999),
    "31/01/2024": None,
    "soon": None,
}
DATES = st.sampled_from([*INSTANTS, *[name for name, at in INSTANTS.items() if at], None, " "])
IDS = st.sampled_from([*(f"P{n}" for n in range(12)), " P1", None, " "])
TYPES = st.sampled_from(["call", "mail", None])
WORDS = st.sampled_from(["Won", " LOST ", "won", "none", None, " "])


def rows_of(**columns: st.SearchStrategy) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=40)


MESSY = st.fixed_dictionaries(
    {
        "prospects": rows_of(prospect_id=IDS, created_at=DATES),
        "interactions": rows_of(
            prospect_id=IDS, occurred_at=DATES, type=TYPES, recorded_at=DATES
        ),
        "outcomes": rows_of(prospect_id=IDS, closed_at=DATES, outcome=WORDS, recorded_at=DATES),
    }
)  # fmt: skip


def cell(row: Row, name: str) -> str | None:
    return (row[name] or "").strip() or None


def instant(row: Row, name: str) -> datetime | None:
    return INSTANTS.get(cell(row, name) or "")


def known_at(row: Row, name: str) -> datetime | None:
    at = instant(row, name)
    return max(at, instant(row, "recorded_at") or at) if at and "recorded_at" in row else at


def broken(row: Row, required: list[str]) -> str | None:
    """Why a row is broken in itself, in the order of the contract's columns."""
    for name in [*required, *(["recorded_at"] if "recorded_at" in row else [])]:
        if name in required and cell(row, name) is None:
            return f"no {name}"
        if name.endswith("_at") and cell(row, name) is not None and instant(row, name) is None:
            return f"{name} is not a date"
    return None


def judge(tables: Tables) -> dict[tuple[str, int], str]:
    """Return the reason of every row that cannot be used, by table and row from 1."""
    verdict: dict[tuple[str, int], str] = {}
    people = _judge_people(tables["prospects"], verdict)
    outcomes = _judge_outcomes(tables["outcomes"], people, verdict)
    for key, reason in outcomes.items():
        if key in people and people[key]["why"] is None and reason is not None:
            people[key]["why"] = reason
            verdict["prospects", people[key]["row"]] = f"{SET_ASIDE}: {reason}"
    _judge_calls(tables["interactions"], people, verdict)
    return verdict


def _judge_people(rows, verdict) -> dict[str, dict]:
    people: dict[str, dict] = {}
    usable = []
    for place, row in enumerate(rows, start=1):
        why = broken(row, ["prospect_id", "created_at"])
        if why is None and instant(row, "created_at") > UNTIL:
            why = "after the end of the data"
        if why is not None:
            verdict["prospects", place] = why
            if cell(row, "prospect_id"):
                people.setdefault(cell(row, "prospect_id"), {"why": why, "created_at": None})
        else:
            usable.append((instant(row, "created_at"), place, cell(row, "prospect_id")))
    seen = set()
    for created_at, place, key in sorted(usable):
        if key in seen:
            verdict["prospects", place] = "duplicate prospect_id"
        else:
            seen.add(key)
            people[key] = {"why": None, "created_at": created_at, "row": place}
    return people


def _judge_outcomes(rows, people, verdict) -> dict[str, str | None]:
    """Return, per prospect with outcomes, none if one is usable, else the first reason by name."""
    usable, unusable = [], {}
    for place, row in enumerate(rows, start=1):
        key = cell(row, "prospect_id")
        why = _belongs(key, people) or broken(row, ["prospect_id", "closed_at", "outcome"])
        if why is None and cell(row, "outcome").lower() not in {"won", "lost"}:
            why = "outcome is neither won nor lost"
        if why is None and known_at(row, "closed_at").year == 2999:
            why = "closed in the future"
        if why is None and known_at(row, "closed_at") > UNTIL:
            why = "after the end of the data"
        if why is None and instant(row, "closed_at") < people[key]["created_at"]:
            why = "closed before creation"
        if why is None:
            order = (
                known_at(row, "closed_at"),
                instant(row, "closed_at"),
                cell(row, "outcome").lower(),
            )
            usable.append((*order, place, key))
        else:
            verdict["outcomes", place] = why
            if why != "after the end of the data":  # it has not happened yet
                unusable.setdefault(key, set()).add(why)
    first: set[str] = set()
    for *_, place, key in sorted(usable):
        if key in first:
            verdict["outcomes", place] = "another outcome was known before"
        first.add(key)
    return {key: min(whys) for key, whys in unusable.items() if key not in first}


def _judge_calls(rows, people, verdict) -> None:
    usable = []
    for place, row in enumerate(rows, start=1):
        key = cell(row, "prospect_id")
        why = _belongs(key, people) or broken(row, ["prospect_id", "occurred_at", "type"])
        if why is None and known_at(row, "occurred_at") > UNTIL:
            why = "after the end of the data"
        if why is None:
            same = key, instant(row, "occurred_at"), row["type"]
            usable.append((known_at(row, "occurred_at"), place, same))
        else:
            verdict["interactions", place] = why
    seen = set()
    for _, place, same in sorted(usable):
        if same in seen:
            verdict["interactions", place] = "exact duplicate"
        seen.add(same)


def _belongs(key: str | None, people: dict[str, dict]) -> str | None:
    if key is None:
        return "no prospect_id"
    if key not in people:
        return "unknown prospect"
    return None if people[key]["why"] is None else SET_ASIDE


# Not shrunk: each try reads a whole CRM.
@settings(
    max_examples=8,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(tables=MESSY)
def test_any_messy_crm_is_judged_as_the_oracle_judges(tables):
    crm = read_tables(tables, data_until="2024-06-30")
    assert reasons(crm) == judge(tables)
    for name, rows in tables.items():
        used = crm.connection.execute(crm.tables[name].count())
        counts = counted(crm, name)
        assert sum(counts.values()) == len(rows)
        assert counts.get("used", 0) == used
