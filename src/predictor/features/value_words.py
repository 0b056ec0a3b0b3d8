"""Usual answers and values of attributes in French; `labels` of the configuration come first.

A CRM that speaks English gives lists that a French team can read. What is not here stays as the
CRM spells it, and so does everything in English.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import Text

if TYPE_CHECKING:
    from predictor.features.vocabulary import Labels

_ANSWERS = {
    "clear": "clair",
    "critical": "critique",
    "decides": "décide",
    "high": "élevé",
    "important": "important",
    "in two years": "dans deux ans",
    "influences": "influence",
    "later this year": "plus tard dans l'année",
    "low": "faible",
    "maybe": "peut-être",
    "medium": "moyen",
    "minor": "mineur",
    "next year": "l'année prochaine",
    "no": "non",
    "no budget": "pas de budget",
    "no date": "pas de date",
    "none": "aucun",
    "not a priority": "pas une priorité",
    "not yet": "pas encore",
    "over 150,000": "plus de 150\u202f000",
    "over 3,000": "plus de 3\u202f000",
    "1,000 to 3,000": "de 1\u202f000 à 3\u202f000",
    "50,000 to 150,000": "de 50\u202f000 à 150\u202f000",
    "partly": "en partie",
    "strong": "fort",
    "this month": "ce mois-ci",
    "this quarter": "ce trimestre",
    "top": "au plus haut",
    "under 1,000": "moins de 1\u202f000",
    "under 50,000": "moins de 50\u202f000",
    "unknown": "inconnu",
    "urgent": "urgent",
    "user": "utilisateur",
    "vague": "vague",
    "weak": "faible",
    "within six months": "sous six mois",
    "yes": "oui",
}
_ATTRIBUTES = {
    "Belgium": "Belgique",
    "France": "France",
    "Germany": "Allemagne",
    "Italy": "Italie",
    "Key accounts": "Grands comptes",
    "North": "Nord",
    "South": "Sud",
    "Spain": "Espagne",
    "Switzerland": "Suisse",
    "construction": "construction",
    "customer stories": "témoignages de clients",
    "discount offer": "offre de remise",
    "expert talks": "conférences d'experts",
    "finance": "finance",
    "healthcare": "santé",
    "logistics": "logistique",
    "manufacturing": "industrie",
    "outbound list": "liste de prospection",
    "paid search": "publicité en ligne",
    "partner": "partenaire",
    "product launch": "lancement de produit",
    "referral": "recommandation",
    "retail": "commerce de détail",
    "software": "logiciels",
    "trade show": "salon professionnel",
    "website": "site web",
}


def answer_label(answer: str, labels: Labels) -> Text:
    """Return what people call an answer.

    Examples
    --------
    >>> answer_label("over 3,000", {}), answer_label("Été", {}).fr
    (Text(en='over 3,000', fr='plus de 3\u202f000'), 'Été')
    """
    return _said(answer, labels, _ANSWERS)


def attribute_label(value: str, labels: Labels) -> Text:
    """Return what people call a value of an attribute."""
    return _said(value, labels, _ATTRIBUTES)


def _said(text: str, labels: Labels, french: dict[str, str]) -> Text:
    label = labels.get(text)
    if label is not None:
        return Text(label.en, label.fr or label.en)
    return Text(text, french.get(text, text))
