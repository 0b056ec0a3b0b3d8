from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from predictor.evaluation.leakage.history import (
    audit_after_outcome,
    audit_recording,
    count_bulks,
)


def test_interactions_after_the_outcome_warn_over_five_percent():
    assert audit_after_outcome("stages", 5, 100) == []
    assert audit_after_outcome("stages", 0, 0) == []
    (finding,) = audit_after_outcome(
        "interactions", 60, 1000, accepted=["interactions:after_outcome"]
    )
    assert (finding.severity, finding.accepted) == ("warning", True)
    assert "60 of 1,000 interactions (6%)" in finding.evidence


def bulks_of(occurred_at, recorded_at):
    times = pd.DataFrame({"occurred_at": occurred_at, "recorded_at": recorded_at})
    return count_bulks(ibis.memtable(times), ibis.duckdb.connect().execute)


def audit_of(table, occurred_at, recorded_at):
    return audit_recording(table, bulks_of(occurred_at, recorded_at))


def recording(n_late, n=2000, bulk=True):
    occurred_at = pd.Series(pd.date_range("2024-01-01", periods=n, freq="h"))
    recorded_at = occurred_at + pd.Timedelta(minutes=5)
    late = pd.Series(pd.date_range("2024-06-01", periods=n_late, freq="s" if bulk else "7min"))
    if bulk:
        late = late.dt.floor("h")
    recorded_at.iloc[:n_late] = late.to_numpy()
    return occurred_at, recorded_at


def test_bulk_recording_is_a_warning_with_its_instant():
    (finding,) = audit_of("interactions", *recording(500))
    assert finding.name == "recording:interactions"
    assert "500 of 2,000 interactions (25%)" in finding.evidence
    assert "2024-06-01 00:00" in finding.evidence


def test_late_but_not_in_bulk_or_in_bulk_but_few_is_quiet():
    assert audit_of("answers", *recording(500, bulk=False)) == []
    assert audit_of("answers", *recording(80)) == []
    assert audit_of("answers", *recording(100, n=20_000)) == []


def test_missing_recorded_at_and_empty_tables_are_quiet():
    occurred_at, recorded_at = recording(0)
    assert audit_of("answers", occurred_at, recorded_at.where(recorded_at.isna())) == []
    assert audit_of("answers", occurred_at.iloc[:0], recorded_at.iloc[:0]) == []


def test_a_nightly_batch_is_quiet():
    occurred_at = pd.Series(pd.date_range("2024-01-01", periods=4000, freq="5min"))
    assert audit_of("interactions", occurred_at, occurred_at.dt.ceil("D")) == []


@pytest.mark.parametrize("seed", range(6))
def test_the_database_counts_what_pandas_counts(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(500, 4000))
    start = pd.Timestamp("2024-01-01")
    occurred_at = pd.Series(start + pd.to_timedelta(rng.integers(0, 90 * 86_400, n), unit="s"))
    # Lags around the seven days, to the microsecond; and some imports of one minute each.
    lag = pd.to_timedelta(7 * 86_400_000_000 + rng.integers(-2, 3, n), unit="us")
    recorded_at = occurred_at + lag
    imports = start + pd.to_timedelta(rng.integers(100, 102, 9), unit="D")
    chosen = rng.random(n) < rng.uniform(0.02, 0.4)
    recorded_at[chosen] = rng.choice(imports, chosen.sum())
    recorded_at[rng.random(n) < 0.1] = pd.NaT
    days = (recorded_at - occurred_at).dt.total_seconds() / 86_400
    late = (recorded_at - occurred_at) > pd.Timedelta(days=7)
    minutes = recorded_at[late].dt.floor("min")
    sizes = minutes.value_counts()
    sizes = sizes[sizes >= min(max(0.01 * n, 20), 100)]
    found = bulks_of(occurred_at, recorded_at)
    assert (found.rows, found.late, found.count) == (n, sizes.sum(), len(sizes))
    assert len(sizes) > 0
    assert found.largest == sizes[sizes == sizes.max()].index.min()
    inside = minutes.index[minutes.isin(sizes.index)]
    assert found.median_days == pytest.approx(days[inside].median(), abs=2e-5)
