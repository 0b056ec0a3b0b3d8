"""Random rows of a feature matrix, for sentences that must be right whatever the values are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import NEVER_MISSING

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from predictor.features.catalogue import Feature
    from predictor.features.specification import FeatureSpecification

_DAYS = (0.0, 0.3, 1.0, 1.9, 2.0, 6.99, 30.5, 59.9, 60.0, 400.0, 729.0, 730.0, 2000.4)
_COUNTS = (0.0, 0.0, 1.0, 1.0, 2.0, 3.0, 17.0, 1234.0)
_SHARES = (0.0, 0.004, 0.25, 1 / 3, 0.4567, 0.5, 0.996, 1.0)
_NUMBERS = (0.0, -1.0, 0.5, 1.0, 2.75, 12345.6, 1e7)
_CALENDAR = {
    "calendar_weekday": (1, 7),
    "calendar_month": (1, 12),
    "calendar_days_to_quarter_end": (0, 91),
}


def random_row(
    rng: random.Random, catalogue: Sequence[Feature], specification: FeatureSpecification
) -> dict[str, object]:
    """Return a value for each feature; those of a signal are there together, or none of them."""
    absent = {name: rng.random() < 0.3 for name in dict.fromkeys(f.signal.name for f in catalogue)}
    row: dict[str, object] = {}
    for feature in catalogue:
        may_miss = feature.missing != NEVER_MISSING
        if may_miss and absent[feature.signal.name]:
            row[feature.name] = float("nan")
        else:
            row[feature.name] = _value(rng, feature, specification)
    return row


def empty_row(catalogue: Sequence[Feature]) -> dict[str, object]:
    """Return the row of a prospect of whom nothing is known, on a Monday."""
    row: dict[str, object] = {
        feature.name: float("nan") if feature.absent is None else feature.absent
        for feature in catalogue
    }
    return row | {name: 1.0 for name in ("calendar_weekday",) if name in row}


def _value(rng: random.Random, feature: Feature, specification: FeatureSpecification) -> object:
    if feature.unit == "category":
        return rng.choice(_texts(feature, specification))
    if feature.name in _CALENDAR:
        return float(rng.randint(*_CALENDAR[feature.name]))
    if feature.name.startswith("activity_active_days"):
        return float(rng.randint(0, 7))
    return rng.choice(
        {"days": _DAYS, "count": _COUNTS, "share": _SHARES}.get(feature.unit, _NUMBERS)
    )


def _texts(feature: Feature, specification: FeatureSpecification) -> list[str]:
    if feature.signal.name == "sequence":
        return list(specification.all_types)
    if feature.signal.name == "stage":
        return [stage.name for stage in specification.stages]
    return ["yes", "No", "medium", "été"]
