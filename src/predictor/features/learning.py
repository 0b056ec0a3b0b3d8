"""Chooses, at training, the features that the data supports, and the rates they are drawn to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import ibis
import pandas as pd

from predictor.config_features import Family
from predictor.crm.contract import FACT_TABLES
from predictor.errors import ContractError
from predictor.features.facts import DAY_US, facts_of
from predictor.features.local_time import off_hours, weekend
from predictor.features.relations.interactions import is_inbound
from predictor.features.specification import (
    CALENDAR,
    OTHER_TYPES,
    Attribute,
    FeatureSpecification,
    Question,
    Ratio,
    Stage,
)
from predictor.features.vocabulary import CONCEPT_OF, USUAL_SCALES

if TYPE_CHECKING:
    from predictor.config import Config
    from predictor.config_features import QuestionConfig
    from predictor.crm.crm import Crm

#: Columns that stand beside the attributes when features are computed.
_ENGINE_NAMES = ("snapshot_id", "as_of_us", "at_us", "known_us", "age_us")
#: Days of history from which a feature of the calendar is more than another name for a date.
_LEAST_DAYS = {"weekday": 0, "days_to_quarter_end": 365, "month": 730}
#: The column of the contract that is declared among the attributes.
ACCOUNT = "account_id"


def learn_specification(crm: Crm, config: Config) -> FeatureSpecification:
    """Choose the features that the data supports.

    Parameters
    ----------
    crm : Crm
        The CRM as known at the training instant (`Crm.known_at`), so that the choice knows no more.
    config : Config
        Windows, half-life, number of types, grids, stages and declared attributes.

    Raises
    ------
    ContractError
        If a declared attribute is no column of the prospects, or is a date.
    """
    chosen = config.features
    # Before its creation nobody knew a prospect, nor what it had done.
    crm = replace(
        crm,
        **{
            table.name: crm.tables[table.name].semi_join(crm.prospects, "prospect_id")
            for table in FACT_TABLES
        },
    )
    counts = _type_counts(crm)
    types, other_types = _named_types(counts, chosen.max_types)
    timed = counts.index[counts["seconds"] > 0]
    rates = _rates(crm, chosen.time_zone)
    return FeatureSpecification(
        families=tuple(name for name in get_args(Family) if name not in chosen.leave_out),
        windows_days=chosen.windows_days,
        half_life_days=chosen.half_life_days,
        types=types,
        timed_types=tuple(type_ for type_ in types if type_ in timed),
        other_types=other_types,
        strong_types=tuple(type_ for type_ in chosen.strong_types if type_ in types),
        ratios=_ratios(config, counts.loc[list(types), "rows"]),
        channels=bool(rates["channels"] > 0),
        inbound_rate=rates["inbound"] / rates["directed"] if rates["directed"] else None,
        time_zone=chosen.time_zone,
        weekend_rate=rates["weekend"] / max(rates["rows"], 1),
        off_hours_rate=rates["off_hours"] / max(rates["hours_known"], 1),
        questions=_questions(crm, config),
        stages=_stages(crm, config.stages),
        attributes=tuple(_attribute(crm, n) for n in sorted(config.attributes) if n != ACCOUNT),
        accounts=ACCOUNT in config.attributes,
        calendar=_calendar(crm),
    )


def _type_counts(crm: Crm) -> pd.DataFrame:
    """Return rows and seconds of each interaction type, the most frequent first."""
    interactions = crm.interactions
    found: pd.DataFrame = crm.connection.execute(
        interactions.group_by("type")
        .agg(rows=interactions.count(), seconds=interactions.duration_seconds.fill_null(0).sum())
        .order_by([ibis.desc("rows"), "type"])
    )
    return found.set_index("type")


def _named_types(counts: pd.DataFrame, max_types: int) -> tuple[tuple[str, ...], bool]:
    rest = len(counts) > max_types
    # A type that is itself called 'other' is one of the rest.
    names = [name for name in counts.index if not (rest and name == OTHER_TYPES)]
    return tuple(names[:max_types]), rest


def _rates(crm: Crm, time_zone: str) -> dict[str, float]:
    """Count what the portfolio's rates are made of."""
    interactions = facts_of(crm).interactions
    inbound = is_inbound(interactions.direction)
    late = off_hours(interactions.at_us, time_zone)
    counted = interactions.aggregate(
        rows=interactions.count(),
        channels=interactions.channel.count(),
        directed=interactions.direction.count(),
        inbound=interactions.count(where=inbound),
        weekend=interactions.count(where=weekend(interactions.at_us, time_zone)),
        hours_known=late.count(),
        off_hours=interactions.count(where=late),
    )
    found = crm.connection.execute(counted).iloc[0]
    return {str(name): float(value) for name, value in found.items()}


def _ratios(config: Config, rows: pd.Series) -> tuple[Ratio, ...]:
    """Return the ratios all of whose types have a name, with their values over all prospects."""
    found = []
    for name, ratio in config.features.ratios.items():
        if not {*ratio.of, *ratio.among} <= {*rows.index}:
            continue
        rate = rows[list(ratio.of)].sum() / rows[list(ratio.among)].sum()
        found.append(Ratio(name, ratio.of, ratio.among, float(rate)))
    return tuple(found)


def _questions(crm: Crm, config: Config) -> tuple[Question, ...]:
    answers = crm.answers
    seen = crm.connection.execute(
        answers.group_by("grid", "question")
        .agg(answers=answers.answer.collect(distinct=True))
        .order_by("grid", "question")
    )
    return tuple(
        _question(grid, question, sorted(texts), config.grids.get(grid, {}).get(question))
        for grid, question, texts in seen.itertuples(index=False, name=None)
    )


def _question(grid: str, name: str, answers: list[str], said: QuestionConfig | None) -> Question:
    concept = said.concept if said and said.concept else CONCEPT_OF.get(name.lower())
    order = said.answers if said else ()
    if not order:
        lowered = {answer.lower() for answer in answers}
        order = next((scale for scale in USUAL_SCALES if lowered <= {*scale}), ())
        place = {text: number for number, text in enumerate(order)}
        scored = [(answer, place[answer.lower()]) for answer in answers] if order else []
    else:
        scored = [(answer, number) for number, answer in enumerate(order)]
    best = max(len(order) - 1, 1)
    return Question(grid, name, concept, tuple((text, number / best) for text, number in scored))


def _stages(crm: Crm, order: tuple[str, ...]) -> tuple[Stage, ...]:
    """Return the stages in order: as configured, then as prospects mostly enter them."""
    facts = facts_of(crm).stages
    entry = ibis.window(
        group_by=facts.prospect_id, order_by=[facts.at_us, facts.known_us, facts.stage]
    )
    stays = facts.mutate(
        left_us=facts.at_us.lead().over(entry), next=facts.stage.lead().over(entry)
    )
    days = (stays.left_us - stays.at_us).cast("float64") / float(DAY_US)
    usual = stays.group_by("stage").agg(
        usual_days=days.quantile(0.5, where=(stays.next != stays.stage) & (days > 0)),
    )
    first = facts.group_by("prospect_id", "stage").agg(first_us=facts.at_us.min())
    before = ibis.row_number().over(
        group_by=first.prospect_id, order_by=[first.first_us, first.stage]
    )
    entered = first.mutate(before=before)
    places = entered.group_by("stage").agg(place=entered.before.mean())
    found = crm.connection.execute(usual.join(places, "stage").order_by(["place", "stage"]))
    usual_days = dict(zip(found["stage"], found["usual_days"], strict=True))
    names = [*(name for name in order), *(name for name in usual_days if name not in order)]
    return tuple(
        Stage(name, None if pd.isna(days) else float(days))
        for name, days in ((name, usual_days.get(name)) for name in names if usual_days)
    )


def _calendar(crm: Crm) -> tuple[str, ...]:
    """Return what comes round often enough for the time that prospects have been created in."""
    created_us = facts_of(crm).prospects.at_us
    span_us = crm.connection.execute(created_us.max() - created_us.min())
    days = 0.0 if pd.isna(span_us) else span_us / DAY_US
    return tuple(name for name in CALENDAR if days >= _LEAST_DAYS[name])


def _attribute(crm: Crm, name: str) -> Attribute:
    if name not in crm.attribute_names:
        raise ContractError(
            f"attribute '{name}' is declared in the configuration, but the prospects have no such "
            f"column; they have {', '.join(crm.attribute_names) or 'no attributes'}"
        )
    if name.lower() in _ENGINE_NAMES:
        raise ContractError(
            f"attribute '{name}' has a name that the feature engine uses itself; "
            "rename it in the SQL of prospects"
        )
    kind = crm.prospects[name].type()
    if kind.is_temporal():
        raise ContractError(
            f"attribute '{name}' is a date; turn it into a number or a text in the SQL of prospects"
        )
    return Attribute(name, "numeric" if kind.is_numeric() else "categorical")
