"""The tables of a simulation as data frames, and what a leak needs to know of its prospects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from predictor.crm.simulator.simulation import Simulation

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Portfolio:
    """The tables of a simulation on the way to a leak.

    Attributes
    ----------
    tables : dict of str to DataFrame
        The five tables.
    outcome : ndarray of str, shape (n_prospects,)
        'open', 'won' or 'lost', in the order of the prospects.
    until : Series of datetime, shape (n_prospects,)
        The outcome's instant, or the end of the data.
    end : Timestamp
        The end of the data.
    rng : numpy.random.Generator
        The source of chance.
    """

    tables: Frames
    outcome: NDArray[np.str_]
    until: pd.Series
    end: pd.Timestamp
    rng: np.random.Generator

    @property
    def prospects(self) -> pd.DataFrame:
        """The prospects."""
        return self.tables["prospects"]

    def chance(self) -> NDArray[np.float64]:
        """Draw a number between 0 and 1 for each prospect."""
        return self.rng.random(len(self.outcome))

    @property
    def lived_days(self) -> NDArray[np.float64]:
        """Days from creation to the outcome, or to the end of the data, shape (n_prospects,)."""
        lived = self.until - self.prospects["created_at"]
        return np.maximum(lived.dt.total_seconds().to_numpy(np.float64) / 86_400, 0.0)

    def with_attribute(self, name: str, values: pd.Series | NDArray[Any] | list[str]) -> Frames:
        """Return the tables with one more attribute."""
        return {"prospects": self.prospects.assign(**{name: values})}

    def with_rows(self, table: str, rows: pd.DataFrame) -> Frames:
        """Return a table with more rows; what they do not say is missing."""
        return {table: pd.concat([self.tables[table], rows], ignore_index=True)}


def portfolio_of(simulation: Simulation, seed: int) -> Portfolio:
    """Return the tables of a simulation and what became of its prospects."""
    frames = {name: table.to_pandas() for name, table in simulation.tables.items()}
    ids = frames["prospects"]["prospect_id"]
    outcomes = frames["outcomes"].set_index("prospect_id")
    end = pd.Timestamp(simulation.end)
    return Portfolio(
        frames,
        ids.map(outcomes["outcome"]).fillna("open").to_numpy(str),
        ids.map(outcomes["closed_at"]).fillna(end),
        end,
        np.random.default_rng(seed),
    )
