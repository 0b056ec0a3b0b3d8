"""Which signals weigh where: contributions, segment by segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from predictor.explanation.signals import SignalContributions

#: Means over fewer prospects say little.
MIN_PROSPECTS = 20


def importance_by_segment(contributions: SignalContributions, segments: pd.Series) -> pd.DataFrame:
    """Tell how far each signal moves the scores of each segment, on average.

    Parameters
    ----------
    contributions : SignalContributions
        Of n snapshots.
    segments : Series of str, shape (n,)
        Categories come in their order.

    Returns
    -------
    DataFrame
        One row per segment and signal: segment, prospects, signal, mean_absolute and mean (both in
        probability), spread (standard deviation of the contributions within the segment: how far
        the signal tells its prospects apart). Signals from the strongest over
        all; segments with fewer than `MIN_PROSPECTS` are left out.
    """
    names = pd.Categorical(segments)
    order = np.argsort(-np.abs(contributions.values).sum(axis=0), kind="stable")
    frames = []
    for segment in names.categories:
        values = contributions.values[np.asarray(names == segment)][:, order]
        if len(values) >= MIN_PROSPECTS:
            columns = {
                "segment": segment,
                "prospects": len(values),
                "signal": [contributions.signals[place].name for place in order],
                "mean_absolute": np.abs(values).mean(axis=0),
                "mean": values.mean(axis=0),
                "spread": values.std(axis=0),
            }
            frames.append(pd.DataFrame(columns))
    names_of = ["segment", "prospects", "signal", "mean_absolute", "mean", "spread"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=names_of)
