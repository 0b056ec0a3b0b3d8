"""What the page says, in English and in French; sentences on prospects come with the run."""

from __future__ import annotations

import re

from predictor.features.catalogue import Text

#: ``{count}`` chooses between NAME and NAME_one.
WORDS: dict[str, Text] = {
    "language": Text("English", "Français"),
    "skip": Text("Skip to the content", "Aller au contenu"),
    "views": Text("Views", "Vues"),
    "list": Text("Prospects", "Prospects"),
    "model": Text("The model", "Le modèle"),
    "print": Text("Print", "Imprimer"),
    "as_of": Text("Open prospects as of {day}", "Prospects ouverts au {day}"),
    "footer": Text(
        "Scored by {version}, conversion-predictor {software}. This page fetches nothing and sends "
        "nothing.",
        "Score : {version}, conversion-predictor {software}. Cette page ne charge rien et n'envoie "
        "rien.",
    ),
    # The list
    "open_prospects": Text("open prospects", "prospects ouverts"),
    "of_them_hot": Text("of them hot", "dont chauds"),
    "expected_won": Text(
        "expected to be won within {count} days", "gains attendus sous {count} jours"
    ),
    "expected_value": Text("expected value", "valeur attendue"),
    "left_out": Text("left out: do not contact", "laissés de côté : ne pas contacter"),
    "best_shown": Text("the best {count} are on this page", "les {count} premiers sont ici"),
    "search": Text("Search", "Rechercher"),
    "search_hint": Text("Name, account, owner, reason", "Nom, compte, responsable, raison"),
    "owner": Text("Owner", "Responsable"),
    "everybody": Text("Everybody", "Tous"),
    "territory": Text("Territory", "Secteur"),
    "everywhere": Text("All", "Tous"),
    "least": Text("Probability from", "Probabilité à partir de"),
    "sort_by": Text("Sort by", "Trier par"),
    "more_filters": Text("Filters and order", "Filtres et tri"),
    "clear": Text("Clear", "Effacer"),
    "prospects": Text("{count} prospects", "{count} prospects"),
    "prospects_one": Text("{count} prospect", "{count} prospect"),
    "prospects_of": Text("{count} prospects of {all}", "{count} prospects sur {all}"),
    "prospects_of_one": Text("{count} prospect of {all}", "{count} prospect sur {all}"),
    "nothing_found": Text(
        "No prospect fits. Clear a filter or search for less.",
        "Aucun prospect ne correspond. Effacez un filtre ou cherchez moins de mots.",
    ),
    "list_caption": Text(
        "Open prospects. The headings sort; a prospect's name opens its page.",
        "Prospects ouverts. Les en-têtes trient ; le nom d'un prospect ouvre sa fiche.",
    ),
    "rank": Text("Rank", "Rang"),
    "prospect": Text("Prospect", "Prospect"),
    "band": Text("Band", "Catégorie"),
    "band_hot": Text("hot", "chaud"),
    "band_warm": Text("warm", "tiède"),
    "band_cold": Text("cold", "froid"),
    "probability": Text("Probability", "Probabilité"),
    "closes": Text("If it is won", "S'il est gagné"),
    "value": Text("Expected value", "Valeur attendue"),
    "change": Text("Change", "Évolution"),
    "reasons": Text("Reasons", "Raisons"),
    "first_time": Text("first score", "premier score"),
    "few_short": Text("little history", "peu d'historique"),
    "range": Text("{low} to {high}", "{low} à {high}"),
    "day_range": Text("{first} to {last} days", "{first} à {last} jours"),
    "day_range_one": Text("{first} to {last} day", "{first} à {last} jour"),
    "days": Text("{count} days", "{count} jours"),
    "days_one": Text("{count} day", "{count} jour"),
    "pages": Text("Pages of the list", "Pages de la liste"),
    "previous": Text("Previous", "Précédents"),
    "next": Text("Next", "Suivants"),
    "rows_shown": Text("{first} to {last} of {all}", "{first} à {last} sur {all}"),
    # What happened
    "alerts": Text("Alerts", "Alertes"),
    "since": Text("What happened since {day}", "Ce qui s'est passé depuis le {day}"),
    "since_last": Text(
        "What happened since the last run", "Ce qui s'est passé depuis la dernière liste"
    ),
    "happened": Text("What happened", "Ce qui s'est passé"),
    "no_alerts": Text("Nothing that calls for an alert.", "Rien qui appelle une alerte."),
    "alert_count": Text("{count} alerts", "{count} alertes"),
    "alert_count_one": Text("{count} alert", "{count} alerte"),
    "alerts_caption": Text(
        "Prospects with alerts, the most important kind first; a prospect's name opens its page.",
        "Prospects avec alertes, le type le plus important d'abord ; le nom d'un prospect ouvre sa "
        "fiche.",
    ),
    "beyond": Text(
        "{count} more alerts are about prospects beyond the best {all}: alerts.csv has them.",
        "{count} autres alertes portent sur des prospects au-delà des {all} premiers : voir "
        "alerts.csv.",
    ),
    "beyond_one": Text(
        "{count} more alert is about a prospect beyond the best {all}: alerts.csv has it.",
        "{count} autre alerte porte sur un prospect au-delà des {all} premiers : voir alerts.csv.",
    ),
    "was_rank": Text("was number {rank}", "était n°\u00a0{rank}"),
    "was_band": Text("was number {rank}, {band}", "était n°\u00a0{rank}, {band}"),
    # One prospect
    "back": Text("Back to the list", "Retour à la liste"),
    "previous_prospect": Text("Previous prospect", "Prospect précédent"),
    "next_prospect": Text("Next prospect", "Prospect suivant"),
    "place": Text("number {rank} of {all}", "numéro {rank} sur {all}"),
    "won_within": Text("to be won within {count} days", "de chances de gain sous {count} jours"),
    "interval": Text("80% interval {low} to {high}.", "Intervalle à 80\u202f% : {low} à {high}."),
    "usual": Text(
        "The usual open prospect has {mean}.", "Un prospect ouvert habituel est à {mean}."
    ),
    "lost_within": Text("Lost within {count} days: {lost}.", "Perdu sous {count} jours : {lost}."),
    "few_long": Text(
        "Not enough history: prospects like this one were won too rarely to tell.",
        "Pas assez d'historique : trop peu de prospects semblables ont été gagnés pour trancher.",
    ),
    "follow_up": Text("Suggested follow-up:", "Suite proposée :"),
    "caution": Text("Points the other way:", "Va dans l'autre sens :"),
    "exploration": Text("drawn at random", "tiré au sort"),
    "exploration_note": Text(
        "Drawn at random: work it like a hot one, so that the next model learns from it.",
        "Tiré au sort : à traiter comme un chaud, pour que le prochain modèle en apprenne.",
    ),
    "changed": Text("Since the last run", "Depuis la dernière liste"),
    "changed_from": Text("From {before} to {after}", "De {before} à {after}"),
    "changed_rank": Text(
        "from number {before} to number {after}", "du n°\u00a0{before} au n°\u00a0{after}"
    ),
    "changed_band": Text("from {before} to {after}", "de {before} à {after}"),
    "since_day": Text("Since {day}", "Depuis le {day}"),
    "by_prospect": Text("What the prospect did", "Ce qu'a fait le prospect"),
    "by_time": Text("What time did (silence, age)", "Le temps passé (silence, âge)"),
    "by_model": Text("A different model", "Un autre modèle"),
    "by_data": Text("Corrections of its past in the CRM", "Corrections de son passé dans le CRM"),
    "signals": Text("Signals", "Signaux"),
    "speaks_for": Text("Speaks for it", "Joue pour"),
    "speaks_against": Text("Speaks against it", "Joue contre"),
    "sum": Text(
        "Usual prospect {mean}, these signals {named} points, other signals {rest} points: "
        "{total}.",
        "Prospect habituel {mean}, ces signaux {named} points, autres signaux {rest} points : "
        "{total}.",
    ),
    "association": Text(
        "Points are associations that the model has learnt, not causes.",
        "Les points sont des associations apprises par le modèle, pas des causes.",
    ),
    "when": Text("When it could close", "Quand l'affaire peut se conclure"),
    "if_it_closes": Text(
        "If it is won: half of such prospects close within {median}; the middle half from {first} "
        "to {last}.",
        "S'il est gagné : la moitié des prospects semblables concluent sous {median} ; la moitié "
        "centrale, du {first} au {last}.",
    ),
    "curve": Text(
        "Won, lost and still open over time", "Gagné, perdu ou encore ouvert au fil du temps"
    ),
    "curve_spoken": Text(
        "Won, lost and still open over time. After {days} days: won {won}, lost {lost}.",
        "Gagné, perdu ou encore ouvert au fil du temps. Après {days} jours : gagné {won}, perdu "
        "{lost}.",
    ),
    "curve_at": Text("{day}: won {won}, lost {lost}", "{day} : gagné {won}, perdu {lost}"),
    "days_from_now": Text("days from the scoring", "jours après le score"),
    "won": Text("won", "gagné"),
    "lost": Text("lost", "perdu"),
    "still_open": Text("still open", "encore ouvert"),
    "window": Text("middle half, if it is won", "moitié centrale, s'il est gagné"),
    "show_figures": Text("Show the figures", "Voir les chiffres"),
    "ask_next": Text("What to ask or offer next", "À demander ou à proposer ensuite"),
    "colon": Text(": ", "\u00a0: "),
    "support": Text("seen in {count} prospects", "vu chez {count} prospects"),
    "support_one": Text("seen in {count} prospect", "vu chez {count} prospect"),
    "step_note": Text(
        "The score by answer or step: associations among past prospects, no promise.",
        "Le score selon la réponse ou l'action : des associations chez les prospects passés, pas "
        "une promesse.",
    ),
    "history": Text("Latest facts", "Derniers faits"),
    # The model
    "no_evaluation": Text(
        "This model came without its forward test, so there is nothing to show on how well it "
        "did. Models that are registered at training have one.",
        "Ce modèle est venu sans son test dans le temps : rien ne peut être montré sur sa qualité. "
        "Les modèles enregistrés à l'entraînement en ont un.",
    ),
    "worth": Text("What the list is worth", "Ce que vaut la liste"),
    "order": Text("Order of the list", "Ordre de la liste"),
    "met": Text("Deals met", "Affaires traitées"),
    "interval_95": Text("95% interval", "Intervalle à 95\u202f%"),
    "predictor_model": Text("this model", "ce modèle"),
    "predictor_base_rate": Text("random order", "ordre aléatoire"),
    "base_rate": Text("base rate", "taux de base"),
    "predictor_points": Text("points score", "score à points"),
    "predictor_champion": Text("champion", "champion"),
    "calibration": Text("Are its promises kept?", "Tient-il ses promesses ?"),
    "calibration_note": Text(
        "Of prospects that were promised 20%, about 20% should be won within {count} days: on the "
        "line, they were.",
        "Sur les prospects à 20\u202f%, environ 20\u202f% devraient être gagnés sous {count} "
        "jours : sur la ligne, ils l'ont été.",
    ),
    "calibration_spoken": Text(
        "Promised against observed share won; the figures are below.",
        "Part promise face à la part observée ; les chiffres sont dessous.",
    ),
    "promised": Text("Promised", "Promis"),
    "observed": Text("Observed", "Observé"),
    "as_promised": Text("as promised", "comme promis"),
    "lift": Text("How early the list finds the won", "À quelle vitesse la liste trouve les gagnés"),
    "lift_note": Text(
        "Share of those won within {count} days that stood in the top of the list.",
        "Part des gagnés sous {count} jours qui figuraient en haut de la liste.",
    ),
    "gain_spoken": Text(
        "Share of the won found from the top of the list; the figures are below.",
        "Part des gagnés trouvée depuis le haut de la liste ; les chiffres sont dessous.",
    ),
    "top_share": Text("Top of the list", "Haut de la liste"),
    "lift_of_model": Text("Times the base rate", "Fois le taux de base"),
    "random_order": Text("random order", "ordre aléatoire"),
    "metrics": Text("The forward test in figures", "Le test dans le temps, en chiffres"),
    "tested": Text(
        "Tested on {snapshots} looks at {prospects} prospects, {first} to {last}: each model saw "
        "only what came before.",
        "Testé sur {snapshots} revues de {prospects} prospects, du {first} au {last} : chaque "
        "modèle n'a vu que ce qui précède.",
    ),
    "horizon": Text("Horizon", "Horizon"),
    "metric_auc": Text("AUC (chance 0.5)", "AUC (hasard 0,5)"),
    "metric_log_loss": Text("Log-loss (low is good)", "Log-loss (bas : bon)"),
    "metric_brier_skill": Text("Brier skill", "Gain de Brier"),
    "metric_lift_top": Text("Lift, top 10%", "Lift, 10\u202f% du haut"),
    "metric_observed_over_expected": Text("Observed / expected", "Observé / attendu"),
    "metric_time_coverage": Text("In the window (50%)", "Dans la fenêtre (50\u202f%)"),
    "overall": Text("Signals in this list", "Les signaux de cette liste"),
    "overall_note": Text(
        "Mean points of each signal over the prospects of this page: up to the right, down to the "
        "left.",
        "Points moyens de chaque signal sur les prospects de cette page : hausse à droite, baisse "
        "à gauche.",
    ),
    "spread": Text("How the probabilities are spread", "Répartition des probabilités"),
    "spread_spoken": Text(
        "Number of prospects by probability.", "Nombre de prospects selon la probabilité."
    ),
    "slices": Text("Where its promises hold least", "Où ses promesses tiennent le moins"),
    "slices_note": Text(
        "1 is right, above 1 promised too little, below 1 too much. Of so many slices about one in "
        "twenty lies outside of its interval by chance.",
        "1 est juste, plus de 1 promettait trop peu, moins de 1 trop. Sur autant de tranches, "
        "environ une sur vingt sort de son intervalle par hasard.",
    ),
    "slices_caption": Text(
        "Observed over expected, the worst first", "Observé sur attendu, les pires d'abord"
    ),
    "around_one": Text("Around 1", "Autour de 1"),
    "other_slices": Text("{count} more slices", "{count} autres tranches"),
    "other_slices_one": Text("{count} more slice", "{count} autre tranche"),
    "slice": Text("Slice", "Tranche"),
    "prospects_column": Text("Prospects", "Prospects"),
    "observed_expected": Text("Observed / expected", "Observé / attendu"),
    "trained": Text("What it was trained on", "Ses données d'entraînement"),
    "model_version": Text("Model", "Modèle"),
    "trained_as_of": Text("Trained as of", "Entraîné au"),
    "snapshots": Text("Snapshots", "Instantanés"),
    "looked_at": Text("Looked at every", "Revus tous les"),
    "features": Text("Features", "Variables"),
    "longest": Text("Longest follow-up", "Suivi le plus long"),
    "source": Text("The data that were read", "Les données lues"),
    "table": Text("Table", "Table"),
    "used_or_not": Text("Used, or why set aside", "Utilisées, ou motif de mise à l'écart"),
    "used": Text("used", "utilisées"),
    "rows": Text("Rows", "Lignes"),
}

#: What stands on the page before its program runs, or where it cannot run.
LOADING = Text("Loading the list ...", "Chargement de la liste…")
FAILED = Text(
    "This browser cannot unpack the list: it takes one of 2023 or later.",
    "Ce navigateur ne peut pas ouvrir la liste : il en faut un de 2023 ou plus récent.",
)
NO_SCRIPT = Text(
    "The list is shown by JavaScript, which is turned off here. ranked.csv in the run's folder "
    "holds it too.",
    "La liste s'affiche avec JavaScript, désactivé ici. Le fichier ranked.csv du dossier la "
    "contient aussi.",
)


def words(language: str) -> dict[str, str]:
    """Give every text of the page in a language, by its name."""
    # French signs keep to their words: no line begins with a colon.
    texts = {name: text[language] for name, text in WORDS.items()}
    return {name: re.sub(r" (?=[:;?!])", "\u00a0", text) for name, text in texts.items()}
