"""Audit of the features as a model gets them: one that foretells the outcome alone is too good.

It sees what the other checks cannot: a history that was rewritten in place, a duration or an answer
that was set once the outcome was known. Features are computed by the engine, as of snapshots; what
a feature's values mean is learnt on the earlier ones, and measured on the later ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.evaluation.leakage.association import SMOOTHING_ROWS, value_codes
from predictor.evaluation.leakage.finding import Finding, Severity
from predictor.features.catalogue import slug
from predictor.features.families import build_catalogue
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features
from predictor.features.snapshots import calendar_grid, observed_snapshots

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.features.catalogue import Feature

#: Forward AUC of one feature alone. The best honest ones, asked of won at the target horizon: .82
#: (decayed activity, driver sign-ups), .75 (last types, loan log; conversations, school), .73 and
#: .72 (speed and place of the stage, simulated short and long cycle). On 20,000 snapshots and the
#: shortest horizons: .86 (drivers, 3 days), .81 (school, 7 days), .79 (simulated short, 7 days).
WARNING_AUC, SEVERE_AUC = 0.92, 0.97
#: An AUC counts as what it is for sure: less two standard errors.
STANDARD_ERRORS = 2.0
MIN_POSITIVES = 20
#: Instants, prospects and snapshots of each class that are looked at. AUC does not depend on how
#: many there are of each, so that rare outcomes are taken whole.
MAX_INSTANTS, MAX_PROSPECTS, MAX_PER_CLASS = 12, 30_000, 1_500
EARLIER_SHARE = 0.6


@dataclass(frozen=True)
class Question:
    """What a feature is asked to foretell.

    Attributes
    ----------
    words : str
        As a person would say it.
    target : ndarray of bool, shape (n,)
        The answer for each snapshot.
    weight : ndarray of float, shape (n,)
        How many snapshots one stands for; 0 where the answer is unknown.
    """

    words: str
    target: NDArray[np.bool_]
    weight: NDArray[np.float64]


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
        'feature:<name>': severe from a forward AUC of .97, a warning from .92.
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
    earlier = (snapshots["as_of"] < snapshots["as_of"].quantile(EARLIER_SHARE)).to_numpy()
    return [_finding(*each, accepted) for each in _too_good(asked, features, questions, earlier)]


def _too_good(
    catalogue: Sequence[Feature],
    features: pd.DataFrame,
    questions: Sequence[Question],
    earlier: NDArray[np.bool_],
) -> list[tuple[float, Feature, str]]:
    """Return AUC, feature and question of the best feature of each signal, the best first."""
    best: dict[str, tuple[float, Feature, str]] = {}
    for feature in catalogue:
        codes = value_codes(features[feature.name])
        for question in questions:
            auc = sure_auc(codes, question, earlier)
            if auc >= WARNING_AUC and auc > best.get(feature.signal.name, (0.0,))[0]:
                best[feature.signal.name] = (auc, feature, question.words)
    return sorted(best.values(), key=lambda each: -each[0])


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
    instants = [] if pd.isna(first) else _instants(config, pd.Timestamp(first), data_until)
    if not instants:
        return pd.DataFrame()
    every = -(-int(rows) // MAX_PROSPECTS)
    if every > 1:
        chosen = crm.prospects.filter(crm.prospects.prospect_id.hash().abs() % every == 0)
        crm = replace(crm, prospects=chosen)
    # Those who leave by silence are open here: a clock, not the CRM, would call them lost.
    return _sample(observed_snapshots(crm, instants, data_until), config.horizon_days)


def _instants(config: Config, first: datetime, data_until: datetime) -> list[datetime]:
    grid = calendar_grid(first, data_until, config.snapshots.every_days)
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


def questions_of(snapshots: pd.DataFrame, horizon_days: float) -> list[Question]:
    """Return what can be asked of the snapshots: who is won, who is lost, soon and in the end."""
    if snapshots.empty:
        return []
    outcome, weight = snapshots["outcome"], snapshots["weight"].to_numpy(np.float64)
    soon = (snapshots["duration_days"] < horizon_days).to_numpy()
    decided = (outcome != "open").to_numpy()
    # A snapshot that is open for as long as it is followed answers nothing within the horizon.
    answered = decided | ~soon
    found = [
        Question(
            f"who is {cause} within {horizon_days:g} days",
            (outcome == cause).to_numpy() & soon,
            weight * answered,
        )
        for cause in ("won", "lost")
    ]
    won = Question("who of the decided is won", (outcome == "won").to_numpy(), weight * decided)
    return [*found, won]


def sure_auc(codes: NDArray[np.intp], question: Question, earlier: NDArray[np.bool_]) -> float:
    """Return the AUC that a feature surely has on later snapshots; 0 for too few.

    Each value stands for the share of the target that it had earlier, drawn to the mean by 20 rows;
    two standard errors are taken off.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        A number 0, 1, ... for each value of the feature.
    question : Question
    earlier : ndarray of bool, shape (n,)
        Whether a snapshot is one to learn from.

    References
    ----------
    Hanley and McNeil (1982), Radiology 143, 29-36 (standard error of the AUC).
    """
    weight, target = question.weight, question.target
    later = ~earlier & (weight > 0)
    n_in, n_out = int((later & target).sum()), int((later & ~target).sum())
    if min(n_in, n_out, int((earlier & (weight > 0) & target).sum())) < MIN_POSITIVES:
        return 0.0
    learnt = _sums(codes, weight * earlier, target)
    mean = learnt[0].sum() / learnt.sum()
    rate = (learnt[0] + SMOOTHING_ROWS * mean) / (learnt.sum(axis=0) + SMOOTHING_ROWS)
    # Values of one rate are ties.
    place = np.unique(rate, return_inverse=True)[1]
    inside, outside = _sums(place[codes], weight * later, target)
    below = np.cumsum(outside) - outside
    auc = float(inside @ (below + outside / 2) / (inside.sum() * outside.sum()))
    return auc - STANDARD_ERRORS * _standard_error(auc, n_in, n_out)


def _sums(
    codes: NDArray[np.intp], weight: NDArray[np.float64], target: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the weight of each code with and without the target, shape (2, n_codes)."""
    size = int(codes.max()) + 1
    return np.stack(
        [np.bincount(codes, weights=weight * part, minlength=size) for part in (target, ~target)]
    )


def _standard_error(auc: float, n_in: int, n_out: int) -> float:
    q_in, q_out = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = (n_in - 1) * (q_in - auc**2) + (n_out - 1) * (q_out - auc**2)
    return float(np.sqrt(max(auc * (1 - auc) + spread, 0.0) / (n_in * n_out)))


def _finding(auc: float, feature: Feature, words: str, accepted: Collection[str]) -> Finding:
    severity: Severity = "severe" if auc >= SEVERE_AUC else "warning"
    name = f"feature:{feature.name}"
    return Finding(
        name,
        severity,
        feature.name,
        f"'{feature.name}' ({feature.sentence['en'].lower()}) alone tells {words} with an AUC of "
        f"at least {auc:.2f}, forward in time; honest ones stay below {WARNING_AUC:.2f}.",
        f"Look up when the facts behind '{feature.name}' are written: what follows the outcome, or "
        "is corrected after it, must bear that date in recorded_at, or be left out.",
        name in accepted,
    )
