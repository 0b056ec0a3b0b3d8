"""Days as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.wording import on_date

if TYPE_CHECKING:
    from datetime import datetime

    from predictor.lists.bands import Language


def say_day(day: datetime, seen_from: datetime, language: Language) -> str:
    """Write a day: without its year where that is the year of `seen_from`.

    Of the day of `seen_from` itself, the time (UTC) is written too.

    Examples
    --------
    >>> from datetime import datetime
    >>> seen_from = datetime(2026, 6, 29, 18)
    >>> [say_day(datetime(2026, 6, 1), seen_from, language) for language in ("en", "fr")]
    ['1 June', '1er juin']
    >>> say_day(datetime(2025, 12, 22), seen_from, "fr")
    '22 décembre 2025'
    >>> say_day(datetime(2026, 6, 29, 9, 30), seen_from, "en")
    '29 June, 09:30'
    """
    text = on_date(day.date())[language]
    if day.year == seen_from.year:
        text = text.removesuffix(f" {day.year}")
    if day.date() != seen_from.date():
        return text
    return f"{text} à {day:%H:%M}" if language == "fr" else f"{text}, {day:%H:%M}"
