"""Snapshots whose true probability to be won by any day is known: competing risks, won and lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from predictor.features.targets import make_target

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_DAYS = 200
WON_BY_SOURCE = {"web": 0.0, "fair": 0.8, "referral": 0.5, "list": -0.7}
LOST_BY_SOURCE = {"web": 0.1, "fair": -0.4, "referral": 0.0, "list": 0.4}


@dataclass(frozen=True)
class KnownTruth:
    """Snapshots as a model sees them, and what only the simulation knows."""

    X: pd.DataFrame
    y: NDArray[Any]
    true_won: NDArray[np.float64]

    def true_probability(self, horizon_days: int) -> NDArray[np.float64]:
        """True P(won by the horizon), shape (n,)."""
        return self.true_won[:, horizon_days - 1]


def simulate_known_truth(
    n: int, seed: int, censored_within_days: tuple[float, float] = (10, 350)
) -> KnownTruth:
    """Draw n snapshots, censored uniformly within the days given and at MAX_DAYS."""
    rng = np.random.default_rng(seed)
    X = _features(n, rng)
    won, lost = _daily_rates(X)
    total = won + lost
    closed = -np.expm1(-total) * np.exp(-(np.cumsum(total, axis=1) - total))
    true_won, true_lost = (np.cumsum(closed * c / total, axis=1) for c in (won, lost))
    day = ((true_won + true_lost) < rng.random(n)[:, None]).sum(axis=1)
    at = np.minimum(day, MAX_DAYS - 1)
    row = np.arange(n)
    is_won = rng.random(n) < won[row, at] / total[row, at]
    outcome = np.where(day >= MAX_DAYS, "open", np.where(is_won, "won", "lost"))
    duration = np.where(day >= MAX_DAYS, float(MAX_DAYS), day + rng.random(n))
    censored = rng.uniform(*censored_within_days, n)
    outcome = np.where(censored < duration, "open", outcome)
    return KnownTruth(X, make_target(outcome, np.minimum(duration, censored)), true_won)


def _features(n: int, rng: np.random.Generator) -> pd.DataFrame:
    answer = rng.integers(0, 13, n).astype(float)
    answer[rng.random(n) < 0.25] = np.nan
    return pd.DataFrame(
        {
            "days_since_last": rng.exponential(20, n),
            "count_30d": rng.poisson(4, n).astype(float),
            "answer": answer,
            "source": pd.Series(rng.choice(list(WON_BY_SOURCE), n), dtype="str"),
            "noise_1": rng.normal(size=n),
            "noise_2": rng.normal(size=n),
        }
    )


def _daily_rates(X: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cause-specific rates on each day; the effect of recency fades (not proportional)."""
    t = np.arange(MAX_DAYS) + 0.5
    answer = np.where(X["answer"].isna(), -0.5, (X["answer"].to_numpy() - 6) / 3)
    count = np.log1p(X["count_30d"].to_numpy())
    recent = np.exp(-X["days_since_last"].to_numpy() / 20) - 0.5
    won = 0.9 * answer + 0.5 * count + X["source"].map(WON_BY_SOURCE).to_numpy(float)
    lost = -0.5 * answer - 0.3 * count + X["source"].map(LOST_BY_SOURCE).to_numpy(float)
    early = np.exp(-t / 30)
    won_base = 0.001 * np.exp(-0.5 * ((np.log(t) - np.log(50)) / 0.9) ** 2)
    lost_base = 0.003 * (1 - np.exp(-t / 60))
    won_rate = np.exp(won)[:, None] * won_base * np.exp(1.2 * recent[:, None] * early)
    lost_rate = np.exp(lost)[:, None] * lost_base * np.exp(-0.6 * recent[:, None] * early)
    return won_rate, lost_rate
