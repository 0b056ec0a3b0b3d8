"""Contributions handed over to the plots of the shap package, in probability points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    import shap

_POINTS = 100.0


def of_contributions(
    contributions: pd.DataFrame, reasons: pd.DataFrame, portfolio_probability: float
) -> shap.Explanation:
    """Return the explanation of all prospects of a list.

    Parameters
    ----------
    contributions : DataFrame of float, shape (prospects, signals)
        In probability.
    reasons : DataFrame of str, shape (prospects, signals)
    portfolio_probability : float

    Returns
    -------
    shap.Explanation, shape (prospects, signals)
    """
    import shap  # noqa: PLC0415 - takes seconds to load, and only plots need it

    return shap.Explanation(
        values=_POINTS * contributions.to_numpy(),
        base_values=np.full(len(contributions), _POINTS * portfolio_probability),
        display_data=reasons.to_numpy(dtype=object),
        feature_names=[str(name) for name in contributions.columns],
    )


def of_change(signals: pd.Series, portfolio_change: float, before: float) -> shap.Explanation:
    """Return the explanation of one prospect's change, from the probability before it.

    Parameters
    ----------
    signals : Series of float
        Change of each signal's contribution, in probability.
    portfolio_change : float
        Change of the portfolio's probability.
    before : float
        The prospect's probability before.

    Returns
    -------
    shap.Explanation, shape (1 + signals,)
        The portfolio's change, then each signal's.
    """
    import shap  # noqa: PLC0415 - takes seconds to load, and only plots need it

    return shap.Explanation(
        values=_POINTS * np.array([portfolio_change, *signals]),
        base_values=_POINTS * before,
        feature_names=["portfolio", *map(str, signals.index)],
    )
