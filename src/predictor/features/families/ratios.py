"""Ratios of interaction types: opened of sent, clicked of opened, attended of registered."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from predictor.features.catalogue import NEVER_MISSING, Feature, Relation, Signal, Text
from predictor.features.families.names import ratio_names
from predictor.features.families.ratio_words import ratio_sentences
from predictor.features.families.shrinkage import IMAGINED, drawn_to
from predictor.features.relations.interactions import counts
from predictor.features.vocabulary import Labels, ratio_label, word_for
from predictor.features.wording import percent

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification, Ratio


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return each ratio over the whole history and over the longest window."""
    names = ratio_names(specification)
    found: list[Feature] = []
    for name, ratio in zip(names, specification.ratios, strict=True):
        label = ratio_label(ratio.name, labels)
        signal = Signal(name, label, *ratio_sentences(name, ratio, specification, labels))
        found += _ratio(specification, signal, ratio, labels)
    return found


def _ratio(
    specification: FeatureSpecification, signal: Signal, ratio: Ratio, labels: Labels
) -> list[Feature]:
    of, among = specification.codes(ratio.of), specification.codes(ratio.among)
    days = specification.windows_days[-1]

    def value(column: str) -> Callable[[ir.Table], ir.Value]:
        def expression(types: ir.Table) -> ir.Value:
            part, whole = (
                reduce(add, (types[f"{column}_{code}"].fill_null(0) for code in codes))
                for codes in (of, among)
            )
            return drawn_to(ratio.rate, part, whole)

        return expression

    en = [
        " + ".join(word_for(type_, labels).plural.en for type_ in s)
        for s in (ratio.of, ratio.among)
    ]
    fr = [
        " + ".join(word_for(type_, labels).plural.fr for type_ in s)
        for s in (ratio.of, ratio.among)
    ]
    usual = percent(ratio.rate)
    return [
        Feature(
            f"{signal.name}{suffix}",
            signal,
            Relation(counts, tuple(sorted({*of, *among}))),
            value(column),
            "share",
            Text(
                f"{en[0]} per {en[1]}{when}, drawn to {usual.en} by {IMAGINED} imagined ones",
                f"{fr[0]} pour {fr[1]}{quand}, ramené vers {usual.fr} par {IMAGINED} cas imaginés",
            ),
            NEVER_MISSING,
            ratio.rate,
        )
        for suffix, column, when, quand in (
            ("", "count", " ever", " au total"),
            (f"_{days}d", "window", f" in the last {days} days", f" sur {days} jours"),
        )
    ]
