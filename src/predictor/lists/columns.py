"""The columns of a ranked list: one definition, from which files, schema and documentation come.

A column is added by one `Column` at the end of `COLUMNS`: the order of the list, the decimals of
its CSV, the formats of its XLSX, ``ranked.schema.json`` and the documentation follow.
"""

from __future__ import annotations

from predictor.lists.alert_columns import ALERT_ONLY
from predictor.lists.column_kinds import (
    AMOUNT,
    BAND,
    COUNT,
    DAYS,
    FLAG,
    IDENTIFIER,
    INSTANT,
    PROBABILITY,
    SENTENCE,
    SHARE,
    TEXT,
    WHOLE_DAYS,
    Column,
    Text,
)

_NOTHING_MORE = Text("Nothing else weighs.", "Rien d'autre ne pèse.")
_NOT_KNOWN = Text("Not in the CRM.", "Absent du CRM.")
_FROM_AS_OF = Text("days from `as_of`", "jours après `as_of`")
_POINTS = Text("sentence and points", "phrase et points")
_NOT_WON = Text(
    "No prospect like it was won within the follow-up.",
    "Aucun prospect semblable n'a été gagné pendant la durée observée.",
)
_NOT_BEFORE = Text(
    "It was not in the previous run's list.", "Il n'était pas dans la liste précédente."
)

COLUMNS = (
    Column(
        "rank", COUNT, Text("Rank", "Rang"),
        Text("Place in the list.", "Place dans la liste."),
    ),
    Column(
        "prospect_id", IDENTIFIER, Text("Prospect", "Prospect"),
        Text("The prospect, as in your CRM.", "Le prospect, comme dans votre CRM."),
    ),
    Column(
        "account_id", IDENTIFIER, Text("Account", "Compte"),
        Text("Its account.", "Son compte."),
        missing=_NOT_KNOWN,
    ),
    Column(
        "owner", TEXT, Text("Owner", "Responsable"),
        Text("Who works on it.", "Qui s'en occupe."),
        missing=Text("The CRM has nobody.", "Le CRM ne nomme personne."),
    ),
    Column(
        "band", BAND, Text("Band", "Catégorie"),
        Text("How to treat it.", "Comment le traiter."),
    ),
    Column(
        "conversion_probability", PROBABILITY,
        Text("Probability to convert", "Probabilité de conversion"),
        Text(
            "Probability to be won within the horizon. 0.25 means: of 100 such prospects, 25 are "
            "won.",
            "Probabilité d'être gagné avant l'horizon. 0,25 veut dire que sur 100 prospects "
            "semblables, 25 sont gagnés.",
        ),
    ),
    Column(
        "horizon_days", WHOLE_DAYS, Text("Horizon (days)", "Horizon (jours)"),
        Text("The horizon, counted from `as_of`.", "L'horizon, compté à partir de `as_of`."),
    ),
    Column(
        "expected_value", AMOUNT,
        Text("Expected value (your currency)", "Valeur attendue (votre monnaie)"),
        Text("Probability times amount.", "La probabilité multipliée par le montant."),
        missing=Text("The CRM has no amount.", "Le CRM n'a pas de montant."),
    ),
    Column(
        "days_to_close_p25", DAYS,
        Text("If won: a quarter close within (days)", "Si gagné : un quart conclut en (jours)"),
        Text(
            "If it is won: a quarter of such prospects close before this.",
            "S'il est gagné : un quart des prospects semblables concluent avant.",
        ),
        missing=_NOT_WON, unit=_FROM_AS_OF,
    ),
    Column(
        "days_to_close_median", DAYS,
        Text("If won: half close within (days)", "Si gagné : la moitié conclut en (jours)"),
        Text(
            "If it is won: half of such prospects close before this.",
            "S'il est gagné : la moitié des prospects semblables concluent avant.",
        ),
        missing=_NOT_WON, unit=_FROM_AS_OF,
    ),
    Column(
        "days_to_close_p75", DAYS,
        Text(
            "If won: three quarters close within (days)",
            "Si gagné : les trois quarts concluent en (jours)",
        ),
        Text(
            "If it is won: three quarters of such prospects close before this.",
            "S'il est gagné : les trois quarts des prospects semblables concluent avant.",
        ),
        missing=_NOT_WON, unit=_FROM_AS_OF,
    ),
    Column(
        "loss_probability", SHARE, Text("Probability to be lost", "Probabilité de perte"),
        Text(
            "Probability to be lost within the horizon. What remains is still open then.",
            "Probabilité d'être perdu avant l'horizon. Le reste est encore ouvert à cette date.",
        ),
    ),
    Column(
        "reason_1", SENTENCE, Text("Reason 1", "Raison 1"),
        Text(
            "The fact that goes most with this score.",
            "Le fait qui accompagne le plus ce score.",
        ),
        missing=_NOTHING_MORE, unit=_POINTS,
    ),
    Column(
        "reason_2", SENTENCE, Text("Reason 2", "Raison 2"),
        Text("The next one.", "Le suivant."),
        missing=_NOTHING_MORE, unit=_POINTS,
    ),
    Column(
        "reason_3", SENTENCE, Text("Reason 3", "Raison 3"),
        Text("The third.", "Le troisième."),
        missing=_NOTHING_MORE, unit=_POINTS,
    ),
    Column(
        "caution", SENTENCE, Text("Caution", "Réserve"),
        Text(
            "The strongest fact that points the other way.",
            "Le fait le plus fort qui va dans l'autre sens.",
        ),
        missing=Text("Nothing points the other way.", "Rien ne va dans l'autre sens."),
        unit=_POINTS,
    ),
    Column(
        "last_interaction_at", INSTANT,
        Text("Last interaction (UTC)", "Dernière interaction (UTC)"),
        Text(
            "The latest interaction that the CRM knew.",
            "La dernière interaction que le CRM connaissait.",
        ),
        missing=Text("No interaction yet.", "Aucune interaction pour l'instant."),
    ),
    Column(
        "as_of", INSTANT, Text("As of (UTC)", "À la date du (UTC)"),
        Text(
            "The instant of the scoring. Nothing later was used.",
            "L'instant du calcul. Rien de plus tardif n'a servi.",
        ),
    ),
    Column(
        "model_version", TEXT, Text("Model", "Modèle"),
        Text("The model that scored.", "Le modèle qui a calculé."),
    ),
    Column(
        "conversion_probability_low", SHARE,
        Text("Probability: lower end", "Probabilité : borne basse"),
        Text(
            "With `conversion_probability_high`: an interval for the probability. Of such "
            "intervals, about 80% hold what the probability really is.",
            "Avec `conversion_probability_high`, un intervalle pour la probabilité. Environ "
            "80\u202f% de ces intervalles contiennent la probabilité véritable.",
        ),
    ),
    Column(
        "conversion_probability_high", SHARE,
        Text("Probability: upper end", "Probabilité : borne haute"),
        Text("Its upper end.", "Sa borne haute."),
    ),
    Column(
        "not_enough_history", FLAG, Text("Not enough history", "Pas assez d'historique"),
        Text(
            "True where too few prospects like this one were won: the chance may as well be twice "
            "or half of what is said. Trust your own judgement more.",
            "Vrai quand trop peu de prospects semblables ont été gagnés : la chance peut aussi "
            "bien être le double ou la moitié. Fiez-vous davantage à votre jugement.",
        ),
    ),
    Column(
        "territory", TEXT, Text("Territory", "Secteur"),
        Text(
            "Its territory: the attribute that the configuration names.",
            "Son secteur : l'attribut que nomme la configuration.",
        ),
        missing=Text(
            "The CRM has none, or the configuration names no attribute.",
            "Le CRM n'en a pas, ou la configuration ne nomme pas d'attribut.",
        ),
    ),
    Column(
        "follow_up", SENTENCE, Text("Suggested follow-up", "Suite proposée"),
        Text(
            "A suggestion, by the band and the reasons. You decide.",
            "Une proposition, selon la catégorie et les raisons. C'est vous qui décidez.",
        ),
        unit=Text("sentence", "phrase"),
    ),
    Column(
        "expected_value_per_day", AMOUNT,
        Text(
            "Expected value per day (your currency)", "Valeur attendue par jour (votre monnaie)"
        ),
        Text(
            "Expected value, over the days that the prospect is likely to stay open within the "
            "horizon.",
            "La valeur attendue, divisée par les jours pendant lesquels le prospect devrait rester "
            "ouvert avant l'horizon.",
        ),
        missing=Text("The CRM has no amount.", "Le CRM n'a pas de montant."),
        unit=Text("your currency per day", "votre monnaie par jour"),
    ),
    Column(
        "exploration", FLAG, Text("Drawn at random", "Tiré au sort"),
        Text(
            "True for a cold prospect that was drawn at random: work it like a hot one, so that "
            "the next model learns from it.",
            "Vrai pour un prospect froid tiré au sort : traitez-le comme un prospect chaud, pour "
            "que le prochain modèle apprenne de lui.",
        ),
    ),
    Column(
        "previous_rank", COUNT, Text("Previous rank", "Rang précédent"),
        Text("Its place in the previous run's list.", "Sa place dans la liste précédente."),
        missing=_NOT_BEFORE,
    ),
    Column(
        "previous_band", TEXT, Text("Previous band", "Catégorie précédente"),
        Text("Its band in the previous run's list.", "Sa catégorie dans la liste précédente."),
        missing=_NOT_BEFORE, unit=Text("hot, warm, cold", "chaud, tiède, froid"),
    ),
    Column(
        "previous_probability", SHARE, Text("Previous probability", "Probabilité précédente"),
        Text(
            "Its probability in the previous run's list.",
            "Sa probabilité dans la liste précédente.",
        ),
        missing=_NOT_BEFORE,
    ),
    Column(
        "change_reason", SENTENCE, Text("Change", "Évolution"),
        Text(
            "How far the probability moved since the previous run, and what goes with it most.",
            "De combien la probabilité a bougé depuis la liste précédente, et ce qui va avec.",
        ),
        missing=Text("There was no run before.", "Il n'y avait pas de liste avant."),
        unit=Text("points and sentence", "points et phrase"),
    ),
    Column(
        "sooner_or_later", SENTENCE, Text("Sooner or later", "Plus tôt ou plus tard"),
        Text(
            "If it is won: what goes with closing sooner, or later, than the usual open prospect.",
            "S'il est gagné : ce qui accompagne une conclusion plus rapide, ou plus lente, que "
            "celle du prospect ouvert habituel.",
        ),
        missing=Text("Nothing moves it by a day.", "Rien ne la déplace d'un jour."),
        unit=Text("sentence and days", "phrase et jours"),
    ),
    Column(
        "ask_next", SENTENCE, Text("To ask next", "À demander"),
        Text(
            "The open question (without any, the step) whose answer would move the probability "
            "most, with the probabilities of prospects alike with the lowest and the highest "
            "answer. An association, not a promise.",
            "La question ouverte (à défaut, l'action) dont la réponse déplacerait le plus la "
            "probabilité, avec celles de prospects semblables à la réponse la plus basse et la "
            "plus haute. Une association, pas une promesse.",
        ),
        missing=Text(
            "No open question or step moves it far enough to be told.",
            "Aucune question ouverte ni action ne la déplace assez pour être proposée.",
        ),
    ),
)  # fmt: skip
"""The columns of a ranked list, in their documented order. New ones go to the end."""

RANKED_COLUMNS = tuple(column.name for column in COLUMNS)
"""Their names."""

CSV_DECIMALS = {
    column.name: column.kind.decimals for column in COLUMNS if column.kind.decimals is not None
}
"""Decimals in ``ranked.csv``; Parquet keeps full precision."""

OWNER_COLUMNS = (
    Column(
        "overall_rank", COUNT, Text("Rank in the whole list", "Rang dans toute la liste"),
        Text("Place in the list of all owners.", "Place dans la liste de tous les responsables."),
    ),
)  # fmt: skip
"""What an owner's list has at its end."""

COLUMN_NAMED = {column.name: column for column in (*COLUMNS, *OWNER_COLUMNS, *ALERT_ONLY)}
"""Each column by its name."""
