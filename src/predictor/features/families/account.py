"""Account: what became of the other prospects of the same account."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from predictor.features.catalogue import (
    Feature,
    Relation,
    Signal,
    Text,
    Unit,
    Values,
    define,
    is_missing,
)
from predictor.features.families.amounts import days_of
from predictor.features.relations.prospects import same_account
from predictor.features.wording import several

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels

_UNKNOWN = Text("no account filled in", "compte non renseigné")


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of the account, if its prospects may be looked at."""
    del labels  # accounts have no words of their own
    if not specification.accounts:
        return []
    signal = Signal("account", Text("account", "compte"), _phrase)

    def feature(
        name: str,
        unit: Unit,
        text: Text,
        expression: Callable[[ir.Table], ir.Value],
        missing: Text = _UNKNOWN,
    ) -> Feature:
        relation = Relation(same_account, of_everyone=True)
        return define(signal, relation, name, unit, text, expression, missing)

    return [
        feature(
            "account_prospects",
            "count",
            Text("Number of other prospects of the account", "Autres prospects du compte"),
            lambda account: account.prospects,
        ),
        feature(
            "account_won",
            "count",
            Text(
                "Number of other prospects of the account known as won",
                "Autres prospects du compte connus comme gagnés",
            ),
            lambda account: account.won,
        ),
        feature(
            "account_lost",
            "count",
            Text(
                "Number of other prospects of the account known as lost",
                "Autres prospects du compte connus comme perdus",
            ),
            lambda account: account.lost,
        ),
        feature(
            "account_days_since_won",
            "days",
            Text("Days since the account's latest win", "Jours depuis le dernier gain du compte"),
            lambda account: days_of(account.won_age_us),
            Text(
                "no win known, or no account filled in", "aucun gain connu, ou compte non renseigné"
            ),
        ),
        feature(
            "account_people",
            "count",
            Text(
                "Number of the account's prospects, this one included, with an interaction",
                "Prospects du compte, celui-ci compris, avec une interaction",
            ),
            lambda account: account.touched,
        ),
    ]


def _phrase(values: Values) -> Text:
    if is_missing(values["account_prospects"]):
        return Text("Account not filled in", "Compte non renseigné")
    counts = (values["account_prospects"], values["account_won"], values["account_lost"])
    return _said(*map(int, counts))


@lru_cache(maxsize=4096)
def _said(others: int, won: int, lost: int) -> Text:
    if others == 0:
        return Text("No other prospect of the account", "Aucun autre prospect du compte")
    counted = several(
        others,
        Text("other prospect", "autre prospect"),
        Text("other prospects", "autres prospects"),
    )
    gained, missed = _became(won, "won", "gagné"), _became(lost, "lost", "perdu")
    return Text(
        f"{counted.en} of the account ({gained.en}, {missed.en})",
        f"{counted.fr} du compte ({gained.fr}, {missed.fr})",
    )


def _became(count: int, en: str, fr: str) -> Text:
    if count == 0:
        return Text(f"none {en}", f"aucun {fr}")
    return several(count, Text(en, fr), Text(en, f"{fr}s"))
