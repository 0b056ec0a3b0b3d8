"""Random competing-risks data with censoring, ties and some skill in the score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Scored:
    outcome: np.ndarray
    duration_days: np.ndarray
    probability: np.ndarray
    true_won_by: np.ndarray
    horizon_days: float = 30.0


def make_scored(seed: int, n: int = 400, *, censored: bool = True, rounded: bool = True) -> Scored:
    """Draw exponential won and lost times; the true P(won by 30 days) is known in closed form."""
    rng = np.random.default_rng(seed)
    won_rate = 0.01 * np.exp(rng.normal(size=n))
    lost_rate = np.full(n, 0.02)
    total = won_rate + lost_rate
    closes_at = rng.exponential(1 / total)
    watched = rng.uniform(5, 60, size=n) if censored else np.full(n, 1e6)
    if rounded:
        closes_at, watched = np.ceil(closes_at), np.ceil(watched)
    cause = np.where(rng.uniform(size=n) < won_rate / total, "won", "lost")
    outcome = np.where(closes_at <= watched, cause, "open")
    truth = won_rate / total * (1 - np.exp(-total * 30))
    noise = np.exp(rng.normal(0, 0.3, size=n))
    probability = np.round(np.clip(truth * noise, 0.001, 0.999), 2 if rounded else 12)
    return Scored(outcome, np.minimum(closes_at, watched), probability, truth)


@pytest.fixture(params=range(5))
def scored(request: pytest.FixtureRequest) -> Scored:
    return make_scored(request.param)


@pytest.fixture(name="draw_scored", scope="session")
def draw_scored_fixture() -> Callable[..., Scored]:
    """`make_scored`, for tests that need other sizes or no censoring."""
    return make_scored
