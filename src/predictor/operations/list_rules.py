"""What the configuration says of lists, in the terms of `predictor.lists`."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from predictor.features.catalogue import Text
from predictor.features.wording import quoted
from predictor.lists.bands import BandRule
from predictor.lists.capacity import Capacity
from predictor.lists.exploration import Exploration
from predictor.lists.follow_up_rules import FollowUp, check_signals
from predictor.lists.follow_ups import suggest
from predictor.lists.ranking import Ranked, rank
from predictor.lists.signal_facts import signal_facts
from predictor.lists.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    import pandas as pd

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.explanation.reasons import Reasons
    from predictor.features.catalogue import Feature
    from predictor.lists.previous import Previous


def band_rule(config: Config) -> BandRule:
    """Return the rule of the bands that the configuration asks for."""
    bands = config.bands
    return BandRule(bands.by, bands.hot, bands.warm, bands.margin, bands.warm_weeks)


def follow_up_rules(config: Config) -> list[FollowUp]:
    """Return the configuration's own rules of follow-ups, in its order."""
    return [
        FollowUp(
            en=rule.en or rule.fr or "",
            fr=rule.fr or rule.en or "",
            band=rule.band,
            signal=rule.signal,
            missing=rule.missing,
            points=rule.points,
        )
        for rule in config.follow_ups
    ]


def check_follow_ups(config: Config, catalogue: Sequence[Feature]) -> None:
    """Refuse rules of follow-ups about signals that the model does not have.

    Raises
    ------
    ConfigurationError
        Names the rule and the closest signal.
    """
    check_signals(follow_up_rules(config), [feature.signal.name for feature in catalogue])


def suggested_follow_ups(
    config: Config,
    catalogue: Sequence[Feature],
    reasons: Reasons,
    features: pd.DataFrame,
) -> pd.DataFrame:
    """Suggest follow-ups for scored prospects, whichever band they come to have.

    Parameters
    ----------
    config : Config
        Its rules, and the language.
    catalogue : sequence of Feature
        Of the model.
    reasons : Reasons
        What a reader is told of them: follow-ups refer to nothing else.
    features : pd.DataFrame, shape (n, n_features)
        Of the same prospects.

    Returns
    -------
    pd.DataFrame, shape (n, 3)
        `predictor.lists.follow_ups.FOLLOW_UP_COLUMNS`, with the index of `features`.
    """
    facts = signal_facts(reasons, catalogue, features)
    return suggest(follow_up_rules(config), facts, config.language).set_axis(features.index)


def rank_as_configured(
    config: Config, scored: pd.DataFrame, as_of: datetime, previous: Previous | None
) -> Ranked:
    """Rank scored prospects as the configuration says.

    Parameters
    ----------
    config : Config
        Ranking, bands, capacity, exploration, language.
    scored : pd.DataFrame
        See `predictor.lists.ranking.SCORED_COLUMNS`.
    as_of : datetime
        The instant of the scoring.
    previous : Previous, optional
        The run before, from whose bands hysteresis starts.
    """
    capacity = config.capacity
    work = Work(
        capacity=Capacity(capacity.per_owner, capacity.owners, capacity.territories),
        exploration=Exploration(config.exploration.share, config.seed, as_of),
        previous_bands=None if previous is None else _bands(previous.table),
    )
    return rank(scored, config.ranking.by, band_rule(config), config.language, work)


def _bands(table: pd.DataFrame) -> pd.Series:
    return table.set_index("prospect_id")["band"]


def strangers_in_capacity(config: Config, crm: Crm) -> Iterator[Text]:
    """Tell each owner and territory with a capacity whom the CRM does not know, in a note each.

    This is no mistake that stops a run: people leave.
    """
    for key, column in (("owners", "owner"), ("territories", config.territory)):
        named = getattr(config.capacity, key)
        if not named or column is None:
            continue
        found = crm.connection.execute(crm.prospects.select(column).distinct())
        known = [str(value) for value in found[column].dropna()]
        for name in named:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                en, fr = "", ""
                if close:
                    en = f"; did you mean '{close[0]}'?"
                    fr = f" ; vouliez-vous dire {quoted(close[0])} ?"
                yield Text(
                    f"capacity.{key}: no prospect has the {column} '{name}'{en}",
                    f"capacity.{key} : aucun prospect n'a {quoted(name)} comme {column}{fr}",
                )
