"""The families of features: one module each, a function from the specification to features.

To add a family, write a module with ``features(specification, labels) -> list[Feature]`` and name
it in `FAMILIES` and in `predictor.config_features.Family`. The pipeline, the model, the
explanations and the documentation follow.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from predictor.errors import ContractError
from predictor.features.families import (
    account,
    activity,
    age,
    calendar,
    channels,
    engagement,
    fit,
    habits,
    qualification,
    ratios,
    rhythm,
    sequence,
    stage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from predictor.features.catalogue import Feature
    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels

FAMILIES: dict[str, Callable[[FeatureSpecification, Labels], list[Feature]]] = {
    "engagement": engagement.features,
    "activity": activity.features,
    "rhythm": rhythm.features,
    "channels": channels.features,
    "habits": habits.features,
    "ratios": ratios.features,
    "sequence": sequence.features,
    "qualification": qualification.features,
    "stage": stage.features,
    "fit": fit.features,
    "account": account.features,
    "calendar": calendar.features,
    "age": age.features,
}


def features_by_family(
    specification: FeatureSpecification, labels: Labels | None = None
) -> dict[str, list[Feature]]:
    """Return the features of each family in use, in a fixed order."""
    return {
        name: family(specification, labels or {})
        for name, family in FAMILIES.items()
        if name in specification.families
    }


def build_catalogue(
    specification: FeatureSpecification, labels: Labels | None = None
) -> tuple[Feature, ...]:
    """Return every feature of a specification, in a fixed order.

    Parameters
    ----------
    specification : FeatureSpecification
        What was frozen at training.
    labels : mapping of str to LabelConfig, optional
        What the business calls its types, stages, questions and attributes.

    Raises
    ------
    ContractError
        If two features have the same name.
    """
    by_family = features_by_family(specification, labels)
    found = [feature for family in by_family.values() for feature in family]
    names = Counter(feature.name for feature in found)
    twice = sorted(name for name, times in names.items() if times > 1)
    if twice:
        raise ContractError(
            f"features defined twice: {', '.join(twice)}; rename the interaction types, "
            "questions or attributes they come from in the SQL of the source"
        )
    return tuple(found)
