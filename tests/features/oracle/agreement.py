"""Whether the engine and the oracle agree, and to which digit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from features.oracle import Oracle

from predictor.features.families import build_catalogue
from predictor.features.matrix import compute_features

if TYPE_CHECKING:
    import pandas as pd
    from features.oracle.known import Values
    from support.histories import History

    from predictor.crm.crm import Crm
    from predictor.features.specification import FeatureSpecification

#: Sums of durations, means, shares, ratios and logarithms: a few roundings in another order.
TOLERANCE = 1e-12
#: The engine counts each interaction to 2**-33 there, so that the order of rows changes nothing.
DECAYED_TOLERANCE = 2.0**-33
#: One division of whole microseconds, which has one right answer.
AGES = ("age_days", "_days_since_last", "_days_since_first", "_days_since_won")


def assert_agrees(
    crm: Crm, usable: History, specification: FeatureSpecification, snapshots: pd.DataFrame
) -> list[Values]:
    """Compare every feature of every snapshot; return what the oracle expects."""
    catalogue = build_catalogue(specification)
    found = compute_features(crm, specification, catalogue, snapshots).to_dict("records")
    oracle = Oracle(usable, specification)
    rows = []
    for got, (prospect_id, as_of) in zip(found, snapshots.itertuples(index=False), strict=True):
        expected = oracle.features(prospect_id, as_of.to_pydatetime(warn=False))
        assert set(got) == set(expected)
        wrong = {name: (got[name], expected[name]) for name in got if not same(got, expected, name)}
        facts = usable.of(prospect_id) if wrong else None
        assert not wrong, f"{prospect_id} at {as_of}: (engine, oracle) {wrong}\n{facts!s:.5000}"
        rows.append(expected)
    return rows


def same(got: dict[str, Any], expected: Values, name: str) -> bool:
    """Say whether a feature is the same: text, counts and ages exactly."""
    ours, theirs = got[name], expected[name]
    if theirs is None:
        return ours is None or ours != ours  # noqa: PLR0124 - NaN
    if isinstance(theirs, str | int) or name.endswith(AGES):
        return bool(ours == theirs)
    if name.endswith("_decayed_count"):
        number = expected[name.replace("_decayed_count", "_count")]
        return abs(ours - theirs) <= (1 + number) * DECAYED_TOLERANCE
    return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
