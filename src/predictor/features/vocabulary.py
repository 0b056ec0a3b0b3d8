"""What people call the usual interaction types and questions, in English and French.

A business names its own types with `labels` in its configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from predictor.config_types import LabelConfig
from predictor.features.catalogue import Text
from predictor.features.wording import of_french, quoted


@dataclass(frozen=True)
class Word:
    """How people speak of an interaction type.

    Attributes
    ----------
    noun : Text
        One of them: 'quote request'.
    plural : Text
        Several of them.
    did : Text
        That it happened: 'Asked for a quote'.
    never : Text
        That it did not: 'Has not asked for a quote yet'.
    """

    noun: Text
    plural: Text
    did: Text
    never: Text

    @property
    def counted(self) -> Text:
        """Several of them after a number; a business says no plural of its own words."""
        if self.plural != self.noun:
            return self.plural
        return Text(f"\u00d7 {self.noun.en}", f"\u00d7 {self.noun.fr}")


def _word(*said: str) -> Word:
    """Return a word: noun, plural, did in English and in French, then never in both."""
    noun, plural, did, nom, pluriel, fait, never, jamais = said
    return Word(Text(noun, nom), Text(plural, pluriel), Text(did, fait), Text(never, jamais))


WORDS: dict[str, Word] = {
    "email_sent": _word(
        "e-mail from us", "e-mails from us", "We sent an e-mail",
        "e-mail de notre part", "e-mails de notre part", "Nous avons envoyé un e-mail",
        "We have not sent an e-mail yet", "Nous n'avons pas encore envoyé d'e-mail",
    ),
    "email_open": _word(
        "e-mail open", "e-mail opens", "Opened an e-mail",
        "ouverture d'e-mail", "ouvertures d'e-mail", "A ouvert un e-mail",
        "Has not opened an e-mail yet", "N'a pas encore ouvert d'e-mail",
    ),
    "email_click": _word(
        "e-mail click", "e-mail clicks", "Clicked in an e-mail",
        "clic dans un e-mail", "clics dans un e-mail", "A cliqué dans un e-mail",
        "Has not clicked in an e-mail yet", "N'a pas encore cliqué dans un e-mail",
    ),
    "email_reply": _word(
        "e-mail reply", "e-mail replies", "Replied to an e-mail",
        "réponse à un e-mail", "réponses à un e-mail", "A répondu à un e-mail",
        "Has not replied to an e-mail yet", "N'a pas encore répondu à un e-mail",
    ),
    "website_visit": _word(
        "website visit", "website visits", "Visited the website",
        "visite du site", "visites du site", "A visité le site",
        "Has not visited the website yet", "N'a pas encore visité le site",
    ),
    "price_page_visit": _word(
        "price page visit", "price page visits", "Looked at the prices",
        "visite de la page des prix", "visites de la page des prix", "A consulté les prix",
        "Has not looked at the prices yet", "N'a pas encore consulté les prix",
    ),
    "newsletter_signup": _word(
        "newsletter sign-up", "newsletter sign-ups", "Signed up for the newsletter",
        "inscription à la newsletter", "inscriptions à la newsletter",
        "S'est inscrit à la newsletter",
        "Has not signed up for the newsletter", "N'est pas inscrit à la newsletter",
    ),
    "whitepaper_download": _word(
        "white paper download", "white paper downloads", "Downloaded a white paper",
        "téléchargement de livre blanc", "téléchargements de livres blancs",
        "A téléchargé un livre blanc",
        "Has not downloaded a white paper yet", "N'a pas encore téléchargé de livre blanc",
    ),
    "webinar_registration": _word(
        "webinar registration", "webinar registrations", "Registered for a webinar",
        "inscription à un webinaire", "inscriptions à un webinaire",
        "S'est inscrit à un webinaire",
        "Has not registered for a webinar yet", "Ne s'est pas encore inscrit à un webinaire",
    ),
    "webinar_attendance": _word(
        "webinar attended", "webinars attended", "Attended a webinar",
        "webinaire suivi", "webinaires suivis", "A suivi un webinaire",
        "Has not attended a webinar yet", "N'a pas encore suivi de webinaire",
    ),
    "event_attendance": _word(
        "event attended", "events attended", "Came to an event",
        "événement suivi", "événements suivis", "A participé à un événement",
        "Has not come to an event yet", "N'a pas encore participé à un événement",
    ),
    "demo_request": _word(
        "demo request", "demo requests", "Asked for a demo",
        "demande de démo", "demandes de démo", "A demandé une démo",
        "Has not asked for a demo yet", "N'a pas encore demandé de démo",
    ),
    "quote_request": _word(
        "quote request", "quote requests", "Asked for a quote",
        "demande de devis", "demandes de devis", "A demandé un devis",
        "Has not asked for a quote yet", "N'a pas encore demandé de devis",
    ),
    "call": _word(
        "call", "calls", "Had a call",
        "appel", "appels", "A eu un appel",
        "No call yet", "Pas encore d'appel",
    ),
    "meeting": _word(
        "meeting", "meetings", "Had a meeting",
        "rendez-vous", "rendez-vous", "A eu un rendez-vous",
        "No meeting yet", "Pas encore de rendez-vous",
    ),
    "meeting_planned": _word(
        "meeting planned", "meetings planned", "Planned a meeting",
        "rendez-vous planifié", "rendez-vous planifiés", "A planifié un rendez-vous",
        "No meeting planned yet", "Aucun rendez-vous planifié pour l'instant",
    ),
    "other": _word(
        "other interaction", "other interactions", "Did something else",
        "autre interaction", "autres interactions", "A eu une autre interaction",
        "No other interaction yet", "Pas encore d'autre interaction",
    ),
}  # fmt: skip

QUESTIONS: dict[str, Text] = {
    "budget": Text("budget", "budget"),
    "money": Text("budget", "budget"),
    "authority": Text("authority", "pouvoir de décision"),
    "need": Text("need", "besoin"),
    "challenges": Text("challenges", "défis"),
    "goals": Text("goals", "objectifs"),
    "plans": Text("plans", "projets"),
    "timing": Text("timing", "échéance"),
    "timeline": Text("timeline", "calendrier"),
    "prioritization": Text("prioritization", "priorité"),
}

CONCEPTS: dict[str, Text] = {
    "money": Text("budget", "budget"),
    "authority": Text("authority", "pouvoir de décision"),
    "need": Text("need", "besoin"),
    "timing": Text("timing", "échéance"),
}
#: How 'connu' agrees with the French words above that are not masculine and singular.
_AGREES = {"échéance": "connue", "priorité": "connue"}
_AGREES |= dict.fromkeys(("défis", "objectifs", "projets"), "connus")
#: What the usual questions ask, in whichever grid.
CONCEPT_OF: dict[str, str] = {
    **dict.fromkeys(("budget", "money"), "money"),
    **dict.fromkeys(("authority", "decision maker", "decision_maker"), "authority"),
    **dict.fromkeys(("need", "needs", "challenges", "goals", "plans"), "need"),
    **dict.fromkeys(("timing", "timeline", "prioritization", "priority"), "timing"),
}
#: Usual answers from worst to best; a question whose answers are all in one of them has that order.
USUAL_SCALES: tuple[tuple[str, ...], ...] = (
    ("no", "maybe", "yes"),
    ("no", "unknown", "yes"),
    ("none", "low", "medium", "high"),
    ("weak", "medium", "strong"),
    ("non", "peut-être", "oui"),
    ("aucun", "faible", "moyen", "fort"),
    ("bas", "moyen", "élevé"),
    ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"),
)

RATIOS: dict[str, Text] = {
    "opened": Text("e-mails opened", "e-mails ouverts"),
    "clicked": Text("clicks in opened e-mails", "clics dans les e-mails ouverts"),
    "replied": Text("replies to e-mails", "réponses aux e-mails"),
    "attended": Text("webinars attended", "webinaires suivis"),
    "held": Text("meetings held", "rendez-vous tenus"),
}

#: Usual attributes and stages.
NAMES: dict[str, Text] = {
    "account": Text("account", "compte"),
    "account_id": Text("account", "compte"),
    "amount": Text("amount", "montant"),
    "campaign": Text("campaign", "campagne"),
    "city": Text("city", "ville"),
    "company_size": Text("company size", "taille de l'entreprise"),
    "country": Text("country", "pays"),
    "deciders": Text("deciders", "décideurs"),
    "employees": Text("employees", "salariés"),
    "industry": Text("industry", "secteur"),
    "language": Text("language", "langue"),
    "owner": Text("owner", "responsable"),
    "product": Text("product", "produit"),
    "region": Text("region", "région"),
    "sector": Text("sector", "secteur"),
    "segment": Text("segment", "segment"),
    "size": Text("size", "taille"),
    "source": Text("source", "origine"),
    "team": Text("team", "équipe"),
    "territory": Text("territory", "secteur commercial"),
    "prospecting": Text("prospecting", "prospection"),
    "qualification": Text("qualification", "qualification"),
    "discovery": Text("discovery", "découverte"),
    "proposal": Text("proposal", "proposition"),
    "negotiation": Text("negotiation", "négociation"),
    "closing": Text("closing", "conclusion"),
}

Labels = Mapping[str, LabelConfig]


def word_for(interaction_type: str, labels: Labels) -> Word:
    """Return how people speak of an interaction type; its own name serves where nobody said."""
    if interaction_type in labels:
        label = _label(interaction_type, labels)
        return _named(label)
    known = WORDS.get(interaction_type)
    return known or _named(Text(*[_plain(interaction_type)] * 2))


def question_label(question: str, labels: Labels) -> Text:
    """Return what people call a question of a qualification grid."""
    if question in labels:
        return _label(question, labels)
    return QUESTIONS.get(question.lower()) or Text(*[_plain(question)] * 2)


def ratio_label(ratio: str, labels: Labels) -> Text:
    """Return what people call a ratio of interaction types."""
    if ratio in labels:
        return _label(ratio, labels)
    return RATIOS.get(ratio) or Text(*[_plain(ratio)] * 2)


def name_label(name: str, labels: Labels) -> Text:
    """Return what people call an attribute or a stage."""
    if name in labels:
        return _label(name, labels)
    return NAMES.get(name.lower()) or Text(*[_plain(name)] * 2)


def not_known(label: Text) -> Text:
    r"""Say that a question is open, and to be asked.

    Examples
    --------
    >>> not_known(Text("budget", "budget"))
    Text(en='Budget not known yet (ask)', fr='Budget pas encore connu (à demander)')
    >>> not_known(Text("timing", "échéance")).fr
    'Échéance pas encore connue (à demander)'
    >>> not_known(Text("fleet", "flotte")).fr
    'Question «\xa0flotte\xa0» sans réponse (à demander)'
    """
    known = {text.fr for text in (*QUESTIONS.values(), *CONCEPTS.values())}
    en, fr = _capital(label.en), _capital(label.fr)
    agreed = f"{fr} pas encore {_AGREES.get(label.fr, 'connu')}"
    open_ = agreed if label.fr in known else f"Question {quoted(label.fr)} sans réponse"
    return Text(f"{en} not known yet (ask)", f"{open_} (à demander)")


def _label(name: str, labels: Labels) -> Text:
    label = labels[name]
    return Text(label.en, label.fr or label.en)


def _named(label: Text) -> Word:
    did = Text(_capital(label.en), _capital(label.fr))
    never = Text(f"No {label.en} yet", f"Pas encore {of_french(label.fr)}")
    return Word(noun=label, plural=label, did=did, never=never)


def _plain(name: str) -> str:
    return name.replace("_", " ").strip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
