"""Snapshots against plain Python loops, and the rules that they must keep."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from features.snapshot_oracle import expected_observed, expected_open
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from support.histories import (
    DAY,
    MICROSECOND,
    History,
    Interaction,
    Outcome,
    Prospect,
    load_history,
    read_history,
)
from support.random_histories import AS_OFS, future_facts, random_history

from predictor.features.snapshots import (
    calendar_grid,
    observed_snapshots,
    open_prospects,
    target_of,
)

if TYPE_CHECKING:
    from pathlib import Path

MONDAY = datetime(2024, 3, 4)
INSTANTS = [AS_OFS[0] - 14 * DAY, *sorted(AS_OFS[:3])]
KNOWN_UNTIL = datetime(2024, 3, 25)
SILENCES = st.sampled_from([None, 2, 7])
CREATED = datetime(2024, 3, 1)


# --- the calendar grid


@given(
    start=st.datetimes(datetime(1960, 1, 1), datetime(2040, 1, 1)),
    length_days=st.integers(0, 300),
    every_weeks=st.integers(1, 4),
)
def test_grid_of_whole_weeks_is_every_monday_in_the_half_open_range(
    start: datetime, length_days: int, every_weeks: int
) -> None:
    end = start + timedelta(days=length_days)
    found = calendar_grid(start, end, 7 * every_weeks)
    expected = []
    midnight = datetime(start.year, start.month, start.day)
    while midnight < end:
        weeks, day = divmod((midnight - datetime(1970, 1, 5)).days, 7)
        if midnight >= start and day == 0 and weeks % every_weeks == 0:
            expected.append(midnight)
        midnight += DAY
    assert found == expected
    assert all(instant.weekday() == 0 for instant in found)


def test_grid_takes_its_start_and_leaves_its_end() -> None:
    assert calendar_grid(MONDAY, MONDAY + 7 * DAY, 7) == [MONDAY]
    assert calendar_grid(MONDAY + MICROSECOND, MONDAY + 7 * DAY, 7) == []
    assert calendar_grid(MONDAY - MICROSECOND, MONDAY, 7) == []
    assert calendar_grid(MONDAY, MONDAY, 7) == []


def test_grid_does_not_depend_on_where_it_starts() -> None:
    whole = calendar_grid(datetime(2023, 1, 1), datetime(2024, 1, 1), 3)
    parts = [calendar_grid(datetime(2023, 1, 1), datetime(2023, 5, 9, 7), 3)]
    parts += [calendar_grid(datetime(2023, 5, 9, 7), datetime(2024, 1, 1), 3)]
    assert whole == parts[0] + parts[1]


# --- against the loops


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), silence_days=SILENCES)
def test_observed_snapshots_agree_with_the_loops(seed: int, silence_days: int | None) -> None:
    history = random_history(random.Random(seed), 60).usable()
    crm = load_history(history)
    found = observed_snapshots(crm, INSTANTS, KNOWN_UNTIL, silence_days)
    expected = expected_observed(history, INSTANTS, KNOWN_UNTIL, silence_days)
    _assert_rows(found, expected)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), silence_days=SILENCES, as_of=st.sampled_from(AS_OFS))
def test_open_prospects_agree_with_the_loops(
    seed: int, silence_days: int | None, as_of: datetime
) -> None:
    history = random_history(random.Random(seed), 60).usable()
    found = open_prospects(load_history(history), as_of, silence_days)
    _assert_rows(found, expected_open(history, as_of, silence_days))


def test_agree_with_the_loops_through_the_real_reading_path(tmp_path: Path) -> None:
    history = random_history(random.Random(8), 60)
    crm, _ = read_history(history, tmp_path)
    usable = history.usable()
    found = observed_snapshots(crm, INSTANTS, KNOWN_UNTIL, 7)
    _assert_rows(found, expected_observed(usable, INSTANTS, KNOWN_UNTIL, 7))
    assert set(found["outcome"]) == {"open", "won", "lost"}
    _assert_rows(open_prospects(crm, KNOWN_UNTIL), expected_open(usable, KNOWN_UNTIL, None))


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), silence_days=SILENCES)
def test_what_is_learnt_later_changes_no_snapshot(seed: int, silence_days: int | None) -> None:
    rng = random.Random(seed)
    base = random_history(rng, 40).usable()
    crm = load_history(base)
    later = load_history(base + future_facts(rng, base, KNOWN_UNTIL, 40))
    assert_frame_equal(
        observed_snapshots(crm, INSTANTS, KNOWN_UNTIL, silence_days),
        observed_snapshots(later, INSTANTS, KNOWN_UNTIL, silence_days),
        check_exact=True,
    )
    assert_frame_equal(
        open_prospects(crm, KNOWN_UNTIL, silence_days),
        open_prospects(later, KNOWN_UNTIL, silence_days),
        check_exact=True,
    )


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32), silence_days=SILENCES)
def test_open_prospects_are_at_risk_but_for_late_news(seed: int, silence_days: int | None) -> None:
    """Training and scoring look at the same prospects, where outcomes are recorded at once."""
    history = random_history(random.Random(seed), 60).usable()
    at_once = History(
        history.prospects,
        history.interactions,
        outcomes=tuple(Outcome(o.prospect_id, o.closed_at, o.outcome) for o in history.outcomes),
    )
    crm = load_history(at_once)
    trained = observed_snapshots(crm, [MONDAY], KNOWN_UNTIL, silence_days)
    scored = open_prospects(crm, MONDAY, silence_days)
    assert list(trained["prospect_id"]) == list(scored["prospect_id"])


def _assert_rows(found: pd.DataFrame, expected: list[dict[str, object]]) -> None:
    assert expected
    assert len(found) == len(expected)
    frame = pd.DataFrame(expected)
    assert list(found.columns) == list(frame.columns)
    for name in frame:
        ours = [None if pd.isna(value) else value for value in found[name]]
        theirs = [None if pd.isna(value) else value for value in frame[name]]
        if name == "duration_days":
            theirs = pytest.approx(theirs, rel=1e-12, abs=1e-12)
        assert ours == theirs, name


# --- one rule at a time


def _observed(
    *facts: object, instants: tuple[datetime, ...] = (MONDAY,), silence_days: int | None = None
) -> list[tuple[str, float]]:
    found = observed_snapshots(
        load_history(_history(*facts)), list(instants), KNOWN_UNTIL, silence_days
    )
    return [*found[["outcome", "duration_days"]].itertuples(index=False, name=None)]


def _history(*facts: object) -> History:
    def of(kind: type) -> tuple[object, ...]:
        return tuple(fact for fact in facts if isinstance(fact, kind))

    return History(of(Prospect), of(Interaction), outcomes=of(Outcome))


def test_a_prospect_created_at_as_of_is_not_there_yet() -> None:
    assert _observed(Prospect("p", MONDAY)) == []
    assert _observed(Prospect("p", MONDAY - MICROSECOND)) == [("open", 21.0)]
    assert open_prospects(load_history(_history(Prospect("p", MONDAY))), MONDAY).empty


def test_a_prospect_closed_at_as_of_is_still_at_risk() -> None:
    prospect = Prospect("p", CREATED)
    assert _observed(prospect, Outcome("p", MONDAY, "won")) == [("won", 0.0)]
    assert _observed(prospect, Outcome("p", MONDAY - MICROSECOND, "won")) == []


def test_follow_up_is_cut_where_the_outcome_was_not_yet_recorded() -> None:
    prospect, closed_at = Prospect("p", CREATED), datetime(2024, 3, 10)
    for recorded_at, expected in (
        (KNOWN_UNTIL, ("open", 21.0)),
        (KNOWN_UNTIL - MICROSECOND, ("won", 6.0)),
    ):
        outcome = Outcome("p", closed_at, "won", recorded_at=recorded_at)
        assert _observed(prospect, outcome) == [expected]


def test_a_prospect_whose_end_was_recorded_later_is_open_to_everyone() -> None:
    outcome = Outcome("p", MONDAY - DAY, "lost", recorded_at=MONDAY)
    crm = load_history(_history(Prospect("p", CREATED), outcome))
    assert list(open_prospects(crm, MONDAY)["prospect_id"]) == ["p"]
    assert open_prospects(crm, MONDAY + MICROSECOND).empty


def test_silence_ends_a_prospect_and_news_bring_it_back() -> None:
    prospect = Prospect("p", CREATED)
    visit = Interaction("p", datetime(2024, 3, 12), "website_visit")
    instants = tuple(CREATED + timedelta(days=days) for days in (1, 3, 4, 11, 12, 14, 15))
    found = observed_snapshots(
        load_history(_history(prospect, visit)), list(instants), KNOWN_UNTIL, 3
    )
    days_after = [(instant - CREATED).days for instant in found["as_of"]]
    # Silent from the 4th on; the visit of the 12th is known the day after.
    assert days_after == [1, 3, 12, 14]
    assert list(found["outcome"]) == ["lost"] * 4
    assert list(found["duration_days"]) == [2.0, 0.0, 2.0, 0.0]


def test_news_at_the_last_instant_of_a_silence_break_it() -> None:
    prospect = Prospect("p", MONDAY - DAY)
    edge = MONDAY + 6 * DAY
    at_edge = Interaction("p", edge, "call")
    after = Interaction("p", edge + MICROSECOND, "call")
    assert _observed(prospect, at_edge, silence_days=7) == [("lost", 13.0)]
    assert _observed(prospect, after, silence_days=7) == [("lost", 6.0)]


def test_silence_that_lasts_to_the_end_of_the_data_is_not_yet_a_loss() -> None:
    prospect = Prospect("p", KNOWN_UNTIL - 7 * DAY)
    as_of = KNOWN_UNTIL - DAY
    assert _observed(prospect, instants=(as_of,), silence_days=7) == [("open", 1.0)]
    earlier = Prospect("p", KNOWN_UNTIL - 7 * DAY - MICROSECOND)
    ((outcome, days),) = _observed(earlier, instants=(as_of,), silence_days=7)
    assert outcome == "lost"
    assert days == pytest.approx(1.0)


def test_an_outcome_before_the_silence_counts() -> None:
    outcome = Outcome("p", MONDAY + 5 * DAY, "won", recorded_at=MONDAY + 20 * DAY)
    found = _observed(Prospect("p", MONDAY - DAY), outcome, silence_days=7)
    assert found == [("won", 5.0)]


def test_an_outcome_at_the_end_of_the_silence_counts() -> None:
    outcome = Outcome("p", MONDAY + 6 * DAY, "won")
    assert _observed(Prospect("p", MONDAY - DAY), outcome, silence_days=7) == [("won", 6.0)]
    later = Outcome("p", MONDAY + 6 * DAY + MICROSECOND, "won")
    assert _observed(Prospect("p", MONDAY - DAY), later, silence_days=7) == [("lost", 6.0)]


def test_the_time_of_recording_breaks_a_silence_not_the_time_of_the_fact() -> None:
    late = Interaction("p", MONDAY, "call", recorded_at=MONDAY + 9 * DAY)
    assert _observed(Prospect("p", MONDAY - DAY), late, silence_days=7) == [("lost", 6.0)]


def test_no_instants_and_no_prospects_give_no_snapshots() -> None:
    crm = load_history(_history(Prospect("p", CREATED)))
    assert observed_snapshots(crm, [], KNOWN_UNTIL).empty
    nobody = load_history(History())
    for silence_days in (None, 7):
        empty = observed_snapshots(nobody, [MONDAY], KNOWN_UNTIL, silence_days)
        assert len(target_of(empty)) == 0
        assert open_prospects(nobody, MONDAY, silence_days).empty


def test_the_target_follows_the_snapshots() -> None:
    outcome = Outcome("p", MONDAY + DAY, "won")
    crm = load_history(_history(Prospect("p", CREATED), Prospect("q", CREATED), outcome))
    target = target_of(observed_snapshots(crm, [MONDAY], KNOWN_UNTIL))
    assert target.tolist() == [("won", 1.0), ("open", 21.0)]
