"""The long table of explanations of many prospects, in Arrow: texts that repeat are held once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from predictor.explanation.reasons import Reasons


def explanation_table(reasons: Reasons) -> pa.Table:
    """Give `Reasons.table` in Arrow."""
    snapshots, contributions = reasons.snapshots, reasons.contributions
    signals = contributions.signals
    n, n_signals = len(snapshots), len(signals)

    def by_signal(texts: Sequence[str]) -> pa.Array:
        return _repeated(texts, np.tile(np.arange(n_signals, dtype=np.int32), n))

    ids = snapshots["prospect_id"].astype("str").tolist()
    of_prospect = np.repeat(np.arange(n, dtype=np.int32), n_signals)
    as_of = np.repeat(snapshots["as_of"].to_numpy("datetime64[us]"), n_signals)
    columns = {
        "prospect_id": _repeated(ids, of_prospect),
        "as_of": pa.array(as_of),
        "signal": by_signal([signal.name for signal in signals]),
        "contribution": pa.array(contributions.values.ravel()),
        "reason": _told(reasons.sentences, n_signals),
        "probability": pa.array(np.repeat(contributions.probability, n_signals)),
        "portfolio_probability": pa.array(
            np.full(n * n_signals, contributions.portfolio_probability)
        ),
        "strength": by_signal([signal.strength for signal in signals]),
    }
    if reasons.days_to_close is not None:
        columns["days_to_close_contribution"] = pa.array(reasons.days_to_close.ravel())
    return pa.table(columns)


def _told(sentences: Sequence[Sequence[str]], n_signals: int) -> pa.Array:
    """Return all sentences, one that is said of many prospects held once."""
    held = {"": 0}
    places = np.zeros(len(sentences) * n_signals, dtype=np.int32)
    for row, of_row in enumerate(sentences):
        for column, text in enumerate(of_row):
            if text:
                places[row * n_signals + column] = held.setdefault(text, len(held))
    return _repeated(list(held), places)


def _repeated(texts: Sequence[str], places: NDArray[np.int32]) -> pa.DictionaryArray:
    """Return the texts at some places; where texts repeat, the array's dictionary does not."""
    # Of a dictionary that says a text twice, Parquet's writer makes other bytes each time.
    held = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    if len(held) < len(texts):
        places = np.array([held[text] for text in texts], dtype=np.int32)[places]
    return pa.DictionaryArray.from_arrays(pa.array(places), pa.array(list(held), pa.string()))
