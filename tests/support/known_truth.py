"""Snapshots whose true probability to be won by any day is known: competing risks, won and lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from predictor.evaluation.aalen_johansen import cumulative_incidence
from predictor.features.targets import make_target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from predictor.model.phased_rates import PhasedRates

MAX_DAYS = 200
DAYS_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
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
    n: int,
    seed: int,
    censored_within_days: tuple[float, float] = (10, 350),
    won_factor: float = 1.0,
    fading_factor: float = 1.0,
) -> KnownTruth:
    """Draw n snapshots, censored uniformly within the days given and at MAX_DAYS.

    All rates of winning are multiplied by `won_factor`, and the effects of recency, which fade, by
    `fading_factor`.
    """
    rng = np.random.default_rng(seed)
    X = _features(n, rng)
    won, lost = _daily_rates(X, fading_factor)
    won *= won_factor
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


def _daily_rates(
    X: pd.DataFrame, fading_factor: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cause-specific rates on each day; the effect of recency fades (not proportional)."""
    t = np.arange(MAX_DAYS) + 0.5
    answer = np.where(X["answer"].isna(), -0.5, (X["answer"].to_numpy() - 6) / 3)
    count = np.log1p(X["count_30d"].to_numpy())
    recent = np.exp(-X["days_since_last"].to_numpy() / 20) - 0.5
    won = 0.9 * answer + 0.5 * count + X["source"].map(WON_BY_SOURCE).to_numpy(float)
    lost = -0.5 * answer - 0.3 * count + X["source"].map(LOST_BY_SOURCE).to_numpy(float)
    early = fading_factor * np.exp(-t / 30)
    won_base = 0.001 * np.exp(-0.5 * ((np.log(t) - np.log(50)) / 0.9) ** 2)
    lost_base = 0.003 * (1 - np.exp(-t / 60))
    won_rate = np.exp(won)[:, None] * won_base * np.exp(1.2 * recent[:, None] * early)
    lost_rate = np.exp(lost)[:, None] * lost_base * np.exp(-0.6 * recent[:, None] * early)
    return won_rate, lost_rate


@dataclass(frozen=True)
class SeededFits:
    """What models of S draws say of the same n fresh snapshots, whose truth is known.

    Every figure comes per draw, shape (S, ...).
    """

    fresh: KnownTruth
    horizons_days: tuple[int, ...]
    probability: NDArray[np.float64]  # (S, n, H)
    days: NDArray[np.float64]  # (S, n, Q): quantiles of the days to close
    share_won: NDArray[np.float64]  # (S, H): of the training snapshots, by Aalen-Johansen
    true_share_won: NDArray[np.float64]  # (S, H): their mean true P
    longest_days: int

    def promised(self, horizon_days: int) -> NDArray[np.float64]:
        """P(won by the horizon), shape (S, n)."""
        return self.probability[:, :, self.horizons_days.index(horizon_days)]

    def luck(self, horizon_days: int) -> NDArray[np.float64]:
        """How many more were won in a draw than its true probabilities promise, as a share."""
        place = self.horizons_days.index(horizon_days)
        return self.share_won[:, place] / self.true_share_won[:, place] - 1

    def bias(self, horizon_days: int) -> NDArray[np.float64]:
        """Mean P, but for the luck, which no model can know of, over mean true P, less 1."""
        true = self.fresh.true_probability(horizon_days).mean()
        return self.promised(horizon_days).mean(axis=1) / (1 + self.luck(horizon_days)) / true - 1

    def error(self, horizon_days: int) -> NDArray[np.float64]:
        """Root mean squared error of P, over that of the true mean for everybody."""
        true = self.fresh.true_probability(horizon_days)
        squared = (self.promised(horizon_days) - true) ** 2
        return np.sqrt(squared.mean(axis=1)) / true.std()

    def bias_of_tenths(self, horizon_days: int) -> NDArray[np.float64]:
        """Mean P, but for the luck, less mean true P, over that of all; tenths by P, (S, 10)."""
        true, biases = self.fresh.true_probability(horizon_days), []
        for p, luck in zip(self.promised(horizon_days), self.luck(horizon_days), strict=True):
            tenths = np.array_split(np.argsort(p, kind="stable"), 10)
            biases.append([(p[rows] / (1 + luck) - true[rows]).mean() for rows in tenths])
        return np.array(biases) / true.mean()

    def excess_over_base_rate(self, horizon_days: int) -> NDArray[np.float64]:
        """Expected log-loss less that of the true P: the model's over that of the share won."""
        place = self.horizons_days.index(horizon_days)
        true = self.fresh.true_probability(horizon_days)
        excess = _divergence(true, self.promised(horizon_days))
        return excess / _divergence(true, self.share_won[:, place, None])

    def error_of_median_days(self) -> NDArray[np.float64]:
        """Median days to close less the true median, shape (S, n)."""
        cumulative = self._true_cumulative_of_won()
        below = (cumulative < 0.5).sum(axis=1)  # the day in which the half is reached
        row = np.arange(len(below))
        low, high = cumulative[row, below - 1], cumulative[row, below]
        return self.days[:, :, self.days.shape[2] // 2] - (below - 1 + (0.5 - low) / (high - low))

    def coverage_of_days(self, low: int, high: int) -> NDArray[np.float64]:
        """True share of the won who close between two of the quantiles."""
        cumulative = self._true_cumulative_of_won()
        whole = np.minimum(self.days.astype(int), self.longest_days - 1)
        row = np.arange(len(cumulative))[None, :, None]
        step = cumulative[row, whole + 1] - cumulative[row, whole]
        reached = cumulative[row, whole] + (self.days - whole) * step
        won = self.fresh.true_probability(self.longest_days)
        return np.average(reached[..., high] - reached[..., low], axis=1, weights=won)

    def _true_cumulative_of_won(self) -> NDArray[np.float64]:
        """True P(closed by day 0, 1, ..., given won within the longest horizon)."""
        won = self.fresh.true_won[:, : self.longest_days]
        return np.pad(won, ((0, 0), (1, 0))) / won[:, -1:]


def _divergence(true: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean Kullback-Leibler divergence of P from the true one."""
    return np.mean(true * np.log(true / p) + (1 - true) * np.log((1 - true) / (1 - p)), axis=-1)


def fit_seeds(
    model: PhasedRates,
    fresh: KnownTruth,
    horizons_days: tuple[int, ...],
    n: int,
    seeds: Iterable[int],
    **simulation: Any,
) -> SeededFits:
    """Fit a model on n snapshots of each seed, and have it speak of the fresh ones."""
    probability, days, shares, true_shares = [], [], [], []
    for seed in seeds:
        sample = simulate_known_truth(n, seed, **simulation)
        fitted = clone(model).fit(sample.X, sample.y)
        probability.append(fitted.predict_curves(fresh.X, horizons_days).won)
        days.append(fitted.predict_days_to_close(fresh.X, DAYS_QUANTILES))
        outcome, duration_days = sample.y["outcome"], sample.y["duration_days"]
        shares.append(cumulative_incidence(outcome, duration_days, horizons_days).won)
        true_shares.append([sample.true_probability(h).mean() for h in horizons_days])
    longest_days = int(model.phase_edges_days[-1])
    collected = map(np.array, (probability, days, shares, true_shares))
    return SeededFits(fresh, horizons_days, *collected, longest_days)
