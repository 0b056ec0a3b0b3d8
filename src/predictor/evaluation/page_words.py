"""What the page of an evaluation says, in English and in French."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from predictor.evaluation.comparisons import BETTER, EVEN, WORSE
from predictor.evaluation.metrics.summary import FIGURES
from predictor.evaluation.report import ALL, UNSEEN
from predictor.evaluation.rivals import MODEL, POINTS, PORTFOLIO_RATE
from predictor.evaluation.traits import AGE, AMOUNT, MONTH
from predictor.evaluation.wording import in_french, written
from predictor.features.catalogue import Text
from predictor.features.segments import NOT_FILLED_IN, OTHERS

if TYPE_CHECKING:
    from predictor.evaluation.report import Report

REPORTS = {
    ALL: Text(ALL, "tous les prospects"),
    UNSEEN: Text(UNSEEN, "jamais vus à l'entraînement"),
}
VERDICTS = {
    BETTER: Text("the model is better", "le modèle est meilleur"),
    WORSE: Text("the model is worse", "le modèle est moins bon"),
    EVEN: Text(EVEN, "pas de différence nette"),
}
#: Names that are not here (LightGBM, champion) are the same in both languages.
PREDICTORS = {
    MODEL: Text(MODEL, "modèle"),
    PORTFOLIO_RATE: Text(PORTFOLIO_RATE, "taux de base"),
    POINTS: Text(POINTS, "points"),
}
#: What people call an attribute is theirs: the report has it.
TRAITS = {
    AGE: Text(AGE, "âge en jours"),
    AMOUNT: Text(AMOUNT, "montant tel qu'exporté"),
    MONTH: Text(MONTH, "mois"),
}
SLICES = {
    NOT_FILLED_IN: Text(NOT_FILLED_IN, "non renseigné"),
    OTHERS: Text(OTHERS, "tous les autres"),
    "filled in": Text("filled in", "renseigné"),
}
_FIGURES_IN_FRENCH = {
    "auc": "AUC (hasard 0,5)",
    "log_loss": "log-loss (bas : bon)",
    "brier": "score de Brier (bas : bon)",
    "brier_skill": "gain de Brier (taux de base : 0)",
    "average_precision": "précision moyenne",
    "precision_top": "précision, 10\u202f% du haut",
    "lift_top": "lift, 10\u202f% du haut (hasard 1)",
    "won_found_top": "gagnés trouvés dans les 10\u202f% du haut",
    "precision_count": "précision, k premiers",
    "lift_count": "lift, k premiers (hasard 1)",
    "won_found_count": "gagnés trouvés dans les k premiers",
    "observed_over_expected": "observé / attendu (1)",
    "calibration_slope": "pente de calibration (1)",
    "calibration_intercept": "décalage de calibration (0)",
    "calibration_index": "indice de calibration, ICI (0)",
    "calibration_error": "erreur de calibration (0)",
    "calibration_error_low": "  son intervalle à 95\u202f%, de",
    "calibration_error_high": "  à",
    "integrated_brier": "score de Brier, intégré",
    "rmse_to_truth": "erreur face au vrai P",
    "bias_to_truth": "biais face au vrai P",
    "time_error_days": "jours avant conclusion, erreur",
    "time_pinball_days": "jours avant conclusion, perte pinball",
    "time_coverage": "couverture p25-p75 (50\u202f%)",
    "time_coverage_80": "couverture p10-p90 (80\u202f%)",
    "concordance": "concordance dans le temps (0,5)",
}
FIGURE_TITLES = {
    figure.name: Text(figure.title, _FIGURES_IN_FRENCH[figure.name]) for figure in FIGURES
}

WORTH_HEADING = Text("What the list is worth", "Ce que vaut la liste")
NO_DEAL = Text(
    "No deal was won within the horizon of a look.",
    "Aucune affaire n'a été gagnée dans l'horizon d'une revue de la liste.",
)
WORTH_CAPTION = Text(
    "Share of the deals met, and how far the model is ahead (95% intervals, by account)",
    "Part des affaires traitées, et avance du modèle (intervalles à 95\u202f%, par compte)",
)
WORTH_HEADER = (
    Text("order of the list", "ordre de la liste"),
    Text("deals met", "affaires traitées"),
    Text("interval", "intervalle"),
    Text("model ahead by", "avance du modèle"),
    Text("interval", "intervalle"),
)
EXPLORED_HEADING = Text(
    "What randomly drawn cold prospects came to",
    "Ce que sont devenus les prospects froids tirés au hasard",
)
EXPLORED_HEADER = (
    Text("cold prospects", "prospects froids"),
    Text("prospects", "prospects"),
    Text("won", "gagnés"),
    Text("share won", "part de gagnés"),
    Text("interval", "intervalle"),
    Text("foretold", "prédit"),
)
EXPLORED_GROUPS = {
    "drawn": Text("drawn at random", "tirés au hasard"),
    "others": Text("the others", "les autres"),
}
EXPLORED_NOTE = Text(
    "Chance alone decided who was drawn, so that either group stands for all cold prospects: the "
    "drawn as if all had been worked, the others as if none had been. Each prospect is weighted by "
    "the inverse of the probability of its group.",
    "Le hasard seul a décidé du tirage : chaque groupe représente donc tous les prospects froids, "
    "les uns comme si tous avaient été travaillés, les autres comme si aucun ne l'avait été. "
    "Chaque prospect est pondéré par l'inverse de la probabilité de son groupe.",
)
TOO_FEW_UNSEEN = Text(
    "Too few prospects unseen in training were won to report on them.",
    "Trop peu de prospects jamais vus à l'entraînement ont été gagnés pour en rendre compte.",
)
FIGURE = Text("figure", "chiffre")
COMPARISON_CAPTION = Text(
    "Difference from the model: predictor - model, 95% by paired cluster bootstrap",
    "Écart au modèle : prédicteur - modèle, 95\u202f% par bootstrap apparié, par compte",
)
COMPARISON_HEADER = (
    Text("predictor", "prédicteur"),
    Text("days", "jours"),
    FIGURE,
    Text("model", "modèle"),
    Text("predictor", "prédicteur"),
    Text("difference", "écart"),
    Text("interval", "intervalle"),
    Text("verdict", "verdict"),
)
NO_SLICE = Text(
    "No slice has enough won prospects to judge it.",
    "Aucune tranche n'a assez de prospects gagnés pour être jugée.",
)
SLICES_CAPTION = Text(
    "Observed over expected: 1 is right, above 1 promised too little, below 1 too much",
    "Observé sur attendu : 1 est juste, plus de 1 promettait trop peu, moins de 1 trop",
)
SLICES_HEADER = (
    Text("slice", "tranche"),
    Text("snapshots", "instantanés"),
    Text("prospects", "prospects"),
    Text("won", "gagnés"),
    Text("base rate", "taux de base"),
    Text("log-loss", "log-loss"),
    Text("of the base rate", "du taux de base"),
    Text("observed / expected", "observé / attendu"),
    Text("interval", "intervalle"),
    Text("errors from 1", "erreurs types de 1"),
)
SLICES_NOTE = Text(
    "Of so many slices about one in twenty lies outside of its interval by chance. The amount "
    "is the latest one, so it may be a consequence of the outcome.",
    "Sur autant de tranches, environ une sur vingt sort de son intervalle par hasard. Le montant "
    "est le dernier connu : il peut être une conséquence de l'issue.",
)


def title(report: Report) -> Text:
    """Say what is evaluated."""
    return Text(f"Evaluation: {report.subject.en}", f"Évaluation : {report.subject.fr}")


def facts(report: Report) -> Text:
    """Say what was looked at."""
    rows = report.test.snapshots
    count, people = written(len(rows), ","), written(rows["prospect_id"].nunique(), ",")
    first, last = f"{rows['as_of'].min():%Y-%m-%d}", f"{rows['as_of'].max():%Y-%m-%d}"
    unseen = written(rows["unseen"].mean(), ".0%")
    drawn = _drawn(report.test.share)
    return Text(
        f"{count.en} snapshots of {people.en} prospects, {first} to {last}; {unseen.en} of them "
        "of prospects unseen in training (neither the prospect nor its account was looked at "
        f"then). {drawn.en}{report.champion.en}",
        f"{count.fr} instantanés de {people.fr} prospects, du {first} au {last} ; {unseen.fr} "
        "d'entre eux de prospects jamais vus à l'entraînement (ni le prospect ni son compte n'y "
        f"figuraient). {drawn.fr}{report.champion.fr}",
    )


def _drawn(share: float) -> Text:
    """Say how large a part of the accounts was looked at, where it is a part."""
    if share == 1:
        return Text("", "")
    said = written(share, ".2%")
    return Text(
        f"They are a random {said.en} of the accounts; counts of a list's top are as large a share "
        "of them. ",
        f"Ils forment {said.fr} des comptes, tirés au hasard ; les nombres en tête de liste en "
        "sont la même part. ",
    )


def plots_heading(horizon_days: int) -> Text:
    """Head the plots."""
    return Text(
        f"Plots ({horizon_days} days, all prospects)",
        f"Graphiques ({horizon_days} jours, tous les prospects)",
    )


def figures_heading(name: str) -> Text:
    """Head the figures of one set of rows."""
    return Text(f"Figures: {REPORTS[name].en}", f"Chiffres : {REPORTS[name].fr}")


def worth_note(horizon_days: int, do_not_contact: int) -> Text:
    """Say when a deal counts as met, and who is left out."""
    count = written(do_not_contact, ",")
    several = do_not_contact > 1
    note = Text(
        "A deal is met if it stood in the worked top at a look no more than "
        f"{horizon_days} days before it was won. The base rate puts all prospects in random "
        "order, drawn anew at each look.",
        "Une affaire est traitée si elle figurait dans le haut de la liste à une revue, au plus "
        f"{horizon_days} jours avant d'être gagnée. Le taux de base met tous les prospects dans un "
        "ordre aléatoire, tiré de nouveau à chaque revue.",
    )
    if not do_not_contact:
        return note
    return Text(
        f"{note.en} {count.en} prospect{'s' if several else ''} who must not be contacted "
        f"{'are' if several else 'is'} left out.",
        f"{note.fr} {count.fr} prospect{'s' if several else ''} à ne pas contacter "
        f"{'sont laissés' if several else 'est laissé'} de côté.",
    )


def explored_caption(lists: int) -> Text:
    """Say of how many past lists the cold prospects were."""
    count = written(lists, ",")
    en, fr = ("list", "liste passée") if lists == 1 else ("lists", "listes passées")
    return Text(
        f"Won within the horizon, of the cold prospects of {count.en} past {en} (95% intervals, "
        "by prospect)",
        f"Gagnés dans l'horizon, parmi les prospects froids de {count.fr} {fr} (intervalles à "
        "95\u202f%, par prospect)",
    )


def horizon_caption(row: pd.Series) -> Text:
    """Say what the figures of a horizon were made of; `row` is one of `metrics`."""
    won, count = written(row["won"], ",.0f"), written(row["snapshots"], ",.0f")
    base, known, capped = (
        written(row[name], ".1%") for name in ("base_rate", "share_known", "share_capped")
    )
    days = f"{row['horizon_days']:g}"
    return Text(
        f"Won within {days} days: {won.en} seen in {count.en} snapshots, base rate {base.en}; "
        f"label known for {known.en}, weights capped for {capped.en} of these",
        f"Gagnés en {days} jours : {won.fr} vus dans {count.fr} instantanés, taux de base "
        f"{base.fr} ; issue connue pour {known.fr}, poids plafonnés pour {capped.fr} de ceux-ci",
    )


def slices_heading(horizon_days: int) -> Text:
    """Head the slices."""
    return Text(
        f"Slices, the worst first ({horizon_days} days)",
        f"Tranches, les pires d'abord ({horizon_days} jours)",
    )


def predictor_name(name: str) -> Text:
    """Name a predictor."""
    return PREDICTORS.get(name, Text(name, name))


def slice_name(report: Report, trait: str, name: str) -> Text:
    """Name a slice: its trait, and its level or the bounds of its numbers."""
    level = SLICES.get(name, Text(name, name))
    bounds = re.fullmatch(r"(\S+) to (\S+)", name)
    if bounds and pd.api.types.is_numeric_dtype(report.test.traits[trait].dtype):
        level = Text(name, " à ".join(map(in_french, bounds.groups())))
    label = TRAITS.get(trait) or report.labels.get(trait, Text(trait, trait))
    return Text(f"{label.en}: {level.en}", f"{label.fr} : {level.fr}")
