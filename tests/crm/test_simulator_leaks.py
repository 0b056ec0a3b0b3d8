from __future__ import annotations

import pytest
from support.simulated import crm_of

from predictor.config_file import read_config
from predictor.crm.crm import read_crm
from predictor.crm.simulator import Simulation, plant_leak, simulate, write_simulation
from predictor.crm.simulator.leaks import LEAKS
from predictor.errors import ConfigurationError


@pytest.fixture(scope="module")
def clean() -> Simulation:
    return simulate(400, seed=7)


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_changes_one_table_and_only_adds_columns_to_prospects(clean, leak):
    leaky = plant_leak(clean, leak)
    changed = [name for name in clean.tables if not leaky.tables[name].equals(clean.tables[name])]
    assert len(changed) == 1
    before, after = clean.tables[changed[0]].schema, leaky.tables[changed[0]].schema
    assert list(after)[: len(before)] == list(before)
    assert len(after) - len(before) <= (changed == ["prospects"])
    assert leaky.truth is clean.truth


@pytest.mark.parametrize("leak", LEAKS)
def test_the_same_seed_plants_the_same_leak(clean, leak):
    first, again = plant_leak(clean, leak, seed=3), plant_leak(clean, leak, seed=3)
    assert all(first.tables[name].equals(again.tables[name]) for name in clean.tables)


def test_a_leak_keeps_to_the_contract(clean, tmp_path):
    write_simulation(plant_leak(clean, "contract_signed"), tmp_path)
    crm = read_crm(read_config(tmp_path / "config.yaml"))
    assert set(crm.counts["reason"]) == {"used"}


def test_a_leak_that_there_is_not_is_refused_with_those_that_there_are(clean):
    with pytest.raises(ConfigurationError, match=r"'magic'; choose one of lost_reason, segment"):
        plant_leak(clean, "magic")


def test_tests_read_a_simulation_as_its_files_are_read(clean, tmp_path):
    write_simulation(clean, tmp_path)
    from_files = read_crm(read_config(tmp_path / "config.yaml"))
    in_short = crm_of(clean)
    for name, table in from_files.tables.items():
        read, made = (
            crm.connection.execute(crm.tables[name].order_by(table.columns)[table.columns])
            for crm in (from_files, in_short)
        )
        assert read.equals(made)
