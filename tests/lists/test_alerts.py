"""Alerts of single pairs of runs, and over random sequences of runs against a slow narrator."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.alert_runs import BANDS, RULE, Runs, day, kinds

from predictor.lists.alert_words import ALERT_COLUMNS
from predictor.lists.alerts import KINDS, AlertRule

LIVELY = day(-1)


def test_the_first_run_tells_nothing_and_has_the_columns():
    runs = Runs()
    frame = runs.score(day(0), {"P": ("hot", 0.9, 5, day(-60))}, [("P", "quote", day(-1), day(-1))])
    assert frame.empty
    assert tuple(frame.columns) == ALERT_COLUMNS


def test_becoming_hot_is_told_once_and_again_only_after_a_break():
    runs = Runs()
    told = [
        kinds(runs.score(day(7 * week), {"P": (band, 0.5, np.nan, day(7 * week - 1))}))
        for week, band in enumerate(["warm", "hot", "hot", "warm", "hot"])
    ]
    hot, fell = [("P", "became_hot")], [("P", "fell")]
    assert told == [[], hot, [], fell, hot]


def test_a_prospect_that_is_new_and_hot_is_told_with_its_reason():
    runs = Runs()
    runs.score(day(0), {})
    row = runs.score(day(7), {"P": ("hot", 0.5, np.nan, day(6))}).iloc[0]
    assert row["reason"] == "Changed; had a call"
    assert (row["previous_value"], row["current_value"]) == ("", "hot")
    assert row["since"] == pd.Timestamp(day(0))


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [("hot", "warm", True), ("hot", "cold", True), ("warm", "cold", True), ("cold", "warm", False),
     ("cold", "cold", False), ("warm", "warm", False)],
)  # fmt: skip
def test_only_steps_down_are_falls(then, now, told):
    runs = Runs()
    runs.score(day(0), {"P": (then, 0.5, np.nan, day(-1))})
    frame = runs.score(day(7), {"P": (now, 0.4, np.nan, day(6))})
    assert kinds(frame) == [("P", "fell")] * told
    if told:
        assert frame.iloc[0][["previous_value", "current_value"]].tolist() == [then, now]


def test_a_fall_without_a_lower_score_says_that_others_rose():
    runs = Runs()
    runs.score(day(0), {"P": ("hot", 0.5, np.nan, day(-1))})
    frame = runs.score(day(7), {"P": ("warm", 0.5, np.nan, day(6))})
    assert frame["reason"].tolist() == ["Its place is lower since 1 March: others rose"]


def test_a_silence_is_told_once_for_the_same_last_interaction():
    runs = Runs()
    last = [day(0), day(0), day(0), day(20), day(20)]
    told = [
        kinds(runs.score(day(number), {"P": ("warm", 0.5, np.nan, at)}))
        for number, at in zip([1, 11, 18, 25, 32], last, strict=True)
    ]
    assert told == [[], [("P", "gone_silent")], [], [], [("P", "gone_silent")]]


def test_a_slow_prospect_is_silent_later():
    prospects = {"P": ("warm", 0.5, np.nan, day(0))}
    runs = Runs()
    runs.score(day(1), prospects, gaps={"P": 6.0})
    assert runs.score(day(17), prospects, gaps={"P": 6.0}).empty
    row = runs.score(day(18), prospects, gaps={"P": 6.0}).iloc[0]
    assert row["reason"] == "No interaction for 18 days; one every 6 days is usual"
    assert row["since"] == pd.Timestamp(day(0))


def test_nobody_is_told_of_cold_or_never_active_prospects_silence():
    runs = Runs()
    prospects = {"C": ("cold", 0.1, np.nan, day(0)), "N": ("warm", 0.5, np.nan, pd.NaT)}
    runs.score(day(1), prospects)
    assert runs.score(day(30), prospects).empty


def test_a_strong_signal_is_told_once_a_late_one_too_and_all_of_a_prospect_together():
    runs = Runs()
    prospects = {"P": ("cold", 0.1, np.nan, day(0))}
    facts = [
        ("P", "quote", day(-1), day(-1)),
        ("P", "quote", day(2), day(2)),
        ("P", "quote", day(4), day(4)),
        ("P", "demo", day(-2), day(3)),
    ]
    runs.score(day(0), prospects, facts)
    frame = runs.score(day(7), prospects, facts)
    assert frame["reason"].tolist() == [
        "Asked for a quote 3 days ago (2 times); asked for a demo 9 days ago"
    ]
    assert frame["since"].tolist() == [pd.Timestamp(day(4))]
    assert frame["current_value"].tolist() == ["3"]
    assert runs.score(day(14), prospects, facts).empty


def test_a_strong_signal_without_the_instant_of_its_recording_is_told_when_it_appears():
    runs = Runs()
    prospects = {"P": ("cold", 0.1, np.nan, day(0))}
    runs.score(day(0), prospects)
    runs.score(day(7), prospects)
    late = [("P", "quote", day(6), day(6))]
    assert kinds(runs.score(day(14), prospects, late)) == [("P", "strong_signal")]
    assert runs.score(day(21), prospects, late).empty


def test_a_strong_signal_of_long_ago_is_not_told_after_an_absence():
    runs = Runs()
    quote, prospects = [("P", "quote", day(0), day(0))], {"P": ("cold", 0.1, np.nan, day(0))}
    runs.score(day(-1), prospects)
    told = [len(runs.score(day(1), prospects, quote))]
    told += [len(runs.score(day(number), {}, quote)) for number in (20, 40)]
    told += [len(runs.score(day(number), prospects, quote)) for number in (41, 42)]
    assert told == [1, 0, 0, 0, 0]


def test_a_closing_date_slips_against_the_one_that_was_told_last():
    runs = Runs()
    dates = [20, 23, 26, 29, 27, 33]  # days after the start at which half would have closed
    told = []
    for number, date in enumerate(dates):
        frame = runs.score(day(number), {"P": ("hot", 0.5, date - number, day(number - 1))})
        told.append(frame[["previous_value", "current_value"]].to_numpy().tolist())
    assert told == [[], [], [["2024-03-21", "2024-03-27"]], [], [], [["2024-03-27", "2024-04-03"]]]


def test_a_closing_date_that_came_nearer_is_the_one_that_counts():
    runs = Runs()
    for number, date in enumerate([20, 12]):
        assert runs.score(day(number), {"P": ("hot", 0.5, date - number, day(-1))}).empty
    frame = runs.score(day(2), {"P": ("hot", 0.5, 18 - 2, day(1))})
    assert frame["reason"].tolist() == ["If it closes: 6 days later than foreseen on 2 March"]


def test_who_is_absent_for_a_run_is_not_told_again():
    runs = Runs()
    hot = {"P": ("hot", 0.5, np.nan, day(0))}
    runs.score(day(0), {"P": ("warm", 0.5, np.nan, day(-1))})
    assert len(runs.score(day(1), hot)) == 1
    assert runs.score(day(2), {}).empty
    assert runs.score(day(3), hot).empty


def test_a_run_of_before_alerts_is_taken_to_have_told_what_it_could():
    facts = [("P", "quote", day(-2), day(-2)), ("P", "quote", day(3), day(3))]
    prospects = {"P": ("warm", 0.5, 10, day(-20))}
    runs = Runs()
    runs.score(day(0), prospects, facts, keep_state=False)
    frame = runs.score(day(7), prospects, facts)
    assert kinds(frame) == [("P", "strong_signal"), ("P", "close_slipped")]
    assert frame["reason"].iloc[0] == "Asked for a quote 4 days ago"


def test_kinds_that_are_off_are_not_told_later_either():
    runs = Runs(rule=AlertRule(kinds=("fell",), silent_days=10))
    prospects = {"P": ("hot", 0.5, np.nan, day(0))}
    facts = [("P", "quote", day(10), day(10))]
    runs.score(day(1), {"P": ("warm", 0.5, np.nan, day(0))})
    assert runs.score(day(15), prospects, facts).empty
    runs.rule = RULE
    assert runs.score(day(16), prospects, facts).empty


def test_alerts_come_by_importance_then_by_rank():
    runs = Runs()
    runs.score(day(0), {name: ("warm", 0.5, 5, day(-1)) for name in "ABCD"})
    late = {name: ("hot" if name in "BD" else "cold", 0.4, 30, day(6)) for name in "ABCD"}
    frame = runs.score(day(7), late, [("C", "quote", day(5), day(5))])
    assert kinds(frame) == [
        ("C", "strong_signal"),
        ("B", "became_hot"), ("D", "became_hot"),
        ("A", "fell"), ("C", "fell"),
        *((name, "close_slipped") for name in "ABCD"),
    ]  # fmt: skip


def test_alerts_speak_french():
    runs = Runs(language="fr")
    last = {"P": ("hot", 0.5, 5, day(-1))}
    runs.score(day(0), last, gaps={"P": 2.0})
    quote = [("P", "devis", day(20), day(20)), ("P", "devis", day(21), day(21))]
    frame = runs.score(day(23), {"P": ("warm", 0.5, 15, day(-1))}, quote, gaps={"P": 2.0})
    assert frame[["alert", "reason", "current_value"]].to_numpy().tolist() == [
        ["Signal fort", "Asked for a devis il y a 2 jours (2 fois)", "2"],
        ["En baisse", "Sa place est plus basse depuis le 1er mars : d'autres ont progressé",
         "tiède"],
        ["Devenu silencieux",
         "Aucune interaction depuis 24 jours ; d'habitude une tous les 2 jours", "24 jours"],
        ["Conclusion repoussée", "S'il est conclu : 33 jours plus tard que prévu le 1er mars",
         "2024-04-08"],
    ]  # fmt: skip


def test_a_prospect_has_the_same_alerts_whoever_else_is_in_the_list():
    rng = np.random.default_rng(0)
    names = [f"P{number}" for number in rng.permutation(60)]
    facts = [
        (name, kind, at, at)
        for name, number in zip(names, rng.integers(-3, 7, 60), strict=True)
        for kind, at in [("quote", day(int(number))), ("demo", day(int(number) - 1))]
    ]
    scenes = [
        {name: (rng.choice(BANDS["en"]), rng.random(), rng.choice([5.0, 30.0]), day(last))
         for name, last in zip(names, rng.integers(-20, number, 60).tolist(), strict=True)}
        for number in (1, 8)
    ]  # fmt: skip

    def told(some):
        runs = Runs()
        frames = [
            runs.score(day(number), {name: scene[name] for name in some}, facts)
            for number, scene in zip((1, 8), scenes, strict=True)
        ]
        return frames[-1].drop(columns="rank"), runs.previous.state

    whole, state = told(names)
    parts = [told(names[:20]), told(names[20:])]
    order = ["prospect_id", "kind", "since"]
    both = pd.concat([frame for frame, _ in parts]).sort_values(order, ignore_index=True)
    pd.testing.assert_frame_equal(whole.sort_values(order, ignore_index=True), both)
    kept = pd.concat([state for _, state in parts], ignore_index=True)
    pd.testing.assert_frame_equal(state, kept)
    assert set(whole["kind"]) == set(KINDS)


bands = st.sampled_from(BANDS["en"])
looks = st.one_of(
    st.none(),
    st.tuples(bands, st.sampled_from([5.0, 12.0, 30.0, np.nan]), st.booleans(), st.booleans()),
)
stories = st.lists(st.tuples(st.integers(1, 12), st.tuples(looks, looks)), min_size=2, max_size=8)


@settings(max_examples=20, deadline=None)
@given(stories)
def test_each_thing_is_told_once_and_nothing_is_kept_quiet(story):
    runs, narrators, facts, now = Runs(), {"P": Narrator(), "Q": Narrator()}, [], 0
    told, expected = Counter(), Counter()
    last = {"P": day(-1), "Q": day(-1)}
    for place, (gap, scene) in enumerate(story):
        now += gap
        listed = {}
        for name, look in zip("PQ", scene, strict=True):
            if look is None:
                continue
            band, median_days, acted, strong = look
            if acted or strong:
                last[name] = day(now - 1)
            if strong:
                facts.append((name, "quote", day(now - 1), day(now - 1)))
            listed[name] = (band, 0.5, median_days, last[name])
            mine = [fact[2] for fact in facts if fact[0] == name]
            expected.update(
                (name, *key)
                for key in narrators[name].hear(day(now), band, median_days, last[name], mine)
                if place
            )
        frame = runs.score(day(now), listed, facts)
        assert not frame.duplicated(["prospect_id", "kind"]).any()
        told.update(zip(frame["prospect_id"], frame["kind"], _things(frame), strict=True))
    assert told == expected
    once = [count for (_, kind, _), count in told.items() if kind not in {"became_hot", "fell"}]
    assert max(once, default=1) == 1


def _things(frame):
    """What each alert is about, so that the same thing twice would show."""
    return [
        row["current_value"] if row["kind"] == "close_slipped" else str(row["since"])
        if row["kind"] in {"gone_silent", "strong_signal"} else row["current_value"]
        for row in frame.to_dict("records")
    ]  # fmt: skip


class Narrator:
    """Tells one prospect's story with a set of things told; no table, no state file."""

    def __init__(self):
        self.told, self.band, self.date = set(), None, None

    def hear(self, now, band, median_days, last, quotes):
        height = {"cold": 0, "warm": 1, "hot": 2}
        before, self.band = self.band, band
        if band == "hot" and before != "hot":
            yield "became_hot", "hot"
        if before is not None and height[band] < height[before]:
            yield "fell", band
        valued = before in {"hot", "warm"}
        fresh = [at for at in quotes if ("quote", at) not in self.told]
        self.told |= {("quote", at) for at in fresh}
        if fresh:
            yield "strong_signal", str(pd.Timestamp(max(fresh)))
        if (now - last).days >= RULE.silent_days and ("silent", last) not in self.told:
            self.told.add(("silent", last))
            if valued:
                yield "gone_silent", str(pd.Timestamp(last))
        if not np.isnan(median_days):
            date = now + timedelta(days=median_days)
            if self.date is None or date < self.date:
                self.date = date
            elif (date - self.date).days > RULE.slipped_days:
                self.date = date
                if valued:
                    yield "close_slipped", f"{date:%Y-%m-%d}"


def test_kinds_are_in_the_order_of_importance():
    assert KINDS == ("strong_signal", "became_hot", "fell", "gone_silent", "close_slipped")
