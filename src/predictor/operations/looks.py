"""The looks between an old score and a new one; see `predictor.explanation.changes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.explanation.changes import ChangeSplit, Look, split_change
from predictor.explanation.contributions import explain_probability
from predictor.explanation.signals import SignalContributions, sum_by_signal
from predictor.features.matrix import compute_features

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.model.predictor import TrainedPredictor

#: An old score that today's source gives again within so much was not rewritten (probability).
SAME_SCORE = 1e-6


@dataclass(frozen=True)
class Comparison:
    """Two scorings of one CRM between which scores are split.

    Attributes
    ----------
    crm : Crm
        The facts, as the source tells them at the new scoring.
    config : Config
        Horizon and labels.
    old : TrainedPredictor
        The model of the old scoring.
    old_as_of : datetime
        Its instant.
    new : TrainedPredictor
        The model of the new scoring.
    as_of : datetime
        The instant of the new scoring.
    """

    crm: Crm
    config: Config
    old: TrainedPredictor
    old_as_of: datetime
    new: TrainedPredictor
    as_of: datetime

    def split(
        self,
        old_score: Look,
        features: pd.DataFrame,
        contributions: SignalContributions,
    ) -> ChangeSplit:
        """Split the changes of some prospects' scores.

        Parameters
        ----------
        old_score : Look
            What the earlier run stored of n prospects, labelled by prospect_id; all of them are
            open at the new instant.
        features : DataFrame of shape (n, F)
            Of the new model, of the same prospects at the new instant.
        contributions : SignalContributions
            Of the new model, of the same snapshots.

        Returns
        -------
        ChangeSplit
            Without the part ``data`` where the old score is found again. Where the source had no
            such prospect at the old instant, the whole change is ``data`` and ``model``: as the
            facts of then are gone, the first look that can be had is the one with today's facts.

        Raises
        ------
        PredictorError
            Where the source lacks what the old model was trained with.
        """
        ids = old_score.contributions.index
        new_score = look_of(contributions, ids)
        knowing = self._knowing_more(features, new_score)
        at_old, at_new = self._with_old_facts(ids)
        same = _same_rows(at_new, knowing.features)
        later = knowing.look
        if not same.all():
            later = later.where(~same, self._explain(at_new[~same], ids[~same]))
        recomputed = self._recomputed(old_score, at_old)
        gone = ~ids.isin(self._known_ids())
        if gone.any():
            today = _rows(knowing.look, gone)
            later, recomputed = later.where(gone, today), recomputed.where(gone, today)
        return split_change([old_score, recomputed, later, knowing.look, new_score])

    def _knowing_more(self, features: pd.DataFrame, new_score: Look) -> _Seen:
        """Today's facts at the new instant, by the old model."""
        if self.old is self.new:
            return _Seen(features, new_score)
        ids = new_score.contributions.index
        if self.old.specification != self.new.specification:
            features = self._features(self.crm.known_at(self.as_of), _at(ids, self.as_of))
        return _Seen(features, self._explain(features, ids))

    def _with_old_facts(self, ids: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Features of the facts known at the old instant, seen from there and from the new one."""
        # One list of snapshots, as most of the cost of a small one is in preparing the facts.
        both = pd.concat([_at(ids, self.old_as_of), _at(ids, self.as_of)], ignore_index=True)
        found = self._features(self.crm.known_at(self.old_as_of), both)
        return found.iloc[: len(ids)], found.iloc[len(ids) :]

    def _recomputed(self, old_score: Look, features: pd.DataFrame) -> Look:
        """Give the old score where it is found again, else what today's source makes of it."""
        p = self.old.model.predict_proba_won(features, self.config.horizon_days)
        other = ~(np.abs(p - old_score.probability) <= SAME_SCORE)
        if not other.any():
            return old_score
        ids = old_score.contributions.index[other]
        return old_score.where(other, self._explain(features[other], ids))

    def _known_ids(self) -> pd.Series:
        people = self.crm.known_at(self.old_as_of).prospects
        found: pd.DataFrame = self.crm.connection.execute(people.select("prospect_id"))
        return found["prospect_id"]

    def _features(self, crm: Crm, snapshots: pd.DataFrame) -> pd.DataFrame:
        catalogue = self.old.catalogue(self.config.labels)
        return compute_features(crm, self.old.specification, catalogue, snapshots)

    def _explain(self, features: pd.DataFrame, ids: pd.Index) -> Look:
        values = explain_probability(
            self.old.model, features, self.old.portfolio, self.config.horizon_days
        )
        return look_of(sum_by_signal(values, self.old.catalogue(self.config.labels)), ids)


@dataclass(frozen=True)
class _Seen:
    features: pd.DataFrame
    look: Look


def look_of(contributions: SignalContributions, ids: pd.Index) -> Look:
    """Return contributions by signal as a look."""
    names = [signal.name for signal in contributions.signals]
    frame = pd.DataFrame(contributions.values, index=ids, columns=pd.Index(names, dtype="str"))
    return Look(np.asarray(contributions.probability), frame)


def _at(ids: pd.Index, as_of: datetime) -> pd.DataFrame:
    return pd.DataFrame({"prospect_id": ids, "as_of": np.datetime64(as_of, "us")})


def _same_rows(one: pd.DataFrame, other: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which rows of two matrices with the same columns are the same, missing values too."""
    other = other.set_axis(one.index)
    same = ((one == other) | (one.isna() & other.isna())).to_numpy()
    return np.asarray(same.all(axis=1))


def _rows(look: Look, rows: NDArray[np.bool_]) -> Look:
    return Look(look.probability[rows], look.contributions[rows])
