"""Small pieces of sentences: how long ago, how often, in English and French."""

from __future__ import annotations

from predictor.features.catalogue import Text


def days_ago(days: float) -> Text:
    """Say how long ago something was.

    Examples
    --------
    >>> days_ago(0.4).en, days_ago(1.2).en, days_ago(12.7).en, days_ago(75).en
    ('less than a day ago', 'a day ago', '12 days ago', '2 months ago')
    >>> days_ago(12.7).fr
    'il y a 12 jours'
    """
    span = time_span(days)
    return Text(f"{span.en} ago", f"il y a {span.fr}")


def time_span(days: float) -> Text:
    """Say how long something lasted, in whole days, or months of 30 days from two on.

    Examples
    --------
    >>> time_span(0.5).fr, time_span(1).fr, time_span(100).fr
    ("moins d'un jour", 'un jour', '3 mois')
    """
    whole = int(days)
    if whole < 1:
        return Text("less than a day", "moins d'un jour")
    if whole == 1:
        return Text("a day", "un jour")
    if whole < 60:
        return Text(f"{whole} days", f"{whole} jours")
    return Text(f"{whole // 30} months", f"{whole // 30} mois")


def in_days(count: int, days: int) -> Text:
    """Say how often something was within a window.

    Examples
    --------
    >>> in_days(3, 30).en
    '3 in 30 days'
    """
    return Text(f"{count} in {days} days", f"{count} en {days} jours")


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
    french = str.maketrans({",": "\u202f", ".": ","})
    return Text(text, text.translate(french))


def percent(share: float) -> Text:
    """Write a share as whole percents.

    Examples
    --------
    >>> percent(0.456).en, percent(0.456).fr
    ('46%', '46\u202f%')
    """
    whole = f"{100 * share:.0f}"
    return Text(f"{whole}%", f"{whole}\u202f%")


def several(number: int, noun: Text, plural: Text) -> Text:
    """Count things.

    Examples
    --------
    >>> several(1, Text("call", "appel"), Text("calls", "appels")).en
    '1 call'
    """
    return Text(
        f"{number} {noun.en if number == 1 else plural.en}",
        f"{number} {noun.fr if number < 2 else plural.fr}",
    )


def capital(text: Text) -> Text:
    """Begin a text with a capital."""
    return Text(text.en[:1].upper() + text.en[1:], text.fr[:1].upper() + text.fr[1:])
