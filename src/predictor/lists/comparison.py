"""What changed between two scoring runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import RunFileError

if TYPE_CHECKING:
    from predictor.lists.run import ScoringRun

N_TOP_SIGNALS = 3
_STATUS = {"both": "in both", "left_only": "new", "right_only": "gone"}


def check_horizons(now: ScoringRun, before: ScoringRun) -> None:
    """Refuse two runs whose probabilities are about different horizons.

    Raises
    ------
    RunFileError
        Names both horizons.
    """
    pairs = [(run, run.ranked["horizon_days"].unique().tolist()) for run in (now, before)]
    if all(days for _, days in pairs) and pairs[0][1] != pairs[1][1]:
        told = " and ".join(f"{run.folder} is about {days[0]} days" for run, days in pairs)
        msg = f"{told}: their probabilities do not compare, take runs of one horizon"
        raise RunFileError(msg)


def contribution_changes(now: ScoringRun, before: ScoringRun) -> pd.DataFrame:
    """Contribution now minus before, prospects in both runs x signals of either."""
    after, earlier = now.contributions(), before.contributions()
    prospects = after.index[after.index.isin(earlier.index)]
    signals = after.columns.append(earlier.columns.difference(after.columns))
    return after.reindex(index=prospects, columns=signals, fill_value=0.0) - earlier.reindex(
        index=prospects, columns=signals, fill_value=0.0
    )


def compare(now: ScoringRun, before: ScoringRun) -> pd.DataFrame:
    """One row per prospect of either run; the columns are those of `ScoringRun.compare`."""
    changes = _probabilities(now).merge(
        _probabilities(before),
        on="prospect_id",
        how="outer",
        suffixes=("_now", "_before"),
        indicator="status",
    )
    changes["status"] = changes["status"].map(_STATUS).astype("str")
    changes["change"] = changes["probability_now"] - changes["probability_before"]
    portfolio_change = now.portfolio_probability - before.portfolio_probability
    changes["portfolio_change"] = np.where(changes["change"].notna(), portfolio_change, np.nan)
    top = top_signals(contribution_changes(now, before))
    changes = changes.merge(top, left_on="prospect_id", right_index=True, how="left")
    first = ["prospect_id", "status", "probability_before", "probability_now"]
    changes = changes[[*first, "change", "portfolio_change", *top.columns]]
    return _in_order(changes)


def _probabilities(run: ScoringRun) -> pd.DataFrame:
    names = {"conversion_probability": "probability"}
    return run.ranked[["prospect_id", *names]].rename(columns=names)


def top_signals(changes: pd.DataFrame) -> pd.DataFrame:
    """Return per prospect the signals that changed most, and the sum of all the others."""
    values = changes.to_numpy()
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    names = changes.columns.to_numpy(dtype=object)[order]
    top: dict[str, pd.Series] = {}
    for place in range(N_TOP_SIGNALS):
        known = place < values.shape[1]
        name = names[:, place] if known else ""
        top[f"signal_{place + 1}"] = pd.Series(name, index=changes.index, dtype="str")
        change = ordered[:, place] if known else 0.0
        top[f"signal_{place + 1}_change"] = pd.Series(change, index=changes.index, dtype="float64")
    others = ordered[:, N_TOP_SIGNALS:].sum(axis=1)
    top["other_signals_change"] = pd.Series(others, index=changes.index, dtype="float64")
    return pd.DataFrame(top)


def _in_order(changes: pd.DataFrame) -> pd.DataFrame:
    """Largest change first, then the new prospects, then those that are gone."""
    keys = pd.DataFrame(
        {
            "status": changes["status"].map({"in both": 0, "new": 1, "gone": 2}),
            "size": -changes["change"].abs(),
            "prospect_id": changes["prospect_id"],
        }
    )
    order = keys.sort_values(["status", "size", "prospect_id"]).index
    return changes.loc[order].reset_index(drop=True)
