from __future__ import annotations

import pandas as pd
import pytest

from predictor.evaluation.leakage.gaps import judge_gaps

DAY_SECONDS = 86_400


def gaps(rows_by_day, cause="won", whole=False, same=1, second=3_600):
    """One row per day of the gap; `same` of each lie at one second of it."""
    return pd.DataFrame(
        [
            {
                "outcome": cause,
                "days": day,
                "rows": rows,
                "whole": rows if whole else 0,
                "same": rows if whole else min(same, rows),
                "seconds": day * DAY_SECONDS + (0 if whole else second),
            }
            for day, rows in rows_by_day.items()
        ]
    )


SMOOTH = {day: 30 - day for day in range(25)}


def test_a_smooth_history_is_quiet():
    assert judge_gaps("prospects", gaps(SMOOTH)) is None
    assert judge_gaps("prospects", gaps(SMOOTH, whole=True)) is None
    assert judge_gaps("prospects", gaps({}).reindex(columns=gaps(SMOOTH).columns)) is None


def test_most_of_the_won_after_as_many_days_is_severe():
    finding = judge_gaps("prospects", gaps({**SMOOTH, 14: 900}, whole=True))
    assert (finding.name, finding.severity) == ("dates:created_at", "severe")
    assert "67% of the won were created 14 days before their outcome" in finding.evidence


def test_a_clock_that_closes_the_lost_is_a_warning():
    finding = judge_gaps("stages", gaps({**SMOOTH, 30: 900}, cause="lost", whole=True))
    assert (finding.name, finding.severity) == ("dates:stages", "warning")
    assert "lost_after_silence_days" in finding.mend


@pytest.mark.parametrize(("same", "found"), [(4, False), (60, True)])
def test_the_same_second_is_found_among_few(same, found):
    finding = judge_gaps("answers", gaps({**SMOOTH, 10: 60}, same=same))
    assert (finding is not None) == found
    if finding is not None:
        assert "exactly 10.0417 days before" in finding.evidence
        assert finding.severity == "warning"


def test_what_happens_on_the_day_of_the_outcome_is_no_gap():
    assert judge_gaps("interactions", gaps({**SMOOTH, 0: 5_000}, same=5_000)) is None


def test_a_first_day_that_falls_off_smoothly_is_no_fixed_gap():
    assert judge_gaps("interactions", gaps({1: 900, 2: 500, 3: 300, 4: 200}, whole=True)) is None


def test_an_accepted_gap_says_so():
    found = judge_gaps("prospects", gaps({14: 900}, whole=True), ["dates:created_at"])
    assert (found.accepted, found.stops_training) == (True, False)
