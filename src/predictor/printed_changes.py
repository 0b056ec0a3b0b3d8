"""What happened since the previous run, for the terminal, in English and French."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from predictor.console import WIDTH, print_table, say
from predictor.explanation.reasons import LEAST_REASON, points
from predictor.features.catalogue import Text
from predictor.features.wording import number, on_date, signed

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from predictor.operations.change_story import ChangeStory

SIGNALS_SHOWN = 3
_COLUMNS = Text("alert prospects example", "alerte prospects exemple")
_WORDS = {
    "alerts": Text("Since the previous run: {path}", "Depuis la liste précédente : {path}"),
    "title": Text("Since {day}: {before} then", "Depuis le {day} : {before} alors"),
    "place": Text(", number {rank} of the list", ", numéro {rank} de la liste"),
    "unsplit": Text(
        "{points} in all, not split: {why}", "{points} en tout, sans répartition : {why}"
    ),
    "signals": Text("the signals that moved most:", "les signaux qui ont bougé le plus :"),
}
_PARTS = {
    "prospect": Text(
        "what was learnt since, of it and its account",
        "ce qu'on a appris depuis, de lui et de son compte",
    ),
    "time": Text("time: silence, age", "le temps : silence, ancienneté"),
    "model": Text("another model", "un autre modèle"),
    "data": Text("the source tells its past differently", "le passé a été modifié dans la source"),
}


def print_alerts(alerts: pd.DataFrame, path: str, language: str) -> None:
    """Print how many prospects have an alert of each kind, the first of them, and the file."""
    if alerts.empty:
        return
    rows = [
        (
            str(alert),
            number(mine["prospect_id"].nunique())[language],
            textwrap.shorten(
                f"{mine['prospect_id'].iloc[0]}: {mine['reason'].iloc[0]}",
                WIDTH - 34,
                placeholder="...",
            ),
        )
        for alert, mine in alerts.groupby("alert", sort=False)
    ]
    columns = _COLUMNS[language].split()
    say(f"\n{_WORDS['alerts'][language].format(path=path)}")
    print_table("", columns, rows, right=[columns[1]])


def print_change(story: ChangeStory | None, language: str) -> None:
    """Print how a score changed since the run before, by parts and by signals."""
    if story is None:
        return

    def word(name: str, **values: object) -> str:
        return _WORDS[name][language].format(**values)

    before = signed(f"{100 * story.previous_probability:.1f}")[language]
    before += "\u202f%" if language == "fr" else "%"
    day = on_date(story.previous_as_of.date())[language]
    place = word("place", rank=story.previous_rank) if story.previous_rank else ""
    say(f"\n{word('title', day=day, before=before)}{place}")
    if story.unsplit:
        said = word("unsplit", points=points(story.change, language), why=story.unsplit)
        say(textwrap.fill(said, WIDTH, initial_indent="  ", subsequent_indent="  "))
        return
    _lines(((text[language], story.parts[part]) for part, text in _PARTS.items()), language)
    shown = story.signals.head(SIGNALS_SHOWN)
    moved = zip(shown["label"], shown["change"], strict=True)
    weigh = [(str(label), float(change)) for label, change in moved if _weighs(float(change))]
    if weigh:
        say(f"  {word('signals')}")
        _lines(weigh, language)


def _weighs(change: float) -> bool:
    return abs(change) >= LEAST_REASON


def _lines(rows: Iterable[tuple[str, float]], language: str) -> None:
    for text, change in rows:
        if _weighs(change):
            weight = points(change, language)
            say(f"  {weight:>12}  {textwrap.shorten(text, WIDTH - 16, placeholder='...')}")
