"""Sentences of the simulated businesses: right in both languages for any value, and free of jargon.

The golden file holds the sentences of every family at the values where they change.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.feature_rows import empty_row, random_row
from support.simulated import config_of, crm_of

from predictor.crm.simulator import simulate
from predictor.features.families import build_catalogue
from predictor.features.learning import learn_specification

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from predictor.features.catalogue import Feature, Signal
    from predictor.features.specification import FeatureSpecification

GOLDEN = Path(__file__).parents[1] / "golden" / "sentences.yaml"
#: Words of cause, and words that only those who made the model know.
FORBIDDEN = re.compile(
    r"because|cause|thanks to|due to|leads to|therefore|effect|impact|parce que|grâce à|donc\b"
    r"|en raison|entraîne|effet"
    r"|score|feature|\bratios?\b|shap\b|logarithm|decay|probabil|median|médian|\bnull\b|\bnan\b"
    r"|\bnone\)|window|fenêtre|snapshot|model|modèle|variable|drawn|ramené|concept|[a-z]_[a-z]"
)


class World:
    """What a simulated business makes of features."""

    def __init__(self, cycle: str) -> None:
        simulation = simulate(120, cycle, seed=1)
        learnt = learn_specification(crm_of(simulation), config_of(simulation))
        self.specification: FeatureSpecification = replace(learnt, other_types=True)
        self.catalogue: tuple[Feature, ...] = build_catalogue(self.specification)
        self.signals: tuple[Signal, ...] = tuple(dict.fromkeys(f.signal for f in self.catalogue))

    def rows(self, seed: int) -> Iterator[dict[str, object]]:
        yield empty_row(self.catalogue)
        rng = random.Random(seed)
        for _ in range(4):
            yield random_row(rng, self.catalogue, self.specification)


@pytest.fixture(scope="module", params=["short", "long"])
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


def assert_written_well(text: str, language: str) -> None:
    """Check what holds of every sentence."""
    assert text == text.strip()
    assert text[:1].isdigit() or text[:1].isupper(), text
    assert not text.endswith((".", ",", ":", ";", "("))
    assert "  " not in text
    assert ":" not in text  # one stands between the sentence and its points
    assert text.count("(") == text.count(")")
    assert not re.search(r"\( | \)|\(\)| ,|,,|:$", text)
    if language == "fr":
        assert not re.search(r"\S[:;?!]|[^\u202f]%|\d\.\d", text)
        assert not re.search(r"\b(?:de|le|la|que) [aeiouyéèê]", text.replace("la une", ""))
        # 0 and 1 are singular, from 2 on it is the plural.
        assert not re.search(r"\b[01] (?:jours|interactions|e-mails|appels|questions)\b", text)
    else:
        assert not re.search(r"\s[:;?!%]|\d,\d{1,2}\b", text)
        assert not re.search(r"(?<![\d,.])1 (?:days|interactions|e-mails|calls|questions)\b", text)


@given(seed=st.integers(0, 2**32))
def test_every_sentence_is_well_written_in_both_languages(world: World, seed: int) -> None:
    for row in world.rows(seed):
        for signal in world.signals:
            said = signal.phrase(row)
            for language in ("en", "fr"):
                assert_written_well(said[language], language)


@given(seed=st.integers(0, 2**32))
def test_no_sentence_has_a_word_of_cause_or_jargon(world: World, seed: int) -> None:
    for row in world.rows(seed):
        for signal in world.signals:
            said = signal.phrase(row)
            for text in (said.en.lower(), said.fr.lower()):
                assert not FORBIDDEN.search(text), text


@given(seed=st.integers(0, 2**32))
def test_two_signals_that_say_the_same_words_tell_a_common_fact(world: World, seed: int) -> None:
    for row in world.rows(seed):
        told: dict[str, frozenset[str]] = {}
        for signal in world.signals:
            facts = signal.facts(row)
            assert facts
            said = signal.phrase(row).en
            assert facts & told.setdefault(said, facts), said


def golden() -> list[Mapping[str, object]]:
    return list(yaml.safe_load(GOLDEN.read_text(encoding="utf-8")))


def test_the_sentences_are_those_of_the_golden_file() -> None:
    world = World("short")
    signals = {signal.name: signal for signal in world.signals}
    entries = golden()
    found = []
    for entry in entries:
        row = empty_row(world.catalogue) | dict(entry["values"])  # type: ignore[call-overload]
        assert set(row) == {feature.name for feature in world.catalogue}, entry
        said = signals[str(entry["signal"])].phrase(row)
        found.append({**entry, "en": said.en, "fr": said.fr})
    assert found == entries


def test_the_golden_file_has_every_family() -> None:
    told = {str(entry["signal"]).split("_")[0] for entry in golden()}
    assert told >= {
        *("email", "quote", "activity", "rhythm", "channels", "initiative", "habits", "ratio"),
        *("sequence", "strong", "answer", "grid", "concept", "stage", "attribute", "account"),
        *("calendar", "age"),
    }
