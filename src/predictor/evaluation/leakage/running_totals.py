"""The check on numbers that go on counting: up to the outcome, or to the day of the export.

A running total is the higher the longer a prospect was in the CRM, whatever it counts. Three things
show it without any history of the number itself; one doubt comes of them, as they hang together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from predictor.evaluation.leakage.population import MIN_ROWS, Population, Suspicion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.crm.crm import Crm

#: Rank correlation of a number with age among the open, and how far that of the closed stays below.
GROWTH, GROWTH_BEYOND_HABIT = 0.3, 0.2
#: Rank correlation with the days to the outcome. Honest: .24 at most (the amount of a loan).
GROWTH_TO_OUTCOME = 0.6
#: Rank correlation with the interactions that followed the day of creation. Honest: .23 at
#: most (the amount of a loan).
COUNTS_INTERACTIONS = 0.8
#: The most frequent types are asked for, each by itself, of so many prospects.
MAX_TYPES, MAX_ASKED = 20, 5_000


def running_total(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether a number goes with what came after the creation: time, or interactions."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return None
    numbers = values.astype(float)
    return (
        counts_interactions(numbers, population)
        or grows_with_age(numbers, population)
        or grows_to_outcome(numbers, population)
    )


def grows_with_age(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether a number is the higher the older an open prospect is.

    Of the closed it stopped at the outcome; what they show as well is a change of habits over the
    calendar, as in `filled_over_time`.
    """
    is_open = population.outcome == "open"
    age_days = population.age_days
    of_open = _rank_correlation(values, age_days, is_open)
    of_closed = _rank_correlation(values, age_days, ~is_open)
    if np.isnan(of_open) or np.isnan(of_closed):
        return None
    if of_open < GROWTH or of_open - of_closed < GROWTH_BEYOND_HABIT:
        return None
    evidence = (
        f"grows with age as a running total does: rank correlation {of_open:.2f} among the open, "
        f"{of_closed:.2f} among the closed"
    )
    return Suspicion("weak", evidence)


def grows_to_outcome(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether a number is the higher the longer the outcome took, by month of creation.

    An export of the decided alone has no open prospects to grow.
    """
    closed = population.outcome != "open"
    found = _rank_correlation(values, population.lived_days, closed, population.stratum)
    if not found >= GROWTH_TO_OUTCOME:
        return None
    evidence = (
        "is the higher the longer the outcome took, as a running total is: rank correlation "
        f"{found:.2f} among the closed created in the same month"
    )
    return Suspicion("weak", evidence)


def counts_interactions(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether a number goes with the interactions after the day of creation, or one type."""
    some = np.arange(len(values)) % -(-len(values) // MAX_ASKED) == 0
    found = {
        name: _rank_correlation(values, counted.to_numpy(np.float64), some, population.stratum)
        for name, counted in population.interactions.items()
    }
    clear = {name: size for name, size in found.items() if size >= COUNTS_INTERACTIONS}
    if not clear:
        return None
    name = max(clear, key=clear.__getitem__)
    what = f"of type '{name}' " if name else ""
    evidence = (
        f"counts what came later: its rank correlation with the number of interactions {what}"
        f"after the day of creation is {clear[name]:.2f}"
    )
    return Suspicion("weak", evidence)


def later_interactions(crm: Crm) -> pd.DataFrame:
    """Count the interactions of each prospect from the midnight after its creation on.

    Returns
    -------
    DataFrame
        Index prospect_id; a column for each of the 20 most frequent types, and '' for all.
    """
    people = crm.prospects.select("prospect_id", "created_at")
    facts = crm.interactions.select("prospect_id", "occurred_at", "type").join(
        people, "prospect_id"
    )
    day_after = facts.created_at.truncate("D") + ibis.interval(days=1)
    later = facts.filter(facts.occurred_at >= day_after)
    rows = later.group_by("type").agg(rows=later.count())
    types = crm.connection.execute(rows.order_by([ibis.desc("rows"), "type"]).limit(MAX_TYPES))
    names = ["", *types["type"]]
    of_type = {f"n{i}": later.count(where=later.type == name) for i, name in enumerate(names) if i}
    counts = later.group_by("prospect_id").agg(n0=later.count(), **of_type)
    frame: pd.DataFrame = crm.connection.execute(counts).set_index("prospect_id")
    return frame.set_axis(names, axis="columns")


def _rank_correlation(
    values: pd.Series,
    other: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    stratum: NDArray[np.intp] | None = None,
) -> float:
    """Spearman correlation among the chosen, within strata; NaN for too few, or for one value."""
    pairs = pd.DataFrame({"value": values.to_numpy(np.float64), "other": other})
    group = pd.Series(0 if stratum is None else stratum, index=pairs.index)
    kept = chosen & pairs.notna().all(axis=1).to_numpy()
    pairs = pairs.loc[kept]
    if len(pairs) < MIN_ROWS or (pairs.nunique() < 2).any():
        return float("nan")
    ranks = pairs.rank()
    around = ranks - ranks.groupby(group[kept]).transform("mean")
    spread = float(np.sqrt((around["value"] ** 2).sum() * (around["other"] ** 2).sum()))
    return float((around["value"] * around["other"]).sum() / spread) if spread > 0 else float("nan")
