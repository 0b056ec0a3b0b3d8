from __future__ import annotations

import pandas as pd

from predictor.evaluation.leakage.history import audit_after_outcome, audit_recording


def test_interactions_after_the_outcome_warn_over_five_percent():
    assert audit_after_outcome("stages", 5, 100) == []
    assert audit_after_outcome("stages", 0, 0) == []
    (finding,) = audit_after_outcome(
        "interactions", 60, 1000, accepted=["interactions:after_outcome"]
    )
    assert (finding.severity, finding.accepted) == ("warning", True)
    assert "60 of 1,000 interactions (6%)" in finding.evidence


def recording(n_late, n=2000, bulk=True):
    occurred_at = pd.Series(pd.date_range("2024-01-01", periods=n, freq="h"))
    recorded_at = occurred_at + pd.Timedelta(minutes=5)
    late = pd.Series(pd.date_range("2024-06-01", periods=n_late, freq="s" if bulk else "7min"))
    if bulk:
        late = late.dt.floor("h")
    recorded_at.iloc[:n_late] = late.to_numpy()
    return occurred_at, recorded_at


def test_bulk_recording_is_a_warning_with_its_instant():
    (finding,) = audit_recording("interactions", *recording(500))
    assert finding.name == "recording:interactions"
    assert "500 of 2,000 interactions (25%)" in finding.evidence
    assert "2024-06-01 00:00" in finding.evidence


def test_late_but_not_in_bulk_or_in_bulk_but_few_is_quiet():
    assert audit_recording("answers", *recording(500, bulk=False)) == []
    assert audit_recording("answers", *recording(80)) == []
    assert audit_recording("answers", *recording(100, n=20_000)) == []


def test_missing_recorded_at_and_empty_tables_are_quiet():
    occurred_at, recorded_at = recording(0)
    assert audit_recording("answers", occurred_at, recorded_at.where(recorded_at.isna())) == []
    assert audit_recording("answers", occurred_at.iloc[:0], recorded_at.iloc[:0]) == []


def test_a_nightly_batch_is_quiet():
    occurred_at = pd.Series(pd.date_range("2024-01-01", periods=4000, freq="5min"))
    assert audit_recording("interactions", occurred_at, occurred_at.dt.ceil("D")) == []
