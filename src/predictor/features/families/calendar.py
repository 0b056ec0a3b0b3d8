"""Calendar: the month, the weekday and the end of the quarter, at the instant of the look (UTC)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import ibis

from predictor.features.catalogue import Feature, Relation, Signal, Text, Values, define
from predictor.features.relations.prospects import snapshot
from predictor.features.wording import duration, locales

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels

#: Days of the year, of 365, on which a quarter ends, by the last month of the quarter.
_QUARTER_ENDS = {3: 90, 6: 181, 9: 273, 12: 365}


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of the date that training saw come round again.

    A month that was seen in one year only is but another name for that time.
    """
    del labels  # the calendar has its own words
    phrase = _phrase(specification.calendar)
    signal = Signal("calendar", Text("time of the year", "période de l'année"), phrase)
    known = {
        "weekday": define(
            signal,
            Relation(snapshot),
            "calendar_weekday",
            "number",
            Text("Weekday, from 1 (Monday) to 7", "Jour de la semaine, de 1 (lundi) à 7"),
            lambda snapshots: snapshots.as_of.day_of_week.index() + 1,
        ),
        "days_to_quarter_end": define(
            signal,
            Relation(snapshot),
            "calendar_days_to_quarter_end",
            "days",
            Text("Days to the last day of the quarter", "Jours jusqu'au dernier jour du trimestre"),
            _days_to_quarter_end,
        ),
        "month": define(
            signal,
            Relation(snapshot),
            "calendar_month",
            "number",
            Text("Month, 1 to 12", "Mois, de 1 à 12"),
            lambda snapshots: snapshots.as_of.month(),
        ),
    }
    return [known[name] for name in specification.calendar]


def _days_to_quarter_end(snapshots: ir.Table) -> ir.Value:
    as_of = snapshots.as_of
    year, month = as_of.year(), as_of.month()
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    ends = ((month <= last, day) for last, day in _QUARTER_ENDS.items())
    return ibis.cases(*ends) + leap.ifelse(1, 0) - as_of.day_of_year()


def _phrase(known: tuple[str, ...]) -> Callable[[Values], Text]:
    """Say what there is of the date: the weekday at least."""
    month, quarter = "month" in known, "days_to_quarter_end" in known

    def phrase(values: Values) -> Text:
        return _said(
            int(values["calendar_weekday"]),
            int(values["calendar_month"]) if month else 0,
            int(values["calendar_days_to_quarter_end"]) if quarter else None,
        )

    return phrase


@lru_cache(maxsize=4096)
def _said(weekday: int, month: int, left_days: int | None) -> Text:
    english, french = locales()
    if month:
        en, fr = (locale.months["format"]["wide"][month] for locale in (english, french))
        said = Text(f"In {en}", f"En {fr}")
    else:
        en, fr = (locale.days["format"]["wide"][weekday - 1] for locale in (english, french))
        said = Text(f"On a {en}", f"Un {fr}")
    if left_days is None:
        return said
    if left_days == 0:
        return Text(
            f"{said.en}, on the last day of the quarter",
            f"{said.fr}, le dernier jour du trimestre",
        )
    left = duration(left_days, "day")
    return Text(
        f"{said.en}, {left.en} before the end of the quarter",
        f"{said.fr}, {left.fr} avant la fin du trimestre",
    )
