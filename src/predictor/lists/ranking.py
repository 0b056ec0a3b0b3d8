"""Ranking: the order in which open prospects are to be worked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from predictor.lists.bands import BandRule, Language, band_names
from predictor.lists.columns import RANKED_COLUMNS
from predictor.lists.follow_ups import FOLLOW_UP_COLUMNS, pick
from predictor.lists.work import Work, plan_work

if TYPE_CHECKING:
    import pandas as pd

RankedBy = Literal["probability", "expected_value", "expected_value_per_day"]

_MADE_HERE = (
    "rank",
    "band",
    "expected_value",
    "follow_up",
    "expected_value_per_day",
    "exploration",
)
SCORED_COLUMNS = (
    *(name for name in RANKED_COLUMNS if name not in _MADE_HERE),
    "amount",
    "do_not_contact",
    "expected_days_open",
    *FOLLOW_UP_COLUMNS,
)
"""Columns that `rank` needs, one row per open prospect."""


_KEYS: dict[RankedBy, str] = {
    "probability": "conversion_probability",
    "expected_value": "expected_value",
    "expected_value_per_day": "expected_value_per_day",
}


@dataclass(frozen=True)
class Ranked:
    """A ranked list.

    Attributes
    ----------
    frame : DataFrame
        `RANKED_COLUMNS`, best prospect first.
    n_do_not_contact : int
        Prospects that were left out because they must not be contacted.
    candidates : DataFrame, optional
        With an exploration: prospect_id, as_of, exploration and propensity of each cold prospect.
    """

    frame: pd.DataFrame
    n_do_not_contact: int
    candidates: pd.DataFrame | None = None


def rank(
    scored: pd.DataFrame,
    by: RankedBy = "probability",
    bands: BandRule | None = None,
    language: Language = "en",
    work: Work | None = None,
) -> Ranked:
    """Rank scored prospects, best first.

    Prospects marked do_not_contact are left out and counted; bands and ranks are those of the
    prospects that remain. With h the horizon and T the time to a prospect's outcome,

        expected_value         = amount * P(won within h)
        expected_value_per_day = expected_value / E[min(T, h)]

    missing where the amount is. The second is the rate at which a place in somebody's hands earns,
    where a prospect holds the place until it is won, is lost, or the horizon has passed, and the
    next one then takes it: by the renewal-reward theorem the long-run reward per unit of time is
    the expected reward of a cycle over its expected length (Ross, 1996, Stochastic Processes, 2nd
    edition, theorem 3.6.1).

    Ties are broken by probability, then by prospect_id; by an expected value, prospects without an
    amount come last, by probability.

    Parameters
    ----------
    scored : DataFrame
        One row per open prospect, with `SCORED_COLUMNS`; `amount` may be missing.
    by : {"probability", "expected_value", "expected_value_per_day"}
        What the list is ordered by, descending.
    bands : BandRule, optional
        Where hot and warm begin; by default the top 10% and the next 30%.
    language : {"en", "fr"}
        Language of the bands' names.
    work : Work, optional
        Capacity, the bands of the previous run, and the exploration; by default none of them.

    Returns
    -------
    Ranked
        The list and the number of prospects left out.

    Raises
    ------
    ValueError
        Where a column is missing, a prospect appears twice, or a probability is not in [0, 1].
    """
    _check(scored)
    left_out = scored["do_not_contact"].astype(bool)
    listed = scored.loc[~left_out].copy()
    listed["expected_value"] = listed["conversion_probability"] * listed["amount"].astype("float64")
    listed["expected_value_per_day"] = listed["expected_value"] / listed["expected_days_open"]
    keys = list(dict.fromkeys([_KEYS[by], "conversion_probability", "prospect_id"]))
    listed = listed.sort_values(
        keys, ascending=[key == "prospect_id" for key in keys], na_position="last"
    ).reset_index(drop=True)
    listed["rank"] = np.arange(1, len(listed) + 1, dtype=np.int64)
    plan = plan_work(listed, bands or BandRule(), work or Work())
    listed["band"] = band_names(plan.height, language)
    listed["follow_up"] = pick(listed, plan.height)
    listed = listed.astype({"band": "str", "follow_up": "str"})
    listed["exploration"] = plan.draw.drawn
    frame = listed.loc[:, list(RANKED_COLUMNS)]
    return Ranked(frame, int(left_out.sum()), plan.candidates(listed))


def _check(scored: pd.DataFrame) -> None:
    missing = [name for name in SCORED_COLUMNS if name not in scored]
    if missing:
        msg = f"scored prospects lack the columns {missing}"
        raise ValueError(msg)
    if scored["do_not_contact"].isna().any():
        msg = "do_not_contact must be true or false for every prospect"
        raise ValueError(msg)
    if scored["prospect_id"].duplicated().any():
        twice = scored.loc[scored["prospect_id"].duplicated(), "prospect_id"].iloc[0]
        msg = f"prospect {twice!r} appears twice: score each open prospect once"
        raise ValueError(msg)
    if not scored["conversion_probability"].between(0, 1).all():
        msg = "conversion_probability must lie between 0 and 1, without missing values"
        raise ValueError(msg)
