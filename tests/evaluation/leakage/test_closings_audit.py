from __future__ import annotations

import numpy as np
import pandas as pd

from predictor.evaluation.leakage.closings import audit_closings, audit_creations


def closings(n=600, mass=0):
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.uniform(0, 100, n), unit="D")
    mass_days = pd.DatetimeIndex(["2024-03-15 18:00"] * mass)
    outcome = np.r_[rng.choice(["won", "lost"], n), ["lost"] * mass]
    return pd.DataFrame({"closed_at": days.append(mass_days), "outcome": outcome})


def test_usual_closings_are_quiet():
    assert audit_closings(closings()) == []
    assert audit_closings(closings().iloc[:0]) == []


def test_a_day_of_mass_closing_is_named():
    (finding,) = audit_closings(closings(mass=120))
    assert finding.name == "closings:2024-03-15"
    assert finding.severity == "warning"
    assert "lost" in finding.evidence
    assert "a usual day has 6" in finding.evidence


def test_a_clean_up_late_in_a_long_history_is_named_too():
    days = pd.date_range("2020-01-01", periods=1500, freq="D").repeat(4)
    mass = pd.DatetimeIndex(["2024-02-01 18:00"] * 150)  # 2.4% of all
    outcomes = pd.DataFrame({"closed_at": days.append(mass), "outcome": "lost"})
    assert [f.name for f in audit_closings(outcomes)] == ["closings:2024-02-01"]


def test_an_export_with_one_date_for_all_is_named():
    day = pd.Timestamp("2000-01-01 23:59")
    outcomes = pd.DataFrame({"closed_at": [day] * 300, "outcome": "won"})
    assert [f.name for f in audit_closings(outcomes)] == ["closings:2000-01-01"]
    (finding,) = audit_creations(pd.Series([day] * 300), accepted=["created_at:2000-01-01"])
    assert (finding.name, finding.accepted) == ("created_at:2000-01-01", True)
    assert "300 of 300 prospects (100%)" in finding.evidence


def creations(imported=0):
    days = pd.Series(pd.date_range("2023-01-01", periods=900, freq="8h"))
    return pd.concat([days, pd.Series(pd.DatetimeIndex(["2023-05-05 02:00"] * imported))])


def test_a_day_of_an_import_of_prospects_is_named():
    (finding,) = audit_creations(creations(imported=150))
    assert (finding.name, finding.severity) == ("created_at:2023-05-05", "warning")
    assert "153 of 1,050 prospects (15%)" in finding.evidence
    assert audit_creations(creations()) == []
    assert audit_creations(creations(imported=40)) == []
    assert audit_creations(creations().iloc[:0]) == []


def test_few_closings_are_no_mass():
    assert audit_closings(closings(n=30, mass=10)) == []
