"""The words of the analysts' plots in French; those of a forward test are beside its plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.evaluation.plot_words import say_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Each a whole text of a plot; what stands in brackets is kept, or said in French itself.
_FRENCH = {
    r"By how much the model is better than the (.+) \(95%\)": (
        "Avance du modèle sur «\u00a0{0}\u00a0» (95\u202f%)"
    ),
    "average precision": "précision moyenne",
    "Drift since the training: stability index": (
        "Dérive depuis l'entraînement : indice de stabilité"
    ),
    "95% of what chance shows": "95\u202f% de ce que montre le hasard",
    r" mean (\S+) sd": " moyenne {0} écart-type",
    r"population stability index \(orange: beyond chance and 0\.1\)": (
        "indice de stabilité (orange : au-delà du hasard et de 0,1)"
    ),
    r"What moved the mean score: (\S+) points in all": (
        "Ce qui a fait bouger le score moyen : {0} points en tout"
    ),
    r"change of the mean contribution \(points\)": "évolution de la contribution moyenne (points)",
    r"(.+): won, lost or still open": "{0} : gagné, perdu ou encore ouvert",
    "won": "gagné",
    "lost": "perdu",
    "open": "ouvert",
    "days from the scoring": "jours après le calcul",
    "probability": "probabilité",
    r"([\d,]+) prospects in both runs": "{0} prospects dans les deux listes",
    "no change": "sans changement",
    "a prospect": "un prospect",
    "score before": "score avant",
    "score now": "score actuel",
    "What the largest changes are made of": "De quoi sont faites les plus fortes évolutions",
    "what the prospect did": "ce qu'a fait le prospect",
    "time that went by": "le temps passé",
    "another model": "un autre modèle",
    "a past that the CRM tells otherwise": "un passé modifié dans le CRM",
    "in all": "en tout",
    r"change of the score \(points\)": "évolution du score (points)",
    r"Signals by segment: (.+), points": "Signaux par segment : {0}, en points",
    "mean absolute contribution": "contribution moyenne en valeur absolue",
    "mean contribution": "contribution moyenne",
    r"spread of the contributions \(standard deviation\)": (
        "dispersion des contributions (écart-type)"
    ),
    r"P\(won within (\S+) days\) by (.+)": "P (gagné sous {0} jours) selon {1}",
    "the signal": "le signal",
    "the first": "le premier",
    "the second": "le second",
    "value": "valeur",
    "two signals": "deux signaux",
    "mean probability": "probabilité moyenne",
    "those prospects as they are": "ces prospects tels qu'ils sont",
    r"points beyond the sum of the two \((\S+) of the variation\)": (
        "points au-delà de la somme des deux ({0} de la variation)"
    ),
}


def said(figure: Figure, language: str) -> Figure:
    """Return a figure with its titles, axes and legends in ``en`` or ``fr``."""
    say_in(language, {"": figure}, _FRENCH)
    return figure
