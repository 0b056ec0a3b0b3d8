"""What is said of ratios: how many of each there were, or how many came to nothing of late."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from predictor.features.catalogue import Facts, Text, Values, always
from predictor.features.families.names import type_names
from predictor.features.vocabulary import Labels, Word, ratio_label, word_for
from predictor.features.wording import capital, of_french, percent, several

if TYPE_CHECKING:
    from collections.abc import Callable

    from predictor.features.specification import FeatureSpecification, Ratio


def ratio_sentences(
    name: str, ratio: Ratio, specification: FeatureSpecification, labels: Labels
) -> tuple[Callable[[Values], Text], Callable[[Values], Facts]]:
    """Return the phrase of a ratio and the facts that it tells: those of all its types."""
    names = type_names(specification)
    told = always(*(names[type_] for type_ in (*ratio.of, *ratio.among)))
    if "engagement" in specification.families:
        tally = _tally(ratio, specification)
        say = _say(ratio, labels)
        return (lambda values: say(tally(values))), told
    return _share(name, capital(ratio_label(ratio.name, labels))), told


class Tally(NamedTuple):
    """What the counts of windows tell of a ratio.

    Attributes
    ----------
    found, tried : int
        How many there were ever, and among how many.
    least, most : int
        Bounds of how many of those tried came after the latest found; all, where none was found.
    """

    found: int
    tried: int
    least: int
    most: int


def _tally(ratio: Ratio, specification: FeatureSpecification) -> Callable[[Values], Tally]:
    """Count how many there were, among how many, and how many of these came after the last.

    Features tell how many there were within each window, not in which order. What was tried within
    a window that found none came after the latest found: the longest such window gives the least.
    What came after it lies within any window that found one: the shortest such gives the most.
    """
    names = type_names(specification)
    of, among = [names[type_] for type_ in ratio.of], [names[type_] for type_ in ratio.among]
    windows = [*(f"_count_{days}d" for days in specification.windows_days), "_count"]

    def tally(values: Values) -> Tally:
        def total(types: list[str], suffix: str) -> int:
            return int(sum(values[type_ + suffix] for type_ in types))

        found, tried = total(of, "_count"), total(among, "_count")
        if not found:
            return Tally(found, tried, tried, tried)
        least = 0
        for window in windows:
            if total(of, window):
                return Tally(found, tried, least, total(among, window))
            least = total(among, window)
        return Tally(found, tried, least, tried)

    return tally


def _say(ratio: Ratio, labels: Labels) -> Callable[[Tally], Text]:
    of, among = ([word_for(type_, labels) for type_ in types] for types in (ratio.of, ratio.among))
    came_to_nothing = _CAME_TO_NOTHING.get((ratio.of, ratio.among))

    @lru_cache(maxsize=4096)
    def say(tally: Tally) -> Text:
        found, tried, least, most = tally
        if not tried and not found:
            return among[0].never if len(among) == 1 else _no(among)
        if came_to_nothing and least and least == most:
            return came_to_nothing(least, not found)
        if came_to_nothing and least > 1:
            return _at_least(least, _LATEST[ratio.of])
        many = _count(tried, among)
        if not found:
            none = _no(of)
            return Text(f"{many.en}, no{none.en[2:]}", f"{many.fr}, pas{none.fr[3:]}")
        some = _count(found, of)
        return Text(f"{many.en}, {some.en}", f"{many.fr}, {some.fr}")

    return say


def _count(count: int, words: list[Word]) -> Text:
    """Count interactions of several types together: '3 calls or meetings'."""
    one, more = (_either([getattr(word, form) for word in words]) for form in ("noun", "plural"))
    # A business says no plural of its own words; without a number of its own, none takes a plural.
    if any(word.plural == word.noun != word.counted for word in words):
        more = Text(f"\u00d7 {one.en}", f"\u00d7 {one.fr}")
    return several(count, one, more)


def _no(words: list[Word]) -> Text:
    either = " or ".join(word.noun.en for word in words)
    ni = " ni ".join(of_french(word.noun.fr) for word in words)
    return Text(f"No {either} yet", f"Pas encore {ni}")


def _either(nouns: list[Text]) -> Text:
    return Text(" or ".join(noun.en for noun in nouns), " ou ".join(noun.fr for noun in nouns))


def _not_opened(since: int, never: bool) -> Text:
    if since == 1:
        last, dernier = ("", "") if never else ("last ", "dernier ")
        return Text(f"Our {last}e-mail was not opened", f"Notre {dernier}e-mail n'a pas été ouvert")
    last, derniers = ("", "") if never else ("last ", "derniers ")
    return Text(
        f"None of our {last}{since} e-mails was opened",
        f"Aucun de nos {since} {derniers}e-mails n'a été ouvert",
    )


def _no_reply(since: int, never: bool) -> Text:
    if since == 1:
        last, dernier = ("", "") if never else ("last ", "dernier ")
        return Text(f"No reply to our {last}e-mail", f"Pas de réponse à notre {dernier}e-mail")
    last, derniers = ("", "") if never else ("last ", "derniers ")
    return Text(
        f"No reply to our {last}{since} e-mails",
        f"Pas de réponse à nos {since} {derniers}e-mails",
    )


def _at_least(since: int, latest: Text) -> Text:
    return Text(
        f"At least {since} e-mails from us since the last {latest.en}",
        f"Au moins {since} e-mails de notre part depuis la dernière {latest.fr}",
    )


_CAME_TO_NOTHING: dict[tuple[tuple[str, ...], tuple[str, ...]], Callable[[int, bool], Text]] = {
    (("email_open",), ("email_sent",)): _not_opened,
    (("email_reply",), ("email_sent",)): _no_reply,
}

_LATEST: dict[tuple[str, ...], Text] = {
    ("email_open",): Text("open", "ouverture"),
    ("email_reply",): Text("reply", "réponse"),
}


def _share(name: str, label: Text) -> Callable[[Values], Text]:
    """Say the share, where no counts are among the features."""

    def phrase(values: Values) -> Text:
        share = percent(values[name])
        return Text(
            f"{label.en} in about {share.en} of cases",
            f"{label.fr} dans environ {share.fr} des cas",
        )

    return phrase
