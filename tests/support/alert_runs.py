"""Scoring runs of a few prospects, one after the other, for tests of alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from predictor.lists.alert_state import STATE_FILE
from predictor.lists.alerts import AlertRule, Watched, find_alerts
from predictor.lists.previous import Previous

START = datetime(2024, 3, 1)
RULE = AlertRule(silent_days=10, silent_times_usual=3, slipped_days=5)
BANDS = {"en": ("hot", "warm", "cold"), "fr": ("chaud", "tiède", "froid")}


class Runs:
    """Scoring runs of a few prospects, one after the other, each with what the last one kept."""

    def __init__(self, rule=RULE, language="en"):
        self.rule, self.language = rule, language
        self.previous, self.not_told = None, {}

    def score(self, as_of, prospects, facts=(), gaps=None, keep_state=True, former=None):
        """Score prospects given as {id: (band, probability, median days, last interaction)}.

        `former` gives the band, the probability and the median days by another model.
        """
        listed = self._listed(as_of, prospects)
        known = replace(watched(facts, as_of, gaps), by_former=self._by_former(former))
        alerts = find_alerts(listed, known, self.previous, as_of, self.rule, self.language)
        self.not_told = alerts.not_told
        keys = dict(zip(BANDS[self.language], BANDS["en"], strict=True))
        table = listed.assign(band=listed["band"].map(keys))
        self.previous = StandIn(
            Path("runs"), as_of, table, {"files": {}}, alerts.state if keep_state else None
        )
        return alerts.frame

    def _by_former(self, former):
        if former is None:
            return None
        columns = ["prospect_id", "band", "conversion_probability", "days_to_close_median"]
        frame = pd.DataFrame([(name, *look) for name, look in former.items()], columns=columns)
        names = dict(zip(BANDS["en"], BANDS[self.language], strict=True))
        types = {"band": "str", "days_to_close_median": "float64"}
        return frame.assign(band=frame["band"].map(names)).astype(types)

    def _listed(self, as_of, prospects):
        frame = pd.DataFrame(
            [(name, *values) for name, values in prospects.items()],
            columns=[
                "prospect_id", "band", "conversion_probability", "days_to_close_median",
                "last_interaction_at",
            ],
        )  # fmt: skip
        names = dict(zip(BANDS["en"], BANDS[self.language], strict=True))
        before = {} if self.previous is None else dict(
            zip(self.previous.table["prospect_id"],
                self.previous.table["conversion_probability"], strict=True)
        )  # fmt: skip
        return frame.assign(
            band=frame["band"].map(names).astype("str"),
            days_to_close_median=frame["days_to_close_median"].astype("float64"),
            last_interaction_at=frame["last_interaction_at"].astype("datetime64[us]"),
            account_id="A", owner="Ana", rank=np.arange(1, len(frame) + 1),
            as_of=pd.Timestamp(as_of), reason_1="Had a call", change_reason="Changed",
            previous_probability=frame["prospect_id"].map(before).astype("float64"),
        )  # fmt: skip


class StandIn(Previous):
    """A previous run whose state is at hand."""

    def __init__(self, folder, as_of, table, manifest, state):
        super().__init__(folder, as_of, table, manifest)
        object.__setattr__(self, "state", state)

    def companion(self, name):
        assert name == STATE_FILE
        return self.state


def watched(facts, as_of, gaps=None):
    """Facts are (prospect, type, occurred_at, known_at)."""
    frame = pd.DataFrame(list(facts), columns=["prospect_id", "type", "occurred_at", "known_at"])
    frame = frame[frame["known_at"].astype("datetime64[us]") < as_of]
    frame = frame.assign(did="Asked for a " + frame["type"].astype("str"))
    types = {"prospect_id": "str", "type": "str", "did": "str"}
    instants = {"occurred_at": "datetime64[us]", "known_at": "datetime64[us]"}
    return Watched(frame.astype({**types, **instants}), pd.Series(gaps or {}, dtype="float64"))


def day(number):
    return START + timedelta(days=number)


def kinds(frame):
    return list(zip(frame["prospect_id"], frame["kind"], strict=True))
