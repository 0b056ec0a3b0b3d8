"""A clean portfolio, and the same with one leak of each kind planted in it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from predictor.evaluation.leakage.attributes import audit_attributes
from predictor.evaluation.leakage.finding import worst_first

DATA_UNTIL = pd.Timestamp("2024-07-01")


def portfolio(seed: int = 0, n: int = 3000) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Six months of prospects; source and size are honest and matter, campaigns start in April."""
    rng = np.random.default_rng(seed)
    created_at = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.uniform(0, 180, n), unit="D")
    age_days = ((DATA_UNTIL - created_at) / pd.Timedelta(days=1)).to_numpy()
    source = rng.choice(["web", "fair", "referral"], n, p=[0.6, 0.3, 0.1])
    size = rng.lognormal(3, 1, n).round(1)
    won_rate = 0.004 * np.where(source == "referral", 4, 1) * size**0.2
    closes_at = rng.exponential(1 / (won_rate + 0.02))
    cause = np.where(rng.uniform(size=n) < won_rate / (won_rate + 0.02), "won", "lost")
    closed = closes_at < age_days
    campaign = pd.Series(rng.choice(["a", "b", "c"], n), dtype="str")
    campaign[created_at < pd.Timestamp("2024-04-01")] = None
    prospects = pd.DataFrame(
        {
            "prospect_id": [f"P{i:05d}" for i in range(n)],
            "created_at": created_at,
            "owner": "someone",
            "source": source,
            "size": np.where(rng.uniform(size=n) < 0.3, np.nan, size),
            "campaign": campaign,
        }
    )
    outcomes = pd.DataFrame(
        {
            "prospect_id": prospects["prospect_id"][closed],
            "closed_at": created_at[closed] + pd.to_timedelta(closes_at[closed], unit="D"),
            "outcome": cause[closed],
        }
    )
    return prospects, outcomes


def audit_one(values, declared=True, accepted=(), seed=0):
    """Plant one attribute in the clean portfolio and return its finding, or None."""
    prospects, outcomes = portfolio(seed)
    prospects = prospects[["prospect_id", "created_at"]]
    outcome = prospects["prospect_id"].map(outcomes.set_index("prospect_id")["outcome"])
    age_days = (DATA_UNTIL - prospects["created_at"]) / pd.Timedelta(days=1)
    rng = np.random.default_rng(seed + 100)
    planted = values(outcome.fillna("open"), age_days, rng)
    prospects = prospects.assign(planted=planted)
    known_at = {"planted": "creation"} if declared else {}
    findings = audit_attributes(prospects, outcomes, known_at, DATA_UNTIL, accepted)
    assert len(findings) <= 1
    return findings[0] if findings else None


def text(values):
    return pd.Series(values, dtype="str")


def lost_reason(outcome, age_days, rng):
    return text(np.where(outcome == "lost", rng.choice(["price", "silent"], len(outcome)), None))


def payment(outcome, age_days, rng):
    seen = (outcome == "won") & (rng.uniform(size=len(outcome)) < 0.4)
    return text(np.where(seen, "card", None))


def quality(outcome, age_days, rng):
    return text(np.where(rng.uniform(size=len(outcome)) < 0.97, outcome == "won", True))


def closing_date(outcome, age_days, rng):
    late = DATA_UNTIL - pd.to_timedelta(age_days * rng.uniform(0, 1, len(outcome)), unit="D")
    return late.where(outcome != "open")


@pytest.mark.parametrize("seed", range(5))
def test_a_clean_portfolio_is_quiet(seed):
    prospects, outcomes = portfolio(seed)
    known_at = dict.fromkeys(["source", "size", "campaign"], "creation")
    findings = audit_attributes(prospects, outcomes, known_at, DATA_UNTIL)
    # That campaigns start in April is worth a note, no more.
    assert [f.name for f in findings if f.severity != "info"] == []
    assert {f.name for f in findings} <= {"attribute:campaign"}


@pytest.mark.parametrize("plant", [lost_reason, payment, quality, closing_date])
@pytest.mark.parametrize("seed", range(3))
def test_a_declared_leak_stops_training(plant, seed):
    finding = audit_one(plant, seed=seed)
    assert finding.severity == "severe"
    assert finding.stops_training
    assert finding.name == "attribute:planted"
    assert "accept_findings" in finding.mend


def test_the_evidence_has_the_figures():
    evidence = audit_one(lost_reason).evidence
    assert "0% of the won, 100% of the lost, 0% of the open" in evidence
    assert "over 100 times higher for the lost" in evidence
    assert "AUC of 1.00" in audit_one(lost_reason).evidence


def test_dates_as_text_are_seen_too():
    def as_text(outcome, age_days, rng):
        return closing_date(outcome, age_days, rng).dt.strftime("%Y-%m-%d")

    assert "dates" in audit_one(as_text).evidence


def test_an_accepted_leak_stays_severe_but_stops_nothing():
    finding = audit_one(lost_reason, accepted=["attribute:planted"])
    assert (finding.severity, finding.accepted, finding.stops_training) == ("severe", True, False)


def test_an_undeclared_leak_is_refused_as_a_warning():
    finding = audit_one(lost_reason, declared=False)
    assert finding.severity == "warning"
    assert finding.mend.startswith("Not used")


def test_an_undeclared_sound_attribute_says_how_to_declare_it():
    finding = audit_one(lambda o, _, rng: text(rng.choice(["x", "y"], len(o))), declared=False)
    assert finding.severity == "info"
    assert "known_at: creation" in finding.mend


def test_filled_late_is_a_warning():
    def survey(outcome, age_days, rng):
        answered = rng.uniform(size=len(outcome)) < np.minimum(0.1 + age_days / 200, 0.9)
        answered |= outcome != "open"
        answered &= rng.uniform(size=len(outcome)) < 0.9
        return text(np.where(answered, "yes", None))

    assert "filled late" in audit_one(survey).evidence


def test_a_habit_that_changed_for_open_and_closed_alike_is_not_late():
    def dropped(outcome, age_days, rng):
        return text(np.where(rng.uniform(size=len(outcome)) < age_days / 200, "yes", None))

    assert audit_one(dropped) is None


def test_filled_in_some_periods_only_is_a_note():
    def period(outcome, age_days, rng):
        return text(np.where(age_days < 20, "x", None))

    finding = audit_one(period)
    assert (finding.severity, "some periods" in finding.evidence) == ("info", True)


def test_identifiers_are_named_and_their_time_too():
    def number(outcome, age_days, rng):
        return age_days.rank(ascending=False)

    finding = audit_one(number)
    assert (finding.severity, "carries time" in finding.evidence) == ("warning", True)
    assert audit_one(lambda o, _, __: text([f"x{i}" for i in range(len(o))])).severity == "warning"
    assert audit_one(lambda o, _, rng: pd.Series(rng.normal(size=len(o)))) is None


def test_a_number_in_a_text_carries_time_as_a_number_does():
    def record(outcome, age_days, rng):
        return text([f"LEAD-{int(place):06d}" for place in age_days.rank(ascending=False)])

    assert (
        "carries time: its rank correlation with created_at is 1.00" in audit_one(record).evidence
    )


def test_a_weekly_batch_carries_time_though_many_share_it():
    finding = audit_one(lambda _, age_days, __: (300 - age_days) // 7)
    assert finding.severity == "warning"
    assert "carries time" in finding.evidence
    assert "single prospects" not in finding.evidence


def visits(outcome, age_days, rng):
    watched_days = np.where(outcome == "open", age_days, np.minimum(age_days, 20))
    return pd.Series(rng.poisson(0.2 * watched_days))


def test_a_running_total_grows_with_age():
    finding = audit_one(visits)
    assert (finding.severity, "running total" in finding.evidence) == ("warning", True)


def test_a_number_that_drifts_for_open_and_closed_alike_is_no_running_total():
    assert audit_one(lambda _, age_days, rng: age_days // 7 * 5 + rng.normal(0, 90, 3000)) is None


def test_two_doubts_make_a_strong_one():
    prospects, outcomes = portfolio()
    outcome = prospects["prospect_id"].map(outcomes.set_index("prospect_id")["outcome"])
    age_days = (DATA_UNTIL - prospects["created_at"]) / pd.Timedelta(days=1)
    seen = visits(outcome.fillna("open"), age_days, np.random.default_rng(0))
    prospects = prospects[["prospect_id", "created_at"]].assign(page_views=seen, pages=seen)
    known_at = dict.fromkeys(["page_views", "pages"], "creation")
    findings = audit_attributes(prospects, outcomes, known_at, DATA_UNTIL)
    assert {f.subject: f.severity for f in findings} == {"page_views": "severe", "pages": "warning"}


def test_a_column_filled_together_with_a_doubtful_one_is_doubted_too():
    prospects, outcomes = portfolio()
    rng = np.random.default_rng(9)
    filled = rng.uniform(size=len(prospects)) < 0.5
    columns = {
        "engine_score": np.where(filled, rng.integers(0, 20, len(prospects)), np.nan),
        "engine_class": text(np.where(filled, rng.choice(["a", "b"], len(prospects)), None)),
        "region": text(np.where(rng.permutation(filled), "north", None)),
    }
    prospects = prospects[["prospect_id", "created_at"]].assign(**columns)
    known_at = dict.fromkeys(columns, "creation")
    findings = audit_attributes(prospects, outcomes, known_at, DATA_UNTIL)
    assert [f.subject for f in findings] == ["engine_score", "engine_class"]
    assert "for the same prospects as 'engine_score'" in findings[1].evidence


def test_an_account_of_customers_only_is_severe_where_it_is_declared():
    prospects, outcomes = portfolio()
    won = outcomes.loc[outcomes["outcome"] == "won", "prospect_id"]
    account = text(np.where(prospects["prospect_id"].isin(won), prospects["prospect_id"], None))
    prospects = prospects[["prospect_id", "created_at"]].assign(account_id=account)
    known_at = {"account_id": "creation"}
    (finding,) = audit_attributes(prospects, outcomes, known_at, DATA_UNTIL)
    assert (finding.name, finding.severity) == ("attribute:account_id", "severe")
    assert audit_attributes(prospects, outcomes, {}, DATA_UNTIL) == []
    everyone = prospects.assign(account_id=prospects["prospect_id"])
    assert audit_attributes(everyone, outcomes, known_at, DATA_UNTIL) == []


def test_a_number_that_is_zero_for_the_same_prospects_as_a_doubtful_one_is_doubted_too():
    prospects, outcomes = portfolio()
    rng = np.random.default_rng(9)
    seen = rng.uniform(size=len(prospects)) < 0.7
    columns = {
        "page_views": np.where(seen, rng.integers(1, 9, len(prospects)), 0),
        "x": np.where(seen, rng.lognormal(3, 1, len(prospects)), 0.0),
        "y": np.where(rng.permutation(seen), rng.lognormal(3, 1, len(prospects)), 0.0),
        "text": text(np.where(seen, "1", "0")),
    }
    prospects = prospects[["prospect_id", "created_at"]].assign(**columns)
    findings = audit_attributes(prospects, outcomes, dict.fromkeys(columns, "creation"), DATA_UNTIL)
    assert [(f.subject, f.severity) for f in findings] == [
        ("page_views", "warning"),
        ("x", "warning"),
    ]
    assert "is 0 for the same prospects as 'page_views'" in findings[1].evidence


@pytest.mark.parametrize(
    ("name", "suspicious"),
    [
        *(("LastActivity", True), ("lead_tags", True), ("region", False)),
        *(("Do Not Email", True), ("HasOptedOutOfEmail", True), ("email_optout", True)),
        *(("unsubscribed", True), ("EmailBounced", True), ("donor", False), ("opticians", False)),
    ],
)
def test_names_of_fields_that_crms_rewrite(name, suspicious):
    prospects, outcomes = portfolio()
    prospects = prospects[["prospect_id", "created_at"]].assign(**{name: prospects["source"]})
    findings = audit_attributes(prospects, outcomes, {name: "creation"}, DATA_UNTIL)
    assert [f.severity for f in findings] == (["warning"] if suspicious else [])


@pytest.mark.parametrize("value", ["same", None, "  "])
def test_constant_and_empty_columns_are_info(value):
    finding = audit_one(lambda o, _, __: text([value] * len(o)))
    assert finding.severity == "info"
    assert ("always holds 'same'" if value == "same" else "is empty") in finding.evidence


def test_columns_of_every_type_are_read():
    prospects, outcomes = portfolio(n=400)
    rng = np.random.default_rng(0)
    columns = {
        "flag": pd.array(rng.choice([True, False, None], 400), dtype="boolean"),
        "mixed": pd.Series(rng.choice([True, None, "x"], 400), dtype=object),
        "price": [Decimal(int(x)) for x in rng.integers(0, 9, 400)],
        "employees": pd.array(rng.integers(0, 50, 400), dtype="Int64"),
        "born": pd.Timestamp("1980-01-01", tz="UTC")
        + pd.to_timedelta(rng.integers(0, 300, 400), unit="D"),
        "kind": pd.Categorical(rng.choice(list("abc"), 400)),
        "ratio": np.where(rng.uniform(size=400) < 0.1, np.inf, rng.normal(size=400)),
        "day": pd.Series(rng.choice(["2024-13-01", "2023-02-31 09:00", "2024-01-05"], 400)),
    }
    prospects = prospects[["prospect_id", "created_at"]].assign(**columns)
    known_at = dict.fromkeys(columns, "creation")
    assert audit_attributes(prospects, outcomes, known_at, DATA_UNTIL) == []


def test_without_outcomes_or_prospects_nothing_breaks():
    prospects, outcomes = portfolio(n=200)
    none = outcomes.iloc[:0]
    assert audit_attributes(
        prospects[["prospect_id", "created_at", "source"]], none, {}, DATA_UNTIL
    )
    assert audit_attributes(prospects.iloc[:0], none, {}, DATA_UNTIL) == []


def test_the_order_of_rows_and_other_indexes_do_not_matter():
    prospects, outcomes = portfolio()
    shuffled = prospects.sample(frac=1, random_state=1)
    known_at = {"source": "creation"}
    first = audit_attributes(prospects, outcomes, known_at, DATA_UNTIL)
    again = audit_attributes(shuffled, outcomes, known_at, DATA_UNTIL)
    assert [f.severity for f in first] == [f.severity for f in again]


def test_worst_first():
    findings = [
        audit_one(payment, declared=False),
        audit_one(payment, accepted=["attribute:planted"]),
        audit_one(payment),
    ]
    assert [f.stops_training for f in worst_first(findings)] == [True, False, False]
    assert [f.severity for f in worst_first(findings)] == ["severe", "severe", "warning"]
