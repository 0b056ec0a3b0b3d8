"""What a scoring run says of the time since the previous one: changes, and alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import ibis

from predictor.features.vocabulary import word_for
from predictor.lists.alert_state import STATE_FILE, STRONG_DAYS
from predictor.lists.alerts import AlertRule, Alerts, Watched, find_alerts
from predictor.lists.changes import finished_changes, previous_columns
from predictor.lists.csv_files import to_csv
from predictor.operations.change import changes_since

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pandas as pd

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Text
    from predictor.lists.files import Writer
    from predictor.lists.previous import Previous
    from predictor.operations.gathering import Gathered
    from predictor.operations.registry import RegisteredPredictor

CHANGES_FILE = "changes.parquet"
ALERTS_FILE = "alerts.csv"
#: Days with interactions that make a habit.
LEAST_ACTIVE_DAYS = 3


@dataclass(frozen=True, eq=False)
class LookBack:
    """The scores beside the previous run.

    Attributes
    ----------
    previous : Previous or None
        The previous run.
    changes : DataFrame or None
        The split of each change, by prospect_id; None without a previous run, or where the
        configuration does not ask for it.
    columns : DataFrame
        `predictor.lists.changes.PREVIOUS_COLUMNS` of each scored prospect.
    strong : DataFrame
        Strong signals; see `predictor.lists.alerts.Watched`.
    """

    previous: Previous | None
    changes: pd.DataFrame | None
    columns: pd.DataFrame
    strong: pd.DataFrame

    def companions(self, ranked: pd.DataFrame, alerts: Alerts) -> dict[str, Writer]:
        """Give the files of a run that look back, for `predictor.lists.files.write_run`."""
        files: dict[str, Writer] = {
            ALERTS_FILE: partial(to_csv, alerts.frame.round({"conversion_probability": 4})),
            STATE_FILE: partial(alerts.state.to_parquet, index=False, compression="zstd"),
        }
        if self.previous is not None and self.changes is not None:
            table = finished_changes(ranked, self.changes, self.previous.as_of)
            files[CHANGES_FILE] = partial(table.to_parquet, index=False, compression="zstd")
        return files


def look_back(
    previous: Previous | None,
    crm: Crm,
    config: Config,
    registered: RegisteredPredictor,
    scores: Gathered,
    as_of: datetime,
    tell: Callable[[Text], None],
) -> LookBack:
    """Set scores beside those of the previous run; parameters as of `changes_since`."""
    changes = None
    strong = strong_signals(crm, config, previous, as_of)
    if previous is not None and config.changes.split:
        changes = changes_since(previous, crm, config, registered, scores, as_of, tell)
    columns = previous_columns(scores.frame, previous, changes, strong, as_of, config.language)
    return LookBack(previous, changes, columns, strong)


def find_run_alerts(
    ranked: pd.DataFrame,
    back: LookBack,
    crm: Crm,
    config: Config,
    as_of: datetime,
    by_former: pd.DataFrame | None = None,
) -> Alerts:
    """Find the alerts of a list, as the configuration asks for them.

    Parameters
    ----------
    ranked : DataFrame
        The list.
    back : LookBack
        The scores beside those of the previous run.
    crm : Crm
        The facts; those known before `as_of` are used.
    config : Config
        What is told, and in which words.
    as_of : datetime
        The instant of the list.
    by_former : DataFrame, optional
        The list by the former model, see `predictor.operations.former_model`.
    """
    asked = config.alerts
    rule = AlertRule(asked.kinds, asked.silent_days, asked.silent_times_usual, asked.slipped_days)
    watched = Watched(back.strong, usual_gap_days(crm.known_at(as_of)), by_former)
    return find_alerts(ranked, watched, back.previous, as_of, rule, config.language)


def strong_signals(
    crm: Crm, config: Config, previous: Previous | None, as_of: datetime
) -> pd.DataFrame:
    """Return the strong signals that may be told, with what people call them."""
    since = (as_of if previous is None else previous.as_of) - timedelta(days=STRONG_DAYS)
    interactions = crm.known_at(as_of).interactions
    strong = interactions.filter(
        interactions.type.isin(list(config.features.strong_types)),
        interactions.occurred_at >= ibis.literal(since),
    ).select("prospect_id", "type", "occurred_at", "known_at")
    found: pd.DataFrame = crm.connection.execute(strong.distinct())
    words = {
        name: word_for(name, config.labels).did[config.language] for name in found["type"].unique()
    }
    types = {"prospect_id": "str", "type": "str", "did": "str"}
    instants = {"occurred_at": "datetime64[us]", "known_at": "datetime64[us]"}
    return found.assign(did=found["type"].map(words)).astype({**types, **instants})


def usual_gap_days(crm: Crm) -> pd.Series:
    """Return by prospect the mean days from one active day to the next, where there is a habit."""
    day = crm.interactions.occurred_at.date()
    days = crm.interactions.group_by("prospect_id").agg(
        first=day.min(), last=day.max(), active_days=day.nunique()
    )
    habits = days.filter(days.active_days >= LEAST_ACTIVE_DAYS)
    span_days = habits.last.delta(habits["first"], unit="day")
    gaps = habits.select("prospect_id", gap_days=span_days / (habits.active_days - 1))
    found: pd.DataFrame = crm.connection.execute(gaps)
    return found.set_index("prospect_id")["gap_days"].astype("float64")
