"""Reasons: sentences with the fact in them, beside the points that the signal contributes.

They tell associations that the model has learnt, never causes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.features.catalogue import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.explanation.signals import SignalContributions

#: Contributions below this (in probability) are no reason: they would read as '+0.0 points'.
LEAST_REASON = 0.0005
#: A caution must weigh something.
LEAST_CAUTION = 0.005
REASONS = 3

_NOTHING_RECORDED = Text(
    "Nothing recorded yet: scored on what was known at creation",
    "Rien d'enregistré : score fondé sur ce qui est connu à la création",
)


@dataclass(frozen=True)
class Reasons:
    """The reasons of each prospect.

    Attributes
    ----------
    table : pd.DataFrame
        One row per prospect and signal: prospect_id, as_of, signal, contribution, reason,
        probability, portfolio_probability.
    columns : pd.DataFrame, shape (n, 4)
        reason_1, reason_2, reason_3, caution; texts, empty where there is none.
    """

    table: pd.DataFrame
    columns: pd.DataFrame


def find_reasons(
    snapshots: pd.DataFrame,
    features: pd.DataFrame,
    contributions: SignalContributions,
    language: str,
) -> Reasons:
    """Say what drives each score.

    The reasons of a prospect above the portfolio's mean are the signals that push it up most; of
    one below, those that push it down most. The caution is the strongest signal
    against the reasons.

    Parameters
    ----------
    snapshots : pd.DataFrame, shape (n, ...)
        prospect_id, as_of and last_interaction_at.
    features : pd.DataFrame, shape (n, n_features)
        The feature matrix of the snapshots.
    contributions : SignalContributions
        Of the same snapshots.
    language : {'en', 'fr'}
        Language of the sentences.
    """
    sentences = _sentences(features, contributions, language)
    direction = np.where(
        contributions.probability >= contributions.portfolio_probability, 1.0, -1.0
    )
    chosen = [
        _choose(values * sign, values, texts, language)
        for values, sign, texts in zip(contributions.values, direction, sentences, strict=True)
    ]
    columns = pd.DataFrame(
        chosen,
        columns=[*(f"reason_{place + 1}" for place in range(REASONS)), "caution"],
        index=snapshots.index,
        dtype="str",
    )
    blank = (columns["caution"] == "") & snapshots["last_interaction_at"].isna().to_numpy()
    columns.loc[blank, "caution"] = _NOTHING_RECORDED[language]
    return Reasons(_long(snapshots, contributions, sentences), columns)


def points(contribution: float, language: str = "en") -> str:
    """Return a contribution in signed probability points.

    Examples
    --------
    >>> points(0.1234), points(-0.004), points(0.01, "fr")
    ('+12 points', '-0.4 points', '+1 point')
    """
    value = 100 * contribution
    rounded = f"{value:+.0f}" if abs(value) >= 0.95 else f"{value:+.1f}"
    unit = "point" if rounded[1:] == "1" else "points"
    return f"{rounded.replace('.', ',') if language == 'fr' else rounded} {unit}"


def _sentences(
    features: pd.DataFrame, contributions: SignalContributions, language: str
) -> list[list[str]]:
    columns = [str(name) for name in features.columns]
    rows = [dict(zip(columns, row, strict=True)) for row in features.itertuples(index=False)]
    return [[signal.phrase(row)[language] for signal in contributions.signals] for row in rows]


def _choose(
    towards: NDArray[np.float64], values: NDArray[np.float64], texts: list[str], language: str
) -> list[str]:
    order = np.argsort(-towards, kind="stable")

    def cell(place: int) -> str:
        # French puts a space before the colon.
        colon = " : " if language == "fr" else ": "
        return f"{texts[place]}{colon}{points(values[place], language)}"

    reasons = [cell(place) for place in order[:REASONS] if towards[place] >= LEAST_REASON]
    against = order[-1]
    caution = cell(against) if towards[against] <= -LEAST_CAUTION else ""
    return [*reasons, *[""] * (REASONS - len(reasons)), caution]


def _long(
    snapshots: pd.DataFrame, contributions: SignalContributions, sentences: list[list[str]]
) -> pd.DataFrame:
    n_signals = len(contributions.signals)
    names = np.array([signal.name for signal in contributions.signals])
    return pd.DataFrame(
        {
            "prospect_id": np.repeat(snapshots["prospect_id"].to_numpy(), n_signals),
            "as_of": np.repeat(snapshots["as_of"].to_numpy(), n_signals),
            "signal": np.tile(names, len(snapshots)),
            "contribution": contributions.values.ravel(),
            "reason": [text for row in sentences for text in row],
            "probability": np.repeat(contributions.probability, n_signals),
            "portfolio_probability": contributions.portfolio_probability,
        }
    )
