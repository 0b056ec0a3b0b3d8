"""Contributions of each feature to the expected days to close, and the sentence they support.

As those to the probability (see `predictor.explanation.contributions`), with the expected days to
winning E, given won within the longest supported follow-up, in the place of P: the TreeSHAP values
of each log-rate, credited along the straight path from each snapshot of the portfolio with what
they add to E. They add up to E(x) minus the portfolio's mean E, in days.

E and not the median, which lists show: the median is read off a grid of days, with a kink at every
step, so that no quadrature of its slope is exact. Both say how soon, and they move together. E is
taken on a coarser grid, of `STEPS_PER_PHASE` steps per phase, at a quarter of the time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from predictor.explanation.contributions import Portfolio, credited, cuts
from predictor.explanation.path_integral import mean_days_slopes
from predictor.explanation.reasons import untold
from predictor.explanation.rows import rows_of
from predictor.features.wording import as_clause, duration
from predictor.model.baseline import Steps
from predictor.model.encoded_rows import EncodedRows
from predictor.model.expected_days import expected_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from predictor.features.catalogue import Signal, Values
    from predictor.model.phased_rates import PhasedRates

STEPS_PER_PHASE = 6
"""Measured on 128 prospects, 90 days in 5 phases: E differs by 0.1 days at most from that on the
grid of days, E less the portfolio's mean by 0.03."""

DEFAULT_NODES = 10
"""99 of 100 prospects add up to ADDITIVITY_TOLERANCE with so many, one of four with 8; the others
are integrated again."""

#: Signals that move the expectation by less (in days) are no reason.
LEAST_DAYS = 0.75
#: Most signals in a sentence.
MOST_NAMED = 2
ADDITIVITY_TOLERANCE = 1e-9


@dataclass(frozen=True)
class DaysContributions:
    """Contributions of F features to the expected days to close of n snapshots.

    Attributes
    ----------
    values : ndarray of shape (n, F)
        In days, negative for sooner; ``values.sum(1)`` equals ``days - portfolio_days`` but for the
        error of the quadrature.
    days : ndarray of shape (n,)
        Expected days to winning, given won within the longest supported follow-up.
    portfolio_days : float
        Mean over the reference.
    feature_names : tuple of str, length F
    """

    values: NDArray[np.float64]
    days: NDArray[np.float64]
    portfolio_days: float
    feature_names: tuple[str, ...]

    @property
    def residual(self) -> NDArray[np.float64]:
        """What the values lack to be additive: the error of the quadrature, shape (n,)."""
        return np.asarray(self.days - self.portfolio_days - self.values.sum(axis=1))


def explain_days_to_close(
    model: PhasedRates,
    X: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    n_nodes: int = DEFAULT_NODES,
    tolerance: float = ADDITIVITY_TOLERANCE,
) -> DaysContributions:
    """Contributions of each feature to the expected days to close.

    Parameters
    ----------
    model : PhasedRates
        Fitted.
    X : DataFrame of shape (n, F)
        Snapshots to explain.
    reference : DataFrame of shape (B, F)
        Snapshots that stand for the portfolio.
    n_nodes, tolerance
        As for `predictor.explanation.contributions.explain_probability`; the tolerance is in days.

    Raises
    ------
    ValueError
        For an empty reference, or columns unlike those of training.
    """
    portfolio = days_portfolio(model, reference)
    parts = [
        explain_days_of_rows(
            EncodedRows.of(model, X.iloc[start:stop]),
            portfolio,
            n_nodes=n_nodes,
            tolerance=tolerance,
        )
        for start, stop in cuts(len(X))
    ]
    return DaysContributions(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.days for part in parts]),
        portfolio.mean,
        parts[0].feature_names,
    )


def days_portfolio(model: PhasedRates, reference: pd.DataFrame) -> Portfolio:
    """Look at the reference, shape (B, F), once. Errors as `explain_days_to_close`."""
    steps = coarser(model.baseline_.steps)
    days = expected_days(model.predict_log_rates(reference), steps)
    return Portfolio.seen(model, reference, steps, days)


def explain_days_of_rows(
    rows: EncodedRows,
    portfolio: Portfolio,
    *,
    n_nodes: int = DEFAULT_NODES,
    tolerance: float = ADDITIVITY_TOLERANCE,
) -> DaysContributions:
    """Explain rows that are encoded, against a portfolio that was looked at (`days_portfolio`).

    All is held at once, about 40 kB a row: give some thousands at a time. Parameters as of
    `explain_days_to_close`.
    """
    days = expected_days(rows.log_rates, portfolio.steps)
    values = credited(rows, portfolio, days, mean_days_slopes, (n_nodes, tolerance))
    names = tuple(str(name) for name in rows.model.feature_names_in_)
    return DaysContributions(values, days, portfolio.mean, names)


def coarser(steps: Steps) -> Steps:
    """Gather steps into at most `STEPS_PER_PHASE` in each phase."""
    parts = [
        part[0]
        for phase in range(steps.n_phases)
        for part in np.array_split(np.flatnonzero(steps.phase == phase), STEPS_PER_PHASE)
        if len(part)
    ]
    last = np.append(parts[1:], len(steps.phase)) - 1
    gathered = np.add.reduceat(steps.increments, parts, axis=1)
    return Steps(steps.end_days[last], steps.phase[last], gathered)


def sooner_or_later(
    signals: Sequence[Signal],
    features: pd.DataFrame,
    values: NDArray[np.float64],
    language: str,
    as_of: pd.Series | None = None,
) -> list[str]:
    """Say in one sentence each what goes with closing sooner, or later, than the portfolio.

    The strongest signals in the direction of their sum, with their days, no two about the same
    fact; empty where none moves the expectation by `LEAST_DAYS`.

    Parameters
    ----------
    signals : sequence of Signal, length s
    features : pd.DataFrame, shape (n, F)
        The feature matrix.
    values : ndarray of shape (n, s)
        Contributions of the signals, in days.
    language : {'en', 'fr'}
        Language of the sentences.
    as_of : pd.Series of datetime, shape (n,), optional
        From when the days are counted, as of `predictor.explanation.rows.rows_of`.
    """
    return [
        _said(signals, row, of_row, language)
        for row, of_row in zip(rows_of(features, as_of), values, strict=True)
    ]


def _said(
    signals: Sequence[Signal], row: Values, values: NDArray[np.float64], language: str
) -> str:
    direction = 1.0 if values.sum() > 0 else -1.0
    towards = direction * values
    order = np.argsort(-towards, kind="stable")
    order = order[towards[order] >= LEAST_DAYS]
    colon, semicolon = (" : ", " ; ") if language == "fr" else (": ", "; ")
    named = [
        _inner(signals[place].phrase(row)[language]) + colon + _days(values[place], language)
        for place in untold(signals, row, order, MOST_NAMED, set())
    ]
    return semicolon.join([*named[:1], *(as_clause(each) for each in named[1:])])


def _inner(sentence: str) -> str:
    """Return a sentence as it stands within another, without its last remark in brackets.

    Examples
    --------
    >>> _inner("Budget not known yet (ask)"), _inner("Reply rate 50%")
    ('Budget not known yet', 'Reply rate 50%')
    """
    return re.sub(r" \([^()]*\)$", "", sentence)


def _days(days: float, language: str) -> str:
    """Say how much sooner, or later.

    Examples
    --------
    >>> _days(-1.2, "en"), _days(8.7, "fr")
    ('1 day sooner', '9 jours plus tard')
    """
    span = duration(max(round(abs(days)), 1), "day")
    if days < 0:
        return f"{span.fr} plus tôt" if language == "fr" else f"{span.en} sooner"
    return f"{span.fr} plus tard" if language == "fr" else f"{span.en} later"
