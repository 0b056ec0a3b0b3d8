"""Ranks open sales prospects by their probability to convert, and says why.

Analysts start from `load_run`, which opens a list, or from `open_model`, which opens a model:

>>> import predictor
>>> run = predictor.load_run("runs/2024-03-01")
>>> run.ranked["prospect_id"].head(2).tolist()
['P-003', 'P-001']

Everything is loaded on first use, so that ``import predictor`` costs nothing.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

# LightGBM's threads spin while they wait for each other; on a machine that also does other work, a
# training took 20 times longer for it (benchmarks/threads.py). OpenMP reads this when it loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

if TYPE_CHECKING:
    from predictor import plots
    from predictor.lists.folders import find_previous_run, find_runs
    from predictor.lists.run import ScoringRun, load_run
    from predictor.operations.analysing import OpenedModel
    from predictor.operations.opening import open_model

    __version__: str

__all__ = [
    "OpenedModel",
    "ScoringRun",
    "__version__",
    "find_previous_run",
    "find_runs",
    "load_run",
    "open_model",
    "plots",
]

_HOME = {
    "OpenedModel": "predictor.operations.analysing",
    "ScoringRun": "predictor.lists.run",
    "find_previous_run": "predictor.lists.folders",
    "find_runs": "predictor.lists.folders",
    "load_run": "predictor.lists.run",
    "open_model": "predictor.operations.opening",
}


def __getattr__(name: str) -> object:
    """Load a public name on first use (PEP 562)."""
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("conversion-predictor")
    if name == "plots":
        return importlib.import_module("predictor.plots")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    msg = f"module 'predictor' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    """List the public names, also those not loaded yet."""
    return sorted([*globals(), *__all__])
