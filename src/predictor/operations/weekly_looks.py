"""Looks at the open prospects: at an instant, and each week before, as known then."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import SnapshotError
from predictor.explanation.contributions import explain_probability
from predictor.explanation.interactions import explain_pairs
from predictor.explanation.partial_dependence import EVERYONE
from predictor.explanation.signals import SignalContributions, sum_by_signal
from predictor.features.families import features_by_family
from predictor.features.matrix import compute_features
from predictor.features.segments import name_segments
from predictor.features.snapshots import open_prospects
from predictor.operations.run_companions import curve_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.model.predictor import TrainedPredictor

#: Snapshots whose contributions tell which feature leads a signal.
ENOUGH_TO_LEAD = 200


@dataclass(frozen=True, eq=False)
class WeeklyLooks:
    """Snapshots of open prospects, with what a model knows of them.

    Attributes
    ----------
    config : Config
    predictor : TrainedPredictor
    people : DataFrame, shape (n, ...)
        As `open_prospects` returns them.
    features : DataFrame, shape (n, F)
    """

    config: Config
    predictor: TrainedPredictor
    people: pd.DataFrame
    features: pd.DataFrame

    @cached_property
    def contributions(self) -> SignalContributions:
        """What each signal adds to each snapshot's probability; computed once."""
        explained = explain_probability(
            self.predictor.model,
            self.features,
            self.predictor.portfolio,
            self.config.horizon_days,
        )
        return sum_by_signal(explained, self.predictor.catalogue(self.config.labels))

    def predict(self, features: pd.DataFrame) -> NDArray[np.float64]:
        """Return P(won within the horizon) of any features, shape (m,)."""
        return self.predictor.model.predict_proba_won(features, self.config.horizon_days)

    def curves(self, prospect_ids: list[str]) -> pd.DataFrame:
        """Return the curves of prospects that were looked at once, in the order given.

        Returns
        -------
        DataFrame
            As `curve_table` returns it.
        """
        features = self.features.set_axis(pd.Index(self.people["prospect_id"])).loc[prospect_ids]
        return curve_table(self.predictor.model, features, self.config.horizon_days)

    def pairs(self, prospect_id: str) -> pd.DataFrame:
        """Return what every pair of signals adds to one prospect's score: see `strongest`."""
        found = explain_pairs(
            self.predictor.model,
            self.features[(self.people["prospect_id"] == prospect_id).to_numpy()],
            self.predictor.portfolio,
            self.config.horizon_days,
            self.predictor.catalogue(self.config.labels),
        )
        n_signals = len(found.signals)
        return found.strongest(n_signals * (n_signals - 1) // 2)

    def segments(self, by: str | None) -> pd.Series:
        """Cut the snapshots by a feature or an attribute; names of the segments, shape (n,).

        Categories: quarters rise, stages come in the order of the process, other texts by number.

        Raises
        ------
        SnapshotError
            If there is no such feature; names the closest ones.
        """
        if by is None:
            return pd.Series(EVERYONE, index=self.features.index)
        for name in (by, f"attribute_{by}"):
            if name in self.features:
                return self._ordered(name_segments(self.features[name]), self.features[name])
        raise SnapshotError(_no_such("feature to cut by", by, map(str, self.features.columns)))

    def moved_together(self, name: str) -> tuple[str, list[str]]:
        """Return the leading feature of a signal, and all its features.

        A feature leads its own signal; of a signal, the feature with the largest mean absolute
        contribution leads.

        Raises
        ------
        SnapshotError
            If there is no such signal or feature; names the closest ones.
        """
        catalogue = self.predictor.catalogue(self.config.labels)
        signal_of = {feature.name: feature.signal.name for feature in catalogue}
        wanted = signal_of.get(name, name)
        members = [feature for feature, signal in signal_of.items() if signal == wanted]
        if not members:
            known = [*signal_of, *signal_of.values()]
            raise SnapshotError(_no_such("signal or feature", name, known))
        return (name if name in signal_of else self._strongest(members)), members

    def signals_of_family(self, family: str) -> set[str]:
        """Return the names of the signals of a family of features, such as ``engagement``.

        Raises
        ------
        SnapshotError
            If the model has no such family; names those that it has.
        """
        families = features_by_family(self.predictor.specification, self.config.labels)
        if family not in families:
            raise SnapshotError(f"no family '{family}' in the model; it has {', '.join(families)}")
        return {feature.signal.name for feature in families[family]}

    def _ordered(self, names: pd.Series, column: pd.Series) -> pd.Series:
        if pd.api.types.is_numeric_dtype(column.dtype):
            order = column.groupby(names).min().sort_values().index.tolist()
        elif column.name == "stage":
            process = [stage.name for stage in self.predictor.specification.stages]
            order = [*(name for name in process if names.eq(name).any())]
            order += [name for name in names.unique() if name not in process]
        else:
            order = names.value_counts().index.tolist()
        return names.astype(pd.CategoricalDtype(order, ordered=True))

    def _strongest(self, members: list[str]) -> str:
        if len(members) == 1:
            return members[0]
        some = self.features.iloc[:ENOUGH_TO_LEAD]
        model, portfolio = self.predictor.model, self.predictor.portfolio
        found = explain_probability(model, some, portfolio, self.config.horizon_days)
        weights = np.abs(found.values).mean(axis=0)
        weight = dict(zip(found.feature_names, weights.tolist(), strict=True))
        return max(members, key=lambda member: weight[member])


def look(
    crm: Crm, config: Config, predictor: TrainedPredictor, as_of: datetime, weeks: int = 1
) -> WeeklyLooks:
    """Look at the open prospects at `as_of`, and at those of each week before.

    Looks may lie before the training instant: they are there to see what a model does, not to
    judge it.

    Raises
    ------
    SnapshotError
        If nobody was open.
    ValueError
        For fewer weeks than 1.
    """
    if weeks < 1:
        raise ValueError(f"weeks must be at least 1, got {weeks}")
    instants = [as_of - timedelta(weeks=week) for week in range(weeks)]
    people = pd.concat(
        [open_prospects(crm, instant, config.lost_after_silence_days) for instant in instants],
        ignore_index=True,
    )
    if people.empty:
        raise SnapshotError(f"no prospect is open as of {as_of:%Y-%m-%d}: give another as_of")
    catalogue = predictor.catalogue(config.labels)
    features = compute_features(crm.known_at(as_of), predictor.specification, catalogue, people)
    return WeeklyLooks(config, predictor, people, features)


def _no_such(what: str, name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(set(known)), n=3)
    hint = f"; close to it: {', '.join(close)}" if close else ""
    return f"the model has no {what} '{name}'{hint}"
