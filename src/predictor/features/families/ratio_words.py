"""What is said of ratios: how many of each there were, or how many came to nothing of late."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

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
        return (lambda values: say(*tally(values))), told
    return _share(name, capital(ratio_label(ratio.name, labels))), told


def _tally(
    ratio: Ratio, specification: FeatureSpecification
) -> Callable[[Values], tuple[int, int, int]]:
    """Count how many there were, among how many, and how many of these certainly came after.

    The features tell the counts of windows: those of the longest window that saw none are the
    latest that came to nothing. There may be more, never fewer.
    """
    names = type_names(specification)
    of, among = [names[type_] for type_ in ratio.of], [names[type_] for type_ in ratio.among]
    windows = [f"_count_{days}d" for days in reversed(specification.windows_days)]

    def tally(values: Values) -> tuple[int, int, int]:
        def total(types: list[str], suffix: str) -> int:
            return int(sum(values[type_ + suffix] for type_ in types))

        found, tried = total(of, "_count"), total(among, "_count")
        if not found:
            return found, tried, tried
        since = next((total(among, window) for window in windows if not total(of, window)), 0)
        return found, tried, since

    return tally


def _say(ratio: Ratio, labels: Labels) -> Callable[[int, int, int], Text]:
    of, among = ([word_for(type_, labels) for type_ in types] for types in (ratio.of, ratio.among))
    came_to_nothing = _CAME_TO_NOTHING.get((ratio.of, ratio.among))

    @lru_cache(maxsize=4096)
    def say(found: int, tried: int, since: int) -> Text:
        if not tried and not found:
            return among[0].never if len(among) == 1 else _no(among)
        if came_to_nothing and since and (since > 1 or not found):
            return came_to_nothing(since, not found)
        many = _count(tried, among)
        if not found:
            none = _no(of)
            return Text(f"{many.en}, no{none.en[2:]}", f"{many.fr}, pas{none.fr[3:]}")
        some = _count(found, of)
        return Text(f"{many.en}, {some.en}", f"{many.fr}, {some.fr}")

    return say


def _count(count: int, words: list[Word]) -> Text:
    """Count interactions of several types together: '3 calls or meetings'."""
    one, more = (_either([getattr(word, form) for word in words]) for form in ("noun", "counted"))
    return several(count, one, more)


def _no(words: list[Word]) -> Text:
    either = _either([word.noun for word in words])
    return Text(f"No {either.en} yet", f"Pas encore {of_french(either.fr)}")


def _either(nouns: list[Text]) -> Text:
    return Text(" or ".join(noun.en for noun in nouns), " ou ".join(noun.fr for noun in nouns))


def _not_opened(since: int, never: bool) -> Text:
    if since == 1:
        return Text("The e-mail sent was not opened", "L'e-mail envoyé n'a pas été ouvert")
    last, derniers = ("", "") if never else ("last ", "derniers ")
    return Text(
        f"None of the {last}{since} e-mails opened", f"Aucun des {since} {derniers}e-mails ouvert"
    )


def _no_reply(since: int, never: bool) -> Text:
    if since == 1:
        return Text("No reply to the e-mail sent", "Pas de réponse à l'e-mail envoyé")
    last, derniers = ("", "") if never else ("last ", "derniers ")
    return Text(
        f"No reply to the {last}{since} e-mails sent",
        f"Pas de réponse aux {since} {derniers}e-mails envoyés",
    )


_CAME_TO_NOTHING: dict[tuple[tuple[str, ...], tuple[str, ...]], Callable[[int, bool], Text]] = {
    (("email_open",), ("email_sent",)): _not_opened,
    (("email_reply",), ("email_sent",)): _no_reply,
}


def _share(name: str, label: Text) -> Callable[[Values], Text]:
    """Say the share, where no counts are among the features."""

    def phrase(values: Values) -> Text:
        share = percent(values[name])
        return Text(f"{label.en}: about {share.en}", f"{label.fr} : environ {share.fr}")

    return phrase
