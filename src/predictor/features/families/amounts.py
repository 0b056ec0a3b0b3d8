"""How often, how lately and how steadily: what is said of each interaction type, and of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from predictor.features.catalogue import Feature, Relation, Signal, Text, Unit, define
from predictor.features.facts import DAY_US
from predictor.features.relations.interactions import DECAYED_UNIT
from predictor.features.wording import of_french

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification


def real(number: float) -> ir.FloatingScalar:
    """Return a number as a double: some engines read a plain one as a decimal."""
    return ibis.literal(float(number), "float64")


def days_of(age_us: ir.IntegerValue) -> ir.FloatingValue:
    """Return an age in days."""
    return age_us.cast("float64") / real(DAY_US)


def amounts(
    specification: FeatureSpecification, signal: Signal, relation: Relation, plural: Text
) -> list[Feature]:
    """Return counts, ages, decayed count and trend of interactions.

    Parameters
    ----------
    specification : FeatureSpecification
        Windows and half-life.
    signal : Signal
        Whose name the features begin with.
    relation : Relation
        Tallies of one type, or of all.
    plural : Text
        What the interactions are called.
    """
    of_these = of_french(plural.fr)
    never = Text(f"no {plural.en} yet", f"pas encore {of_these}")

    def feature(
        suffix: str,
        unit: Unit,
        text: Text,
        expression: Callable[[ir.Table], ir.Value],
        missing: Text | None = None,
    ) -> Feature:
        name = f"{signal.name}_{suffix}"
        return define(signal, relation, name, unit, text, expression, missing)

    half_life = f"{specification.half_life_days:g}"
    return [
        *(
            feature(
                f"count_{days}d",
                "count",
                _in_window(Text("Number of {}", "Nombre {}"), plural, days),
                _column(f"count_{days}d"),
            )
            for days in specification.windows_days
        ),
        feature(
            "count",
            "count",
            Text(f"Number of {plural.en} ever", f"Nombre {of_these} au total"),
            _column("count"),
        ),
        feature(
            "days_since_last",
            "days",
            Text(f"Days since the latest of the {plural.en}", f"Jours depuis : {plural.fr}"),
            lambda tallies: days_of(tallies.last_age_us),
            never,
        ),
        feature(
            "days_since_first",
            "days",
            Text(
                f"Days since the first of the {plural.en}",
                f"Jours depuis le début : {plural.fr}",
            ),
            lambda tallies: days_of(tallies.first_age_us),
            never,
        ),
        feature(
            "decayed_count",
            "count",
            Text(
                f"Number of {plural.en}, each counting half after {half_life} days",
                f"Nombre {of_these}, chaque fois compté pour moitié après {half_life} jours",
            ),
            lambda tallies: tallies.decayed_units.cast("float64") * real(DECAYED_UNIT),
        ),
        *_trend(specification, signal, relation, plural),
    ]


def seconds(
    specification: FeatureSpecification, signal: Signal, relation: Relation, plural: Text
) -> list[Feature]:
    """Return how long interactions took together, in each window."""
    return [
        define(
            signal,
            relation,
            f"{signal.name}_seconds_{days}d",
            "seconds",
            _in_window(Text("Seconds of {}", "Secondes {}"), plural, days),
            _seconds(days),
        )
        for days in specification.windows_days
    ]


def mean_seconds(
    specification: FeatureSpecification, signal: Signal, relation: Relation, plural: Text
) -> list[Feature]:
    """Return how long interactions took on average, in each window."""

    def mean(days: int) -> Callable[[ir.Table], ir.Value]:
        return lambda tallies: _seconds(days)(tallies) / tallies[f"timed_{days}d"].nullif(0)

    return [
        define(
            signal,
            relation,
            f"{signal.name}_seconds_mean_{days}d",
            "seconds",
            _in_window(Text("Mean seconds of {}", "Durée moyenne en secondes {}"), plural, days),
            mean(days),
            Text("no duration filled in", "aucune durée renseignée"),
        )
        for days in specification.windows_days
    ]


def _trend(
    specification: FeatureSpecification, signal: Signal, relation: Relation, plural: Text
) -> list[Feature]:
    """Compare the shortest window with the rest of the next one.

    ln of the ratio of daily rates, with one imagined interaction spread evenly over both stretches
    (a Gamma prior on the rate), so that nothing at all means no change and few mean little.
    """
    if len(specification.windows_days) < 2:
        return []
    recent, both = specification.windows_days[:2]
    earlier = both - recent

    def trend(tallies: ir.Table) -> ir.Value:
        late = tallies[f"count_{recent}d"].cast("float64")
        early = tallies[f"count_{both}d"].cast("float64") - late
        late_rate = (late + real(recent / both)) / real(recent)
        early_rate = (early + real(earlier / both)) / real(earlier)
        return (late_rate / early_rate).ln()

    text = Text(
        f"Trend of {plural.en}: logarithm of their daily rate in the last {recent} days over that "
        f"in the {earlier} days before; 0 is no change, 0.7 twice as many",
        f"Tendance ({plural.fr}) : logarithme du rythme des {recent} derniers jours rapporté à "
        f"celui des {earlier} jours précédents ; 0 = stable, 0,7 = deux fois plus",
    )
    return [define(signal, relation, f"{signal.name}_trend", "number", text, trend)]


def _in_window(text: Text, plural: Text, days: int) -> Text:
    return Text(
        f"{text.en.format(plural.en)} in the last {days} days",
        f"{text.fr.format(of_french(plural.fr))} sur {days} jours",
    )


def _column(name: str) -> Callable[[ir.Table], ir.Value]:
    return lambda table: table[name]


def _seconds(days: int) -> Callable[[ir.Table], ir.Value]:
    column = f"milliseconds_{days}d"
    return lambda tallies: tallies[column].fill_null(0).cast("float64") / real(1000)
