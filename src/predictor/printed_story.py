"""One prospect's story for the terminal, in English and French, in 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pandas as pd

from predictor.console import WIDTH, say
from predictor.explanation.reasons import points
from predictor.features.catalogue import Text
from predictor.features.wording import day_range, duration, on_date, signed, whole_days
from predictor.printed_changes import print_change

if TYPE_CHECKING:
    from datetime import datetime

    from predictor.operations.story import Story

_WORDS = {
    "title": Text("Prospect {id} as of {date}", "Prospect {id} au {date}"),
    "account": Text("account {0}", "compte {0}"),
    "owner": Text("owner {0}", "responsable : {0}"),
    "created": Text("created {0}", "créé le {0}"),
    "fact": Text("{0} fact known", "{0} fait connu"),
    "facts": Text("{0} facts known", "{0} faits connus"),
    "do_not_contact": Text(
        "DO NOT CONTACT: this prospect is left out of every list.",
        "NE PAS CONTACTER : ce prospect n'est dans aucune liste.",
    ),
    "probability": Text(
        "Converts within {days} days: {won} (portfolio {portfolio}); lost within {days} days: "
        "{lost}",
        "Conversion sous {days} jours : {won} (portefeuille {portfolio}) ; perte sous {days} "
        "jours : {lost}",
    ),
    "interval": Text(
        "80% interval of the first: {low} to {high}",
        "Intervalle à 80\u202f% de la première : de {low} à {high}",
    ),
    "little": Text(
        "Not enough history: prospects like this one were won too rarely to tell.",
        "Historique insuffisant : trop peu de prospects semblables ont été gagnés.",
    ),
    "days": Text(
        "If it is won: in about {median}; half of such prospects in {range}",
        "S'il est gagné : dans {median} environ ; un prospect semblable sur deux, en {range}",
    ),
    "no_days": Text(
        "When it would close is not known: none like it was won so far.",
        "Date de signature inconnue : aucun prospect semblable n'a été gagné.",
    ),
    "for": Text("Speaks for it", "Ce qui parle pour lui"),
    "against": Text("Speaks against it", "Ce qui parle contre lui"),
    "nothing": Text("nothing that weighs", "rien qui pèse"),
    "ask": Text("What could change it", "Ce qui pourrait le changer"),
    "pairs": Text("Pairs of signals that matter together", "Paires de signaux qui jouent ensemble"),
    "and": Text("{0} and {1}", "{0} et {1}"),
    "latest": Text("Latest facts", "Derniers faits"),
    "none": Text("none recorded", "aucun enregistré"),
    "end": Text(
        "Points are associations that the model has learnt, not causes.",
        "Les points sont des associations que le modèle a apprises, pas des causes.",
    ),
}


def print_story(story: Story) -> None:
    """Print one prospect's story."""
    row, language = story.row, story.language

    def word(name: str, *values: str, **named: object) -> str:
        return _WORDS[name][language].format(*values, **named)

    say(word("title", id=row["prospect_id"], date=_date(row["as_of"], language)))
    facts = "fact" if story.facts_known == 1 else "facts"
    about = [
        "" if pd.isna(row["account_id"]) else word("account", row["account_id"]),
        "" if pd.isna(row["owner"]) else word("owner", row["owner"]),
        word("created", _date(story.created_at, language)),
        word(facts, str(story.facts_known)),
    ]
    say(textwrap.fill(", ".join(filter(None, about)), WIDTH))
    if row["do_not_contact"]:
        say(word("do_not_contact"))
    say()
    _print_figures(story)
    for title, chosen in (
        ("for", story.signals[story.signals["contribution"] > 0]),
        ("against", story.signals[story.signals["contribution"] < 0]),
    ):
        say(f"\n{word(title)}")
        if chosen.empty:
            say(f"  {word('nothing')}")
        for text, contribution in zip(chosen["reason"], chosen["contribution"], strict=True):
            _wrapped(f"{points(contribution, language):>12}  {text}")
    print_change(story.change, language)
    _print_openings(story)
    say(f"\n{word('latest')}")
    if story.recent.empty:
        say(f"  {word('none')}")
    for fact in story.recent.to_dict("records"):
        what = textwrap.shorten(fact["what"], WIDTH - 20, placeholder="...")
        say(f"  {fact['at']:%Y-%m-%d %H:%M}  {what}")
    say(f"\n{word('end')}")


def _print_openings(story: Story) -> None:
    """Print what could change the score and, where asked for, the pairs of signals."""
    language = story.language
    if len(story.next_steps):
        say(f"\n{_WORDS['ask'][language]}")
        for sentence in story.next_steps["sentence"]:
            say(textwrap.fill(sentence, WIDTH, initial_indent="  ", subsequent_indent="    "))
    if story.pairs is None:
        return
    say(f"\n{_WORDS['pairs'][language]}")
    for first, second, contribution in story.pairs.itertuples(index=False):
        both = _WORDS["and"][language].format(first, second)
        _wrapped(f"{points(contribution, language):>12}  {both}")


def _print_figures(story: Story) -> None:
    row, language = story.row, story.language

    def tell(name: str, **named: object) -> None:
        say(textwrap.fill(_WORDS[name][language].format(**named), WIDTH))

    def share(value: float) -> str:
        return signed(f"{100 * value:.1f}")[language] + ("\u202f%" if language == "fr" else "%")

    tell(
        "probability",
        days=row["horizon_days"],
        won=share(row["conversion_probability"]),
        portfolio=share(story.portfolio_probability),
        lost=share(row["loss_probability"]),
    )
    low, high = row["conversion_probability_low"], row["conversion_probability_high"]
    if not pd.isna(low):
        tell("interval", low=share(low), high=share(high))
    if row["not_enough_history"]:
        tell("little")
    days = [row[f"days_to_close_{name}"] for name in ("median", "p25", "p75")]
    if pd.isna(days).any():
        tell("no_days")
    else:
        median, low, high = map(float, days)
        half = duration(whole_days(median), "day")[language]
        tell("days", median=half, range=day_range(low, high)[language])
    if row["sooner_or_later"]:
        say(textwrap.fill(row["sooner_or_later"], WIDTH))


def _wrapped(line: str) -> None:
    """Print points and a sentence, whose lines begin below one another."""
    say(textwrap.fill(line, WIDTH, initial_indent="  ", subsequent_indent=" " * 16))


def _date(instant: datetime, language: str) -> str:
    return on_date(instant.date())[language]
