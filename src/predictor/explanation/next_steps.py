"""What could change a score: the open questions and steps whose known answers move P most.

For each opening (see `predictor.features.openings`) the probability is computed as if each of its
plausible values were known, all features of the value set as the pipeline would set them (see
`predictor.features.hypotheses`). The range of a question goes from the lowest to the highest
probability over its values; that of a step from the probability as it stands to the one of a
prospect that has taken it. The widest ranges come first; the widest question always has a place.

These are associations: how prospects with that value fared, among prospects alike. Nothing says
that asking, or bringing a step about, makes a prospect one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.features.catalogue import Text
from predictor.features.hypotheses import hypothetical_features
from predictor.model.phased_rates import ROWS_PER_CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from predictor.features.hypotheses import Looks
    from predictor.features.openings import Opening, Value
    from predictor.model.phased_rates import PhasedRates

#: Ranges narrower than this (in probability) are not worth a question...
LEAST_RANGE = 0.02
#: ... unless they are this wide as a share of the prospect's own probability.
LEAST_SHARE = 0.2
#: Pairs of a prospect and a value whose features are held at once.
PAIRS_AT_ONCE = 100_000

COLUMNS = (
    *("prospect_id", "as_of", "place", "kind", "signal", "action", "sentence"),
    *("value_low", "value_high", "probability_low", "probability_high", "probability", "support"),
)
_AS_IT_STANDS = Text("as it stands", "en l'état")


@dataclass(frozen=True)
class _Range:
    """The range of one opening, for each row for which it is open."""

    opening: Opening
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    value_low: NDArray[np.object_]
    value_high: NDArray[np.object_]
    support: NDArray[np.int64]


def find_next_steps(
    looks: Looks,
    model: PhasedRates,
    openings: Sequence[Opening],
    horizon_days: float,
    language: str,
    most: int = 3,
    least_range: float = LEAST_RANGE,
) -> pd.DataFrame:
    """Find what could change the score of each snapshot most.

    Parameters
    ----------
    looks : Looks
        The snapshots.
    model : PhasedRates
        Fitted.
    openings : sequence of Opening
        What is open for which of them.
    horizon_days : float
        Of the probability.
    language : {'en', 'fr'}
        Language of the texts.
    most : int
        Most openings per snapshot.
    least_range : float
        Narrower ranges (in probability) are left out, where they are narrower than `LEAST_SHARE`
        of the prospect's own probability as well.

    Returns
    -------
    pd.DataFrame
        `COLUMNS`: one row per snapshot and opening, at most `most` per snapshot, the widest range
        first (place 1); if a question is open, its widest is among them. `support` is the number
        of prospects behind the rarer end of the range; `probability` is the one as it stands.
    """
    probability = model.predict_proba_won(looks.features, horizon_days)

    def as_if(asked: list[tuple[Opening, Value]]) -> list[NDArray[np.float64]]:
        lengths = [len(opening.rows) for opening, _ in asked]
        rows = np.concatenate([opening.rows for opening, _ in asked])
        chosen = np.repeat(np.arange(len(asked)), lengths)
        hypotheses = [value.hypothesis for _, value in asked]
        edited = hypothetical_features(looks, hypotheses, (rows, chosen))
        found = _probability(model, looks.features, edited, rows, horizon_days)
        return np.split(found, np.cumsum(lengths)[:-1])

    ranges = [
        _range(opening, np.array(by_value), probability, language)
        for together in _together(openings)
        for opening, by_value in _by_opening(together, as_if)
    ]
    table = _table(probability, ranges, language)
    # A step after which the score would be lower is no suggestion: its range is negative.
    least = np.minimum(least_range, LEAST_SHARE * table["probability"])
    wide = table["probability_high"] - table["probability_low"] >= least
    return _ranked(table[wide], looks.snapshots, language, most)


def question_sentence(action: str, low: float, high: float, language: str) -> str:
    r"""Say the range of a question.

    Examples
    --------
    >>> question_sentence("Ask about budget", 0.12, 0.41, "en")
    'Ask about budget: 12% to 41%, depending on the answer'
    >>> question_sentence("Demander le budget", 0.011, 0.014, "fr")
    'Demander le budget\xa0: de 1,1\u202f% à 1,4\u202f% selon la réponse'
    """
    least, most = _percents(low, high, language)
    if language == "fr":
        return f"{action}\u00a0: de {least} à {most} selon la réponse"
    return f"{action}: {least} to {most}, depending on the answer"


def step_sentence(action: str, low: float, high: float, language: str) -> str:
    """Say the range of a step.

    Examples
    --------
    >>> step_sentence("Offer a quote", 0.12, 0.41, "en")
    'Offer a quote: 12% without, 41% with'
    """
    without, taken = _percents(low, high, language)
    if language == "fr":
        return f"{action}\u00a0: {without} sans, {taken} avec"
    return f"{action}: {without} without, {taken} with"


def ask_next(table: pd.DataFrame, prospect_ids: pd.Series) -> pd.Series:
    """Return for each prospect what to ask next, in one sentence; empty where nothing is open.

    The question that would move P most; without any, the step. An answer only tells what is so; a
    step depends on the prospect, who may decline.
    """
    first = table.assign(later=table["kind"] != "question").sort_values(["later", "place"])
    sentences = first.drop_duplicates("prospect_id").set_index("prospect_id")["sentence"]
    said = sentences.astype(object).reindex(prospect_ids).fillna("")
    return pd.Series(said.to_numpy(), index=prospect_ids.index, dtype="str")


def _percents(low: float, high: float, language: str) -> tuple[str, str]:
    """Write two shares as percents, with a decimal where they would look the same without."""
    decimals = 0 if f"{low:.0%}" != f"{high:.0%}" else 1
    texts = tuple(f"{100 * share:.{decimals}f}" for share in (low, high))
    if language == "fr":
        return texts[0].replace(".", ",") + "\u202f%", texts[1].replace(".", ",") + "\u202f%"
    return f"{texts[0]}%", f"{texts[1]}%"


def _together(openings: Sequence[Opening]) -> Iterator[list[Opening]]:
    """Gather openings on one table of facts, as many as are held at once."""
    for table in dict.fromkeys(o.values[0].hypothesis.table for o in openings):
        held: list[Opening] = []
        pairs = 0
        for opening in openings:
            if opening.values[0].hypothesis.table != table:
                continue
            more = len(opening.rows) * len(opening.values)
            if held and pairs + more > PAIRS_AT_ONCE:
                yield held
                held, pairs = [], 0
            held.append(opening)
            pairs += more
        yield held


def _by_opening(
    openings: list[Opening],
    as_if: Callable[[list[tuple[Opening, Value]]], list[NDArray[np.float64]]],
) -> Iterator[tuple[Opening, list[NDArray[np.float64]]]]:
    found = iter(as_if([(opening, value) for opening in openings for value in opening.values]))
    for opening in openings:
        yield opening, [next(found) for _ in opening.values]


def _probability(
    model: PhasedRates,
    features: pd.DataFrame,
    edited: pd.DataFrame,
    rows: NDArray[np.int64],
    horizon_days: float,
) -> NDArray[np.float64]:
    """Return P of each pair, with its edited columns in the place of those of its snapshot."""
    parts = [np.empty(0)]
    for start in range(0, len(rows), ROWS_PER_CHUNK):
        part = slice(start, start + ROWS_PER_CHUNK)
        whole = features.iloc[rows[part]].reset_index(drop=True)
        whole[edited.columns] = edited.iloc[part].reset_index(drop=True)
        parts.append(model.predict_proba_won(whole, horizon_days))
    return np.concatenate(parts)


def _range(
    opening: Opening,
    by_value: NDArray[np.float64],
    probability: NDArray[np.float64],
    language: str,
) -> _Range:
    """Return the ends of an opening's range; `by_value` has shape (values, rows)."""
    texts = np.array([value.text[language] for value in opening.values], dtype=object)
    support = np.array([value.support for value in opening.values])
    column = np.arange(by_value.shape[1])
    top = by_value.argmax(axis=0)
    high = by_value[top, column]
    if opening.kind == "step":
        stands = np.full(len(column), _AS_IT_STANDS[language], dtype=object)
        return _Range(opening, probability[opening.rows], high, stands, texts[top], support[top])
    bottom = by_value.argmin(axis=0)
    rarer = np.minimum(support[bottom], support[top])
    return _Range(opening, by_value[bottom, column], high, texts[bottom], texts[top], rarer)


def _table(probability: NDArray[np.float64], ranges: list[_Range], language: str) -> pd.DataFrame:
    frames = [pd.DataFrame(columns=["row", *COLUMNS[3:]])]
    for found in ranges:
        opening, rows = found.opening, found.opening.rows
        frame = pd.DataFrame(
            {
                "row": rows,
                "kind": opening.kind,
                "signal": opening.signal,
                "action": opening.action[language],
                "sentence": "",
                "value_low": found.value_low,
                "value_high": found.value_high,
                "probability_low": found.low,
                "probability_high": found.high,
                "probability": probability[rows],
                "support": found.support,
            }
        )
        frames.append(frame)
    return pd.concat(frames[1:] or frames, ignore_index=True)


def _ranked(table: pd.DataFrame, snapshots: pd.DataFrame, language: str, most: int) -> pd.DataFrame:
    """Keep the widest ranges of each snapshot, and say them."""
    width = table["probability_high"] - table["probability_low"]
    by_width, rising = ["row", "width", "signal"], [True, False, True]
    order = table.assign(width=width).sort_values(by_width, ascending=rising)
    first_question = (order["kind"] == "question") & ~order.duplicated(["row", "kind"])
    kept = order.assign(rest=~first_question).sort_values(["row", "rest"], kind="stable")
    kept = kept.groupby("row").head(most).sort_values(by_width, ascending=rising)
    kept = kept.assign(place=kept.groupby("row").cumcount().astype("int64") + 1)
    rows = kept["row"].to_numpy(np.int64)
    say = {"question": question_sentence, "step": step_sentence}
    sentences = [
        say[kind](action, low, high, language)
        for kind, action, low, high in kept[
            ["kind", "action", "probability_low", "probability_high"]
        ].itertuples(index=False)
    ]
    kept = kept.assign(
        prospect_id=snapshots["prospect_id"].to_numpy()[rows],
        as_of=snapshots["as_of"].to_numpy()[rows],
        sentence=sentences,
    )
    found: pd.DataFrame = kept[list(COLUMNS)].reset_index(drop=True)
    return found
