"""The checks on one attribute: each returns what it saw, or nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from predictor.evaluation.leakage.association import fill_gap, value_auc
from predictor.evaluation.leakage.lateness import filled_over_time, later_than_creation
from predictor.evaluation.leakage.naming import identifier, named_as_rewritten
from predictor.evaluation.leakage.population import MIN_OUTCOMES, STRENGTHS, Population, Suspicion
from predictor.evaluation.leakage.running_totals import running_total

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

STRONG_ODDS_RATIO, WEAK_ODDS_RATIO = 8.0, 3.0
STRONG_AUC, WEAK_AUC = 0.9, 0.8
MIN_FILL_GAP = 0.05
MIN_Z = 5.0


def suspicions(name: str, values: pd.Series, population: Population) -> list[Suspicion]:
    """Run every check on one attribute.

    Parameters
    ----------
    name : str
    values : Series, shape (n,)
    population : Population

    Returns
    -------
    list of Suspicion
        The strongest first.
    """
    found = [
        filled_with_outcome(values, population),
        value_tells_outcome(values, population),
        later_than_creation(values, population),
        filled_over_time(values, population),
        running_total(values, population),
        identifier(values, population),
        named_as_rewritten(name, values),
    ]
    return _strongest_first(found)


def filling_suspicions(values: pd.Series, population: Population) -> list[Suspicion]:
    """Run the checks on whether a value is there, for a key such as account_id."""
    return _strongest_first(
        [filled_with_outcome(values, population), filled_over_time(values, population)]
    )


def amount_suspicions(values: pd.Series, population: Population) -> list[Suspicion]:
    """Run the checks on an amount, of which it is no fault that every prospect has its own."""
    return _strongest_first(
        [
            filled_with_outcome(values, population),
            value_tells_outcome(values, population),
            filled_over_time(values, population),
            running_total(values, population),
        ]
    )


def _strongest_first(found: Iterable[Suspicion | None]) -> list[Suspicion]:
    seen = [each for each in found if each is not None]
    return sorted(seen, key=lambda each: STRENGTHS.index(each.strength))


def filled_with_outcome(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether it is filled far more, or less, for one outcome, by month of creation."""
    filled = values.notna().to_numpy()
    worst: Suspicion | None = None
    worst_size = math.log(WEAK_ODDS_RATIO)
    for cause in ("won", "lost"):
        target = population.outcome == cause
        gap = fill_gap(filled, target, population.stratum)
        size = abs(math.log(gap.odds_ratio))
        clear = abs(gap.rate_in - gap.rate_out) >= MIN_FILL_GAP and abs(gap.z) >= MIN_Z
        if clear and target.sum() >= MIN_OUTCOMES and size > worst_size:
            worst_size = size
            worst = Suspicion(
                "strong" if size >= math.log(STRONG_ODDS_RATIO) else "weak",
                f"is filled for {_rates(filled, population)}: odds {_times(gap.odds_ratio)} for "
                f"the {cause} against the rest created in the same month",
            )
    return worst


def value_tells_outcome(values: pd.Series, population: Population) -> Suspicion | None:
    """See whether it alone tells one outcome from the rest too well to be true."""
    best, best_cause = 0.0, ""
    for cause in ("won", "lost"):
        target = population.outcome == cause
        if MIN_OUTCOMES <= target.sum() <= len(target) - MIN_OUTCOMES:
            auc = value_auc(values, target, population.stratum)
            if auc > best:
                best, best_cause = auc, cause
    if best < WEAK_AUC:
        return None
    evidence = f"alone tells the {best_cause} from the rest with an AUC of {best:.2f}"
    return Suspicion("strong" if best >= STRONG_AUC else "weak", evidence)


def _rates(filled: NDArray[np.bool_], population: Population) -> str:
    parts = []
    for word in ("won", "lost", "open"):
        chosen = population.outcome == word
        if chosen.any():
            parts.append(f"{filled[chosen].mean():.0%} of the {word}")
    return ", ".join(parts)


def _times(odds_ratio: float) -> str:
    """Say an odds ratio: '12 times', '1/12'; beyond 100 the exact size says nothing."""
    size = max(odds_ratio, 1 / odds_ratio)
    number = "over 100" if size > 100 else f"{size:.0f}"
    return f"{number} times higher" if odds_ratio >= 1 else f"{number} times lower"
