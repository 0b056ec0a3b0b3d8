"""Alerts where the model changed: what it alone moved is counted, what prospects did is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.alert_runs import Runs, day, kinds

from predictor.lists.alert_state import read_state
from predictor.lists.alert_words import say_not_told
from predictor.lists.band_moves import least_move
from predictor.lists.changes import LEAST_CHANGE

WEEK = 7
NO_DATE = np.nan


def band_of(probability):
    return "hot" if probability >= 0.5 else "warm" if probability >= 0.2 else "cold"


class Models:
    """Weekly runs of the prospect P, whose score by a model is its own plus the model's shift."""

    def __init__(self, language="en"):
        self.runs, self.week, self.shift = Runs(language=language), 0, None

    def score(self, own, shift=0.0, date=None, date_shift=0):
        """Score it; `date` is its own closing date in days after the start."""
        now = WEEK * self.week
        look = (*self._look(own, shift), NO_DATE if date is None else date + date_shift - now)
        former = None
        if self.shift is not None and (shift, date_shift) != self.shift:
            old_shift, old_date = self.shift
            ahead = NO_DATE if date is None else date + old_date - now
            former = {"P": (*self._look(own, old_shift), ahead)}
        self.week, self.shift = self.week + 1, (shift, date_shift)
        return self.runs.score(day(now), {"P": (*look, day(now - 1))}, former=former)

    @staticmethod
    def _look(own, shift):
        return band_of(own + shift), own + shift


def told(*scores):
    models = Models()
    return [[kind for _, kind in kinds(models.score(*score))] for score in scores]


def test_a_step_that_the_new_model_alone_makes_is_counted_and_not_told():
    models = Models()
    models.score(0.4)
    assert models.score(0.4, 0.2).empty
    assert models.runs.not_told == {"became_hot": 1, "fell": 0, "close_slipped": 0}
    assert models.score(0.4).empty
    assert models.runs.not_told == {"became_hot": 0, "fell": 1, "close_slipped": 0}
    models.score(0.4)
    assert models.runs.not_told == {}


def test_a_step_that_the_former_model_would_make_too_is_told():
    assert told((0.48,), (0.51, 0.2)) == [[], ["became_hot"]]
    assert told((0.52,), (0.49, -0.2)) == [[], ["fell"]]


def test_a_step_that_both_made_together_is_told_where_the_own_part_is_a_move():
    assert told((0.3,), (0.4, 0.2)) == [[], ["became_hot"]]
    assert told((0.3,), (0.32, 0.2)) == [[], []]
    assert told((0.3,), (0.25, -0.1)) == [[], ["fell"]]


def test_a_step_waits_until_the_score_moved_by_itself():
    models = Models()
    models.score(0.4)
    models.score(0.4, 0.2)
    assert models.score(0.45, 0.2).empty  # from 0.6 a move is 0.08
    row = models.score(0.49, 0.2).iloc[0]
    assert row["kind"] == "became_hot"
    assert row["reason"] == "Up 9 points since 1 March; had a call"
    assert (row["previous_value"], row["current_value"]) == ("warm", "hot")
    assert row["since"] == pd.Timestamp(day(0))
    assert models.score(0.6, 0.2).empty


def test_a_fall_waits_too_and_says_since_when_in_french():
    models = Models("fr")
    models.score(0.6)
    assert models.score(0.6, -0.2).empty
    assert models.score(0.6, -0.2).empty
    row = models.score(0.5, -0.2).iloc[0]
    assert row["kind"] == "fell"
    assert row["reason"] == "Baisse de 10 points depuis le 1er mars"
    assert (row["previous_value"], row["current_value"]) == ("chaud", "tiède")
    assert models.score(0.45, -0.2).empty


def test_a_step_back_from_a_step_that_waits_is_told_and_ends_the_waiting():
    up = (0.4, 0.2)
    assert told((0.4,), up, (0.2, 0.2), up, (0.6, 0.2)) == [
        [], [], ["fell"], ["became_hot"], [],
    ]  # fmt: skip


def test_a_step_that_a_third_model_takes_back_is_forgotten():
    assert told((0.4,), (0.4, 0.2), (0.4,), (0.49,), (0.55,)) == [[], [], [], [], ["became_hot"]]


def test_another_model_in_between_does_not_count_as_a_move():
    assert told((0.4,), (0.4, 0.2), (0.4, 0.3), (0.45, 0.3), (0.5, 0.3)) == [
        [], [], [], [], ["became_hot"],
    ]  # fmt: skip


def test_a_prospect_that_is_new_and_hot_is_told_whatever_the_model():
    runs = Runs()
    runs.score(day(0), {})
    hot, former = {"P": ("hot", 0.6, NO_DATE, day(6))}, {"P": ("warm", 0.3, NO_DATE)}
    assert kinds(runs.score(day(7), hot, former=former)) == [("P", "became_hot")]


def test_a_date_that_the_new_model_alone_moves_is_counted_and_own_slips_add_up():
    models = Models()
    models.score(0.4, 0.0, 60)
    assert models.score(0.4, 0.0, 63).empty  # slips of more than 5 days are told
    assert models.score(0.4, 0.0, 63, 20).empty
    assert models.runs.not_told["close_slipped"] == 1
    row = models.score(0.4, 0.0, 66, 20).iloc[0]
    assert row["reason"] == "If it closes: 6 days later than foreseen on 1 March"


def test_what_was_not_told_is_said_once_in_both_languages():
    counts = {"became_hot": 1200, "fell": 0, "close_slipped": 1}
    said = say_not_told(counts)
    assert said.fr == (
        "Avec le nouveau modèle seul, sans mouvement de leur part : devenu chaud 1\u202f200, "
        "conclusion repoussée 1. Aucune alerte n'en parle."
    )
    assert "became hot 1,200, close date slipped 1." in said.en
    assert say_not_told(dict.fromkeys(counts, 0)) is say_not_told({}) is None


def test_a_state_of_an_older_release_is_read_as_one_in_which_nothing_waits():
    runs = Runs()
    runs.score(day(0), {"P": ("hot", 0.6, NO_DATE, day(-1))})
    state = runs.previous.state
    older = state.drop(columns=["own_band", "own_probability", "own_since"])
    pd.testing.assert_frame_equal(
        read_state(older)[list(state.columns[1:])], state.set_index("prospect_id")
    )


# Between the thousandths, so that no score lies on an edge and no move is just wide enough.
own_scores = st.integers(250, 750).map(lambda thousandths: thousandths / 1000 + 0.0003)
weeks = st.lists(
    st.tuples(own_scores, st.sampled_from([0.0, 0.0, 0.0, 0.2, -0.2])), min_size=3, max_size=9
)
HEIGHT = {"cold": 0, "warm": 1, "hot": 2}


@settings(max_examples=20, deadline=None)
@given(weeks)
def test_steps_agree_with_a_narrator_and_none_is_told_twice(story):
    models, narrator, heights, last = Models(), Narrator(), [], {}
    for own, shift in story:
        rows = models.score(own, shift).to_dict("records")
        heights.append(HEIGHT[band_of(own + shift)])
        assert [row["kind"] for row in rows] == narrator.hear(own, shift)
        for row in rows:
            after = HEIGHT[row["current_value"]]
            assert after == heights[-1]
            if row["kind"] in last:
                since, to = last[row["kind"]]
                lower = min(heights[since:]) < 2
                higher = max(heights[since:]) > to or HEIGHT[row["previous_value"]] <= to
                assert lower if row["kind"] == "became_hot" else higher
            last[row["kind"]] = len(heights) - 1, after


class Narrator:
    """Tells of steps by the prospect's own scores: what the model adds plays no part in a move."""

    def __init__(self):
        self.last, self.known, self.start = None, None, None

    def hear(self, own, shift):
        last, self.last = self.last, (own, shift)
        band = band_of(own + shift)
        if last is None:
            self.known = band
            return []
        before = band_of(sum(last))
        start = last[0] if self.start is None else self.start
        wide = max(LEAST_CHANGE, 0.2 * min(start + shift, 1 - start - shift))
        compared = before if band != before else self.known
        fell = HEIGHT[band] < HEIGHT[compared]
        lately_hot = band == "hot" and compared != "hot"
        if not fell and not lately_hot:
            self.known, self.start = band, None
            return []
        moved = start - own >= wide if fell else own - start >= wide
        by_former = band_of(own + last[1])
        if band != before:
            too = HEIGHT[by_former] < HEIGHT[before] if fell else by_former == "hot"
            moved = moved or too or shift == last[1]
        if not moved:
            self.start = start
            self._forget(band)
            return []
        self.known, self.start = band, None
        return ["fell" if fell else "became_hot"]

    def _forget(self, band):
        """A step that was taken back is no longer open."""
        if not (HEIGHT[band] < HEIGHT[self.known] or (band == "hot" and self.known != "hot")):
            self.known, self.start = band, None


@settings(max_examples=8, deadline=None)
@given(own_scores, st.lists(st.sampled_from([0.0, 0.2, -0.2]), min_size=2, max_size=6))
def test_a_prospect_that_stands_still_has_no_alert_whatever_the_models_say(own, shifts):
    models = Models()
    assert all(models.score(own, shift, 400, round(100 * shift)).empty for shift in shifts)


@settings(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.integers(300, 340), st.sampled_from([0, 0, 25, -25])), min_size=2,
             max_size=8)
)  # fmt: skip
def test_slips_are_told_as_if_the_model_had_stayed(story):
    moved, same = Models(), Models()
    for date, shift in story:
        frames = moved.score(0.4, 0.0, date, shift), same.score(0.4, 0.0, date)
        reasons = [frame["reason"].tolist() for frame in frames]
        assert reasons[0] == reasons[1]


@pytest.mark.parametrize("probability", [0.004, 0.3, 0.9])
def test_a_move_is_never_smaller_than_what_a_list_calls_unchanged(probability):
    assert least_move(pd.Series([probability])).iloc[0] >= LEAST_CHANGE
