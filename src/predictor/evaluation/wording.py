"""Numbers of an evaluation as people write them, in English and in French."""

from __future__ import annotations

import math

from predictor.features.catalogue import Text

_TO_FRENCH = str.maketrans({",": "\u202f", ".": ",", "%": "\u202f%"})


def written(value: float, pattern: str) -> Text:
    """Write a number; '-' where there is none.

    Parameters
    ----------
    value : float
    pattern : str
        Format specification, e.g. '.1%'.

    Examples
    --------
    >>> written(1234.5, ",.1f").en, written(float("nan"), ".2f").en
    ('1,234.5', '-')
    >>> written(1234.5, ",.1f").fr, written(0.075, ".1%").fr
    ('1\u202f234,5', '7,5\u202f%')
    """
    text = "-" if math.isnan(value) else format(value, pattern)
    return Text(text, in_french(text))


def in_french(number: str) -> str:
    """Turn a number written in English into French: decimal comma, narrow no-break spaces."""
    return number.translate(_TO_FRENCH)


def written_range(low: float, high: float, pattern: str) -> Text:
    """Write an interval; '-' where there is none.

    Examples
    --------
    >>> written_range(0.1, 0.25, ".0%").en, written_range(1.5, 2, ".1f").fr
    ('10% to 25%', '1,5 à 2,0')
    """
    first, last = written(low, pattern), written(high, pattern)
    if math.isnan(low):
        return first
    return Text(f"{first.en} to {last.en}", f"{first.fr} à {last.fr}")
