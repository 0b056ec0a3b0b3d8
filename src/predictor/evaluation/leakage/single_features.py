"""Audit of the features as a model gets them: one that foretells the outcome alone is too good.

It sees what the other checks cannot: a history that was rewritten in place, a duration or an answer
that was set once the outcome was known. Features are computed by the engine, as of snapshots; what
a feature's values mean is learnt on the earlier ones, and measured on the later ones: on all of
them, and on the first of each prospect for which it says anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.evaluation.leakage.association import value_codes
from predictor.evaluation.leakage.finding import Finding, Severity
from predictor.evaluation.leakage.first_values import asked_of, cover, earlier_half, first_values
from predictor.evaluation.leakage.questions import questions_of, sure_auc
from predictor.features.catalogue import slug
from predictor.features.families import build_catalogue
from predictor.features.grid_step import step_days
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features
from predictor.features.snapshots import calendar_grid, observed_snapshots

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.evaluation.leakage.questions import Question
    from predictor.features.catalogue import Feature

#: Forward AUC of one feature alone. The best honest ones, asked of won at the target horizon: .82
#: (decayed activity, driver sign-ups), .75 (last types, loan log; conversations, school), .73 and
#: .72 (speed and place of the stage, simulated short and long cycle). On 20,000 snapshots and the
#: shortest horizons: .86 (drivers, 3 days), .81 (school, 7 days), .79 (simulated short, 7 days).
#: On the first snapshots with a value, less two standard errors: .75 (drivers), .75 (age, school),
#: .73 (loan log), .69 and .63 (simulated short and long).
WARNING_AUC, SEVERE_AUC = 0.92, 0.97
#: A severe one speaks of this share of those with the outcome.
SEVERE_COVER = 0.2
#: Instants, prospects and snapshots of each class that are looked at. AUC does not depend on how
#: many there are of each, so that rare outcomes are taken whole.
MAX_INSTANTS, MAX_PROSPECTS, MAX_PER_CLASS = 12, 30_000, 1_500
EARLIER_SHARE = 0.6


def audit_single_features(
    crm: Crm,
    config: Config,
    data_until: datetime,
    accepted: Collection[str] = (),
    named_attributes: Collection[str] = (),
) -> list[Finding]:
    """Name the features that foretell an outcome nearly alone, the best of each signal.

    Parameters
    ----------
    crm : Crm
        The whole export.
    config : Config
        Grid, features and target horizon.
    data_until : datetime
        End of the data, naive UTC.
    accepted : collection of str
        Names of findings that the configuration accepts.
    named_attributes : collection of str
        Attributes of which something was found already; their features are left out.

    Returns
    -------
    list of Finding
        'feature:<name>': severe from a forward AUC of .97, a warning from .92; over all snapshots,
        or over the first of each prospect for which it is neither missing nor 0.
    """
    snapshots = sampled_snapshots(crm, config, data_until)
    questions = questions_of(snapshots, config.horizon_days)
    if not questions:
        return []
    known = crm.known_at(data_until)
    specification = learn_specification(known, config)
    catalogue = build_catalogue(specification, config.labels)
    features = compute_features(known, specification, catalogue, snapshots)
    named = {slug(f"attribute {name}") for name in named_attributes}
    asked = [feature for feature in catalogue if feature.signal.name not in named]
    looks = Looks.of(snapshots)
    return [_finding(each, accepted) for each in _too_good(asked, features, questions, looks)]


@dataclass(frozen=True, eq=False)
class Looks:
    """When and of whom the snapshots are, all of shape (n,).

    Attributes
    ----------
    person : ndarray of int
        A number for each prospect.
    as_of : ndarray of datetime64
        Never falling.
    earlier : ndarray of bool
        Whether a snapshot is one to learn from.
    """

    person: NDArray[np.intp]
    as_of: NDArray[np.datetime64]
    earlier: NDArray[np.bool_]

    @classmethod
    def of(cls, snapshots: pd.DataFrame) -> Looks:
        """Read them off the snapshots."""
        as_of = snapshots["as_of"]
        earlier = (as_of < as_of.quantile(EARLIER_SHARE)).to_numpy()
        return cls(pd.factorize(snapshots["prospect_id"])[0], as_of.to_numpy(), earlier)


@dataclass(frozen=True)
class TooGood:
    """A feature that answers a question nearly alone.

    Attributes
    ----------
    auc : float
        What it surely has on later snapshots.
    cover : float
        Share of those with the outcome of whom it says anything.
    feature : Feature
    question : str
        As a person would say it.
    everywhere : bool
        Over all snapshots, not only where it says anything for the first time.
    """

    auc: float
    cover: float
    feature: Feature
    question: str
    everywhere: bool = True

    @property
    def severity(self) -> Severity:
        """Whether it stops a training."""
        return "severe" if self.auc >= SEVERE_AUC and self.cover >= SEVERE_COVER else "warning"

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """The higher, the worse."""
        return self.severity == "severe", self.everywhere, self.auc


def _too_good(
    catalogue: Sequence[Feature],
    features: pd.DataFrame,
    questions: Sequence[Question],
    looks: Looks,
) -> list[TooGood]:
    """Return the worst feature of each signal, the worst first."""
    best: dict[str, TooGood] = {}
    for feature in catalogue:
        for found in _answers(feature, features[feature.name], questions, looks):
            known = best.get(feature.signal.name)
            if known is None or found.rank > known.rank:
                best[feature.signal.name] = found
    return sorted(best.values(), key=lambda each: each.rank, reverse=True)


def _answers(
    feature: Feature, values: pd.Series, questions: Sequence[Question], looks: Looks
) -> Iterator[TooGood]:
    """Answer each question over all snapshots; where that fails, where the feature speaks."""
    codes, first = value_codes(values), first_values(values, looks.person)
    for question in questions:
        auc = sure_auc(codes, question, looks.earlier)
        if auc >= WARNING_AUC:
            yield TooGood(auc, 1.0, feature, question.words)
            continue
        asked = asked_of(question, first)
        auc = sure_auc(codes, asked, earlier_half(asked, looks.as_of))
        if auc >= WARNING_AUC:
            covered = cover(question, first, looks.person)
            yield TooGood(auc, covered, feature, question.words, everywhere=False)


def sampled_snapshots(crm: Crm, config: Config, data_until: datetime) -> pd.DataFrame:
    """Return some snapshots of the grid with their recorded outcomes.

    Returns
    -------
    DataFrame
        As of `observed_snapshots`, and `weight`: how many of its class one stands for.
    """
    people = crm.prospects.aggregate(
        first=crm.prospects.created_at.min(), rows=crm.prospects.count()
    )
    first, rows = crm.connection.execute(people).iloc[0]
    every_days = step_days(crm, config, data_until)
    instants = [] if pd.isna(first) else _instants(every_days, pd.Timestamp(first), data_until)
    if not instants:
        return pd.DataFrame()
    every = -(-int(rows) // MAX_PROSPECTS)
    if every > 1:
        chosen = crm.prospects.filter(crm.prospects.prospect_id.hash().abs() % every == 0)
        crm = replace(crm, prospects=chosen)
    # Those who leave by silence are open here: a clock, not the CRM, would call them lost.
    return _sample(observed_snapshots(crm, instants, data_until), config.horizon_days)


def _instants(every_days: int, first: datetime, data_until: datetime) -> list[datetime]:
    grid = calendar_grid(first, data_until, every_days)
    places = np.unique(np.linspace(0, len(grid) - 1, MAX_INSTANTS).astype(int)) if grid else ()
    return [grid[int(place)] for place in places]


def _sample(snapshots: pd.DataFrame, horizon_days: float) -> pd.DataFrame:
    """Take as many of each class as are needed, in any order, and say how many each stands for."""
    soon = np.where(snapshots["duration_days"] < horizon_days, " soon", "")
    of_class = snapshots["outcome"] + soon
    size = of_class.groupby(of_class).transform("size")
    weighted = snapshots.assign(weight=np.maximum(size / MAX_PER_CLASS, 1.0), of_class=of_class)
    mixed = weighted.sample(frac=1, random_state=0)
    kept = mixed[mixed.groupby("of_class").cumcount() < MAX_PER_CLASS]
    return kept.drop(columns="of_class").sort_index().reset_index(drop=True)


def _finding(found: TooGood, accepted: Collection[str]) -> Finding:
    feature = found.feature
    name = f"feature:{feature.name}"
    where = "" if found.everywhere else ", where it is first neither missing nor 0,"
    return Finding(
        name,
        found.severity,
        feature.name,
        f"'{feature.name}' ({feature.sentence['en'].lower()}) alone tells{where} {found.question} "
        f"with an AUC of at least {found.auc:.2f}, forward in time; honest ones stay below "
        f"{WARNING_AUC:.2f}.",
        f"Look up when the facts behind '{feature.name}' are written: what follows the outcome, or "
        "is corrected after it, must bear that date in recorded_at, or be left out.",
        name in accepted,
    )
