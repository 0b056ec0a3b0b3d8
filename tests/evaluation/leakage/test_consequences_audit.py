from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest
from support.sources import read_tables

from predictor.evaluation.leakage.consequences import EVER, audit_consequences, count_looks
from predictor.evaluation.leakage.looks import first_looks

N_BY_CAUSE = {"won": 300, "lost": 1700}


def counts(*facts, creation=(5000, 50, 400)):
    """Each fact: kind, name, days, how many had it, were won, were lost."""
    days = {fact[2] for fact in facts}
    rows = [*facts, *(("creation", "creation", day, *creation) for day in days)]
    return pd.DataFrame(rows, columns=["kind", "name", "days", "n", "won", "lost"])


def audited(*facts, **more):
    return audit_consequences(counts(*facts, **more), N_BY_CAUSE)


def test_a_fact_nearly_always_followed_by_the_win_within_a_week_is_severe():
    (finding,) = audited(("interaction", "invoice_sent", 7.0, 200, 198, 0))
    assert (finding.name, finding.severity) == ("consequence:invoice_sent", "severe")
    assert "Of 200 prospects with 'invoice_sent' 99% were won within 7 days" in finding.evidence
    assert "1% from their creation on" in finding.evidence


@pytest.mark.parametrize(
    ("days", "n", "won", "severity"),
    [
        (7.0, 200, 184, "warning"),  # 92%
        (30.0, 200, 198, "warning"),  # a month is long enough to act in
        (7.0, 55, 55, "warning"),  # under a fifth of the won have it
        (EVER, 200, 198, "warning"),
        (7.0, 200, 160, None),  # 80%: a strong signal
        (7.0, 40, 40, None),  # too few
    ],
)
def test_how_sure_and_how_soon_it_is_decides(days, n, won, severity):
    found = audited(("stage", "negotiation", days, n, won, 0))
    assert [f.severity for f in found] == ([severity] if severity else [])


def test_where_nearly_everybody_is_lost_anyway_nothing_tells_it():
    fact = ("interaction", "call_unanswered", 30.0, 500, 5, 470)
    assert audited(fact, creation=(5000, 100, 4500)) == []
    assert [f.severity for f in audited(fact)] == ["warning"]


def test_that_a_no_ends_in_a_loss_one_day_is_honest():
    assert audited(("answer", "BANT.need=no", EVER, 200, 0, 200)) == []


def test_a_question_speaks_for_its_answers():
    found = audited(
        ("question", "form.signed", 7.0, 200, 198, 0),
        ("answer", "form.signed=yes", 7.0, 190, 189, 0),
    )
    assert [f.name for f in found] == ["consequence:form.signed"]
    alone = audited(("answer", "form.signed=yes", 7.0, 190, 189, 0))
    assert [f.name for f in alone] == ["consequence:form.signed=yes"]


def test_each_fact_is_named_once_by_its_soonest_days():
    (finding,) = audited(
        ("interaction", "x", 30.0, 200, 199, 0), ("interaction", "x", 7.0, 200, 195, 0)
    )
    assert "within 7 days" in finding.evidence


def test_looks_are_the_midnights_at_which_a_fact_could_be_seen():
    crm = read_tables(
        {
            "prospects": [
                {"prospect_id": name, "created_at": "2024-03-01 10:00"} for name in "abcd"
            ],
            "interactions": [
                {"prospect_id": "a", "occurred_at": "2024-03-04 09:00", "type": "t"},
                {"prospect_id": "a", "occurred_at": "2024-03-03 09:00", "type": "t"},
                # On the day of the outcome: no snapshot sees it.
                {"prospect_id": "b", "occurred_at": "2024-03-05 09:00", "type": "t"},
                # Before the creation: seen with it.
                {"prospect_id": "c", "occurred_at": "2024-02-05 09:00", "type": "t"},
                # Recorded late.
                {
                    "prospect_id": "d",
                    "occurred_at": "2024-03-04 09:00",
                    "type": "t",
                    "recorded_at": "2024-03-09 09:00",
                },
            ],
            "outcomes": [
                {"prospect_id": "b", "closed_at": "2024-03-05 17:00", "outcome": "won"},
                {"prospect_id": "c", "closed_at": "2024-03-06 17:00", "outcome": "lost"},
            ],
        }
    )
    looks = first_looks(crm)
    seen = crm.connection.execute(looks.filter(looks.kind == "interaction"))
    found = dict(zip(seen["prospect_id"], seen["look"].dt.strftime("%m-%d"), strict=True))
    assert found == {"a": "03-04", "c": "03-02", "d": "03-10"}
    until = datetime(2024, 6, 30)
    counted = crm.connection.execute(count_looks(looks, (3.0, 5.0, EVER), until))
    rows = counted[counted["kind"] == "interaction"].set_index("days")[["n", "won", "lost"]]
    # By days: the lost one closes 4.7 days after its look.
    assert rows.loc[3.0].tolist() == [3, 0, 0]
    assert rows.loc[5.0].tolist() == [3, 0, 1]
    assert rows.loc[EVER].tolist() == [1, 0, 1]


def test_those_not_followed_long_enough_do_not_count():
    crm = read_tables(
        {
            "prospects": [{"prospect_id": "a", "created_at": "2024-06-20 10:00"}],
            "outcomes": [{"prospect_id": "a", "closed_at": "2024-06-24 09:00", "outcome": "won"}],
        }
    )
    looks = first_looks(crm)
    until = datetime(2024, 6, 25)
    days = crm.connection.execute(count_looks(looks, (3.0, 7.0), until)).set_index("days")
    assert days.index.tolist() == [3.0]
