"""Scoring: every open prospect as of an instant, with curves, reasons and words."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import SnapshotError
from predictor.explanation.contributions import Portfolio, explain_rows
from predictor.explanation.next_steps import ask_next
from predictor.explanation.reasons import REASON_COLUMNS, Reasons, find_reasons
from predictor.explanation.signals import (
    SignalContributions,
    join_contributions,
    membership_of,
    sum_by_signal,
)
from predictor.explanation.time_to_close import (
    days_portfolio,
    explain_days_of_rows,
    sooner_or_later,
)
from predictor.features.matrix import compute_features, feature_chunks, to_frame
from predictor.features.snapshots import open_prospects
from predictor.model.encoded_rows import EncodedRows
from predictor.operations.figures import figures_of
from predictor.operations.list_rules import check_follow_ups, suggested_follow_ups
from predictor.operations.next_steps import seek_next_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from datetime import datetime

    import pyarrow as pa
    from numpy.typing import NDArray

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.model.predictor import TrainedPredictor

CHUNK_ROWS = 8_192
"""Scored at a time; each takes about 20 kB."""

MANY_PROSPECTS = 50_000
STRONGEST = 8
"""From so many open prospects on, sentences are for the strongest signals of each only."""


@dataclass(frozen=True)
class Scores:
    """The open prospects with everything that a list or a person needs.

    Attributes
    ----------
    frame : pd.DataFrame, shape (n, ...)
        One row per open prospect; see `predictor.lists.ranking` for its columns.
    features : pd.DataFrame, shape (n, n_features)
        The feature matrix.
    contributions : SignalContributions
        What each signal adds.
    reasons : Reasons
        The sentences.
    next_steps : pd.DataFrame
        What could change the scores; see `predictor.explanation.next_steps`. Empty for a part of
        the open prospects: it is sought for the best of all.
    """

    frame: pd.DataFrame
    features: pd.DataFrame
    contributions: SignalContributions
    reasons: Reasons
    next_steps: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def explained(self) -> pd.Series:
        """prospect_id of those that are explained: all."""
        return self.frame["prospect_id"]

    def of(self, prospect_ids: Sequence[str]) -> Scores:
        """Return the scores of some of the prospects, in the order asked for."""
        ids = pd.Index(list(prospect_ids), dtype="str")
        rows = pd.Index(self.frame["prospect_id"]).get_indexer(ids)
        frame, known = self.frame.iloc[rows].reset_index(drop=True), self.contributions
        contributions = replace(
            known, values=known.values[rows], probability=known.probability[rows]
        )
        sentences = [self.reasons.sentences[row] for row in rows]
        reasons = Reasons(frame[[*REASON_COLUMNS]], sentences, frame, contributions)
        features = self.features.iloc[rows].reset_index(drop=True)
        return Scores(frame, features, contributions, reasons)


@dataclass(frozen=True)
class Numbers:
    """What is computed of prospects: figures, one row each, and what each signal adds.

    That is in probability, and in expected days to close: ndarray of shape (n, s).
    """

    figures: pd.DataFrame
    contributions: SignalContributions
    days_to_close: NDArray[np.float64]


def score(
    crm: Crm,
    config: Config,
    predictor: TrainedPredictor,
    model_version: str,
    as_of: datetime,
    prospect_id: str | None = None,
) -> Scores:
    """Score the prospects that are open as far as anyone knows at `as_of`.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `as_of` are used.
    config : Config
        Horizon, language and labels.
    predictor : TrainedPredictor
        The model and its frozen features.
    model_version : str
        Written beside each score.
    as_of : datetime
        UTC.
    prospect_id : str, optional
        Score this prospect alone.

    Raises
    ------
    SnapshotError
        If the model was trained as of a later instant: it has seen what came after `as_of`.
    HorizonError
        If the horizon of the configuration lies beyond what the model supports.
    ConfigurationError
        If the configuration names a territory or a signal that there is not.
    """
    scorer = Scorer(config, predictor, model_version)
    known, people = scorer.open_people(crm, as_of, prospect_id)
    features = compute_features(known, predictor.specification, scorer.catalogue, people)
    scores = scorer.words(people, features, scorer.numbers(features))
    steps = seek_next_steps(known, config, predictor, scores.frame, features)
    asks = ask_next(steps, scores.frame["prospect_id"])
    return replace(scores, frame=scores.frame.assign(ask_next=asks), next_steps=steps)


def score_in_chunks(
    crm: Crm,
    config: Config,
    predictor: TrainedPredictor,
    model_version: str,
    as_of: datetime,
) -> Iterator[Scores]:
    """Score the open prospects, some thousands at a time: memory does not grow with them.

    Parameters and errors as of `score`; there is at least one part. Signals have a sentence as
    `explanations.sentences` of the configuration says.
    """
    scorer = Scorer(config, predictor, model_version)
    known, people = scorer.open_people(crm, as_of)
    if people.empty:
        yield score(crm, config, predictor, model_version, as_of)
        return
    parts = feature_chunks(known, predictor.specification, scorer.catalogue, people, CHUNK_ROWS)
    strongest = _told_signals(config, len(people))
    yield from scorer.score_parts((scorer.in_order(people, *part) for part in parts), strongest)


def _told_signals(config: Config, n_prospects: int) -> int | None:
    """Return of how many signals of each prospect there is a sentence; None for all."""
    asked = config.explanations.sentences
    if asked == "auto":
        return STRONGEST if n_prospects >= MANY_PROSPECTS else None
    return None if asked == "all" else asked


class Scorer:
    """Scores prospects whose features are known.

    Parameters
    ----------
    config : Config
        Horizon, language, labels and rules.
    predictor : TrainedPredictor
    model_version : str
        Written beside each score.
    """

    def __init__(self, config: Config, predictor: TrainedPredictor, model_version: str) -> None:
        self.config, self.predictor, self.model_version = config, predictor, model_version
        self.catalogue = predictor.catalogue(config.labels)

    @cached_property
    def portfolio(self) -> Portfolio:
        """The portfolio that explanations contrast with, looked at once."""
        predictor = self.predictor
        return Portfolio.of(predictor.model, predictor.portfolio, self.config.horizon_days)

    @cached_property
    def days_portfolio(self) -> Portfolio:
        """The same, to explain the days to close."""
        return days_portfolio(self.predictor.model, self.predictor.portfolio)

    def open_people(
        self, crm: Crm, as_of: datetime, prospect_id: str | None = None
    ) -> tuple[Crm, pd.DataFrame]:
        """Return the facts known at an instant, and the open prospects. Errors as of `score`."""
        if as_of < self.predictor.trained_as_of:
            trained = f"{self.predictor.trained_as_of:%Y-%m-%d %H:%M}"
            raise SnapshotError(
                f"model {self.model_version} was trained as of {trained} and has seen what came "
                f"after {as_of:%Y-%m-%d %H:%M}: give a later --as-of or an older --model"
            )
        known, config = crm.known_at(as_of), self.config
        asked = known if prospect_id is None else known.of_prospect(prospect_id)
        silence_days = config.lost_after_silence_days
        people = open_prospects(asked, as_of, silence_days, config.territory)
        check_follow_ups(config, self.catalogue)
        return known, people

    def in_order(
        self, people: pd.DataFrame, places: NDArray[np.intp], features: pa.Table
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return some of the people with their features, in an order that no engine decides."""
        order = np.argsort(places)
        return people.iloc[places[order]], to_frame(features.take(order), self.catalogue)

    def score_parts(
        self, parts: Iterable[tuple[pd.DataFrame, pd.DataFrame]], strongest: int | None = None
    ) -> Iterator[Scores]:
        """Score parts of (people, features); the next one's numbers while one's words are found.

        The numbers are found outside of Python's lock, so that both cores of two have work.
        """
        with ThreadPoolExecutor(1) as pool, _frozen():
            waiting: tuple[pd.DataFrame, pd.DataFrame, Future[Numbers]] | None = None
            for people, features in parts:
                numbers = pool.submit(self.numbers, features)
                if waiting:
                    yield self.words(waiting[0], waiting[1], waiting[2].result(), strongest)
                waiting = people, features, numbers
            if waiting:
                yield self.words(waiting[0], waiting[1], waiting[2].result(), strongest)

    def numbers(self, features: pd.DataFrame) -> Numbers:
        """Predict and explain prospects."""
        parts = [self._numbers(features.iloc[rows]) for rows in _chunks(len(features))]
        if len(parts) == 1:
            return parts[0]
        return Numbers(
            pd.concat([part.figures for part in parts], ignore_index=True),
            join_contributions([part.contributions for part in parts]),
            np.concatenate([part.days_to_close for part in parts]),
        )

    def _numbers(self, features: pd.DataFrame) -> Numbers:
        rows = EncodedRows.of(self.predictor.model, features)
        explained = explain_rows(rows, self.portfolio)
        figures = figures_of(rows, self.config.horizon_days)
        contributions = sum_by_signal(explained, self.catalogue)
        return Numbers(figures, contributions, self.days_to_close(rows))

    def days_to_close(self, rows: EncodedRows) -> NDArray[np.float64]:
        """Return what each signal adds to the expected days to close, shape (n, s)."""
        explained = explain_days_of_rows(rows, self.days_portfolio)
        _, membership = membership_of(explained.feature_names, self.catalogue)
        return np.asarray(explained.values @ membership)

    def words(
        self,
        people: pd.DataFrame,
        features: pd.DataFrame,
        numbers: Numbers,
        strongest: int | None = None,
    ) -> Scores:
        """Say what the numbers of prospects mean."""
        config, contributions = self.config, numbers.contributions
        reasons = find_reasons(people, features, contributions, config.language, strongest)
        follow_ups = suggested_follow_ups(config, self.catalogue, reasons, features)
        days = numbers.days_to_close
        later = sooner_or_later(
            contributions.signals, features, days, config.language, people["as_of"]
        )
        figures = numbers.figures.set_axis(people.index)
        frame = people.join([figures, reasons.columns, follow_ups.set_axis(people.index)])
        return Scores(
            frame=frame.assign(
                model_version=self.model_version,
                sooner_or_later=pd.Series(later, index=people.index, dtype="str"),
            ),
            features=features,
            contributions=contributions,
            reasons=replace(reasons, days_to_close=days),
        )


@contextmanager
def _frozen() -> Iterator[None]:
    """Keep the garbage collector from what is there: sentences would have it look at all again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _chunks(n_rows: int) -> list[slice]:
    starts = range(0, max(n_rows, 1), CHUNK_ROWS)
    return [slice(start, start + CHUNK_ROWS) for start in starts]
