"""The words of the plots in French."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from matplotlib.text import Text as Written

from predictor.evaluation.page_words import PREDICTORS
from predictor.features.wording import signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

#: Each a whole text of a plot; what stands in brackets is kept.
_FRENCH = {
    r"Do (\S+)-day probabilities come true\?": "Les probabilités à {0} jours se vérifient-elles ?",
    "as promised": "comme promis",
    r"mean P\(won within (\S+) days\), in bins of equal size": (
        "P moyen (gagné sous {0} jours), par groupes de même taille"
    ),
    r"share won within (\S+) days": "part de gagnés sous {0} jours",
    r"Won within (\S+) days, found from the top of the list": (
        "Gagnés sous {0} jours, trouvés en haut de la liste"
    ),
    "random order": "ordre aléatoire",
    "top share of the list": "part du haut de la liste",
    "share of the won": "part des gagnés",
    "Scores by what became of the prospects": "Notes selon ce que sont devenus les prospects",
    r"won \(([\d,]+)\)": "gagnés ({0})",
    r"lost \(([\d,]+)\)": "perdus ({0})",
    r"open \(([\d,]+)\)": "ouverts ({0})",
    r"P\(won within (\S+) days\)": "P (gagné sous {0} jours)",
    "share of the prospects of that outcome": "part des prospects de cette issue",
    r"Lift: won within (\S+) days, over the base rate": (
        "Lift : gagnés sous {0} jours, rapportés au taux de base"
    ),
    "times the base rate": "fois le taux de base",
    "Promised and observed, look by look": "Promis et observé, revue par revue",
    "mean P": "P moyen",
    "as of": "date de la revue",
    r"won within (\S+) days": "gagnés sous {0} jours",
    r"When they close, if within (\S+) days": "Quand ils signent, si c'est sous {0} jours",
    "as foretold": "comme annoncé",
    "observed": "observé",
    r"observed \(Aalen-Johansen, 95%\)": "observé (Aalen-Johansen, 95\u202f%)",
    "foretold quantile of the days to close": "quantile annoncé des jours avant signature",
    "share of the won that had closed by it": "part des gagnés alors signés",
    **{re.escape(text.en): text.fr for text in PREDICTORS.values()},
}


def say_in(
    language: str, figures: Mapping[str, Figure], more: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Write titles, axes and legends of plots in a language; a second time changes nothing.

    Parameters
    ----------
    language : {'en', 'fr'}
    figures : mapping of str to Figure
        As `draw` returns them, in English.
    more : mapping of str to str
        Further texts: a pattern in English, and the text in French.
    """
    if language != "fr":
        return
    for figure in figures.values():
        for written in figure.findobj(Written):
            written.set_text(in_french(written.get_text(), more))


def in_french(text: str, more: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a text of a plot in French; as it is where it is none of them."""
    for pattern, french in (*_FRENCH.items(), *more.items()):
        found = re.fullmatch(pattern, text)
        if found:
            return french.format(*(_kept(part, more) for part in found.groups()))
    return text


def _kept(part: str, more: Mapping[str, str]) -> str:
    """Give a number its French signs; another part may be a text of its own."""
    if not re.fullmatch(r"[+-]?[\d,]+(\.\d+)?%?", part):
        return in_french(part, more)
    return signed(part.removesuffix("%")).fr + ("\u202f%" if part.endswith("%") else "")
