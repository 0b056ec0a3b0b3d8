from __future__ import annotations

import pytest
from support.simulated import config_of, crm_of
from support.sources import read_tables
from support.stores import stored

from predictor.config_file import parse_config, read_config
from predictor.crm.crm import read_crm
from predictor.crm.simulator import plant_leak, simulate, write_simulation
from predictor.evaluation.leakage.audit import audit

CONFIG = "source: {inputs: {prospects: p.csv, outcomes: o.csv}}"
PEOPLE = [
    {"prospect_id": f"P{number}", "created_at": f"2024-0{1 + number % 5}-1{number % 9} 08:00"}
    for number in range(40)
]


def audited(tables, tmp_path, config=CONFIG):
    crm = read_tables(tables)
    return audit(crm, parse_config(config, tmp_path / "config.yaml"), crm.last_instant())


@pytest.mark.parametrize("people", [PEOPLE, PEOPLE[:1]])
@pytest.mark.parametrize("outcome", ["won", "lost"])
@pytest.mark.parametrize("n_closed", [1, 40])
def test_a_crm_of_few_prospects_and_no_facts_is_quiet(people, outcome, n_closed, tmp_path):
    outcomes = [
        {
            "prospect_id": one["prospect_id"],
            "closed_at": f"2024-06-{1 + 7 * place % 28:02d} 09:{place:02d}",
            "outcome": outcome,
        }
        for place, one in enumerate(people[:n_closed])
    ]
    assert audited({"prospects": people, "outcomes": outcomes}, tmp_path) == []


def test_a_name_that_accepts_nothing_is_named_with_those_there_are(tmp_path):
    won = {"prospect_id": "P0", "closed_at": "2024-06-01 08:00", "outcome": "won"}
    tables = {"prospects": PEOPLE, "outcomes": [won]}
    found = audited(tables, tmp_path, f"{CONFIG}\naccept_findings: [attribute:typo]")
    assert [f.name for f in found] == ["accept_findings:attribute:typo"]
    assert "none today" in found[0].mend


def test_a_store_is_audited_as_its_source_is_and_left_as_it_was(tmp_path):
    write_simulation(plant_leak(simulate(400, seed=3), "life_after"), tmp_path / "crm")
    config = read_config(tmp_path / "crm" / "config.yaml")
    crm = read_crm(config)
    plain = audit(crm, config, crm.last_instant())
    kept = stored(config, tmp_path)
    from_store = read_crm(config.model_copy(update={"source": kept.source, "folder": kept.folder}))
    again = audit(from_store, config, from_store.last_instant())
    assert [f.name for f in plain] == ["interactions:after_outcome"]
    assert again == plain
    left = from_store.connection.raw_sql("SELECT table_name FROM information_schema.tables")
    assert not [name for (name,) in left.fetchall() if "looks" in name]


def test_the_same_export_gives_the_same_findings():
    simulation = plant_leak(simulate(400, seed=3), "rewritten_duration")
    config = config_of(simulation)
    first, again = (audit(crm, config, crm.last_instant()) for crm in map(crm_of, [simulation] * 2))
    assert first
    assert first == again
