from __future__ import annotations

import re

import pytest

from predictor.lists.columns import COLUMNS, CSV_DECIMALS, RANKED_COLUMNS


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_each_column_is_told_in_both_languages(column):
    told = [column.title, column.meaning, column.shown_unit, column.missing or ("x", "y")]
    assert all(text.strip() for texts in told for text in texts)
    assert column.meaning.en != column.meaning.fr
    for sentence in (*column.meaning, *(column.missing or ())):
        assert sentence.endswith(".")


def test_names_and_titles_occur_once():
    assert len(set(RANKED_COLUMNS)) == len(COLUMNS)
    for language in ("en", "fr"):
        assert len({getattr(column.title, language) for column in COLUMNS}) == len(COLUMNS)


def test_french_has_its_spaces_and_no_word_of_cause():
    for column in COLUMNS:
        for text in (
            column.title.fr,
            column.meaning.fr,
            column.missing.fr if column.missing else "",
        ):
            assert not re.search(r"\w[:;!?%]", text), text
            assert not re.search(r"\b(parce que|car|grâce à|à cause)\b", text), text


def test_decimals_are_those_of_numbers():
    numbers = {column.name for column in COLUMNS if column.kind.type == "number"}
    assert set(CSV_DECIMALS) == numbers
    assert CSV_DECIMALS["conversion_probability"] == 4
    assert CSV_DECIMALS["expected_value"] == 2
    assert CSV_DECIMALS["days_to_close_median"] == 1
