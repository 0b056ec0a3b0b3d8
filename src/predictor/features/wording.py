"""Small pieces of sentences: how long ago, how often, how much, in English and French.

Plurals, signs, units and dates are those of the CLDR, by Babel. It is imported where the first word
is asked for, and what it says is kept: a sentence costs a microsecond or two.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

from predictor.features.catalogue import DAY_SHARE, Text

if TYPE_CHECKING:
    from datetime import date, datetime

    from babel import Locale

    from predictor.features.catalogue import Values

_NARROW = "\u202f"
_VOWELS = "aeiouhàâäéèêëîïôöûùüœæ"
#: Beginnings of French words that no elision comes before: an aspirated h, 'onze', 'oui'.
_NOT_ELIDED = (
    *("hack", "hall", "halt", "handi", "hang", "harc", "hard", "hasard", "hash", "hau", "help"),
    *("hiérarch", "high", "hit", "hobby", "hockey", "hold", "hongr", "hors", "hot", "hub", "huit"),
    *("onz", "oui"),
)
#: From so many days on, time is told in months of 30 days, and in years of 365.
_MONTHS_FROM_DAYS = 60
_YEARS_FROM_DAYS = 730
_LATELY = (Text("today", "aujourd'hui"), Text("yesterday", "hier"))
#: Elapsed days are quotients and products: a tenth of a second off is no other day.
_ROUNDING_DAYS = 1e-6


@lru_cache(maxsize=1)
def locales() -> tuple[Locale, Locale]:
    """Return the locales of the sentences: English with the day before the month, and French."""
    from babel import Locale  # noqa: PLC0415 - slow, and of no use to most commands

    return Locale("en", "GB"), Locale("fr")


def days_ago(days: float, day_share: float = 0.0) -> Text:
    """Say how many days ago something was, as people count them: from date to date.

    Parameters
    ----------
    days : float
        Elapsed up to the instant from which it is seen.
    day_share : float
        The share of its own day that had passed at that instant (see `day_share`).

    Examples
    --------
    >>> days_ago(0.4).en, days_ago(1.2).en, days_ago(12.7).en, days_ago(75).en
    ('yesterday', '2 days ago', '13 days ago', '2 months ago')
    >>> days_ago(0.4, 0.75).en, days_ago(0.8, 0.75).fr, days_ago(12.7).fr
    ('today', 'hier', 'il y a 13 jours')
    """
    return _ago(max(ceil(days - day_share - _ROUNDING_DAYS), 0))


def seen_days_ago(values: Values, name: str) -> Text:
    """Say how many days ago something was, of a snapshot's feature of elapsed days."""
    return days_ago(values[name], values.get(DAY_SHARE, 0.0))


def day_share(instant: datetime) -> float:
    """Return the share of its day that had passed at an instant.

    Examples
    --------
    >>> from datetime import datetime
    >>> day_share(datetime(2026, 6, 29)), day_share(datetime(2026, 6, 29, 18))
    (0.0, 0.75)
    """
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return (instant - midnight) / timedelta(days=1)


def time_span(days: float) -> Text:
    """Say how long something lasted: in whole days, months from 60 days on, years from two on.

    Examples
    --------
    >>> time_span(0.5).fr, time_span(1).fr, time_span(100).fr, time_span(800).fr
    ("moins d'un jour", 'un jour', '3 mois', '2 ans')
    """
    return _span(int(days))


@lru_cache(maxsize=4096)
def _ago(whole_days: int) -> Text:
    if whole_days < len(_LATELY):
        return _LATELY[whole_days]
    span = _span(whole_days)
    return Text(f"{span.en} ago", f"il y a {span.fr}")


@lru_cache(maxsize=4096)
def _span(whole_days: int) -> Text:
    if whole_days < 1:
        return Text("less than a day", "moins d'un jour")
    if whole_days == 1:
        return Text("a day", "un jour")
    if whole_days < _MONTHS_FROM_DAYS:
        return duration(whole_days, "day")
    if whole_days < _YEARS_FROM_DAYS:
        return duration(whole_days // 30, "month")
    return duration(whole_days // 365, "year")


@lru_cache(maxsize=4096)
def duration(count: int, unit: str) -> Text:
    """Count days, months or years.

    Examples
    --------
    >>> duration(1, "day").en, duration(0, "day").en, duration(0, "day").fr, duration(3, "year").fr
    ('1 day', '0 days', '0 jour', '3 ans')
    """
    from babel.units import format_unit  # noqa: PLC0415 - slow, and of no use to most commands

    en, fr = (
        format_unit(count, f"duration-{unit}", locale=locale).replace("\xa0", " ")
        for locale in locales()
    )
    return Text(en, fr)


def whole_days(days: float) -> int:
    """Round days from the tenths that files show, halves up: as whoever reads the file would.

    Examples
    --------
    >>> whole_days(2.5), whole_days(2.44), whole_days(2.46), whole_days(3.5)
    (3, 2, 3, 4)
    """
    return (round(10 * days) + 5) // 10


def day_range(first: float, last: float) -> Text:
    """Say between which days something lies; the page of a run has the same form.

    Examples
    --------
    >>> day_range(2.5, 10.8).en, day_range(0.2, 1.3).fr, day_range(0.7, 1.2).en
    ('3 to 11 days', '0 à 1 jour', '1 day')
    """
    low, high = whole_days(first), whole_days(last)
    span = duration(high, "day")
    if low == high:
        return span
    return Text(f"{number(low).en} to {span.en}", f"{number(low).fr} à {span.fr}")


@lru_cache(maxsize=1024)
def every_days(days: float) -> Text:
    """Say how often something comes that comes once in so many days.

    Examples
    --------
    >>> every_days(0.3).en, every_days(1.4).en, every_days(8).en, every_days(70).fr
    ('several a day', 'one a day', 'one every 8 days', 'une tous les 2 mois')
    """
    if days < 0.7:
        return Text("several a day", "plusieurs par jour")
    if days < 1.5:
        return Text("one a day", "une par jour")
    span = _span(round(days))
    return Text(f"one every {span.en}", f"une tous les {span.fr}")


@lru_cache(maxsize=4096)
def in_days(count: int, days: int) -> Text:
    """Say how often something was within a window.

    Examples
    --------
    >>> in_days(3, 30).en, in_days(2, 7).fr
    ('3 times in 30 days', '2 fois en 7 jours')
    """
    often, span = number(count), duration(days, "day")
    times = "time" if count == 1 else "times"
    return Text(f"{often.en} {times} in {span.en}", f"{often.fr} fois en {span.fr}")


@lru_cache(maxsize=1 << 16)
def number(value: float) -> Text:
    """Write a number as people do: whole from 10,000 on, and never with an exponent.

    Examples
    --------
    >>> number(1234567.8).en, number(12.5).en, number(250.0).en
    ('1,234,568', '12.5', '250')
    >>> number(1234567.8).fr, number(12.5).fr
    ('1\u202f234\u202f568', '12,5')
    """
    whole = float(value).is_integer() or abs(value) >= 10_000
    text = f"{value:,.0f}" if whole else f"{value:,.4f}".rstrip("0").rstrip(".")
    return signed("0" if text == "-0" else text)


def signed(text: str) -> Text:
    """Give a number written by Python the signs of each language.

    Faster than Babel's own patterns, which it equals: see the tests.

    Examples
    --------
    >>> signed("-1,234.5").fr
    '-1\u202f234,5'
    """
    english, french = _signs()
    return Text(text.translate(english), text.translate(french))


@lru_cache(maxsize=1)
def _signs() -> tuple[dict[int, str], dict[int, str]]:
    from babel.numbers import get_decimal_symbol, get_group_symbol  # noqa: PLC0415 - slow

    english, french = (
        str.maketrans({",": get_group_symbol(locale), ".": get_decimal_symbol(locale)})
        for locale in locales()
    )
    return english, french


def percent(share: float) -> Text:
    """Write a share as whole percents.

    Examples
    --------
    >>> percent(0.456).en, percent(0.456).fr
    ('46%', '46\u202f%')
    """
    return _percents(round(100 * share))


@lru_cache(maxsize=1024)
def _percents(whole: int) -> Text:
    from babel.numbers import format_percent  # noqa: PLC0415 - slow

    en, fr = (format_percent(whole / 100, locale=locale) for locale in locales())
    return Text(en, fr.replace("\xa0", _NARROW))


@lru_cache(maxsize=1 << 14)
def several(count: int, noun: Text, plural: Text) -> Text:
    """Count things.

    Examples
    --------
    >>> several(1, Text("call", "appel"), Text("calls", "appels")).en
    '1 call'
    >>> several(0, Text("call", "appel"), Text("calls", "appels"))
    Text(en='0 calls', fr='0 appel')
    """
    english, french = locales()
    said = number(count)
    return Text(
        f"{said.en} {noun.en if english.plural_form(count) == 'one' else plural.en}",
        f"{said.fr} {noun.fr if french.plural_form(count) == 'one' else plural.fr}",
    )


@lru_cache(maxsize=4096)
def on_date(day: date) -> Text:
    """Say a date.

    Examples
    --------
    >>> from datetime import date
    >>> on_date(date(2026, 5, 3)), on_date(date(2026, 5, 1)).fr
    (Text(en='3 May 2026', fr='3 mai 2026'), '1er mai 2026')
    """
    from babel.dates import format_date  # noqa: PLC0415 - slow

    en, fr = (format_date(day, "long", locale=locale) for locale in locales())
    return Text(en, f"1er{fr[1:]}" if day.day == 1 else fr)


def of_french(noun: str) -> str:
    """Put 'de' before a French noun.

    Examples
    --------
    >>> of_french("devis"), of_french("appel"), of_french("heure de démo")
    ('de devis', "d'appel", "d'heure de démo")
    >>> of_french("hackathon"), of_french("onzième appel")
    ('de hackathon', 'de onzième appel')
    """
    lower = noun.lower()
    elided = lower[:1] in _VOWELS and not lower.startswith(_NOT_ELIDED)
    return f"d'{noun}" if elided else f"de {noun}"


def quoted(text: str) -> str:
    r"""Put a text between French quotation marks: what stands there agrees with nothing.

    Examples
    --------
    >>> quoted("clair")
    '«\xa0clair\xa0»'
    """
    return f"«\u00a0{text}\u00a0»"


def in_quotes(text: Text) -> Text:
    r"""Put what somebody filled in between quotation marks, in place of a colon before it.

    Examples
    --------
    >>> in_quotes(Text("over 3,000", "plus de 3\u202f000"))
    Text(en="'over 3,000'", fr='«\xa0plus de 3\u202f000\xa0»')
    """
    return Text(f"'{text.en}'", quoted(text.fr))


def capital(text: Text) -> Text:
    """Begin a text with a capital."""
    return Text(text.en[:1].upper() + text.en[1:], text.fr[:1].upper() + text.fr[1:])


def as_clause(sentence: str) -> str:
    """Write a sentence as one goes on after a colon; abbreviations keep their capitals.

    Examples
    --------
    >>> as_clause("Asked for a quote"), as_clause("BANT filled in")
    ('asked for a quote', 'BANT filled in')
    """
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]
