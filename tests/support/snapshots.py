"""Snapshots to compute features of."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


def snapshots_of(prospect_ids: Iterable[str], as_ofs: Iterable[datetime]) -> pd.DataFrame:
    """Return every pair of a prospect and an instant."""
    pairs = list(product(prospect_ids, as_ofs))
    return pd.DataFrame(
        {
            "prospect_id": pd.Series([prospect_id for prospect_id, _ in pairs], dtype="str"),
            "as_of": pd.Series([as_of for _, as_of in pairs], dtype="datetime64[us]"),
        }
    )
