"""Fit: what is known of the prospect from its creation on, and how its like have fared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import (
    Feature,
    Relation,
    Signal,
    Text,
    Values,
    define,
    is_missing,
)
from predictor.features.families.names import attribute_names
from predictor.features.families.shrinkage import drawn_to
from predictor.features.relations.prospects import prospect, rates_of
from predictor.features.value_words import attribute_label
from predictor.features.vocabulary import Labels, name_label
from predictor.features.wording import capital, in_quotes, number, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import Attribute, FeatureSpecification

#: Imagined prospects with everyone's rate, beside those that share an attribute.
_IMAGINED = 20


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of each attribute that is declared known at creation."""
    names = attribute_names(specification)
    found: list[Feature] = []
    for attribute, name in zip(specification.attributes, names, strict=True):
        plain = name_label(attribute.name, labels)
        label = capital(plain)
        signal = Signal(name, plain, _phrase(name, plain, labels))
        found.append(_value(signal, attribute, label))
        if attribute.kind == "categorical":
            found.append(_won_rate(signal, attribute, label))
    return found


def _value(signal: Signal, attribute: Attribute, label: Text) -> Feature:
    categorical = attribute.kind == "categorical"
    return define(
        signal,
        Relation(prospect),
        signal.name,
        "category" if categorical else "number",
        Text(f"{label.en} of the prospect", f"{label.fr} du prospect"),
        lambda prospect: prospect[attribute.name].cast("string" if categorical else "float64"),
        Text("not filled in", "non renseigné"),
    )


def _won_rate(signal: Signal, attribute: Attribute, label: Text) -> Feature:
    def won_rate(rates: ir.Table) -> ir.Value:
        usual = rates.all_won.cast("float64") / rates.all_decided.nullif(0).cast("float64")
        return drawn_to(usual, rates.won, rates.decided, _IMAGINED)

    return define(
        signal,
        Relation(rates_of, (attribute.name,), of_everyone=True),
        f"{signal.name}_won_rate",
        "share",
        Text(
            f"Share won of the decided prospects with the same {label.en}, as known at the look, "
            f"drawn to everyone's by {_IMAGINED} imagined ones",
            f"Part de gagnés parmi les prospects décidés de même valeur ({label.fr}), telle que "
            f"connue alors, ramenée vers celle de tous par {_IMAGINED} prospects imaginés",
        ),
        won_rate,
        Text(
            "not filled in, or no outcome known yet",
            "non renseigné, ou pas encore d'issue connue",
        ),
    )


def _phrase(name: str, plain: Text, labels: Labels) -> Callable[[Values], Text]:
    label = capital(plain)
    # In French 'renseigné' would have to agree with whatever the label is.
    unknown = Text(f"{label.en} not filled in", f"Champ {quoted(plain.fr)} non renseigné")

    def phrase(values: Values) -> Text:
        value = values[name]
        if is_missing(value):
            return unknown
        if isinstance(value, float):
            shown = number(value)
        else:
            shown = in_quotes(attribute_label(str(value), labels))
        return Text(f"{label.en} {shown.en}", f"{label.fr} {shown.fr}")

    return phrase
