"""Habits: how much happens at weekends and outside office hours, where the business is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import Feature, Relation, Signal, Text, Values
from predictor.features.families.shrinkage import IMAGINED, drawn_to
from predictor.features.relations.interactions import of_all_types
from predictor.features.wording import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the shares at weekends and outside 8 to 18 o'clock, drawn to those of everyone."""
    del labels  # habits have no words of their own
    if not specification.types:
        return []
    signal = Signal("habits", Text("habits", "habitudes"), _phrase)
    weekend_rate, off_hours_rate = specification.weekend_rate, specification.off_hours_rate

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
            "never missing",
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


def _phrase(values: Values) -> Text:
    weekend = percent(values["habits_weekend_share"])
    evening = percent(values["habits_off_hours_share"])
    return Text(
        f"About {evening.en} outside office hours, {weekend.en} at weekends",
        f"Environ {evening.fr} hors des heures de bureau, {weekend.fr} le week-end",
    )
