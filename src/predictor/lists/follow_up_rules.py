"""Rules that suggest a follow-up: those that are built in, and what a rule may say."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, NamedTuple

from predictor.errors import ConfigurationError
from predictor.features.vocabulary import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Band = Literal["hot", "warm", "cold"]

SILENCE = "silence"
"""Counts as a signal here: activity or rhythm takes points, and nothing happened of late."""


@dataclass(frozen=True)
class FollowUp:
    """One rule: what to do with a prospect of a band whose reasons name a signal.

    Attributes
    ----------
    en, fr : str
        The suggestion.
    band : {"hot", "warm", "cold"}, optional
        By default every band.
    signal : str, optional
        Name of a signal; ``*`` stands for any letters. By default whatever the reasons are.
    missing : bool
        Fits where the fact of the signal is missing (never asked for a quote, budget not known)
        instead of where it is there.
    points : {"up", "down"}, optional
        Fits only where the signal adds to the probability, or takes from it.
    """

    en: str
    fr: str
    band: Band | None = None
    signal: str | None = None
    missing: bool = False
    points: Literal["up", "down"] | None = None

    def names(self, signal: str) -> bool:
        """Say whether the rule is about a signal."""
        return self.signal is not None and fnmatchcase(signal, self.signal)


def check_signals(rules: Sequence[FollowUp], signals: Iterable[str]) -> None:
    """Refuse a rule that names a signal which is none.

    The usual interaction types are accepted: a CRM may come to have some.

    Parameters
    ----------
    rules : sequence of FollowUp
        Those of the configuration, in its order.
    signals : iterable of str
        Signals of the model.

    Raises
    ------
    ConfigurationError
        Names the rule and the closest signal.
    """
    known = list(dict.fromkeys([*signals, SILENCE, *WORDS]))
    for number, rule in enumerate(rules, 1):
        if rule.signal is None or any(rule.names(name) for name in known):
            continue
        close = difflib.get_close_matches(rule.signal, known, n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        raise ConfigurationError(
            f"follow_ups: rule {number} names the signal '{rule.signal}', which the model does not "
            f"have; {hint}valid: {', '.join(sorted(known))}"
        )


class _Pair(NamedTuple):
    en: str
    fr: str


def _rules(
    signals: Sequence[str | None],
    *,
    missing: bool = False,
    **texts: _Pair,
) -> list[FollowUp]:
    """Return a rule per signal and band; the keywords are the bands."""
    bands: dict[str, Band] = {"hot": "hot", "warm": "warm", "cold": "cold"}
    return [
        FollowUp(text.en, text.fr, bands[band], signal, missing=missing)
        for signal in signals
        for band, text in texts.items()
    ]


def _questions(*names: str) -> list[str]:
    return [f"answer_*_{name}" for name in names]


BUILT_IN: tuple[FollowUp, ...] = (
    *_rules(
        ["quote_request"],
        hot=_Pair("Call about the quote", "Appeler au sujet du devis"),
        warm=_Pair("Call about the quote", "Appeler au sujet du devis"),
        cold=_Pair("Ask where the quote stands", "Demander où en est le devis"),
    ),
    *_rules(
        ["demo_request"],
        hot=_Pair("Arrange the demo", "Organiser la démo"),
        warm=_Pair("Arrange the demo", "Organiser la démo"),
        cold=_Pair("Offer another date for the demo", "Proposer une autre date pour la démo"),
    ),
    *_rules(
        ["meeting", "call"],
        hot=_Pair("Call to agree on the next step", "Appeler pour convenir de la suite"),
        warm=_Pair("Write to agree on the next step", "Écrire pour convenir de la suite"),
    ),
    *_rules(
        ["email_reply"],
        hot=_Pair("Answer the e-mail personally", "Répondre personnellement à l'e-mail"),
        warm=_Pair("Answer the e-mail personally", "Répondre personnellement à l'e-mail"),
    ),
    *_rules(
        ["price_page_visit"],
        hot=_Pair("Call with a price example", "Appeler avec un exemple de prix"),
        warm=_Pair("Send a price example", "Envoyer un exemple de prix"),
    ),
    *_rules(
        ["webinar_attendance", "webinar_registration"],
        hot=_Pair("Call about the webinar", "Appeler au sujet du webinaire"),
        warm=_Pair("Send the slides of the webinar", "Envoyer les supports du webinaire"),
    ),
    *_rules(
        ["event_attendance"],
        hot=_Pair("Call about the event", "Appeler au sujet de l'événement"),
        warm=_Pair("Send something about the event", "Envoyer un contenu sur l'événement"),
    ),
    *_rules(
        ["whitepaper_download"],
        hot=_Pair("Call about the white paper", "Appeler au sujet du livre blanc"),
        warm=_Pair("Send a customer case", "Envoyer un cas client"),
    ),
    *_rules(
        ["concept_money", *_questions("budget", "money")],
        missing=True,
        hot=_Pair("Call and ask for the budget", "Appeler et demander le budget"),
        warm=_Pair("Ask for the budget", "Demander le budget"),
    ),
    *_rules(
        ["concept_authority", *_questions("authority", "decision_maker")],
        missing=True,
        hot=_Pair("Call and ask who decides", "Appeler et demander qui décide"),
        warm=_Pair("Ask who decides", "Demander qui décide"),
    ),
    *_rules(
        ["concept_timing", *_questions("timing", "timeline", "prioritization", "priority")],
        missing=True,
        hot=_Pair("Call and ask for the date", "Appeler et demander l'échéance"),
        warm=_Pair("Ask for the date", "Demander l'échéance"),
    ),
    *_rules(
        ["concept_need", *_questions("need", "needs", "challenges", "goals", "plans")],
        missing=True,
        hot=_Pair("Call and ask about the need", "Appeler et faire préciser le besoin"),
        warm=_Pair("Ask about the need", "Faire préciser le besoin"),
    ),
    *_rules(
        [SILENCE],
        hot=_Pair("Call to get back in touch", "Appeler pour reprendre contact"),
        warm=_Pair("Get back in touch", "Reprendre contact"),
        cold=_Pair(
            "Reactivate: ask whether the project is still on",
            "Relancer : demander si le projet est toujours d'actualité",
        ),
    ),
    *_rules(
        ["activity"],
        missing=True,
        hot=_Pair("Call for a first contact", "Appeler pour un premier contact"),
        warm=_Pair("Make the first contact", "Prendre un premier contact"),
        cold=_Pair("Send a first message", "Envoyer un premier message"),
    ),
    *_rules(
        [None],
        hot=_Pair(
            "Contact personally, today or tomorrow",
            "Contacter personnellement, aujourd'hui ou demain",
        ),
        warm=_Pair("Send informative content", "Envoyer un contenu informatif"),
        cold=_Pair("Reactivate with a short message", "Relancer par un court message"),
    ),
)
"""What is suggested where the configuration says nothing else; every band has a last resort."""
