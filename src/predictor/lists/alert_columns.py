"""The columns of alerts for people, beside those that a ranked list has too."""

from __future__ import annotations

from predictor.lists.column_kinds import INSTANT, SENTENCE, TEXT, VALUE, Column, Text

ALERT_ONLY = (
    Column(
        "alert", TEXT._replace(width=22), Text("Alert", "Alerte"),
        Text("Its kind.", "Sa nature."),
    ),
    Column(
        "reason", SENTENCE, Text("What happened", "Ce qui s'est passé"),
        Text("In a sentence.", "En une phrase."),
    ),
    Column(
        "since", INSTANT, Text("Since", "Depuis"),
        Text(
            "The strong signal, the last interaction, or the run with which is compared.",
            "Le signal fort, la dernière interaction, ou le calcul auquel on compare.",
        ),
    ),
    Column(
        "previous_value", VALUE, Text("Before", "Avant"),
        Text(
            "The band or the closing date before, or how often it usually is in touch.",
            "La catégorie ou la date de conclusion d'avant, ou le rythme habituel.",
        ),
        missing=Text("Nothing to compare with.", "Rien à comparer."),
    ),
    Column(
        "current_value", VALUE, Text("At present", "À présent"),
        Text(
            "The band, the closing date, how long the silence is, or how many strong signals.",
            "La catégorie, la date de conclusion, la durée du silence ou le nombre de signaux.",
        ),
    ),
)  # fmt: skip
"""Columns of ``alerts.csv`` that the list has not; ``kind`` is for machines."""
