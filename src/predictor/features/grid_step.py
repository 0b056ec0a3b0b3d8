"""How many days lie between two snapshots of a prospect, where nobody said it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from predictor.config import Config
    from predictor.crm.crm import Crm

#: Round numbers of days, from which a step is chosen. The longest is what people chose for cycles
#: of 6 to 18 months; a finer step than needed costs time alone, which `max_snapshots` bounds.
STEPS_DAYS = (1, 2, 3, 7, 14)
#: Of the median life of those who are won: they are looked at six or seven times until then.
SHARE_OF_LIFE = 0.15
#: With fewer won, their median says little.
MIN_WON = 20
DEFAULT_DAYS = 7


def step_days(crm: Crm, config: Config, as_of: datetime) -> int:
    """Return the days between two snapshots, of the configuration or as chosen by the data.

    The choice follows from the median life, from creation to outcome, of the prospects known as
    won at `as_of` within the history: about 15% of it, on a round number of days. No single
    outcome moves a median much.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `as_of` are used.
    config : Config
        `snapshots.every_days` and `snapshots.history_days`.
    as_of : datetime
        The training instant, UTC.

    Returns
    -------
    int
        Days.
    """
    every_days = config.snapshots.every_days
    if every_days != "auto":
        return every_days
    known = crm.known_at(as_of)
    since = as_of - timedelta(days=config.snapshots.history_days)
    won = known.outcomes.filter(known.outcomes.outcome == "won", known.outcomes.closed_at >= since)
    people = known.prospects.select("prospect_id", "created_at")
    lives = won.select("prospect_id", "closed_at").join(people, "prospect_id")
    days = lives.closed_at.delta(lives.created_at, unit="second") / 86_400
    found = crm.connection.execute(lives.aggregate(n=lives.count(), median=days.median())).iloc[0]
    return DEFAULT_DAYS if found["n"] < MIN_WON else nearest_step_days(float(found["median"]))


def nearest_step_days(median_life_days: float) -> int:
    """Return the round number of days that is closest, as a ratio, to SHARE_OF_LIFE of a life.

    Examples
    --------
    >>> [nearest_step_days(days) for days in (1, 14, 20, 33, 240)]
    [1, 2, 3, 7, 14]
    """
    wanted = max(SHARE_OF_LIFE * median_life_days, 1.0)
    ratios = np.abs(np.log(np.array(STEPS_DAYS) / wanted))
    return STEPS_DAYS[int(ratios.argmin())]
