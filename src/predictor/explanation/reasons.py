"""Reasons: sentences with the fact in them, beside the points that the signal contributes.

They tell associations that the model has learnt, never causes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.explanation.rows import rows_of
from predictor.features.catalogue import Text
from predictor.features.wording import signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from predictor.explanation.signals import SignalContributions
    from predictor.features.catalogue import Signal, Values

#: Contributions below this (in probability) are no reason: they would read as '+0.0 points'.
LEAST_REASON = 0.0005
#: A caution must weigh something.
LEAST_CAUTION = 0.005
REASONS = 3

#: How the sentence of a prospect without activity begins.
_NOTHING_YET = Text("Nothing recorded yet", "Rien d'enregistré pour l'instant")
_NOTHING_RECORDED = Text(
    f"{_NOTHING_YET.en}, only what was known at creation",
    f"{_NOTHING_YET.fr}, sauf ce qui est connu depuis la création",
)


@dataclass(frozen=True)
class Reasons:
    """The reasons of each prospect.

    Attributes
    ----------
    table : pd.DataFrame
        One row per prospect and signal: prospect_id, as_of, signal, contribution, reason,
        probability, portfolio_probability, strength.
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
    """Say what sets each score apart.

    The reasons of a prospect above the portfolio's mean are the signals that push it up most; of
    one below, those that push it down most. The caution is the strongest signal against the
    reasons. No two of them tell the same fact (see `choose`).

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
    sign = np.where(contributions.probability >= contributions.portfolio_probability, 1.0, -1.0)
    chosen = [
        _cells(choose(contributions.signals, row, values, towards), values, texts, language)
        for row, values, towards, texts in zip(
            rows_of(features), contributions.values, sign, sentences, strict=True
        )
    ]
    columns = pd.DataFrame(
        chosen,
        columns=[*(f"reason_{place + 1}" for place in range(REASONS)), "caution"],
        index=snapshots.index,
        dtype="str",
    )
    said = columns.apply(lambda texts: texts.str.startswith(_NOTHING_YET[language])).any(axis=1)
    never = snapshots["last_interaction_at"].isna().to_numpy()
    blank = (columns["caution"] == "") & never & ~said
    columns.loc[blank, "caution"] = _NOTHING_RECORDED[language]
    return Reasons(_long(snapshots, contributions, sentences), columns)


def choose(
    signals: Sequence[Signal],
    row: Values,
    contributions: NDArray[np.float64],
    direction: float,
    most: tuple[int, int] = (REASONS, 1),
    least: tuple[float, float] = (LEAST_REASON, LEAST_CAUTION),
) -> tuple[list[int], list[int]]:
    """Choose the signals of a prospect that are worth telling, no two of them about the same fact.

    Taken in turn, the strongest first, those in the direction before those against it. One whose
    sentence tells a fact that is already told is passed over.

    Parameters
    ----------
    signals : sequence of Signal, length s
    row : Values
        The prospect's features.
    contributions : ndarray, shape (s,)
        In probability.
    direction : {1, -1}
        Whether the reasons are for the prospect or against it.
    most, least : (int, int), (float, float)
        How many signals to take in the direction and against it, and what they must weigh.

    Returns
    -------
    (list of int, list of int)
        Places of the reasons and of the cautions.
    """
    towards = direction * contributions
    order = np.argsort(-towards, kind="stable")
    told: set[str] = set()
    reasons = untold(signals, row, order[towards[order] >= least[0]], most[0], told)
    against = order[::-1]
    return reasons, untold(signals, row, against[towards[against] <= -least[1]], most[1], told)


def untold(
    signals: Sequence[Signal], row: Values, order: Iterable[int], most: int, told: set[str]
) -> list[int]:
    """Take signals in order, at most so many, but none about a fact in `told`; add theirs to it."""
    taken: list[int] = []
    for place in order:
        facts = signals[place].facts(row)
        if told.isdisjoint(facts):
            told |= facts
            taken.append(int(place))
            if len(taken) == most:
                break
    return taken


def points(contribution: float, language: str = "en") -> str:
    """Return a contribution in signed probability points.

    Examples
    --------
    >>> points(0.1234), points(-0.004), points(0.01)
    ('+12 points', '-0.4 points', '+1 point')
    >>> points(-0.009, "fr"), points(0.021, "fr")
    ('-0,9 point', '+2 points')
    """
    value = 100 * contribution
    rounded = f"{value:+.0f}" if abs(value) >= 0.95 else f"{value:+.1f}"
    # French counts from two up in the plural; English puts all but one in it.
    one = abs(float(rounded)) < 2 if language == "fr" else rounded[1:] == "1"
    return f"{signed(rounded)[language]} {'point' if one else 'points'}"


def _sentences(
    features: pd.DataFrame, contributions: SignalContributions, language: str
) -> list[list[str]]:
    signals = contributions.signals
    return [[signal.phrase(row)[language] for signal in signals] for row in rows_of(features)]


def _cells(
    chosen: tuple[list[int], list[int]],
    values: NDArray[np.float64],
    texts: list[str],
    language: str,
) -> list[str]:
    # French puts a space before the colon.
    colon = " : " if language == "fr" else ": "
    reasons, cautions = (
        [f"{texts[place]}{colon}{points(values[place], language)}" for place in places]
        for places in chosen
    )
    return [*reasons, *[""] * (REASONS - len(reasons)), *(cautions or [""])]


def _long(
    snapshots: pd.DataFrame, contributions: SignalContributions, sentences: list[list[str]]
) -> pd.DataFrame:
    n_signals = len(contributions.signals)
    names = np.array([signal.name for signal in contributions.signals])
    strengths = np.array([signal.strength for signal in contributions.signals])
    return pd.DataFrame(
        {
            "prospect_id": np.repeat(snapshots["prospect_id"].to_numpy(), n_signals),
            "as_of": np.repeat(snapshots["as_of"].to_numpy(), n_signals),
            "signal": np.tile(names, len(snapshots)),
            "contribution": contributions.values.ravel(),
            "reason": [text for row in sentences for text in row],
            "probability": np.repeat(contributions.probability, n_signals),
            "portfolio_probability": contributions.portfolio_probability,
            "strength": np.tile(strengths, len(snapshots)),
        }
    )
