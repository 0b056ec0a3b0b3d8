"""French sentences about whatever a business calls its things: nothing has to agree with a label.

The golden file holds every sentence that takes a label, for feminine, plural and elided ones, and
for those that only seem to be elided.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from support.feature_rows import empty_row

from predictor.config_types import LabelConfig
from predictor.features.actions import question_action
from predictor.features.families import build_catalogue
from predictor.features.specification import (
    Attribute,
    FeatureSpecification,
    Question,
    Ratio,
    Stage,
)
from predictor.features.wording import of_french

GOLDEN = Path(__file__).parents[1] / "golden" / "french_labels.yaml"
SPECIFICATION = FeatureSpecification(
    ("engagement", "activity", "ratios", "sequence", "qualification", "stage", "fit"),
    (7, 30),
    14.0,
    types=("thing", "call"),
    strong_types=("thing",),
    ratios=(Ratio("things", ("thing",), ("call", "thing"), 0.2),),
    questions=(
        Question("BANT", "thing", "money", (("little", 0.0), ("much", 1.0))),
        Question("CHAMP", "thing", "money", (("little", 0.0), ("much", 1.0))),
    ),
    stages=(Stage("thing", 9.0),),
    attributes=(Attribute("thing", "categorical"),),
)
#: A prospect of whom much is known.
FACTS = {
    "thing_days_since_last": 3.0, "thing_count_7d": 2.0, "thing_count_30d": 2.0, "thing_count": 2.0,
    "call_count": 1.0, "activity_days_since_last": 3.0, "activity_active_days_7d": 1.0,
    "strong_days_since_last": 3.0, "strong_interactions_since": 1.0,
    "sequence_last_type": "thing", "sequence_second_last_type": "call",
    "answer_bant_thing": "much", "answer_bant_thing_age_days": 4.0,
    "stage": "thing", "stage_age_days": 5.0, "attribute_thing": "Nord",
}  # fmt: skip


def sentences(label: str) -> list[str]:
    labels = {
        "thing": LabelConfig(en="thing", fr=label),
        "much": LabelConfig(en="much", fr="assez grand"),
    }
    catalogue = build_catalogue(SPECIFICATION, labels)
    signals = dict.fromkeys(feature.signal for feature in catalogue)
    nothing = empty_row(catalogue)
    assert set(FACTS) <= set(nothing)
    rows = ({}, {"call_count": 2.0}, FACTS)
    found = [signal.phrase(nothing | row).fr for row in rows for signal in signals]
    return list(dict.fromkeys([*found, question_action("thing", labels).fr]))


def golden() -> dict[str, list[str]]:
    return dict(yaml.safe_load(GOLDEN.read_text(encoding="utf-8")))


@pytest.mark.parametrize("label", golden())
def test_the_sentences_are_those_of_the_golden_file(label: str) -> None:
    assert sentences(label) == golden()[label]


def test_the_forms_of_a_sentence_are_the_same_for_every_label() -> None:
    forms = []
    for label, found in golden().items():
        capital = label[:1].upper() + label[1:]
        text = "\n".join(found).replace(of_french(label), "de {}")
        forms.append(text.replace(label, "{}").replace(capital, "{}"))
    assert len(forms) >= 6
    assert set(forms) == {forms[0]}
