"""Rhythm: how long the silences are, against the prospect's own habit, and how dense the bursts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import (
    DAY_SHARE,
    Feature,
    Relation,
    Signal,
    Text,
    Values,
    always,
    define,
    is_missing,
)
from predictor.features.families.amounts import days_of
from predictor.features.relations.interactions import active_days, of_all_types
from predictor.features.wording import days_ago, every_days

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels

_DAYS, _ALL = Relation(active_days), Relation(of_all_types)


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of silences and bursts."""
    del labels  # the rhythm has no words of its own
    signal = Signal("rhythm", Text("rhythm", "rythme"), _phrase, always("activity"))
    return [
        define(
            signal,
            _DAYS,
            "rhythm_longest_silence_days",
            "days",
            Text(
                "Most whole days without interaction between two interactions",
                "Plus long silence entre deux interactions, en jours entiers",
            ),
            lambda days: days.longest_silence_days,
            Text("no interaction yet", "pas encore d'interaction"),
        ),
        define(
            signal,
            _ALL,
            "rhythm_usual_gap_days",
            "days",
            Text(
                "Mean days between an interaction and the next",
                "Jours en moyenne entre une interaction et la suivante",
            ),
            _usual_gap_days,
            Text("fewer than two interactions", "moins de deux interactions"),
        ),
        define(
            signal,
            _ALL,
            "rhythm_silence_ratio",
            "number",
            Text(
                "Days since the latest interaction, as a multiple of the mean days between two",
                "Jours depuis la dernière interaction, rapportés à l'écart moyen entre deux",
            ),
            lambda tallies: days_of(tallies.last_age_us) / _usual_gap_days(tallies).nullif(0.0),
            Text(
                "fewer than two interactions, or all at the same instant",
                "moins de deux interactions, ou toutes au même instant",
            ),
        ),
        *(_most_in_a_day(signal, days) for days in specification.windows_days),
    ]


def _usual_gap_days(tallies: ir.Table) -> ir.Value:
    span_days = days_of(tallies.first_age_us - tallies.last_age_us)
    return span_days / (tallies["count"] - 1).nullif(0).cast("float64")


def _most_in_a_day(signal: Signal, window_days: int) -> Feature:
    def most(days: ir.Table) -> ir.Value:
        return days[f"most_{window_days}d"]

    return define(
        signal,
        _DAYS,
        f"rhythm_most_in_a_day_{window_days}d",
        "count",
        Text(
            f"Most interactions within one day of the last {window_days}",
            f"Plus grand nombre d'interactions en un jour sur {window_days}",
        ),
        most,
    )


def _phrase(values: Values) -> Text:
    """Say how long ago the latest interaction was, and how often there usually is one."""
    gap_days, ratio = values["rhythm_usual_gap_days"], values["rhythm_silence_ratio"]
    if is_missing(gap_days) or is_missing(ratio):
        return _TOO_LITTLE
    ago = days_ago(_since_last(values), values.get(DAY_SHARE, 0.0))
    often = every_days(gap_days)
    return Text(
        f"Last activity {ago.en}, usually {often.en}",
        f"Dernière activité {ago.fr}, d'habitude {often.fr}",
    )


def _since_last(values: Values) -> float:
    """Return the days since the latest interaction; without them, what the ratio tells of them."""
    known = values.get("activity_days_since_last")
    if known is None or is_missing(known):
        return float(values["rhythm_usual_gap_days"] * values["rhythm_silence_ratio"])
    return float(known)


_TOO_LITTLE = Text(
    "Too little activity to know how often it comes",
    "Trop peu d'activité pour savoir à quel rythme elle vient",
)
