r"""What the randomly drawn cold prospects came to, against what was foretold.

A forward test looks at a history that the last model's list has shaped: who was ranked high was
worked. Of the cold prospects of a list, chance alone decides who is drawn (`predictor.lists.
exploration`), so that the drawn ones, each weighed by 1 / propensity, stand for all of them as if
all had been worked; the others, by 1 / (1 - propensity), as if none had been. With weights w and
outcomes y (won within the horizon), the share won is Hájek's estimate

    sum(w y) / sum(w)

(Hájek, 1971; Särndal, Swensson and Wretman, 1992, Model Assisted Survey Sampling, section 5.7). A
prospect may be in several lists: its linearised variance sums w (y - share) over each prospect
first, and gives the number of independent looks that are worth as much for Wilson's interval; it
is never taken for more than there are prospects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predictor.evaluation.metrics.calibration import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Hashable

GROUPS = ("drawn", "others")
COLUMNS = ("group", "looks", "prospects", "won", "share_won", "low", "high", "foretold")


@dataclass(frozen=True)
class Explored:
    """What cold prospects came to; one row of `table` for each of `GROUPS`.

    Attributes
    ----------
    table : DataFrame
        `COLUMNS`: how many looks (prospect and list) at how many prospects; the weighed share won
        within the horizon, with its 95% interval; and the weighed mean of what was foretold.
    lists : int
        From how many lists.
    """

    table: pd.DataFrame
    lists: int


def explored(candidates: pd.DataFrame) -> Explored | None:
    """Compare what was foretold of cold prospects with what they came to.

    Parameters
    ----------
    candidates : DataFrame
        Of lists whose horizon has passed, one row per cold prospect: prospect_id, as_of,
        exploration (whether drawn), propensity, foretold and won (within the horizon).

    Returns
    -------
    Explored or None
        None where nobody was drawn.

    Examples
    --------
    >>> four = pd.DataFrame({"prospect_id": list("abcd"), "as_of": 0, "exploration": False})
    >>> four = four.assign(propensity=0.5, foretold=0.1, won=[True, False, False, False])
    >>> four.loc[:1, "exploration"] = True
    >>> explored(four).table[["group", "looks", "share_won", "foretold"]].to_dict("split")["data"]
    [['drawn', 2, 0.5, 0.1], ['others', 2, 0.0, 0.1]]
    """
    possible = candidates[(candidates["propensity"] > 0) & (candidates["propensity"] < 1)]
    drawn = possible["exploration"].astype(bool)
    if not drawn.any():
        return None
    parts = [
        _row("drawn", possible[drawn], 1 / possible.loc[drawn, "propensity"]),
        _row("others", possible[~drawn], 1 / (1 - possible.loc[~drawn, "propensity"])),
    ]
    table = pd.DataFrame(parts, columns=list(COLUMNS))
    return Explored(table, int(candidates["as_of"].nunique()))


def say_explored(found: Explored) -> str:
    """Say what the two groups came to, in a sentence each."""
    drawn, others = (_said(row) for row in found.table.to_dict("records"))
    lists = "list" if found.lists == 1 else "lists"
    return (
        f"Cold prospects of {found.lists} past {lists}, won within the horizon: drawn at random "
        f"{drawn}; the others {others}."
    )


def _said(row: dict[Hashable, Any]) -> str:
    if not row["looks"]:
        return "nobody"
    return (
        f"{row['share_won']:.1%} (95%: {row['low']:.1%} to {row['high']:.1%}; "
        f"{row['prospects']:,} prospects), {row['foretold']:.1%} foretold"
    )


def _row(group: str, looks: pd.DataFrame, weight: pd.Series) -> dict[str, object]:
    total, won = weight.sum(), looks["won"].astype("float64")
    if looks.empty:
        nothing = dict.fromkeys(("share_won", "low", "high", "foretold"), np.nan)
        return {"group": group, "looks": 0, "prospects": 0, "won": 0, **nothing}
    share = float((weight * won).sum() / total)
    residual = (weight * (won - share)).groupby(looks["prospect_id"]).sum()
    variance = float((residual**2).sum() / total**2)
    prospects = len(residual)
    size = prospects if variance <= 0 else min(prospects, share * (1 - share) / variance)
    low, high = wilson_interval(share, size)
    foretold = float((weight * looks["foretold"]).sum() / total)
    return {
        "group": group, "looks": len(looks), "prospects": prospects, "won": int(won.sum()),
        "share_won": share, "low": low, "high": high, "foretold": foretold,
    }  # fmt: skip
