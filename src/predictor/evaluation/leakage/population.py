"""What the checks on attributes share: the prospects they describe, and one reason to doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Strength = Literal["strong", "weak", "note"]
STRENGTHS: tuple[Strength, ...] = ("strong", "weak", "note")
#: Fewer prospects with an outcome, or with a value, than these are not judged.
MIN_OUTCOMES, MIN_ROWS = 20, 50


@dataclass(frozen=True)
class Suspicion:
    """One reason to doubt that an attribute was known at creation.

    Attributes
    ----------
    strength : {'strong', 'weak', 'note'}
        'strong' is enough to refuse it, 'note' is no doubt but worth to know.
    evidence : str
        A clause with figures, to follow the attribute's name.
    """

    strength: Strength
    evidence: str


@dataclass(frozen=True, eq=False)
class Population:
    """The prospects that the attributes describe, all of shape (n,).

    Attributes
    ----------
    outcome : ndarray of str
        'open', 'won' or 'lost' at the end of the data.
    age_days : ndarray of float
        From creation to the end of the data.
    stratum : ndarray of int
        0, 1, ...: prospects of one number were created in the same month.
    created_at : Series of datetime
    lived_days : ndarray of float
        From creation to the outcome, or to the end of the data.
    interactions : DataFrame, shape (n, n_types)
        How many followed the day of creation: of each type, and of all under ''; no columns
        where nobody counted.
    """

    outcome: NDArray[np.str_]
    age_days: NDArray[np.float64]
    stratum: NDArray[np.intp]
    created_at: pd.Series
    lived_days: NDArray[np.float64]
    interactions: pd.DataFrame = field(default_factory=pd.DataFrame)
