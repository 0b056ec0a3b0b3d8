"""Models that differ from another one in a known way."""

from __future__ import annotations

import copy
from dataclasses import replace

from predictor.operations.registry import RegisteredPredictor


def with_shifted_rates(registered, factor):
    """Give the same predictor with every rate times a factor, under another name."""
    model = copy.deepcopy(registered.predictor.model)
    old = model.baseline_
    steps = replace(old.steps, increments=old.steps.increments * factor)
    model.baseline_ = replace(old, steps=steps)
    return RegisteredPredictor(replace(registered.predictor, model=model), "other/7")
