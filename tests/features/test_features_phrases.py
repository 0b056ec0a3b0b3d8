"""Every feature has its sentences, and every signal a phrase for every row, in both languages."""

from __future__ import annotations

import doctest
import importlib
import random
import re
from dataclasses import replace

import pytest
from support.feature_rows import empty_row
from support.histories import load_history
from support.random_histories import (
    AS_OFS,
    STAGES,
    TYPES,
    WINDOWS_DAYS,
    busy_prospect,
    random_history,
)
from support.random_histories import SPECIFICATION as EVERYTHING
from support.snapshots import snapshots_of

from predictor.config_types import LabelConfig
from predictor.features.catalogue import NEVER_MISSING, Feature, Text
from predictor.features.families import build_catalogue
from predictor.features.families.activity import features as activity_features
from predictor.features.families.fit import features as fit_features
from predictor.features.matrix import compute_features
from predictor.features.specification import Question

LANGUAGES = ("en", "fr")
SPECIFICATION = replace(
    EVERYTHING,
    types=(*TYPES[:4], "réunion d'équipe", "100% {done}"),
    questions=(*EVERYTHING.questions, Question("GPCT", "Quel délai ?")),
)
LABELS = {
    "call": LabelConfig(en="call after the offer", fr="appel après l'offre"),
    STAGES[0]: LabelConfig(en="first talks"),
    "industry": LabelConfig(en="line of business", fr="secteur"),
}
UNITS = ("count", "days", "seconds", "share", "category", "number")


@pytest.fixture(scope="module")
def catalogue() -> tuple[Feature, ...]:
    return build_catalogue(SPECIFICATION, LABELS)


@pytest.fixture(scope="module")
def rows(catalogue: tuple[Feature, ...]) -> list[dict[str, object]]:
    rng = random.Random(3)
    history = random_history(rng, 80) + busy_prospect(rng, "busy", 2000)
    ids = [prospect.prospect_id for prospect in history.prospects]
    snapshots = snapshots_of([*ids, "unknown"], AS_OFS)
    frame = compute_features(load_history(history), SPECIFICATION, catalogue, snapshots)
    return [*frame.to_dict("records"), empty_row(catalogue)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_feature_is_described(catalogue: tuple[Feature, ...], language: str) -> None:
    for feature in catalogue:
        for said in (feature.sentence, feature.signal.label, feature.missing):
            text = said[language]
            assert text
            assert text == text.strip()
        assert feature.unit in UNITS
        if feature.missing == NEVER_MISSING:
            assert feature.absent is not None


def test_sentences_tell_the_features_apart(catalogue: tuple[Feature, ...]) -> None:
    for language in LANGUAGES:
        sentences = [feature.sentence[language] for feature in catalogue]
        assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_signal_speaks_on_every_row(
    catalogue: tuple[Feature, ...], rows: list[dict[str, object]], language: str
) -> None:
    signals = {feature.signal for feature in catalogue}
    for row in rows:
        for signal in signals:
            phrase = signal.phrase(row)[language]
            assert phrase
            assert phrase == phrase.strip()
            for word in ("nan", "None", "NaT", "inf", "-", "e+"):
                plain = re.sub("[Ee]-mail|week-end|information", "", phrase)
                assert word not in plain, (signal.name, phrase)


def test_phrases_hold_the_facts(catalogue: tuple[Feature, ...]) -> None:
    row = empty_row(catalogue) | {
        "call_days_since_last": 2.5,
        "call_count_7d": 1.0,
        "call_count_30d": 3.0,
        "stage": STAGES[0],
        "stage_age_days": 70.0,
        "answer_bant_budget": "yes",
        "answer_bant_budget_age_days": 0.2,
        "attribute_size": 1234567.5,
        "attribute_industry": "steel",
        "activity_days_since_last": 12.8,
        "activity_active_days_7d": 1.0,
        "age_days": 40.0,
        "rhythm_usual_gap_days": 3.2,
        "rhythm_silence_ratio": 4.0,
        "quote_request_days_since_last": 6.5,
        "strong_days_since_last": 6.5,
        "strong_interactions_since": 1.0,
        "sequence_last_type": "call",
        "sequence_second_last_type": "quote_request",
        "call_count": 3.0,
        "email_open_count": 5.0,
        "channels": 2.0,
        "inbound_share": 0.6,
        "habits_weekend_share": 0.123,
        "habits_off_hours_share": 0.25,
        "grid_bant_share": 0.5,
        "concept_money_score": 0.5,
        "concept_money_age_days": 0.2,
        "account_prospects": 2.0,
        "account_won": 1.0,
        "account_lost": 0.0,
        "calendar_month": 11.0,
        "calendar_days_to_quarter_end": 38.0,
    }
    found = {feature.signal.name: feature.signal.phrase(row) for feature in catalogue}
    assert found["call"] == Text(
        "Call after the offer 3 days ago (3 times in 30 days)",
        "Appel après l'offre il y a 3 jours (3 fois en 30 jours)",
    )
    assert found["stage"].en == "For 2 months in stage first talks"
    assert found["answer_bant_budget"].en == "Budget 'yes' (yesterday)"
    assert found["answer_champ_budget"].fr == (
        "Budget «\u00a0oui\u00a0» (hier), sans réponse dans la grille CHAMP"
    )
    assert found["attribute_size"] == Text("Size 1,234,568", "Taille 1\u202f234\u202f568")
    assert found["attribute_industry"].fr == "Secteur «\u00a0steel\u00a0»"
    assert found["activity"].en == "Activity on 1 of the last 7 days (1 call after the offer)"
    assert found["age"].fr == "Connu depuis 40 jours"
    assert found["rhythm"].en == "Last activity 13 days ago, usually one every 3 days"
    assert found["strong"] == Text(
        "Asked for a quote 7 days ago (strong signal), 1 interaction since, from either side",
        "A demandé un devis il y a 7 jours (signal fort), 1 interaction depuis, "
        "d'un côté ou de l'autre",
    )
    assert found["sequence"].en == "Call after the offer last, before that quote request"
    assert found["ratio_called"] == Text(
        "5 e-mail opens, 3 \u00d7 call after the offer",
        "5 ouvertures d'e-mail, 3 \u00d7 appel après l'offre",
    )
    assert found["channels"].fr == "En contact par 2 canaux"
    assert found["initiative"].en == (
        "About 60% of the interactions come from the prospect (average 44%)"
    )
    assert found["habits"].en == (
        "About 25% of the activity outside office hours (average 10%), "
        "12% at weekends (average 29%)"
    )
    assert found["grid_bant"].en == "1 of 2 BANT questions answered"
    assert found["concept_money"].en == "Budget 'yes' (yesterday)"
    assert found["account"].fr == "2 autres prospects du compte (1 gagné, aucun perdu)"
    assert found["calendar"].fr == "En novembre, 38 jours avant la fin du trimestre"


def test_phrases_tell_what_is_missing(catalogue: tuple[Feature, ...]) -> None:
    row = empty_row(catalogue)
    found = {feature.signal.name: feature.signal.phrase(row).en for feature in catalogue}
    assert found["call"] == "No call after the offer yet"
    assert found["quote_request"] == "Has not asked for a quote yet"
    assert found["activity"] == "Nothing recorded yet"
    assert found["stage"] == "In no stage yet"
    assert found["answer_bant_need"] == "Need not known yet (ask)"
    assert found["attribute_industry"] == "Line of business not filled in"
    assert found["age"] == "Not created yet"
    assert found["rhythm"] == "Too little activity to know how often it comes"
    assert found["strong"] == "No strong signal yet (website visit, quote request)"
    assert found["sequence"] == "Nothing recorded yet"
    assert found["account"] == "Account not filled in"
    assert found["concept_money"] == "Budget not known yet (ask)"
    assert found["grid_bant"] == "No BANT question answered yet (ask)"
    assert found["ratio_asked"] == "No website visit or call after the offer yet"


def test_silence_is_told_beyond_the_shortest_window() -> None:
    catalogue = activity_features(replace(SPECIFICATION, families=("activity",)), {})
    feature = catalogue[0]
    row = {f"activity_active_days_{days}d": 0.0 for days in WINDOWS_DAYS}
    row |= {"activity_active_days_30d": 4.0, "activity_days_since_last": 7.1}
    told = feature.signal.phrase(row)
    assert told.en == "Activity on 4 of the last 30 days, none for 7 days"
    assert told.fr == "Activité 4 jours sur les 30 derniers, aucune depuis 7 jours"
    row |= {"activity_active_days_30d": 0.0, "activity_days_since_last": 200.0}
    assert feature.signal.phrase(row).en == "No activity for 6 months"
    row |= {"activity_active_days_7d": 1.0, "activity_days_since_last": 7.0}
    assert feature.signal.phrase(row).fr == "Activité 1 jour sur les 7 derniers"


@pytest.mark.parametrize("value", [0.0, -3.0, 1e300, 1e-7, float("inf")])
def test_any_number_can_be_told(value: float) -> None:
    size = [f for f in fit_features(SPECIFICATION, {}) if f.name == "attribute_size"]
    phrase = size[0].signal.phrase({"attribute_size": value})
    assert phrase.en.startswith("Size ")
    assert "e+" not in phrase.en


@pytest.mark.parametrize(
    "module", ["catalogue", "snapshots", "value_words", "vocabulary", "wording"]
)
def test_docstring_examples_hold(module: str) -> None:
    found = doctest.testmod(importlib.import_module(f"predictor.features.{module}"))
    assert found.attempted
    assert not found.failed
