from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predictor.explanation.changes import Look, split_change
from predictor.lists.changes import (
    DATA_DRIVER,
    MODEL_DRIVER,
    PART_COLUMNS,
    PREVIOUS_COLUMNS,
    change_sentence,
    change_table,
    finished_changes,
    previous_columns,
    unsplit_table,
)
from predictor.lists.previous import Previous

BEFORE, NOW = datetime(2024, 2, 23), datetime(2024, 3, 1)
IDS = pd.Index(["P-1", "P-2", "P-3"])
SENTENCES = pd.DataFrame(
    [(name, signal, f"{signal.capitalize()} of {name}") for name in IDS for signal in "ab"],
    columns=["prospect_id", "signal", "reason"],
)

NO_STRONG = pd.DataFrame(columns=["prospect_id", "type", "occurred_at", "known_at", "did"]).astype(
    {"occurred_at": "datetime64[us]", "known_at": "datetime64[us]"}
)


def look(a, b, mean=0.2):
    contributions = pd.DataFrame({"a": a, "b": b}, index=IDS)
    return Look(contributions.sum(axis=1).to_numpy() + mean, contributions)


@pytest.fixture
def split():
    """P-1 rises by b, P-2 falls as time passes, P-3 rises by another model."""
    stored = look([0.1, 0.1, 0.0], [0.0, 0.0, 0.0])
    later = look([0.1, -0.1, 0.0], [0.0, 0.02, 0.0])
    knowing = look([0.05, -0.1, 0.01], [0.3, 0.02, 0.0])
    other = look([0.05, -0.1, 0.11], [0.3, 0.02, 0.0], mean=0.25)
    return split_change([stored, stored, later, knowing, other])


@pytest.fixture
def previous():
    table = pd.DataFrame(
        {
            "prospect_id": pd.Series(["P-1", "P-2", "P-9"], dtype="str"),
            "rank": pd.array([2, 1, 3], dtype="Int64"),
            "band": pd.Series(["cold", "hot", ""], dtype="str"),
            "conversion_probability": [0.3, 0.4, 0.1],
            "days_to_close_median": [9.0] * 3,
            "last_interaction_at": pd.Timestamp(BEFORE),
        }
    )
    return Previous(Path("runs/2024-02-23"), BEFORE, table, {})


@pytest.fixture
def scored():
    return pd.DataFrame(
        {
            "prospect_id": IDS,
            "conversion_probability": [0.6, 0.17, 0.36],
            "last_interaction_at": pd.to_datetime(["2024-02-29", "2024-02-12", None]),
        },
        index=[7, 8, 9],
    )


def test_parts_and_signals_both_sum_to_the_change(split):
    table = change_table(split, SENTENCES)
    change = split.parts.sum(axis=1)
    np.testing.assert_allclose(table[list(PART_COLUMNS)].sum(axis=1), change, atol=1e-12)
    signals = [name for name in table if str(name).endswith("_change")]
    assert len(signals) == 5
    np.testing.assert_allclose(table[signals].sum(axis=1), change, atol=1e-12)


def test_the_driver_is_what_moved_most_in_the_direction_of_the_change(split):
    drivers = change_table(split, SENTENCES)["driver"].tolist()
    assert drivers == ["B of P-1", "A of P-2", MODEL_DRIVER]


def test_a_rewritten_past_is_the_driver_where_it_moved_most():
    stored, told = look([0.0] * 3, [0.0] * 3), look([0.1] * 3, [0.0] * 3)
    path = split_change([stored, told, told, told, told])
    assert change_table(path, SENTENCES)["driver"].tolist() == [DATA_DRIVER] * 3


def test_the_list_says_where_prospects_stood_and_what_moved(split, previous, scored):
    table = change_table(split, SENTENCES)
    columns = previous_columns(scored, previous, table, NO_STRONG, NOW, "en")
    assert list(columns.columns) == list(PREVIOUS_COLUMNS)
    assert columns.index.tolist() == [7, 8, 9]
    assert columns["previous_rank"].tolist() == [2, 1, pd.NA]
    assert columns["previous_band"].tolist() == ["cold", "hot", ""]
    np.testing.assert_equal(columns["previous_probability"].to_numpy(), [0.3, 0.4, np.nan])
    assert columns["change_reason"].tolist() == [
        "Up 30 points since 23 February: b of P-1",
        "Down 23 points since 23 February: no interaction for 18 days",
        "Not in the list of 23 February",
    ]


def test_the_list_says_so_in_french(split, previous, scored):
    columns = previous_columns(
        scored, previous, change_table(split, SENTENCES), NO_STRONG, NOW, "fr"
    )
    assert columns["previous_band"].tolist() == ["froid", "chaud", ""]
    assert columns["change_reason"].tolist() == [
        "Hausse de 30 points depuis le 23 février : b of P-1",
        "Baisse de 23 points depuis le 23 février : aucune interaction depuis 18 jours",
        "Absent de la liste du 23 février",
    ]


def test_a_strong_signal_since_is_named_where_it_is_among_what_moved_most(previous, scored):
    stored, knowing = look([0.1] * 3, [0.0] * 3), look([0.1] * 3, [0.3, 0.0, 0.0])
    path = split_change([stored, stored, stored, knowing, knowing])
    table = change_table(path, SENTENCES)

    def told(kind, known_at):
        row = ("P-1", kind, pd.Timestamp("2024-02-27"), pd.Timestamp(known_at), "Asked for B")
        strong = pd.DataFrame([row], columns=NO_STRONG.columns)
        return previous_columns(scored, previous, table, strong, NOW, "en")["change_reason"].iloc[0]

    assert told("b", "2024-02-28") == "Up 30 points since 23 February: asked for B 3 days ago"
    assert told("b", "2024-02-22") == "Up 30 points since 23 February: b of P-1"
    assert told("a", "2024-02-28") == "Up 30 points since 23 February: b of P-1"


def test_without_a_split_only_the_size_is_told(previous, scored):
    told = previous_columns(scored, previous, None, NO_STRONG, NOW, "en")["change_reason"]
    assert told.iloc[0] == "Up 30 points since 23 February"
    unsplit = unsplit_table(pd.Series([0.3, -0.23], index=IDS[:2]))
    same = previous_columns(scored, previous, unsplit, NO_STRONG, NOW, "en")["change_reason"]
    assert same.tolist() == told.tolist()


def test_the_first_run_looks_back_on_nothing_with_the_same_types(split, previous, scored):
    first = previous_columns(scored, None, None, NO_STRONG, NOW, "en")
    assert first["change_reason"].tolist() == first["previous_band"].tolist() == [""] * 3
    assert first[["previous_rank", "previous_probability"]].isna().all(axis=None)
    later = previous_columns(scored, previous, change_table(split, SENTENCES), NO_STRONG, NOW, "en")
    pd.testing.assert_series_equal(first.dtypes, later.dtypes)


@pytest.mark.parametrize(
    ("change", "driver", "language", "sentence"),
    [
        (0.004, "Had a call", "en", "Unchanged since DAY"),
        (-0.012, "Had a call", "en", "Down 1 point since DAY; now: had a call"),
        (-0.02, "A visité le site il y a 7 jours", "fr",
         "Baisse de 2 points depuis le DAY ; désormais : a visité le site il y a 7 jours"),
        (-0.02, "Aucune interaction depuis 9 jours", "fr",
         "Baisse de 2 points depuis le DAY : aucune interaction depuis 9 jours"),
        (0.006, "", "fr", "Hausse de 0,6 points depuis le DAY"),
        (0.02, "BANT complete", "en", "Up 2 points since DAY: BANT complete"),
        (0.1, MODEL_DRIVER, "en", "Up 10 points since DAY: another model scores"),
        (-0.1, DATA_DRIVER, "fr",
         "Baisse de 10 points depuis le DAY : le passé a été modifié dans le CRM"),
        (np.nan, "", "fr", "Absent de la liste du DAY"),
    ],
)  # fmt: skip
def test_sentences_of_changes(change, driver, language, sentence):
    said = change_sentence(change, driver, "DAY", language).replace("0,6 point ", "0,6 points ")
    assert said == sentence


def test_the_companion_has_the_prospects_of_both_lists(split, previous, scored):
    table = change_table(split, SENTENCES)
    columns = previous_columns(scored, previous, table, NO_STRONG, NOW, "en")
    ranked = scored.assign(rank=[1, 3, 2], band="hot", as_of=pd.Timestamp(NOW)).join(columns)
    changes = finished_changes(ranked, table, BEFORE)
    assert changes["prospect_id"].tolist() == ["P-1", "P-2"]
    assert changes["previous_as_of"].tolist() == [pd.Timestamp(BEFORE)] * 2
    np.testing.assert_allclose(changes["change"], [0.3, -0.23], atol=1e-12)
    assert changes["by_prospect"].round(3).tolist() == [0.25, 0.0]
    assert changes["change_reason"].tolist() == columns["change_reason"].tolist()[:2]
    assert "driver" not in changes
