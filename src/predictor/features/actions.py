"""What a salesperson can do next: ask a question, or bring an interaction about.

Marks the actionable signals. A question can always be asked. Of the usual interaction types those
are marked that the team may offer or do; what prospects do of their own accord (opening an e-mail,
visiting a page) is not. `labels` of the configuration add to both. A stage is no step: it records
how far the sale has come, and whoever moves it in the CRM has sold nothing yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import Text
from predictor.features.vocabulary import question_label

if TYPE_CHECKING:
    from predictor.features.vocabulary import Labels

QUESTION_ACTIONS: dict[str, Text] = {
    "budget": Text("Ask about budget", "Demander le budget"),
    "money": Text("Ask about budget", "Demander le budget"),
    "authority": Text("Ask who decides", "Demander qui décide"),
    "need": Text("Ask about the need", "Demander le besoin"),
    "challenges": Text("Ask about the challenges", "Faire préciser les difficultés à résoudre"),
    "goals": Text("Ask about the goals", "Demander les objectifs"),
    "plans": Text("Ask about the plans", "Demander les projets"),
    "timing": Text("Ask about timing", "Demander l'échéance"),
    "timeline": Text("Ask about the timeline", "Demander le calendrier"),
    "prioritization": Text("Ask how high the priority is", "Demander le degré de priorité"),
}
TYPE_ACTIONS: dict[str, Text] = {
    "call": Text("Call", "Appeler"),
    "meeting": Text("Propose a meeting", "Proposer un rendez-vous"),
    "demo_request": Text("Offer a demo", "Proposer une démo"),
    "quote_request": Text("Offer a quote", "Proposer un devis"),
    "webinar_attendance": Text("Bring to a webinar", "Faire venir à un webinaire"),
    "event_attendance": Text("Invite to an event", "Inviter à un événement"),
    "whitepaper_download": Text("Offer a white paper", "Proposer un livre blanc"),
    "newsletter_signup": Text("Offer the newsletter", "Proposer la newsletter"),
}


def question_action(question: str, labels: Labels) -> Text:
    r"""Return how to ask a question of a qualification grid.

    Examples
    --------
    >>> question_action("budget", {}).fr, question_action("legal_form", {}).fr
    ('Demander le budget', 'Poser la question «\xa0legal form\xa0»')
    """
    said = _own(question, labels)
    if said is not None:
        return said
    if question.lower() in QUESTION_ACTIONS and question not in labels:
        return QUESTION_ACTIONS[question.lower()]
    label = question_label(question, labels)
    return Text(f"Ask about {label.en}", f"Poser la question «\u00a0{label.fr}\u00a0»")


def type_action(interaction_type: str, labels: Labels) -> Text | None:
    """Return how to bring an interaction about; None where that is not the team's to do.

    Examples
    --------
    >>> type_action("meeting", {}).en, type_action("email_open", {})
    ('Propose a meeting', None)
    """
    return _own(interaction_type, labels) or TYPE_ACTIONS.get(interaction_type)


def _own(name: str, labels: Labels) -> Text | None:
    label = labels.get(name)
    if label is None or label.action_en is None:
        return None
    return Text(label.action_en, label.action_fr or label.action_en)
