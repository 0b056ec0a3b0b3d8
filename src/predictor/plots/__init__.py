"""Plots for analysts: of a list, of a model's signals, and of a review.

Each function takes a table that a run or a model gave, and returns a Matplotlib Figure; with
``language="fr"`` its titles, axes and legends are in French. A review brings its own language.
"""

from predictor.plots.review import comparison, drift, review, score_drift
from predictor.plots.runs import before_and_now, curves, reasons_for_change
from predictor.plots.signals import importance, pair_dependence, partial_dependence

__all__ = [
    "before_and_now",
    "comparison",
    "curves",
    "drift",
    "importance",
    "pair_dependence",
    "partial_dependence",
    "reasons_for_change",
    "review",
    "score_drift",
]
