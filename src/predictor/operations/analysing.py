"""A model opened beside its source, for analysts and notebooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pandas as pd

from predictor.errors import SnapshotError
from predictor.evaluation.backtest import rolling_origins
from predictor.explanation import partial_dependence as dependence
from predictor.explanation.importance import importance_by_segment
from predictor.model.training import fit_predictor
from predictor.operations import reviewing
from predictor.operations.registry import RegisteredPredictor
from predictor.operations.scoring import score
from predictor.operations.story import why_not_open
from predictor.operations.weekly_looks import WeeklyLooks, look

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.evaluation.report import Report
    from predictor.model.predictor import TrainedPredictor

    Instant = str | datetime | None

#: Weekly looks of which the behaviour of a model is told.
WEEKS = 4


@dataclass(frozen=True, eq=False, repr=False)
class OpenedModel:
    """A model beside the source that it speaks of. Made by `predictor.open_model`.

    Instants are UTC, given as text or datetime; by default the end of the data. Probabilities are
    those to convert within the horizon of the configuration, and contributions are in probability
    (0.05 is 5 points). Features that were computed once are kept. A name that does not exist, or an
    instant that the model cannot speak of, raises a `SnapshotError`, which names the closest ones.

    Attributes
    ----------
    config : Config
        The business.
    crm : Crm
        The source.
    registered : RegisteredPredictor
        The model, and its version to write beside scores.

    Examples
    --------
    >>> model = predictor.open_model("demo/config.yaml")
    >>> model
    OpenedModel(simulated_short/1, trained as of 2026-06-22)
    >>> first = model.score()["prospect_id"].iloc[0]
    >>> model.explain(first).columns.tolist()
    ['signal', 'contribution', 'reason']
    >>> model.curves(first).columns.tolist()
    ['prospect_id', 'days', 'won', 'lost', 'open']
    >>> model.signal_importance(by="stage").columns.tolist()
    ['segment', 'prospects', 'signal', 'mean_absolute', 'mean', 'spread']
    """

    config: Config
    crm: Crm
    registered: RegisteredPredictor
    _looked: dict[tuple[datetime, int], WeeklyLooks] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say which model this is."""
        return f"OpenedModel({self.version}, trained as of {self.predictor.trained_as_of:%Y-%m-%d})"

    @property
    def version(self) -> str:
        """Registered model and number, or the folder's name."""
        return self.registered.version

    @property
    def predictor(self) -> TrainedPredictor:
        """The model, its frozen features, and the portfolio that explanations contrast with."""
        return self.registered.predictor

    def score(self, as_of: Instant = None) -> pd.DataFrame:
        """Score the open prospects.

        Returns
        -------
        DataFrame
            One row per open prospect, the most probable first: the columns of `ranked.parquet`
            without rank, band and what is made of them, and with amount and do_not_contact.
        """
        instant = self._instant(as_of)
        scores = score(self.crm, self.config, self.predictor, self.version, instant)
        order = ["conversion_probability", "prospect_id"]
        return scores.frame.sort_values(order, ascending=[False, True], ignore_index=True)

    def explain(self, prospect_id: str, as_of: Instant = None) -> pd.DataFrame:
        """Explain one prospect's score: its signals, those that weigh most first.

        Returns
        -------
        DataFrame
            signal, contribution and reason (the sentence with the fact); the contributions add up
            to the prospect's probability minus the portfolio's.

        Raises
        ------
        SnapshotError
            If there is no such open prospect: says why, or names close ids.
        """
        instant = self._instant(as_of)
        arguments = (self.crm, self.config, self.predictor, self.version, instant)
        scores = score(*arguments, prospect_id=prospect_id)
        if scores.frame.empty:
            raise SnapshotError(why_not_open(self.crm, prospect_id, instant))
        table = scores.reasons.table
        order = table["contribution"].abs().sort_values(ascending=False, kind="stable").index
        return table.loc[order, ["signal", "contribution", "reason"]].reset_index(drop=True)

    def explain_pairs(self, prospect_id: str, as_of: Instant = None) -> pd.DataFrame:
        """Tell what pairs of signals add to a prospect's score together, the largest first.

        Returns
        -------
        DataFrame
            first, second, contribution: see `predictor.explanation.interactions`.
        """
        instant = self._instant(as_of)
        return self._looks_at([prospect_id], instant).pairs(prospect_id)

    def curves(
        self, prospect_ids: str | Sequence[str] | None = None, as_of: Instant = None
    ) -> pd.DataFrame:
        """Tell how the probabilities to be won, lost and open go with the days.

        Parameters
        ----------
        prospect_ids : str or sequence of str, optional
            By default every open prospect.

        Returns
        -------
        DataFrame
            prospect_id, days (from `as_of`, whole, to the longest follow-up that the model learnt
            from), won, lost, open; the last three add up to 1.
        """
        instant = self._instant(as_of)
        if prospect_ids is None:
            looks = self._looks(instant, 1)
            return looks.curves(looks.people["prospect_id"].tolist())
        wanted = [prospect_ids] if isinstance(prospect_ids, str) else list(prospect_ids)
        return self._looks_at(wanted, instant).curves(wanted)

    def features(self, as_of: Instant = None) -> pd.DataFrame:
        """Return what the model knows of each open prospect, by prospect_id; columns by feature.

        ``predictor features CONFIG --list`` says what each of them is.
        """
        looks = self._looks(self._instant(as_of), 1)
        return looks.features.set_index(looks.people["prospect_id"])

    def signal_importance(
        self,
        by: str | None = None,
        *,
        family: str | None = None,
        as_of: Instant = None,
        weeks: int = WEEKS,
    ) -> pd.DataFrame:
        """Tell how far each signal moves the scores, segment by segment.

        Parameters
        ----------
        by : str, optional
            Feature or attribute that cuts the prospects: ``stage``, ``age_days``, ``industry``.
            Texts by level, numbers by quarter. By default all prospects are one segment.
        family : str, optional
            Only the signals of this family of features, such as ``engagement``.
        weeks : int
            Weekly looks at the open prospects, the last one at `as_of`.

        Returns
        -------
        DataFrame
            segment, prospects, signal, mean_absolute, mean, spread: see
            `predictor.explanation.importance.importance_by_segment`.
        """
        looks = self._looks(self._instant(as_of), weeks)
        table = importance_by_segment(looks.contributions, looks.segments(by))
        if family is None:
            return table
        chosen = table["signal"].isin(looks.signals_of_family(family))
        return table[chosen].reset_index(drop=True)

    def partial_dependence(
        self, signal: str, by: str | None = None, *, as_of: Instant = None, weeks: int = WEEKS
    ) -> pd.DataFrame:
        """Tell what the model says on average with a signal as other prospects have it.

        Parameters
        ----------
        signal : str
            A signal, such as ``quote_request``, or one of its features, such as
            ``quote_request_days_since_last``. The features of a signal move together.
        by, as_of, weeks
            As of `signal_importance`.

        Returns
        -------
        DataFrame
            segment, value, position, prospects, probability, own_probability: see
            `predictor.explanation.partial_dependence`. Only values that at least ten prospects of
            the segment have. Its ``attrs`` name the leading ``feature``.

        Examples
        --------
        >>> model = predictor.open_model("demo/config.yaml")
        >>> table = model.partial_dependence("age_days")
        >>> table.attrs["feature"], table["segment"].unique().tolist()
        ('age_days', ['all prospects'])
        """
        looks = self._looks(self._instant(as_of), weeks)
        leading, together = looks.moved_together(signal)
        table = dependence.partial_dependence(
            looks.predict, looks.features, leading, together, looks.segments(by)
        )
        table.attrs["feature"] = leading
        return table

    def pair_dependence(
        self, first: str, second: str, *, as_of: Instant = None, weeks: int = WEEKS
    ) -> pd.DataFrame:
        """Tell what two signals say together, and by how much that differs from their sum.

        Parameters
        ----------
        first, second : str
            Signals or features, of two different signals.
        as_of, weeks
            As of `signal_importance`.

        Returns
        -------
        DataFrame
            value_1, value_2, prospects, probability, beyond_sum: see
            `predictor.explanation.partial_dependence.pair_dependence`. Its ``attrs`` name the
            leading ``features`` and the ``share`` of the variation that is beyond the sum.
        """
        looks = self._looks(self._instant(as_of), weeks)
        one, other = looks.moved_together(first), looks.moved_together(second)
        if one[1] == other[1]:
            raise SnapshotError(f"'{first}' and '{second}' are one signal: give two different ones")
        table = dependence.pair_dependence(looks.predict, looks.features, one, other)
        table.attrs["features"] = (one[0], other[0])
        table.attrs["share"] = dependence.interaction_share(table)
        return table

    def drift(self, as_of: Instant = None) -> pd.DataFrame:
        """Compare the open prospects with those that were open at the training instant.

        Returns
        -------
        DataFrame
            One row a feature, and one for the probability; see
            `predictor.evaluation.drift.drift_table`.
        """
        return reviewing.drift(self.crm, self.config, self.registered, self._instant(as_of))

    def score_drift(self, as_of: Instant = None) -> pd.DataFrame:
        """Tell which signals moved the mean probability of the open prospects since the training.

        Returns
        -------
        DataFrame
            signal, mean_before, mean_now, change; the changes add up to that of the mean.
        """
        return reviewing.score_drift(self.crm, self.config, self.registered, self._instant(as_of))

    def review(self, champion: OpenedModel | None = None, until: Instant = None) -> Report:
        """Test the model on everything after its training: calibration, lift, worth, slices.

        Parameters
        ----------
        champion : OpenedModel, optional
            Compared on the same snapshots; trained no later than this model.
        until : str or datetime, optional
            End of the follow-up.

        Returns
        -------
        Report
            `predictor.plots.review` draws it.

        Raises
        ------
        HorizonError
            If what came after the training is followed for less than every horizon; `testable`
            gives a model that can be tested.
        SnapshotError
            If the champion was trained later.
        """
        rival = champion.registered if champion else None
        end = self._instant(until)
        return reviewing.review(self.crm, self.config, self.registered, rival, end)

    def testable(self, until: Instant = None) -> OpenedModel:
        """Return this model or, where too little came after it, one like it trained earlier.

        A forward test needs outcomes up to the horizon after the training. A model of the same
        configuration, trained so far back, stands in for one that is younger.
        """
        latest = rolling_origins(self.config, self._instant(until))[-1]
        return self if self.predictor.trained_as_of <= latest else self.retrained(latest)

    def predecessor(self) -> OpenedModel:
        """Train the same configuration one horizon earlier: the model of somebody who waited."""
        horizon = timedelta(days=self.config.horizon_days)
        return self.retrained(self.predictor.trained_as_of - horizon)

    def retrained(self, as_of: Instant) -> OpenedModel:
        """Train the same configuration at another instant; nothing is registered."""
        instant = self._instant(as_of)
        predictor = fit_predictor(self.crm, self.config, instant)
        named = RegisteredPredictor(predictor, f"{self.config.name} of {instant:%Y-%m-%d}")
        return OpenedModel(self.config, self.crm, named)

    def _looks_at(self, prospect_ids: list[str], instant: datetime) -> WeeklyLooks:
        """Look at the open prospects, among whom all of these must be."""
        looks = self._looks(instant, 1)
        known = set(looks.people["prospect_id"])
        for stranger in (name for name in prospect_ids if name not in known):
            raise SnapshotError(why_not_open(self.crm, stranger, instant))
        return looks

    def _looks(self, instant: datetime, weeks: int) -> WeeklyLooks:
        key = instant, weeks
        if key not in self._looked:
            self._looked[key] = look(self.crm, self.config, self.predictor, instant, weeks)
        return self._looked[key]

    def _instant(self, as_of: Instant) -> datetime:
        if as_of is None:
            return self.crm.last_instant()
        instant: datetime = pd.Timestamp(as_of).to_pydatetime()
        return instant
