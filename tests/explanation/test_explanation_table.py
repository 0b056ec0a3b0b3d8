"""The long table in Arrow against that in pandas, and sentences of the strongest signals only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.explanation.reasons import Reasons, choose, find_reasons
from predictor.explanation.rows import rows_of
from predictor.explanation.signals import SignalContributions
from predictor.explanation.table import explanation_table
from predictor.features.catalogue import Signal, Text
from predictor.operations.gathering import explanations_writer

if TYPE_CHECKING:
    from pathlib import Path

N, S = 30, 12


def signal(number: int) -> Signal:
    name = f"signal_{number}"
    return Signal(
        name,
        Text(name, name),
        lambda row: Text(f"{name} is {row[name]:.1f}", f"{name} vaut {row[name]:.1f}"),
        strength="strong" if number % 2 else "",
    )


def some_reasons(strongest: int | None) -> Reasons:
    rng = np.random.default_rng(0)
    signals = tuple(signal(number) for number in range(S))
    values = rng.normal(0, 0.02, (N, S))
    people = pd.DataFrame(
        {
            "prospect_id": [f"P{number}" for number in range(N)],
            "as_of": pd.Timestamp("2026-01-01"),
            "last_interaction_at": pd.Timestamp("2025-12-01"),
        }
    ).astype({"as_of": "datetime64[us]", "prospect_id": "str"})
    features = pd.DataFrame(rng.normal(size=(N, S)), columns=[each.name for each in signals])
    contributions = SignalContributions(signals, values, 0.3 + values.sum(axis=1), 0.3)
    found = find_reasons(people, features, contributions, "en", strongest)
    for row, given, towards, columns in zip(
        rows_of(features),
        values,
        np.sign(values.sum(axis=1)),
        found.columns.to_numpy(),
        strict=True,
    ):
        reasons, cautions = choose(signals, row, given, towards)
        said = [signals[place].phrase(row).en for place in [*reasons, *cautions]]
        assert [cell.split(":")[0] for cell in columns if cell] == said
    return replace(found, days_to_close=rng.normal(size=(N, S)))


def test_the_table_in_arrow_is_the_table(tmp_path: Path) -> None:
    reasons = some_reasons(None)
    table = explanation_table(reasons)
    with explanations_writer(tmp_path / "x.parquet", table.schema) as writer:
        writer.write_table(table)
    read = pd.read_parquet(tmp_path / "x.parquet")
    pd.testing.assert_frame_equal(read, reasons.table)


def test_only_the_strongest_signals_and_the_reasons_have_a_sentence() -> None:
    every, few = some_reasons(None), some_reasons(4)
    pd.testing.assert_frame_equal(few.columns, every.columns)
    sizes = np.abs(every.contributions.values)
    for told, whole, size in zip(few.sentences, every.sentences, sizes, strict=True):
        strongest = set(np.argsort(-size)[:4])
        assert all(told[place] for place in strongest)
        assert all(text in ("", other) for text, other in zip(told, whole, strict=True))
        assert sum(map(bool, told)) <= 8 < S
