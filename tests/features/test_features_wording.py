"""Numbers, plurals and dates against Babel's own patterns."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from predictor.features.catalogue import Text
from predictor.features.wording import (
    day_share,
    days_ago,
    number,
    on_date,
    percent,
    several,
    time_span,
)


@given(st.integers(-(10**15), 10**15) | st.floats(-9999, 9999).map(lambda value: round(value, 4)))
def test_numbers_are_those_of_babel(value: float) -> None:
    pattern = "#,##0.####"
    if value == 0 or abs(value) >= 1e-4:
        assert number(value).fr == format_decimal(value + 0, pattern, locale="fr")
        assert number(value).en == format_decimal(value + 0, pattern, locale="en_GB")


@given(st.floats(0, 3))
def test_percents_are_those_of_babel(share: float) -> None:
    whole = round(100 * share) / 100
    assert percent(share).en == format_percent(whole, locale="en_GB")
    french = format_percent(whole, locale="fr").replace("\xa0", "\u202f")
    assert percent(share).fr == french


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_dates_are_those_of_babel_but_for_the_first(day: date) -> None:
    assert on_date(day).en == format_date(day, "long", locale="en_GB")
    french = format_date(day, "long", locale="fr")
    assert on_date(day).fr == (french.replace("1 ", "1er ", 1) if day.day == 1 else french)


@pytest.mark.parametrize(
    ("count", "en", "fr"),
    [
        (0, "0 calls", "0 appel"),
        (1, "1 call", "1 appel"),
        (2, "2 calls", "2 appels"),
        (21, "21 calls", "21 appels"),
        (1_234, "1,234 calls", "1\u202f234 appels"),
    ],
)
def test_french_counts_from_two_up_in_the_plural(count: int, en: str, fr: str) -> None:
    assert several(count, Text("call", "appel"), Text("calls", "appels")) == Text(en, fr)


@pytest.mark.parametrize(
    ("days", "en", "fr"),
    [
        (0.99, "less than a day", "moins d'un jour"),
        (1.99, "a day", "un jour"),
        (59.9, "59 days", "59 jours"),
        (60, "2 months", "2 mois"),
        (729, "24 months", "24 mois"),
        (730, "2 years", "2 ans"),
    ],
)
def test_time_is_told_in_the_unit_that_people_use(days: float, en: str, fr: str) -> None:
    assert time_span(days) == Text(en, fr)


@given(
    as_of=st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1)),
    elapsed=st.timedeltas(timedelta(seconds=1), timedelta(days=59)),
)
def test_days_ago_are_counted_from_date_to_date(as_of: datetime, elapsed: timedelta) -> None:
    days = (as_of.date() - (as_of - elapsed).date()).days
    lately = {0: Text("today", "aujourd'hui"), 1: Text("yesterday", "hier")}
    expected = lately.get(days, Text(f"{days} days ago", f"il y a {days} jours"))
    near_midnight = (as_of - elapsed + timedelta(seconds=1)).date() != (as_of - elapsed).date()
    if days < 60 and not near_midnight:
        assert days_ago(elapsed / timedelta(days=1), day_share(as_of)) == expected


def test_babel_is_not_imported_by_the_catalogue() -> None:
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    code = (
        "import sys; from predictor.features.families import build_catalogue; "
        "import predictor.explanation.reasons; sys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_text_has_two_languages_and_no_letters() -> None:
    text = Text("hot", "chaud")
    assert (text["en"], text["fr"]) == ("hot", "chaud")
    with pytest.raises(KeyError):
        text["de"]
    with pytest.raises(KeyError):
        "h" in text  # noqa: B015 - it is asked for
