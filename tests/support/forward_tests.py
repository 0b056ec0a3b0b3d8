"""Forward tests made by hand: prospects looked at each week, whose true P is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from predictor.evaluation.forward import ForwardTest
from predictor.evaluation.times import time_grid

START = pd.Timestamp("2026-01-05")  # a Monday
HORIZON_DAYS = 30
LOST_RATE = 0.02


def make_test(
    seed: int = 0, n_prospects: int = 300, n_weeks: int = 6, source_names=("web", "fair", "list")
) -> ForwardTest:
    """Look at prospects with constant rates; the model's P is the true one, LightGBM's is noisy."""
    rng = np.random.default_rng(seed)
    won_rate = 0.01 * np.exp(rng.normal(size=n_prospects))
    total = won_rate + LOST_RATE
    closes_at = rng.exponential(1 / total)
    cause = np.where(rng.uniform(size=n_prospects) < won_rate / total, "won", "lost")
    end = 7.0 * n_weeks + HORIZON_DAYS
    weeks, people = np.meshgrid(7.0 * np.arange(n_weeks), np.arange(n_prospects), indexing="ij")
    at_risk = closes_at[people] > weeks
    week, person = weeks[at_risk], people[at_risk]
    closed = closes_at[person] < end
    snapshots = pd.DataFrame(
        {
            "prospect_id": [f"P{number:04d}" for number in person],
            "account_id": [f"A{number // 2}" if number % 3 else None for number in person],
            "as_of": START + pd.to_timedelta(week, unit="D"),
            "outcome": np.where(closed, cause[person], "open"),
            "duration_days": np.minimum(closes_at[person], end) - week,
            "origin": START,
            "unseen": person >= n_prospects // 2,
        }
    )
    curve_days = time_grid([14, HORIZON_DAYS])
    share, rate = (won_rate / total)[person, None], total[person, None]
    curves = share * -np.expm1(-rate * curve_days)
    noise = np.exp(rng.normal(0, 0.7, n_prospects))[person]
    return ForwardTest(
        snapshots=snapshots.astype({"account_id": "str"}),
        probability={
            days: _predictions(curves[:, curve_days == days][:, 0], noise)
            for days in (14, HORIZON_DAYS)
        },
        curve_days=curve_days,
        curves=curves,
        traits=pd.DataFrame(
            {
                "age in days": week + (person % 50),
                "source": pd.Series(
                    np.array(source_names)[person % len(source_names)], dtype="str"
                ),
                "month": snapshots["as_of"].dt.strftime("%Y-%m").astype("str"),
            }
        ),
    )


def _predictions(true, noise) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": true,
            "base rate": np.full(len(true), true.mean()),
            "points": np.round(np.clip(true * np.roll(noise, 7), 0.001, 0.9), 1) + 0.01,
            "LightGBM": np.clip(true * noise, 0.001, 0.99),
        }
    )
