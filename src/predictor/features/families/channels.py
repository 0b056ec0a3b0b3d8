"""Channels: on how many the prospect is reached, and who begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from predictor.features.catalogue import (
    NEVER_MISSING,
    Feature,
    Relation,
    Signal,
    Text,
    Values,
    define,
)
from predictor.features.families.shrinkage import IMAGINED, TINY, drawn_to
from predictor.features.relations.interactions import different_channels, of_all_types
from predictor.features.wording import percent, several

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from predictor.features.specification import FeatureSpecification
    from predictor.features.vocabulary import Labels


def features(specification: FeatureSpecification, labels: Labels) -> list[Feature]:
    """Return the features of channels and directions, as far as training saw any."""
    del labels  # channels are counted, not named
    found: list[Feature] = []
    if specification.channels:
        found += _channels(specification.windows_days)
    if specification.inbound_rate is not None:
        days = specification.windows_days[-1]
        found += _inbound_shares(specification.inbound_rate, days)
    return found


def _channels(windows_days: tuple[int, ...]) -> list[Feature]:
    signal = Signal("channels", Text("channels", "canaux"), _channels_phrase)

    def read(name: str) -> Callable[[ir.Table], ir.Value]:
        return lambda channels: channels[name]

    windows = {
        f"_{days}d": (f" in the last {days} days", f" sur {days} jours") for days in windows_days
    }
    return [
        define(
            signal,
            Relation(different_channels),
            f"channels{window}",
            "count",
            Text(f"Number of different channels{en}", f"Nombre de canaux différents{fr}"),
            read(f"channels{window}"),
        )
        for window, (en, fr) in (windows | {"": (" ever", " au total")}).items()
    ]


def _inbound_shares(rate: float, days: int) -> list[Feature]:
    signal = Signal("initiative", _WHO_BEGINS, _initiative_phrase(rate))

    def share(suffix: str) -> Callable[[ir.Table], ir.Value]:
        return lambda all_types: drawn_to(
            rate, all_types[f"inbound{suffix}"], all_types[f"directed{suffix}"]
        )

    windows = {
        "": ("", "", ""),
        f"_{days}d": ("_window", f" of the last {days} days", f" des {days} derniers jours"),
    }
    return [
        Feature(
            f"inbound_share{name}",
            signal,
            Relation(of_all_types),
            share(suffix),
            "share",
            Text(
                f"Share of the interactions{en} that the prospect began, drawn to "
                f"{percent(rate).en} by {IMAGINED} imagined ones",
                f"Part des interactions{fr} à l'initiative du prospect, ramenée vers "
                f"{percent(rate).fr} par {IMAGINED} interactions imaginées",
            ),
            NEVER_MISSING,
            rate,
        )
        for name, (suffix, en, fr) in windows.items()
    ]


def _channels_phrase(values: Values) -> Text:
    channels = int(values["channels"])
    if channels == 0:
        return Text("On no channel yet", "Sur aucun canal pour l'instant")
    counted = several(channels, Text("channel", "canal"), Text("channels", "canaux"))
    return Text(f"In touch on {counted.en}", f"En contact par {counted.fr}")


def _initiative_phrase(rate: float) -> Callable[[Values], Text]:
    average = percent(rate)

    def phrase(values: Values) -> Text:
        inbound = values["inbound_share"]
        if abs(inbound - rate) < TINY:  # nothing seen, or just as much as of the others
            return _LIKE_OTHERS
        share = percent(inbound)
        return Text(
            f"About {share.en} of the interactions come from the prospect (average {average.en})",
            f"Environ {share.fr} des interactions viennent du prospect (moyenne {average.fr})",
        )

    return phrase


_WHO_BEGINS = Text("who gets in touch", "prises de contact")
_LIKE_OTHERS = Text(
    "Not known to get in touch more or less than others",
    "Rien ne dit que le prospect prenne contact plus ou moins que les autres",
)
