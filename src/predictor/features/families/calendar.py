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
#: Days of the year, of 365, on which a quarter ends, by the last month of the quarter.
_QUARTER_ENDS = {3: 90, 6: 181, 9: 273, 12: 365}


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of the date."""
    del specification, labels  # the calendar needs neither choices nor words
    signal = Signal("calendar", Text("time of the year", "période de l'année"), _phrase)
    relation = Relation(snapshot)
    return [
        define(
            signal,
            relation,
            "calendar_month",
            "number",
            Text("Month, 1 to 12", "Mois, de 1 à 12"),
            lambda snapshots: snapshots.as_of.month(),
        ),
        define(
            signal,
            relation,
            "calendar_weekday",
            "number",
            Text("Weekday, from 1 (Monday) to 7", "Jour de la semaine, de 1 (lundi) à 7"),
            lambda snapshots: snapshots.as_of.day_of_week.index() + 1,
        ),
        define(
            signal,
            relation,
            "calendar_days_to_quarter_end",
            "days",
            Text("Days to the last day of the quarter", "Jours jusqu'au dernier jour du trimestre"),
            _days_to_quarter_end,
        ),
    ]


def _days_to_quarter_end(snapshots: ir.Table) -> ir.Value:
    as_of = snapshots.as_of
    year, month = as_of.year(), as_of.month()
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    ends = ((month <= last, day) for last, day in _QUARTER_ENDS.items())
    return ibis.cases(*ends) + leap.ifelse(1, 0) - as_of.day_of_year()


def _phrase(values: Values) -> Text:
    month = int(values["calendar_month"]) - 1
    left = several(
        int(values["calendar_days_to_quarter_end"]), Text("day", "jour"), Text("days", "jours")
    )
    return Text(
        f"In {_MONTHS.en.split()[month]}, {left.en} before the end of the quarter",
        f"En {_MONTHS.fr.split()[month]}, {left.fr} avant la fin du trimestre",
    )
