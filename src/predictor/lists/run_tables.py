"""The tables of a scoring run: the list, its explanations, and its companions."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from predictor.errors import RunFileError
from predictor.lists.reading import read_table

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False)
class RunTables:
    """What the files of a run hold; see `predictor.lists.run.ScoringRun`."""

    folder: Path
    ranked: pd.DataFrame
    explanations: pd.DataFrame
    quarantine: pd.DataFrame
    manifest: dict[str, Any]

    def __repr__(self) -> str:
        """Say which run this is and how large."""
        signals = self.explanations["signal"].nunique()
        return f"ScoringRun({self.folder.name}: {len(self.ranked)} prospects, {signals} signals)"

    @property
    def portfolio_probability(self) -> float:
        """Mean probability of the portfolio that contributions start from; NaN for an empty run."""
        portfolio = self.explanations["portfolio_probability"]
        return float(portfolio.iloc[0]) if len(portfolio) else float("nan")

    def table(self, name: str) -> pd.DataFrame | None:
        """Read a Parquet companion of the list, such as ``changes.parquet``.

        Parameters
        ----------
        name : str
            Its path in the run's folder.

        Returns
        -------
        DataFrame or None
            None where the run has no such file.

        Raises
        ------
        RunFileError
            Where it was cut short or changed since the run wrote it.

        Examples
        --------
        >>> from predictor import load_run
        >>> load_run("runs/2024-03-01").table("changes.parquet") is None
        True
        """
        if name not in self.manifest["files"]:
            return None
        return read_table(self.folder / name, self.manifest)

    @property
    def changes(self) -> pd.DataFrame | None:
        """How the scores changed since the run before, and by what; None for a first run."""
        return self.table("changes.parquet")

    def curves(self, prospect_id: str | None = None) -> pd.DataFrame:
        """Give the probabilities to be won, lost and open over the days, where the run keeps them.

        Parameters
        ----------
        prospect_id : str, optional
            By default every prospect that has a curve: the best of the list.

        Returns
        -------
        DataFrame
            prospect_id, days, won, lost, open; empty for a prospect beyond the best.

        Raises
        ------
        RunFileError
            Where the run keeps no curves, or the list has no such prospect.
        """
        return self._of_prospect("curves.parquet", prospect_id)

    def next_steps(self, prospect_id: str | None = None) -> pd.DataFrame:
        """Give the open questions and steps that go with the largest differences of the score.

        Parameters
        ----------
        prospect_id : str, optional
            By default every prospect that has some.

        Returns
        -------
        DataFrame
            The columns of ``next_steps.parquet``.

        Raises
        ------
        RunFileError
            Where the run keeps no next steps, or the list has no such prospect.
        """
        return self._of_prospect("next_steps.parquet", prospect_id)

    def _of_prospect(self, name: str, prospect_id: str | None) -> pd.DataFrame:
        table = self.table(name)
        if table is None:
            msg = f"{self.folder}: the run has no {name}; score again to have one"
            raise RunFileError(msg)
        if prospect_id is None:
            return table
        self.require(prospect_id)
        return table[table["prospect_id"] == prospect_id].reset_index(drop=True)

    def require(self, prospect_id: str) -> None:
        """Refuse a prospect that the list does not have.

        Raises
        ------
        RunFileError
            Names the closest ones.
        """
        known = self.ranked["prospect_id"]
        known = known[known.isin(self.explanations["prospect_id"])]
        if known.eq(prospect_id).any():
            return
        close = difflib.get_close_matches(str(prospect_id), known.tolist(), n=3)
        hint = f"; close to it: {', '.join(close)}" if close else ""
        msg = f"{self.folder}: no prospect {prospect_id!r} in the list{hint}"
        raise RunFileError(msg)
