from __future__ import annotations

import re
from typing import Any

import pytest
import typer
from docs_pages import DOCS, PAGES, load_hook, table_below

from predictor.cli import app
from predictor.config import Config
from predictor.config_file import parse_config
from predictor.crm.contract import TABLES
from predictor.crm.crm import read_crm
from predictor.lists.columns import RANKED_COLUMNS

CONTRACT = DOCS / "reference/data_contract.md"
HOOK = load_hook()

DIRTY = {
    "prospects.csv": """prospect_id,created_at
P1,2024-01-01
P1,2024-01-02
,2024-01-01
P2,
P3,yesterday
P4,2030-01-01
P5,2024-01-05
P6,2024-01-06
P7,2024-01-07
P8,2024-01-08
""",
    "interactions.csv": """prospect_id,occurred_at,type
P1,2024-01-03,call
P1,2024-01-03,call
P1,2024-01-04,
P9,2024-01-03,call
P8,2024-01-09,call
P2,2024-01-09,call
""",
    "outcomes.csv": """prospect_id,closed_at,outcome
P1,2024-02-01,won
P1,2024-02-02,lost
P5,2024-02-01,perhaps
P6,2023-01-01,won
P8,soon,won
""",
}


def _reasons_on_the_page() -> list[str]:
    cells = [row[0] for row in table_below(CONTRACT, "## Quarantine")]
    return [part for cell in cells for part in cell.split("`")[1::2]]


@pytest.mark.parametrize("contract", TABLES, ids=lambda contract: contract.name)
def test_contract_tables_are_those_of_the_code(contract):
    rows = table_below(CONTRACT, f"### {contract.name}")
    shown = [(name.strip("`"), type_, needed == "**yes**") for name, type_, needed, _ in rows]
    assert shown == [(c.name, c.type, c.required) for c in contract.columns]


def test_reasons_of_the_quarantine_are_on_the_page(tmp_path):
    for name, text in DIRTY.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    inputs = ", ".join(f"{name.removesuffix('.csv')}: {name}" for name in DIRTY)
    text = f"source: {{data_until: 2024-03-01, inputs: {{{inputs}}}}}"
    counts = read_crm(parse_config(text, tmp_path / "config.yaml")).counts
    reasons = set(counts["reason"]) - {"used"}
    assert len(reasons) >= 11
    shown = _reasons_on_the_page()
    for reason in reasons:
        general, _, _ = reason.partition(": ")
        assert reason in shown or f"{general}: REASON" in shown or _is_another_date(reason), reason


def test_every_required_column_has_its_reason_on_the_page():
    shown = _reasons_on_the_page()
    for contract in TABLES:
        for column in contract.columns:
            if column.required:
                assert f"no {column.name}" in shown


def _is_another_date(reason: str) -> bool:
    return (
        reason.endswith(" is not a date") and "created_at is not a date" in _reasons_on_the_page()
    )


def test_columns_of_the_list_are_those_of_the_code():
    page = (DOCS / "tutorials/sales_operations.md").read_text(encoding="utf-8")
    written = HOOK.on_page_markdown(page).partition("## The columns\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", written, flags=re.MULTILINE) == list(RANKED_COLUMNS)


def test_every_key_of_the_configuration_is_generated():
    keys = set(HOOK.configuration_keys())
    expected = set()
    for name, field in Config.model_fields.items():
        inner: Any = field.annotation
        if hasattr(inner, "model_fields"):
            expected |= {f"{name}.{key}" for key in inner.model_fields}
        elif name in ("attributes", "labels", "grids", "follow_ups"):
            continue
        elif name != "folder":
            expected.add(name)
    expected -= {"features.ratios"}
    assert expected <= keys
    assert keys - expected == {
        "attributes.NAME.known_at",
        "features.ratios.NAME.of",
        "features.ratios.NAME.among",
        "follow_ups.ITEM.en",
        "follow_ups.ITEM.fr",
        "follow_ups.ITEM.band",
        "follow_ups.ITEM.signal",
        "follow_ups.ITEM.missing",
        "follow_ups.ITEM.points",
        "grids.NAME.NAME.concept",
        "grids.NAME.NAME.answers",
        "labels.NAME.en",
        "labels.NAME.fr",
        "labels.NAME.action_en",
        "labels.NAME.action_fr",
    }


def test_keys_are_told_with_type_default_and_meaning():
    rows = [line for line in HOOK.configuration().splitlines() if line.startswith("| `")]
    for row in rows:
        _, type_, default, meaning = (cell.strip() for cell in row.split(" | "))
        assert type_
        assert default
        assert len(meaning) > 5
    assert any(
        row.startswith("| `horizon_days` | whole number, 1 to 36,500 | `30` |") for row in rows
    )


def test_features_are_generated_from_the_catalogue():
    text = HOOK.features()
    for name in ("email_open_count_7d", "answer_bant_budget", "stage_age_days", "age_days"):
        assert f"| `{name}` |" in text


def test_commands_are_generated_with_their_help():
    group: Any = typer.main.get_command(app)
    text = HOOK.commands()
    for name in group.commands:
        assert f"## {name}\n" in text
        assert f"Usage: predictor {name}" in text
    assert max(map(len, text.splitlines())) <= 80


def test_markers_of_the_pages_have_a_generator():
    found = [
        name for page in PAGES for name in HOOK.MARKER.findall(page.read_text(encoding="utf-8"))
    ]
    assert sorted(found) == sorted(HOOK.GENERATORS)
    assert HOOK.on_page_markdown("<!-- generated: features -->") == HOOK.features()
