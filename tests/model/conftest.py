"""Models fitted once for all tests of this folder."""

from __future__ import annotations

import pytest
from support.known_truth import KnownTruth, simulate_known_truth

from predictor.model.phased_rates import PhasedRates

EDGES = (0, 30, 90, 180)


@pytest.fixture(scope="session")
def training() -> KnownTruth:
    return simulate_known_truth(4_000, seed=1)


@pytest.fixture(scope="session")
def fresh() -> KnownTruth:
    return simulate_known_truth(2_000, seed=2)


@pytest.fixture(scope="session")
def model(training: KnownTruth) -> PhasedRates:
    return PhasedRates(phase_edges_days=EDGES, num_threads=1).fit(training.X, training.y)
