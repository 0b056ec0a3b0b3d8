"""Small configurations and specifications, and the features of one snapshot."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from support.histories import History, Interaction, Prospect, load_history
from support.snapshots import snapshots_of

from predictor.config import Config
from predictor.features.families import FAMILIES, build_catalogue
from predictor.features.matrix import compute_features
from predictor.features.specification import FeatureSpecification

if TYPE_CHECKING:
    import pandas as pd

AS_OF = datetime(2024, 3, 4)
SNAPSHOT = snapshots_of(["p"], [AS_OF])
FEATURE_KEYS = ("leave_out", "strong_types", "ratios", "time_zone")


def config_of(max_types: int = 30, **others: Any) -> Config:
    """Return a configuration: keys of `features`, grids, stages, and attributes by name."""
    features = {name: others.pop(name) for name in FEATURE_KEYS if name in others}
    parts = {name: others.pop(name) for name in ("grids", "stages") if name in others}
    return Config(
        source={"inputs": {"any": "any.csv"}},
        features={"windows_days": (7,), "max_types": max_types, **features},
        attributes={name: {"known_at": known_at} for name, known_at in others.items()},
        **parts,
    )


def history_of(types: list[str], **tables: tuple[object, ...]) -> History:
    interactions = tuple(
        Interaction("p", AS_OF - timedelta(minutes=1 + number), type_)
        for number, type_ in enumerate(types)
    )
    return History((Prospect("p", datetime(2024, 1, 1)),), interactions, **tables)


def specification_of(types: tuple[str, ...], **others: object) -> FeatureSpecification:
    choices = {"windows_days": (7,), "half_life_days": 14.0, "types": types}
    return FeatureSpecification(tuple(FAMILIES), **(choices | others))


def features_of(history: History, specification: FeatureSpecification) -> pd.Series:
    catalogue = build_catalogue(specification)
    return compute_features(load_history(history), specification, catalogue, SNAPSHOT).iloc[0]
