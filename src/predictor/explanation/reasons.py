"""Reasons: sentences with the fact in them, beside the points that the signal contributes.

They tell associations that the model has learnt, never causes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
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
#: Place of a signal that is neither a reason nor the caution.
UNTOLD = REASONS + 1
#: What a list says of a prospect's reasons.
REASON_COLUMNS = (*(f"reason_{place + 1}" for place in range(REASONS)), "caution")

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
    columns : pd.DataFrame, shape (n, 4)
        reason_1, reason_2, reason_3, caution; texts, empty where there is none.
    sentences : list of list of str, shape (n, s)
        Of each signal; empty where it is not told.
    snapshots : pd.DataFrame, shape (n, ...)
        prospect_id and as_of.
    contributions : SignalContributions
        Of the same snapshots.
    days_to_close : ndarray, shape (n, s), optional
        What each signal adds to the expected days to close.
    places : ndarray of int, shape (n, s), optional
        Where each signal is told in `columns`: 0 to 2 as a reason, `REASONS` as the caution,
        `UNTOLD` nowhere.
    nothing_recorded : ndarray of bool, shape (n,), optional
        Whether one of `columns` says that nothing was ever recorded.
    """

    columns: pd.DataFrame
    sentences: list[list[str]]
    snapshots: pd.DataFrame
    contributions: SignalContributions
    days_to_close: NDArray[np.float64] | None = None
    places: NDArray[np.int64] | None = None
    nothing_recorded: NDArray[np.bool_] | None = None

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per prospect and signal: prospect_id, as_of, signal, contribution, reason,
        probability, portfolio_probability, strength.
        """  # noqa: D205 - a list of columns
        table = _long(self.snapshots, self.contributions, self.sentences)
        if self.days_to_close is not None:
            table["days_to_close_contribution"] = self.days_to_close.ravel()
        return table


def find_reasons(
    snapshots: pd.DataFrame,
    features: pd.DataFrame,
    contributions: SignalContributions,
    language: str,
    strongest: int | None = None,
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
    strongest : int, optional
        Of how many signals of each prospect there is a sentence, beside its reasons and its
        caution; by default of all.
    """
    rows = list(rows_of(features, snapshots["as_of"]))
    sign = np.where(contributions.probability >= contributions.portfolio_probability, 1.0, -1.0)
    chosen = _choose_all(contributions.signals, rows, sign[:, None] * contributions.values)
    sentences = _sentences(rows, contributions, chosen, language, strongest)
    columns = pd.DataFrame(
        [
            _cells(places, values, texts, language)
            for places, values, texts in zip(chosen, contributions.values, sentences, strict=True)
        ],
        columns=list(REASON_COLUMNS),
        index=snapshots.index,
        dtype="str",
    )
    said = columns.apply(lambda texts: texts.str.startswith(_NOTHING_YET[language])).any(axis=1)
    never = snapshots["last_interaction_at"].isna().to_numpy()
    blank = (columns["caution"] == "") & never & ~said
    columns.loc[blank, "caution"] = _NOTHING_RECORDED[language]
    return Reasons(
        columns,
        sentences,
        snapshots,
        contributions,
        places=_places(chosen, len(contributions.signals)),
        nothing_recorded=(said | blank).to_numpy(),
    )


def _places(chosen: Sequence[tuple[list[int], list[int]]], n_signals: int) -> NDArray[np.int64]:
    places = np.full((len(chosen), n_signals), UNTOLD, dtype=np.int64)
    for row, (reasons, cautions) in enumerate(chosen):
        places[row, reasons] = range(len(reasons))
        places[row, cautions] = REASONS
    return places


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


def _choose_all(
    signals: Sequence[Signal], rows: Sequence[Values], towards: NDArray[np.float64]
) -> list[tuple[list[int], list[int]]]:
    """Choose for many prospects as `choose` does for one; `towards` is (n, s)."""
    orders = np.argsort(-towards, axis=1, kind="stable").tolist()
    n_reasons = (towards >= LEAST_REASON).sum(axis=1).tolist()
    n_cautions = (towards <= -LEAST_CAUTION).sum(axis=1).tolist()
    chosen = []
    for row, order, n_for, n_against in zip(rows, orders, n_reasons, n_cautions, strict=True):
        told: set[str] = set()
        reasons = untold(signals, row, order[:n_for], REASONS, told)
        against = order[: -n_against - 1 : -1]
        chosen.append((reasons, untold(signals, row, against, 1, told)))
    return chosen


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
    return _points(f"{value:+.0f}" if abs(value) >= 0.95 else f"{value:+.1f}", language)


@lru_cache(maxsize=1024)
def _points(rounded: str, language: str) -> str:
    # French counts from two up in the plural; English puts all but one in it.
    one = abs(float(rounded)) < 2 if language == "fr" else rounded[1:] == "1"
    return f"{signed(rounded)[language]} {'point' if one else 'points'}"


def _sentences(
    rows: Sequence[Values],
    contributions: SignalContributions,
    chosen: Sequence[tuple[list[int], list[int]]],
    language: str,
    strongest: int | None,
) -> list[list[str]]:
    signals = contributions.signals
    if strongest is None or strongest >= len(signals):
        return [[signal.phrase(row)[language] for signal in signals] for row in rows]
    told = np.argpartition(-np.abs(contributions.values), strongest, axis=1)[:, :strongest]
    sentences = [[""] * len(signals) for _ in rows]
    for texts, row, most, (reasons, cautions) in zip(
        sentences, rows, told.tolist(), chosen, strict=True
    ):
        for place in {*most, *reasons, *cautions}:
            texts[place] = signals[place].phrase(row)[language]
    return sentences


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
