"""What scikit-learn may expect of an estimator that is fitted on snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.base import BaseEstimator

if TYPE_CHECKING:
    from sklearn.utils import Tags


class SnapshotEstimator(BaseEstimator):  # type: ignore[misc] # scikit-learn is not typed
    """Base of estimators that need a target and read numbers, missing values and text."""

    def __sklearn_tags__(self) -> Tags:
        """Declare it, as scikit-learn's own tools and checks ask for it."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags
