"""Ranking: the order in which open prospects are to be worked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from predictor.lists.bands import BandRule, Language, assign_bands
from predictor.lists.columns import RANKED_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

_MADE_HERE = ("rank", "band", "expected_value")
SCORED_COLUMNS = (
    *(name for name in RANKED_COLUMNS if name not in _MADE_HERE),
    "amount",
    "do_not_contact",
)
"""Columns that `rank` needs, one row per open prospect."""


@dataclass(frozen=True)
class Ranked:
    """A ranked list.

    Attributes
    ----------
    frame : DataFrame
        `RANKED_COLUMNS`, best prospect first.
    n_do_not_contact : int
        Prospects that were left out because they must not be contacted.
    """

    frame: pd.DataFrame
    n_do_not_contact: int


def rank(
    scored: pd.DataFrame,
    by: Literal["probability", "expected_value"] = "probability",
    bands: BandRule | None = None,
    language: Language = "en",
) -> Ranked:
    """Rank scored prospects, best first.

    Prospects marked do_not_contact are left out and counted; bands and ranks are those of the
    prospects that remain. ``expected_value = conversion_probability * amount``, missing where the
    amount is. Ties are broken by probability, then by prospect_id; with
    ``by="expected_value"``, prospects without an amount come last, by probability.

    Parameters
    ----------
    scored : DataFrame
        One row per open prospect, with `SCORED_COLUMNS`; `amount` may be missing.
    by : {"probability", "expected_value"}
        What the list is ordered by, descending.
    bands : BandRule, optional
        Where hot and warm begin; by default the top 10% and the next 30%.
    language : {"en", "fr"}
        Language of the bands' names.

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
    listed["band"] = assign_bands(listed["conversion_probability"], bands or BandRule(), language)
    listed["band"] = listed["band"].astype("str")
    keys = ["conversion_probability", "prospect_id"]
    if by == "expected_value":
        keys.insert(0, "expected_value")
    listed = listed.sort_values(
        keys, ascending=[key == "prospect_id" for key in keys], na_position="last"
    ).reset_index(drop=True)
    listed["rank"] = np.arange(1, len(listed) + 1, dtype=np.int64)
    return Ranked(listed.loc[:, list(RANKED_COLUMNS)], int(left_out.sum()))


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
