"""Calendar: the month, the weekday and the end of the quarter, at the instant of the look (UTC)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from predictor.features.catalogue import Feature, Relation, Signal, Text, Values, define
from predictor.features.relations.prospects import snapshot
from predictor.features.wording import several

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels

_MONTHS = Text(
    "January February March April May June July August September October November December",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
)
_WEEKDAYS = Text(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
)
#: Days of the year, of 365, on which a quarter ends, by the last month of the quarter.
_QUARTER_ENDS = {3: 90, 6: 181, 9: 273, 12: 365}


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of the date that training saw come round again.

    A month that was seen in one year only is but another name for that time.
    """
    del labels  # the calendar has its own words
    signal = Signal("calendar", Text("time of the year", "période de l'année"), _phrase)
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


def _phrase(values: Values) -> Text:
    """Say what there is of the date: the weekday at least."""
    weekday = int(values["calendar_weekday"]) - 1
    said = Text(f"On a {_WEEKDAYS.en.split()[weekday]}", f"Un {_WEEKDAYS.fr.split()[weekday]}")
    if "calendar_month" in values:
        month = int(values["calendar_month"]) - 1
        said = Text(f"In {_MONTHS.en.split()[month]}", f"En {_MONTHS.fr.split()[month]}")
    if "calendar_days_to_quarter_end" not in values:
        return said
    left = several(
        int(values["calendar_days_to_quarter_end"]), Text("day", "jour"), Text("days", "jours")
    )
    return Text(
        f"{said.en}, {left.en} before the end of the quarter",
        f"{said.fr}, {left.fr} avant la fin du trimestre",
    )
