"""Fit: what is known of the prospect from its creation on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import Feature, Signal, Text, Values, is_missing, unique_names
from predictor.features.vocabulary import Labels, name_label
from predictor.features.wording import number

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import Attribute, FeatureSpecification


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return a feature for each attribute that is declared known at creation."""
    names = unique_names(f"attribute {attribute.name}" for attribute in specification.attributes)
    return [
        _attribute(attribute, name, name_label(attribute.name, labels))
        for attribute, name in zip(specification.attributes, names, strict=True)
    ]


def _attribute(attribute: Attribute, name: str, label: Text) -> Feature:
    categorical = attribute.kind == "categorical"
    type_ = "string" if categorical else "float64"

    def value(prospects: ir.Table) -> ir.Value:
        return prospects[attribute.name].cast(type_).max()

    return Feature(
        name,
        Signal(name, label, _phrase(name, label)),
        "prospects",
        value,
        "category" if categorical else "number",
        Text(f"{_capital(label.en)} of the prospect", f"{_capital(label.fr)} du prospect"),
        "not filled in",
    )


def _phrase(name: str, label: Text) -> Callable[[Values], Text]:
    en, fr = _capital(label.en), _capital(label.fr)

    def phrase(values: Values) -> Text:
        value = values[name]
        if is_missing(value):
            return Text(f"{en} not filled in", f"{fr} : non renseigné")
        shown = number(value) if isinstance(value, float) else Text(str(value), str(value))
        return Text(f"{en}: {shown.en}", f"{fr} : {shown.fr}")

    return phrase


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
