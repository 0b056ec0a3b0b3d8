"""Explanations are true to the simulated world, whose true effects are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from support.faithfulness import (
    ExplainedWorld,
    effects_of_types,
    explained_worlds,
    without_the_top_reason,
)


@pytest.fixture(scope="module")
def worlds() -> list[ExplainedWorld]:
    return explained_worlds(1_200, range(1, 4))


def test_signals_agree_with_the_true_effects_in_order_and_sign(
    worlds: list[ExplainedWorld],
) -> None:
    correlations, signs = [], []
    for world in worlds:
        effects = effects_of_types(world)
        assert len(effects) == 15
        assert (effects["true"] > 0).all()
        correlations.append(spearmanr(effects["true"], effects["explained"])[0])
        signs.append((effects["explained"] > 0).mean())
    # Chance alone passes 0.44 once in twenty worlds, and 0.3 as a mean of three about as often.
    assert min(correlations) > 0.44
    assert np.mean(correlations) > 0.6
    assert min(signs) >= 0.7


def test_without_the_facts_of_its_top_reason_nearly_every_score_is_lower(
    worlds: list[ExplainedWorld],
) -> None:
    scored = without_the_top_reason(worlds[0], n_signals=6)
    lower = scored["after"] < scored["before"]
    assert len(scored) >= 60
    assert scored["signal"].nunique() >= 4
    assert lower.mean() > 0.95
