"""One prospect's story as of an instant."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from predictor.crm.crm import read_crm
from predictor.errors import SnapshotError
from predictor.explanation.interactions import explain_pairs
from predictor.explanation.reasons import LEAST_REASON, choose
from predictor.explanation.rows import rows_of
from predictor.lists.folders import run_name
from predictor.operations.change_story import ChangeStory, tell_change
from predictor.operations.facts import facts_in_words
from predictor.operations.registry import load_predictor
from predictor.operations.scoring import score

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.model.predictor import TrainedPredictor
    from predictor.operations.scoring import Scores
    from predictor.operations.training import Step

RECENT = 8
#: In either direction.
SIGNALS_SHOWN = 5


@dataclass(frozen=True)
class Story:
    """What can be told of a prospect.

    Attributes
    ----------
    language : str
        ``en`` or ``fr``.
    row : pd.Series
        The prospect's row of the scored frame.
    portfolio_probability : float
        The portfolio's mean P.
    signals : pd.DataFrame
        signal, contribution, reason; a few for it and against it, the largest of each first, no
        two of which tell the same fact.
    recent : pd.DataFrame
        at, what: the latest facts known at as_of, the newest first.
    created_at : datetime
        Creation of the prospect.
    facts_known : int
        Number of interactions, answers and stages known at as_of.
    change : ChangeStory or None
        The change since the latest run before, where one has the prospect in its list.
    next_steps : pd.DataFrame
        What could change the score; see `predictor.explanation.next_steps`.
    pairs : pd.DataFrame or None
        first, second (what people call the signals), contribution; where it was asked for.
    """

    language: str
    row: pd.Series
    portfolio_probability: float
    signals: pd.DataFrame
    recent: pd.DataFrame
    created_at: datetime
    facts_known: int
    change: ChangeStory | None
    next_steps: pd.DataFrame
    pairs: pd.DataFrame | None = None


def tell(
    config: Config,
    prospect_id: str,
    as_of: datetime | None,
    step: Step,
    *,
    model_uri: str | None = None,
    pairs: bool = False,
) -> Story:
    """Tell one prospect's story; with `pairs`, also which pairs of signals matter together.

    Raises
    ------
    SnapshotError
        If there is no such open prospect at the instant; says why, or names close ids.
    """
    step("loading the model")
    registered = load_predictor(config, model_uri)
    step("reading the source")
    crm = read_crm(config)
    as_of = as_of or crm.last_instant()
    step("explaining")
    scores = score(crm, config, registered.predictor, registered.version, as_of, prospect_id)
    if scores.frame.empty:
        raise SnapshotError(why_not_open(crm, prospect_id, as_of))
    facts = facts_in_words(crm.known_at(as_of), config, [prospect_id])
    created_at = crm.connection.execute(
        crm.prospects.filter(crm.prospects.prospect_id == prospect_id).created_at.max()
    )
    return Story(
        language=config.language,
        row=scores.frame.iloc[0],
        portfolio_probability=scores.contributions.portfolio_probability,
        signals=_worth_telling(scores),
        recent=facts.head(RECENT),
        created_at=created_at,
        facts_known=len(facts),
        change=tell_change(
            config.output_folder / run_name(as_of), crm, config, registered, scores, as_of
        ),
        next_steps=scores.next_steps,
        pairs=_pairs(config, registered.predictor, scores) if pairs else None,
    )


def _pairs(config: Config, predictor: TrainedPredictor, scores: Scores) -> pd.DataFrame:
    """Return the strongest pairs of signals by their labels: first, second, contribution."""
    found = explain_pairs(
        predictor.model,
        scores.features,
        predictor.portfolio,
        config.horizon_days,
        predictor.catalogue(config.labels),
    )
    labels = {signal.name: signal.label[config.language] for signal in found.signals}
    return found.strongest().assign(
        first=lambda pairs: pairs["first"].map(labels),
        second=lambda pairs: pairs["second"].map(labels),
    )


def _worth_telling(scores: Scores) -> pd.DataFrame:
    """Return the signals for the one prospect and against it that a story tells."""
    explained = scores.contributions
    values = explained.values[0]
    direction = 1.0 if explained.probability[0] >= explained.portfolio_probability else -1.0
    (row,) = rows_of(scores.features)
    most, least = (SIGNALS_SHOWN, SIGNALS_SHOWN), (LEAST_REASON, LEAST_REASON)
    chosen, against = choose(explained.signals, row, values, direction, most, least)
    return scores.reasons.table.iloc[[*chosen, *against]]


def why_not_open(crm: Crm, prospect_id: str, as_of: datetime) -> str:
    """Say why a prospect is not among the open ones at an instant, or name close ids."""
    when = f"as of {as_of:%Y-%m-%d}"
    people, outcomes, rejected = crm.prospects, crm.known_at(as_of).outcomes, crm.quarantine
    closed = crm.connection.execute(outcomes.filter(outcomes.prospect_id == prospect_id))
    if len(closed):
        first = closed.iloc[0]
        return (
            f"prospect '{prospect_id}' is not open {when}: it was {first['outcome']} on "
            f"{first['closed_at']:%Y-%m-%d}; give an earlier --as-of"
        )
    found = crm.connection.execute(people.filter(people.prospect_id == prospect_id))
    if len(found):
        created_at = found.iloc[0]["created_at"]
        if created_at >= as_of:
            return (
                f"prospect '{prospect_id}' was only created on {created_at:%Y-%m-%d}; "
                "give a later --as-of"
            )
        return f"prospect '{prospect_id}' counts as lost {when} (lost_after_silence_days)"
    aside = crm.connection.execute(
        rejected.filter((rejected.prospect_id == prospect_id) & (rejected.table == "prospects"))
    )
    if len(aside):
        return f"prospect '{prospect_id}' is in the quarantine: {aside.iloc[0]['reason']}"
    ids = crm.connection.execute(people.select("prospect_id"))["prospect_id"].tolist()
    close = difflib.get_close_matches(prospect_id, ids, n=3)
    hint = f"; did you mean {', '.join(close)}?" if close else ""
    return f"no prospect '{prospect_id}' in the source{hint}"
