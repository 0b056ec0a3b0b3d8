"""Looking at a predictor forward in time: what it would have said, beside what became of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import HorizonError, TrainingRefusedError
from predictor.evaluation.bootstrap import clusters
from predictor.evaluation.censoring import horizon_labels
from predictor.evaluation.list_worth import must_not_be_contacted
from predictor.evaluation.metrics.summary import (
    DAYS_QUANTILES,
    summarize,
    summarize_curves,
    summarize_days_to_close,
)
from predictor.evaluation.rivals import (
    CHAMPION,
    MODEL,
    PORTFOLIO_RATE,
    PREDICTORS,
    Champion,
    Rivals,
    past_of,
    seen_in_training,
)
from predictor.evaluation.times import days_to_close_within, time_grid
from predictor.evaluation.traits import traits_of
from predictor.features.matrix import compute_features
from predictor.features.sampling import share_within, snapshots_of_accounts
from predictor.features.snapshots import calendar_grid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.evaluation.truth import Truth
    from predictor.model.predictor import TrainedPredictor
    from predictor.model.training import TrainingMatrix

__all__ = ["PREDICTORS", "ForwardTest", "forward_test", "join_tests", "metrics"]

RANKING_FIGURES = (
    "auc",
    "average_precision",
    "precision_top",
    "lift_top",
    "won_found_top",
    "precision_count",
    "lift_count",
    "won_found_count",
    "calibration_slope",
)
#: Of the kept instants of a curve, each fourth is enough to judge it; horizons are among them.
JUDGED_STEPS = slice(3, None, 4)


@dataclass(frozen=True)
class ForwardTest:
    """Predictions at instants that training did not reach, and the outcomes that followed.

    Attributes
    ----------
    snapshots : pd.DataFrame, shape (n, ...)
        prospect_id, account_id, as_of, outcome, duration_days, origin (the training instant),
        unseen (neither the prospect nor its account was among those trained on), do_not_contact.
    probability : dict of int to pd.DataFrame, shape (n, P)
        Per horizon, P(won by it) of the model and of each of its rivals; of the champion NaN where
        it has seen the test.
    curve_days : ndarray of float, shape (G,)
        Instants up to the longest of these horizons; see `time_grid`.
    curves : ndarray of float, shape (n, G)
        The model's P(won by each instant).
    traits : pd.DataFrame, shape (n, ...)
        What slices are cut by; see `traits_of`.
    share : float
        Of the accounts that were tested: 1, or less where there were too many snapshots for all.
    """

    snapshots: pd.DataFrame
    probability: dict[int, pd.DataFrame]
    curve_days: NDArray[np.float64]
    curves: NDArray[np.float64]
    traits: pd.DataFrame
    share: float = 1.0

    @property
    def outcome(self) -> NDArray[np.str_]:
        """What became of each snapshot, shape (n,)."""
        return self.snapshots["outcome"].to_numpy(str)

    @property
    def duration_days(self) -> NDArray[np.float64]:
        """How long each snapshot was followed, shape (n,)."""
        return self.snapshots["duration_days"].to_numpy(np.float64)

    def days_to_close(self, horizon_days: float, quantiles: Sequence[float]) -> NDArray[np.float64]:
        """Return foretold quantiles of the days to close, given won within a horizon, (n, Q)."""
        return days_to_close_within(self.curves, self.curve_days, horizon_days, quantiles)

    def count_here(self, count: int) -> int:
        """Return how many of the test's prospects stand for so many of a whole list."""
        return max(1, round(count * self.share))

    def take(self, chosen: NDArray[np.bool_]) -> ForwardTest:
        """Return the test of some snapshots only, shape (n,) of bool."""
        return replace(
            self,
            snapshots=self.snapshots[chosen].reset_index(drop=True),
            probability={
                days: frame[chosen].reset_index(drop=True)
                for days, frame in self.probability.items()
            },
            curves=self.curves[chosen],
            traits=self.traits[chosen].reset_index(drop=True),
        )


def forward_test(
    crm: Crm,
    config: Config,
    predictor: TrainedPredictor,
    until: datetime,
    known_until: datetime,
    *,
    champion: Champion | None = None,
    past: TrainingMatrix | None = None,
    share: float | None = None,
) -> ForwardTest:
    """Score every snapshot from the training instant on, weekly or as configured.

    Where there are more than `snapshots.max_snapshots`, those of a random share of the accounts.

    Parameters
    ----------
    crm : Crm
        The facts.
    config : Config
        Horizons and the grid of the evaluation.
    predictor : TrainedPredictor
        Trained as of an earlier instant.
    until : datetime
        End of the test period: the last scoring lies before it.
    known_until : datetime
        End of the follow-up of the outcomes.
    champion : Champion, optional
        Compared with where it was trained at or before the training instant.
    past : TrainingMatrix, optional
        What the predictor was trained on, where that is at hand; else it is computed again.
    share : float, optional
        Of the accounts to test; by default `tested_share` of this period.

    Raises
    ------
    TrainingRefusedError
        If nobody is at risk between the training instant and `until`.
    """
    origin = predictor.trained_as_of
    instants = calendar_grid(origin, until, config.evaluation.every_days)
    share = tested_share(crm, config, origin, until, known_until) if share is None else share
    snapshots = snapshots_of_accounts(
        crm,
        instants,
        known_until,
        config.lost_after_silence_days,
        share=share,
        seed=config.seed,
    )
    if snapshots.empty:
        raise TrainingRefusedError(
            f"nothing to look at between the training instant {origin:%Y-%m-%d} and "
            f"{until:%Y-%m-%d}: give an earlier --as-of"
        )
    catalogue = predictor.catalogue(config.labels)
    features = compute_features(crm, predictor.specification, catalogue, snapshots)
    horizons_days = [
        days for days in config.evaluated_horizons_days if days <= predictor.model.max_horizon_days_
    ]
    past = past or past_of(crm, config, predictor)
    curve_days = time_grid(horizons_days)
    won = predictor.model.predict_curves(features, curve_days.tolist()).won
    rivals = Rivals(crm, config, predictor, past).fit(horizons_days).predict(snapshots, features)
    probability = {
        days: pd.DataFrame({MODEL: won[:, place], **rivals[days]})
        for days, place in zip(
            horizons_days, np.searchsorted(curve_days, horizons_days), strict=True
        )
    }
    if champion is not None:
        theirs = champion.predict(crm, snapshots, origin, horizons_days)
        for place, frame in enumerate(probability.values()):
            frame[CHAMPION] = theirs[:, place]
    return ForwardTest(
        snapshots=snapshots.assign(
            origin=origin,
            unseen=~seen_in_training(snapshots, past.snapshots),
            do_not_contact=must_not_be_contacted(crm, snapshots),
        ),
        probability=probability,
        curve_days=curve_days,
        curves=won,
        traits=traits_of(crm, predictor.specification, config.labels, snapshots),
        share=share,
    )


def tested_share(
    crm: Crm, config: Config, start: datetime, until: datetime, known_until: datetime
) -> float:
    """Return the share of the accounts that a test in [start, until) can look at."""
    return share_within(
        crm,
        calendar_grid(start, until, config.evaluation.every_days),
        known_until,
        config.lost_after_silence_days,
        max_snapshots=config.snapshots.max_snapshots,
    )


def join_tests(tests: list[ForwardTest]) -> ForwardTest:
    """Put the tests of several origins, of one share, under one another, where all support it."""
    shared = set.intersection(*(set(test.probability) for test in tests))
    grid = min((test.curve_days for test in tests), key=len)
    return ForwardTest(
        snapshots=pd.concat([test.snapshots for test in tests], ignore_index=True),
        probability={
            days: pd.concat([test.probability[days] for test in tests], ignore_index=True)
            for days in sorted(shared)
        },
        curve_days=grid,
        curves=np.concatenate([test.curves[:, : len(grid)] for test in tests]),
        traits=pd.concat([test.traits for test in tests], ignore_index=True),
        share=tests[0].share,
    )


def metrics(
    test: ForwardTest, truth: Truth | None = None, top_count: int | None = None
) -> pd.DataFrame:
    """Return every figure per horizon, of the model and of its rivals.

    Parameters
    ----------
    test : ForwardTest
        Predictions and outcomes.
    truth : Truth, optional
        True probabilities of a simulated CRM.
    top_count : int, optional
        How many prospects of a list the team can call.

    Returns
    -------
    pd.DataFrame
        One row per horizon and predictor: horizon_days, predictor and the figures of
        `predictor.evaluation.metrics.summary`. A horizon that nobody was followed to is left out.

    Raises
    ------
    HorizonError
        If nobody was followed to any horizon.
    """
    outcome, duration_days = test.outcome, test.duration_days
    groups, lists = clusters(test.snapshots).to_numpy(str), test.snapshots["as_of"].to_numpy()
    longest = duration_days[outcome == "open"].max(initial=0)
    rows = []
    for days, probability in test.probability.items():
        if days > longest and (outcome == "open").any():
            continue
        for name in comparable(probability):
            values = probability[name].to_numpy(float)
            figures = summarize(
                outcome,
                duration_days,
                values,
                days,
                groups=groups,
                lists=lists,
                top_count=top_count,
            )
            row = {"predictor": name, **figures}
            if name == PORTFOLIO_RATE:
                # It ranks nobody; over several origins, differing rates would seem to.
                row |= {name: math.nan for name in RANKING_FIGURES if name in row}
            row |= truth.compare(test.snapshots, values, days) if truth is not None else {}
            row |= _figures_of_the_curve(test, days) if name == MODEL else {}
            rows.append(row)
    if not rows:
        raise HorizonError(
            f"what came after the training is followed for {longest:.0f} days, less than every "
            "horizon that is evaluated: wait, give a later --as-of, or test an older model"
        )
    return pd.DataFrame(rows)


def comparable(probability: pd.DataFrame) -> list[str]:
    """Return the predictors that speak of every snapshot: the model first."""
    return [str(name) for name in probability if probability[name].notna().all()]


def _figures_of_the_curve(test: ForwardTest, days: int) -> Mapping[str, float]:
    """Judge the model's curve up to the horizon, and the days to close of those won within it."""
    labels = horizon_labels(test.outcome, test.duration_days, days)
    foretold = test.days_to_close(days, DAYS_QUANTILES)
    judged = np.flatnonzero(test.curve_days <= days)[JUDGED_STEPS]
    curves, instants = test.curves[:, judged], test.curve_days[judged]
    return {
        **summarize_days_to_close(labels, test.duration_days, foretold),
        **summarize_curves(test.outcome, test.duration_days, curves, instants),
    }
