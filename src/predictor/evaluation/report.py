"""A whole evaluation: figures, comparisons, worth of the list, and slices, on two sets of rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.errors import HorizonError
from predictor.evaluation.comparisons import compare
from predictor.evaluation.forward import metrics
from predictor.evaluation.list_worth import WORKED_SHARE, list_worth, worth_sentence
from predictor.evaluation.rivals import CHAMPION, CLASSIFIER, MODEL, POINTS, PORTFOLIO_RATE
from predictor.evaluation.slices import slice_table
from predictor.features.catalogue import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from predictor.evaluation.explored import Explored
    from predictor.evaluation.forward import ForwardTest
    from predictor.evaluation.list_worth import ListWorth
    from predictor.evaluation.truth import Truth

ALL, UNSEEN = "all prospects", "unseen in training"
#: With fewer won snapshots, figures of the unseen are noise and are left out.
MIN_WON_UNSEEN = 10
_NOTHING = Text("", "")
COMPARED_WITH = {
    PORTFOLIO_RATE: Text("in random order", "dans un ordre aléatoire"),
    POINTS: Text("with the points score", "avec le score à points"),
}


@dataclass(frozen=True)
class Report:
    """What a forward test says.

    Attributes
    ----------
    subject : Text
        What was tested.
    champion : Text
        A sentence on how far the champion could be compared.
    horizon_days : int
        The horizon of the worth, the slices and the plots.
    test : ForwardTest
    metrics : dict of str to pd.DataFrame
        'all prospects', and 'unseen in training' where enough of these were won: see `metrics`.
    comparisons : dict of str to pd.DataFrame
        The same: see `compare`.
    worth : ListWorth or None
    slices : pd.DataFrame
        See `slice_table`; empty where no slice has enough won.
    language : {'en', 'fr'}
        Of the page and of the sentence; tables to compute with stay in English.
    labels : mapping of str to Text
        What people call the traits of the slices, by their English names.
    explored : Explored or None
        What the random slices of past lists came to, where there are some.
    """

    subject: Text
    champion: Text
    horizon_days: int
    test: ForwardTest
    metrics: dict[str, pd.DataFrame]
    comparisons: dict[str, pd.DataFrame]
    worth: ListWorth | None
    slices: pd.DataFrame
    language: str = "en"
    labels: Mapping[str, Text] = field(default_factory=dict)
    explored: Explored | None = None

    @property
    def worth_sentence(self) -> str:
        """What the list is worth; empty where no deal was won."""
        if self.worth is None:
            return ""
        return worth_sentence(self.worth, MODEL, COMPARED_WITH)[self.language]


def report_on(  # noqa: PLR0913 - what it says, and how
    test: ForwardTest,
    figures: pd.DataFrame,
    wanted_days: int,
    *,
    subject: Text,
    champion: Text = _NOTHING,
    labels: Mapping[str, Text] | None = None,
    truth: Truth | None = None,
    top: float = WORKED_SHARE,
    seed: int = 0,
    language: str = "en",
) -> Report:
    """Judge a forward test.

    Parameters
    ----------
    test : ForwardTest
    figures : pd.DataFrame
        What `metrics` made of it.
    wanted_days : int
        The horizon of worth, slices and plots; where the test does not reach it, the longest one.
    subject, champion, labels
        See `Report`.
    truth : Truth, optional
        True probabilities of a simulated CRM.
    top : float or int
        What the team works each week: a share of the list, or a count of prospects.
    seed : int
        Of the bootstrap.
    language : {'en', 'fr'}
        Of what people read.
    """
    horizon_days = drawn_horizon(figures, wanted_days)
    judged = {ALL: (test, figures)} | _unseen(test, truth, top)
    probability = test.probability[horizon_days]
    ranked = (MODEL, PORTFOLIO_RATE, POINTS, CLASSIFIER, CHAMPION)
    scores = {
        name: probability[name].to_numpy(np.float64)
        for name in ranked
        if name in probability and probability[name].notna().all()
    }
    return Report(
        subject=subject,
        champion=champion,
        horizon_days=horizon_days,
        test=test,
        metrics={name: frame for name, (_, frame) in judged.items()},
        comparisons={
            name: compare(part, sorted({int(days) for days in frame["horizon_days"]}), seed)
            for name, (part, frame) in judged.items()
        },
        worth=list_worth(test.snapshots, scores, horizon_days, top, seed),
        slices=slice_table(test, horizon_days, seed),
        language=language,
        labels=labels or {},
    )


def drawn_horizon(figures: pd.DataFrame, wanted_days: int) -> int:
    """Return the wanted horizon, or the longest one of the figures where they do not reach it."""
    reached = {int(days) for days in figures["horizon_days"]}
    return wanted_days if wanted_days in reached else max(reached)


def _unseen(
    test: ForwardTest, truth: Truth | None, top: float
) -> dict[str, tuple[ForwardTest, pd.DataFrame]]:
    part = test.take(test.snapshots["unseen"].to_numpy(bool))
    if (part.snapshots["outcome"] == "won").sum() < MIN_WON_UNSEEN:
        return {}
    try:
        return {UNSEEN: (part, metrics(part, truth, top if isinstance(top, int) else None))}
    except HorizonError:
        return {}


def by_report(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Put the frames of the reports under one another, with a first column 'report'."""
    parts = [frame.assign(report=name) for name, frame in frames.items() if not frame.empty]
    if not parts:
        return pd.DataFrame()
    joined = pd.concat(parts, ignore_index=True)
    return joined[["report", *joined.columns.drop("report")]]
