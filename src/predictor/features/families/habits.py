"""Habits: how much happens at weekends and outside office hours, where the business is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import NEVER_MISSING, Feature, Relation, Signal, Text, Values
from predictor.features.families.shrinkage import IMAGINED, TINY, drawn_to
from predictor.features.relations.interactions import of_all_types
from predictor.features.wording import percent

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the shares at weekends and outside 8 to 18 o'clock, drawn to those of everyone."""
    del labels  # habits have no words of their own
    if not specification.types:
        return []
    weekend_rate, off_hours_rate = specification.weekend_rate, specification.off_hours_rate
    phrase = _phrase(weekend_rate, off_hours_rate)
    signal = Signal("habits", Text("habits", "habitudes"), phrase)

    def at_weekends(tallies: ir.Table) -> ir.Value:
        return drawn_to(weekend_rate, tallies.weekend, tallies["count"])

    def at_off_hours(tallies: ir.Table) -> ir.Value:
        return drawn_to(off_hours_rate, tallies.off_hours, tallies.hours_known)

    zone = specification.time_zone
    return [
        Feature(
            name,
            signal,
            Relation(of_all_types),
            expression,
            "share",
            Text(
                f"Share of the interactions {en} ({zone}), drawn to {percent(rate).en} by "
                f"{IMAGINED} imagined ones",
                f"Part des interactions {fr} ({zone}), ramenée vers {percent(rate).fr} par "
                f"{IMAGINED} interactions imaginées",
            ),
            NEVER_MISSING,
            rate,
        )
        for name, expression, rate, en, fr in (
            ("habits_weekend_share", at_weekends, weekend_rate, "at weekends", "du week-end"),
            (
                "habits_off_hours_share",
                at_off_hours,
                off_hours_rate,
                "outside 8 to 18 o'clock",
                "en dehors de 8 h à 18 h",
            ),
        )
    ]


def _phrase(weekend_rate: float, off_hours_rate: float) -> Callable[[Values], Text]:
    usual = percent(weekend_rate), percent(off_hours_rate)

    def phrase(values: Values) -> Text:
        weekend, evening = values["habits_weekend_share"], values["habits_off_hours_share"]
        if abs(weekend - weekend_rate) < TINY and abs(evening - off_hours_rate) < TINY:
            return _LIKE_OTHERS
        late, free = percent(evening), percent(weekend)
        return Text(
            f"About {late.en} of the activity outside office hours (average {usual[1].en}), "
            f"{free.en} at weekends (average {usual[0].en})",
            f"Environ {late.fr} de l'activité hors des heures de bureau (moyenne {usual[1].fr}), "
            f"{free.fr} le week-end (moyenne {usual[0].fr})",
        )

    return phrase


_LIKE_OTHERS = Text(
    "Not known to keep other hours than others",
    "Rien ne dit que le prospect ait d'autres heures que les autres",
)
