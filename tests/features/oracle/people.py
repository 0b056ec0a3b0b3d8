"""Who the prospect is: its attributes, its account, its age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from features.oracle.known import DAY_US
from support.histories import happened_at

if TYPE_CHECKING:
    from features.oracle.known import Known, Values
    from support.histories import Outcome, Prospect

    from predictor.features.specification import FeatureSpecification

#: The share of a value's few prospects is drawn towards that of all as by so many more of them.
SHRINKAGE = 20


def fit(known: Known, specification: FeatureSpecification) -> Values:
    """Return each attribute, and for a text the share of its prospects that were won so far."""
    values: Values = {}
    for attribute in specification.attributes:
        value = _attribute(known.prospect, attribute.name)
        values[f"attribute_{attribute.name}"] = _shown(value)
        if attribute.kind == "categorical":
            rate = _won_rate(known, attribute.name, value)
            values[f"attribute_{attribute.name}_won_rate"] = rate
    return values


def _attribute(prospect: Prospect | None, name: str) -> Any:
    return None if prospect is None else dict(prospect.attributes).get(name)


def _shown(value: Any) -> float | str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return value


def _won_rate(known: Known, name: str, value: Any) -> float | None:
    decided = known.outcomes()
    if value is None or not decided:
        return None
    alike = [
        outcome
        for outcome in decided
        if _attribute(known.crm.prospects[outcome.prospect_id].fact, name) == value
    ]
    overall = _won(decided) / len(decided)
    return (_won(alike) + SHRINKAGE * overall) / (len(alike) + SHRINKAGE)


def _won(outcomes: list[Outcome]) -> int:
    return sum(outcome.outcome == "won" for outcome in outcomes)


def account(known: Known, specification: FeatureSpecification) -> Values:
    """Return what is known of the other prospects of the account."""
    if not specification.accounts:
        return {}
    names = ("prospects", "won", "lost", "days_since_won", "people")
    if known.prospect is None or known.prospect.account_id is None:
        return {f"account_{name}": None for name in names}
    account_id = known.prospect.account_id
    members = {p.prospect_id for p in known.people() if p.account_id == account_id}
    others = members - {known.prospect.prospect_id}
    decided = [outcome for outcome in known.outcomes() if outcome.prospect_id in others]
    won = [outcome for outcome in decided if outcome.outcome == "won"]
    ages_us = [known.age_us(happened_at(outcome)) for outcome in won]
    return {
        "account_prospects": len(others),
        "account_won": len(won),
        "account_lost": len(decided) - len(won),
        "account_days_since_won": min(ages_us) / DAY_US if ages_us else None,
        "account_people": sum(known.has_interaction(member) for member in members),
    }


def age(known: Known, specification: FeatureSpecification) -> Values:
    """Return the days since the prospect was created."""
    return {"age_days": None if known.prospect is None else known.age_days(known.prospect)}
