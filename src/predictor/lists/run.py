"""Scoring runs read back, for analysts and notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from predictor.errors import RunFileError
from predictor.lists import comparison, shap_explanation
from predictor.lists.files import RUN_FILES, SCHEMA_FILE
from predictor.lists.folders import find_previous_run
from predictor.lists.reading import read_manifest, read_quarantine, read_table
from predictor.lists.run_tables import RunTables

if TYPE_CHECKING:
    import os

    import pandas as pd
    import shap


@dataclass(frozen=True, eq=False, repr=False)
class ScoringRun(RunTables):
    """One scoring run: the list, its explanations, and how it was made. Made by `load_run`.

    Attributes
    ----------
    folder : Path
        Where it was read from.
    ranked : DataFrame
        The list, best prospect first, in full precision.
    explanations : DataFrame
        One row per listed prospect and signal. A prospect's contributions add up to its
        probability minus the portfolio's.
    quarantine : DataFrame
        Rows of the source that were refused, with their reasons, all as text.
    manifest : dict
        What the run was made from, row counts, and checksums.

    Examples
    --------
    >>> run = load_run("runs/2024-03-01")
    >>> run
    ScoringRun(2024-03-01: 4 prospects, 3 signals)
    >>> run.ranked[["rank", "prospect_id", "band", "conversion_probability"]].head(2)
       rank prospect_id band  conversion_probability
    0     1       P-003  hot                    0.60
    1     2       P-001  hot                    0.35
    """

    def contributions(self) -> pd.DataFrame:
        """Give what each signal adds to each prospect's probability.

        Returns
        -------
        DataFrame of float, shape (prospects, signals)
            In probability (0.05 is 5 points). Rows in the list's order, labelled by prospect_id;
            signals from the strongest to the weakest by mean absolute contribution. A row's sum is
            the prospect's probability minus `portfolio_probability`.

        Examples
        --------
        >>> load_run("runs/2024-03-01").contributions().round(2).loc["P-003"].to_dict()
        {'quote_requests': 0.3, 'silence': 0.1, 'emails': 0.0}
        """
        return self._wide("contribution", missing=0.0)

    def prospect(self, prospect_id: str) -> pd.DataFrame:
        """Give one prospect's signals, those that weigh most first.

        Parameters
        ----------
        prospect_id : str
            A prospect of the list.

        Returns
        -------
        DataFrame
            signal, contribution (in probability) and reason (the sentence with the fact), by
            descending absolute contribution.

        Raises
        ------
        RunFileError
            Where the list has no such prospect; names the closest ones.

        Examples
        --------
        >>> load_run("runs/2024-03-01").prospect("P-003").round(2)
                   signal  contribution                        reason
        0  quote_requests           0.3  Asked for a quote 3 days ago
        1         silence           0.1       Last heard of 1 day ago
        2          emails           0.0   Opened 2 e-mails in 30 days
        """
        self.require(prospect_id)
        mine = self.explanations.loc[self.explanations["prospect_id"] == prospect_id]
        order = mine["contribution"].abs().sort_values(ascending=False, kind="stable").index
        return mine.loc[order, ["signal", "contribution", "reason"]].reset_index(drop=True)

    def shap_explanation(self, prospect_id: str | None = None) -> shap.Explanation:
        """Hand the contributions over to the plots of the shap package, in probability points.

        ``shap.plots.beeswarm`` and ``shap.plots.bar`` take the explanation of all prospects,
        ``shap.plots.waterfall`` that of one. 12.0 means 12 points, from 20% to 32% say; the base is
        the portfolio's probability. A signal sums up several features, so there is no single
        number to colour a beeswarm by, and ``data`` is empty; ``display_data`` holds the reasons.

        Parameters
        ----------
        prospect_id : str, optional
            A prospect of the list; by default all, in the list's order.

        Returns
        -------
        shap.Explanation, shape (prospects, signals), or (signals,) for one prospect

        Raises
        ------
        RunFileError
            Where the list has no such prospect; names the closest ones.

        Examples
        --------
        >>> one = load_run("runs/2024-03-01").shap_explanation("P-003")
        >>> round(float(one.base_values), 1), round(float(one.base_values + one.values.sum()), 1)
        (20.0, 60.0)
        """
        values = self.contributions()
        explanation = shap_explanation.of_contributions(
            values, self._wide("reason", missing=""), self.portfolio_probability
        )
        if prospect_id is None:
            return explanation
        self.require(prospect_id)
        return explanation[values.index.get_loc(prospect_id)]

    def previous(self) -> ScoringRun:
        """Open the run before this one, which lies beside it.

        Raises
        ------
        RunFileError
            Where this is the first run, or the one before cannot be read.

        Examples
        --------
        >>> load_run("runs/2024-03-01").previous()
        ScoringRun(2024-02-23: 4 prospects, 3 signals)
        """
        folder = find_previous_run(self.folder)
        if folder is None:
            msg = f"{self.folder}: there is no earlier run beside it; score at an earlier instant"
            raise RunFileError(msg)
        return load_run(folder)

    def compare(self, previous: ScoringRun) -> pd.DataFrame:
        """Show how each prospect's probability changed since another run, and by which signals.

        ``change = portfolio_change + signal_1_change + signal_2_change + signal_3_change +
        other_signals_change``: the probability is the portfolio's plus the signals'
        contributions in each run, so its change is the sum of their changes.

        Parameters
        ----------
        previous : ScoringRun
            The earlier run, of the same horizon.

        Returns
        -------
        DataFrame
            One row per prospect of either run: prospect_id, status ("in both", "new", or "gone":
            closed, deleted or not to be contacted since), probability_before, probability_now,
            change, portfolio_change, signal_1 and signal_1_change to signal_3 and signal_3_change
            (largest absolute change first), other_signals_change. By descending absolute change,
            then new prospects, then gone ones, whose changes are missing.

        Raises
        ------
        RunFileError
            Where the two runs have different horizons, whose probabilities do not compare.

        Examples
        --------
        >>> changes = load_run("runs/2024-03-01").compare(load_run("runs/2024-02-23"))
        >>> changes[["prospect_id", "status", "change", "signal_1"]].round(2).head(1)
          prospect_id   status  change        signal_1
        0       P-003  in both    0.25  quote_requests
        """
        comparison.check_horizons(self, previous)
        return comparison.compare(self, previous)

    def contribution_changes(self, previous: ScoringRun) -> pd.DataFrame:
        """Give the change of every signal's contribution, for prospects that are in both runs.

        Parameters
        ----------
        previous : ScoringRun
            The earlier run, of the same horizon.

        Returns
        -------
        DataFrame of float, shape (prospects in both, signals of either)
            Contribution now minus contribution before, in probability; labelled by prospect_id. A
            signal that one run does not have contributes nothing to it.

        Raises
        ------
        RunFileError
            Where the two runs have different horizons.
        """
        comparison.check_horizons(self, previous)
        return comparison.contribution_changes(self, previous)

    def shap_change(self, previous: ScoringRun, prospect_id: str) -> shap.Explanation:
        """Hand one prospect's change over to ``shap.plots.waterfall``, in probability points.

        Parameters
        ----------
        previous : ScoringRun
            The earlier run, of the same horizon.
        prospect_id : str
            A prospect of both lists.

        Returns
        -------
        shap.Explanation, shape (1 + signals,)
            From the probability before (the base) to the probability now: the portfolio's change,
            then each signal's.

        Raises
        ------
        RunFileError
            Where either list has no such prospect, or the runs have different horizons.

        Examples
        --------
        >>> run, previous = load_run("runs/2024-03-01"), load_run("runs/2024-02-23")
        >>> change = run.shap_change(previous, "P-003")
        >>> round(float(change.base_values), 1), change.values.round(1).tolist()
        (35.0, [2.0, 20.0, 5.0, -2.0])
        """
        self.require(prospect_id)
        previous.require(prospect_id)
        signals = self.contribution_changes(previous).T[prospect_id]
        portfolio = self.portfolio_probability - previous.portfolio_probability
        own = previous.contributions().T[prospect_id].sum()
        before = previous.portfolio_probability + float(own)
        return shap_explanation.of_change(signals, portfolio, before)

    def _wide(self, column: str, missing: float | str) -> pd.DataFrame:
        """Prospects x signals, in the list's order, strongest signal first."""
        table = self.explanations.pivot(  # noqa: PD010 - pivot_table would hide a row given twice
            index="prospect_id", columns="signal", values=column
        )
        strength = self.explanations["contribution"].abs().groupby(self.explanations["signal"])
        signals = strength.mean().sort_values(ascending=False, kind="stable").index
        order = self.ranked["prospect_id"]
        return table.loc[order[order.isin(table.index)], signals].fillna(missing)


def load_run(folder: str | os.PathLike[str], best: int | None = None) -> ScoringRun:
    """Open the folder of a scoring run.

    Parameters
    ----------
    folder : path
        Folder with ``ranked.parquet``, ``explanations.parquet``, ``quarantine.csv`` and
        ``manifest.json``, as ``predictor score`` writes it.
    best : int, optional
        Read the explanations of so many prospects alone, the best first; by default of all.

    Returns
    -------
    ScoringRun

    Raises
    ------
    RunFileError
        Where the folder or a file is missing, or a file was cut short or changed.

    Examples
    --------
    >>> load_run("runs/2024-03-01").manifest["rows"]["ranked"]
    4
    """
    path = Path(folder)
    if not path.is_dir():
        msg = f"{path}: no such folder; `predictor score` writes scoring runs"
        raise RunFileError(msg)
    needed = [name for name in RUN_FILES if name != SCHEMA_FILE]
    missing = [name for name in needed if not (path / name).is_file()]
    if missing:
        msg = f"{path}: not a complete scoring run, it lacks {', '.join(missing)}; score again"
        raise RunFileError(msg)
    manifest = read_manifest(path / "manifest.json")
    ranked = read_table(path / "ranked.parquet", manifest)
    wanted = None if best is None else ranked["prospect_id"].head(best).tolist()
    return ScoringRun(
        folder=path,
        ranked=ranked,
        explanations=read_table(path / "explanations.parquet", manifest, wanted),
        quarantine=read_quarantine(path / "quarantine.csv"),
        manifest=manifest,
    )
