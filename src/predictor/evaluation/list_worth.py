"""What the list is worth: the share of the deals won that a team would have met from its top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.evaluation.bootstrap import ClusterBootstrap, clusters, interval_table
from predictor.evaluation.metrics.lift import membership
from predictor.evaluation.wording import written, written_range
from predictor.features.catalogue import Text
from predictor.features.snapshots import GRID_ANCHOR
from predictor.features.wording import on_date

if TYPE_CHECKING:
    from collections.abc import Mapping

    from predictor.crm.crm import Crm
    from predictor.evaluation.censoring import BoolArray, FloatArray

#: What a team works each week unless it says otherwise: the guide's hot and warm tenths.
WORKED_SHARE = 0.2
DAYS_PER_WEEK, DAYS_PER_MONTH = 7, 30.4


@dataclass(frozen=True)
class ListWorth:
    """What working the top of the list would have met.

    Attributes
    ----------
    top : float or int
        What is worked at each look: a share of the list, or a count of prospects.
    horizon_days : int
        The horizon that ranks, and the time before a deal within which meeting it counts.
    first, last : pd.Timestamp
        The first and the last look.
    looks : int
    every_days : int
        Days between two looks: 7, or more on a coarser grid.
    deals : int
        Deals won that could have been met.
    do_not_contact : int
        Prospects left out, with their deals: no list for the team holds them.
    table : pd.DataFrame
        One row a predictor: predictor, met (share of the deals), standard_error, low, high, and
        the same of the model's lead over it: lead, lead_standard_error, lead_low, lead_high.
    """

    top: float
    horizon_days: int
    first: pd.Timestamp
    last: pd.Timestamp
    looks: int
    every_days: int
    deals: int
    do_not_contact: int
    table: pd.DataFrame

    def met(self, predictor: str) -> pd.Series:
        """Return the row of a predictor."""
        row: pd.Series = self.table[self.table["predictor"] == predictor].iloc[0]
        return row


def list_worth(
    snapshots: pd.DataFrame,
    scores: Mapping[str, FloatArray],
    horizon_days: int,
    top: float = WORKED_SHARE,
    seed: int = 0,
) -> ListWorth | None:
    """Count the deals that the top of each week's list would have met.

    The looks are the first instant of the test in each week. At each look all open prospects that
    may be contacted are ranked by the score, and the top is worked. A deal is a prospect that was
    won no later than `horizon_days` after at least one look; it was met if it stood in the top at
    any of these looks. Among ties the order is random and drawn anew each week: a row counts with
    its probability to be in the top, m, and a deal with 1 - product of (1 - m) over its looks. So a
    score that is equal for all is the random order. Only deals seen as won count, so the last looks
    add few; early deals had few looks before them. Both hold for every predictor alike.

    Parameters
    ----------
    snapshots : DataFrame, shape (n, ...)
        prospect_id, account_id, as_of, outcome, duration_days, and do_not_contact (bool), without
        which everybody may be contacted.
    scores : mapping of str to ndarray of shape (n,)
        Predictor -> score, the highest worked first; the first is the one that is compared.
    horizon_days : int
    top : float or int
        A share of the list, or a count of prospects; by default the top 20%.
    seed : int
        Of the bootstrap, by account. The lists stay as they were; deals are drawn.

    Returns
    -------
    ListWorth or None
        None where no deal was won within the horizon of a look.
    """
    at_look, every_days = weekly_looks(snapshots["as_of"])
    left_out = at_look & _do_not_contact(snapshots)
    listed = at_look & ~left_out
    looks = snapshots[listed].reset_index(drop=True)
    deal = ((looks["outcome"] == "won") & (looks["duration_days"] <= horizon_days)).to_numpy()
    if not deal.any():
        return None
    missed = {
        name: 1.0 - membership(np.asarray(score)[listed], top, lists=looks["as_of"])[deal]
        for name, score in scores.items()
    }
    of_deal = looks.loc[deal, ["prospect_id", "account_id"]].assign(cluster=clusters(looks[deal]))
    deals = of_deal.assign(**missed).groupby("prospect_id", sort=True)
    met = 1.0 - deals[list(missed)].prod().to_numpy()
    return ListWorth(
        top=top,
        horizon_days=horizon_days,
        first=looks["as_of"].min(),
        last=looks["as_of"].max(),
        looks=looks["as_of"].nunique(),
        every_days=every_days,
        deals=len(met),
        do_not_contact=snapshots.loc[left_out, "prospect_id"].nunique(),
        table=_table(list(missed), met, deals["cluster"].first().to_numpy(str), seed),
    )


def must_not_be_contacted(crm: Crm, snapshots: pd.DataFrame) -> BoolArray:
    """Whether the prospect of each snapshot is marked do_not_contact, shape (n,).

    The mark has no history: it is the latest one.
    """
    people = crm.prospects.filter(crm.prospects.do_not_contact).select("prospect_id")
    marked = crm.connection.execute(people)["prospect_id"]
    found: BoolArray = snapshots["prospect_id"].isin(marked).to_numpy(bool)
    return found


def _do_not_contact(snapshots: pd.DataFrame) -> BoolArray:
    if "do_not_contact" not in snapshots:
        return np.zeros(len(snapshots), dtype=bool)
    return snapshots["do_not_contact"].to_numpy(bool)


def weekly_looks(as_of: pd.Series) -> tuple[BoolArray, int]:
    """Choose the snapshots of the first instant in each week (Monday to Sunday).

    Returns
    -------
    chosen : ndarray of bool, shape (n,)
    every_days : int
        7, or the days between two instants where the grid is coarser.
    """
    week = (as_of - pd.Timestamp(GRID_ANCHOR)) // pd.Timedelta(days=DAYS_PER_WEEK)
    chosen = as_of == as_of.groupby(week).transform("min")
    instants = np.sort(as_of[chosen].unique())
    step = int(np.median(np.diff(instants)) / np.timedelta64(1, "D")) if len(instants) > 1 else 7
    return chosen.to_numpy(), max(step, DAYS_PER_WEEK)


def _table(names: list[str], met: FloatArray, cluster: FloatArray, seed: int) -> pd.DataFrame:
    """Shares met and leads of the first predictor, each a ratio of sums over the deals."""
    leads = met[:, :1] - met
    columns = np.column_stack([met, leads, np.ones(len(met))])
    estimate, draws = ClusterBootstrap(cluster, seed=seed).sums(columns)
    both = interval_table(estimate[:-1] / estimate[-1], draws[:, :-1] / draws[:, -1:])
    shares = both.iloc[: len(names)].rename(columns={"estimate": "met"})
    lead = both.iloc[len(names) :].rename(columns={"estimate": "lead"}).reset_index(drop=True)
    lead = lead.rename(columns={name: f"lead_{name}" for name in ("standard_error", "low", "high")})
    return pd.concat([pd.Series(names, name="predictor"), shares, lead], axis=1)


def worth_sentence(worth: ListWorth, model: str, others: Mapping[str, Text]) -> Text:
    """Say what the list is worth, in one sentence.

    Parameters
    ----------
    worth : ListWorth
    model : str
        The predictor that ranks the list.
    others : mapping of str to Text
        Predictor -> how the sentence names it ('in random order'); the order of the sentence.
    """
    top, rhythm, period, deals = _top(worth.top), _rhythm(worth), _period(worth), _deals(worth)
    met = _share(worth.met(model))
    shares = [(_share(worth.met(name)), words) for name, words in others.items()]
    against = Text(
        " and ".join(f"{share.en} {words.en}" for share, words in shares),
        " et ".join(f"{share.fr} {words.fr}" for share, words in shares),
    )
    return Text(
        f"Had the team worked the top {top.en} {rhythm.en} over {period.en}, it would have met "
        f"{met.en} of the {deals.en} won{against.en and f', against {against.en}'}.",
        f"Si l'équipe avait travaillé {top.fr} de la liste {rhythm.fr} {period.fr}, elle aurait "
        f"traité {met.fr} {deals.fr}{against.fr and f', contre {against.fr}'}.",
    )


def _top(top: float) -> Text:
    if isinstance(top, float):
        share = written(top, ".0%")
        return Text(share.en, f"les {share.fr} du haut")
    count = written(top, ",")
    return Text(count.en, "le premier" if top == 1 else f"les {count.fr} premiers")


def _rhythm(worth: ListWorth) -> Text:
    if worth.every_days == DAYS_PER_WEEK:
        return Text("each week", "chaque semaine")
    return Text(f"every {worth.every_days} days", f"tous les {worth.every_days} jours")


def _deals(worth: ListWorth) -> Text:
    if worth.deals == 1:
        return Text("1 deal", "de la seule affaire gagnée")
    count = written(worth.deals, ",")
    return Text(f"{count.en} deals", f"des {count.fr} affaires gagnées")


def _share(row: pd.Series) -> Text:
    met, around = written(row["met"], ".0%"), written_range(row["low"], row["high"], ".0%")
    if not np.isfinite(row["low"]):
        return met
    return Text(f"{met.en} ({around.en})", f"{met.fr} ({around.fr})")


def _period(worth: ListWorth) -> Text:
    days = (worth.last - worth.first).days + worth.every_days
    if days < 2 * DAYS_PER_MONTH:
        several = "s" if worth.looks > 1 else ""
        return Text(
            f"{worth.looks} look{several} in {days} days",
            f"lors de {worth.looks} revue{several} en {days} jours",
        )
    months, first = f"{days / DAYS_PER_MONTH:.0f}", on_date(worth.first.date())
    return Text(
        f"the {months} months from {first.en}",
        f"pendant les {months} mois à partir du {first.fr}",
    )
