"""Every leak of the simulator is found, and without any the audit is quiet."""

from __future__ import annotations

from fnmatch import fnmatch
from functools import lru_cache

import pytest
from support.simulated import config_of, crm_of

from predictor.crm.simulator import Simulation, plant_leak, simulate
from predictor.crm.simulator.leaks import LEAKS
from predictor.errors import TrainingRefusedError
from predictor.evaluation.leakage.audit import (
    CHECKS,
    Audited,
    audit,
    check_attributes,
    check_dates,
    check_facts,
    check_features,
    refuse_leaks,
)

#: Leak, the check that must see it, the finding, and whether it must stop a training.
PLANTED = [
    ("lost_reason", check_attributes, "attribute:motive", True),
    ("segment", check_attributes, "attribute:segment", True),
    ("survey", check_attributes, "attribute:survey", False),
    ("decision_day", check_attributes, "attribute:decided_on", True),
    ("pages_seen", check_attributes, "attribute:pages_seen", False),
    ("record_number", check_attributes, "attribute:record", False),
    ("account_of_customers", check_attributes, "attribute:account_id", True),
    ("late_amount", check_attributes, "attribute:amount", False),
    ("written_off", check_attributes, "attribute:amount", False),
    ("touches", check_attributes, "attribute:touches", False),
    ("imported_interactions", check_dates, "recording:interactions", False),
    ("late_outcomes", check_dates, "recording:outcomes", False),
    ("imported_prospects", check_dates, "created_at:*", False),
    ("life_after", check_dates, "interactions:after_outcome", False),
    ("created_from_close", check_dates, "dates:created_at", True),
    ("last_contact_from_close", check_dates, "dates:interactions", True),
    ("clean_up", check_dates, "closings:*", False),
    ("history_of_decided", check_facts, "only_decided:interactions", True),
    ("contract_signed", check_facts, "consequence:contract_signed", True),
    ("stage_of_won", check_facts, "consequence:onboarding", True),
    ("rewritten_answer", check_facts, "consequence:review.chances=good", False),
]
#: The features take the longest to compute: one seed each.
WITH_FEATURES = [
    ("rewritten_answer", "short", "feature:answer_review_chances*"),
    ("rewritten_duration", "short", "feature:first_call_seconds*"),
    ("rewritten_duration", "long", "feature:first_call_seconds*"),
]


@lru_cache(maxsize=8)
def simulated(cycle: str, seed: int) -> Simulation:
    return simulate(1500 if cycle == "short" else 1000, cycle, seed=seed)


def planted(leak: str, cycle: str = "short", seed: int = 0) -> Audited:
    """Plant a leak and declare the attribute that it adds, if any, as known at creation."""
    clean = simulated(cycle, seed)
    simulation = plant_leak(clean, leak, seed)
    columns, before = (one.tables["prospects"].column_names for one in (simulation, clean))
    added = [name for name in columns if name not in before]
    crm = crm_of(simulation)
    return Audited(crm, config_of(simulation, *added), crm.last_instant())


@pytest.mark.parametrize(("cycle", "seed"), [("short", 1), ("short", 2), ("long", 3)])
@pytest.mark.parametrize(("leak", "check", "name", "stops"), PLANTED)
def test_each_planted_leak_is_found(leak, check, name, stops, cycle, seed):
    found = [f for f in check(planted(leak, cycle, seed)) if fnmatch(f.name, name)]
    assert len(found) == 1
    assert found[0].severity in ({"severe"} if stops else {"warning", "severe"})
    assert any(figure.isdigit() for figure in found[0].evidence)


@pytest.mark.parametrize(("leak", "cycle", "name"), WITH_FEATURES)
def test_a_history_rewritten_in_place_is_seen_in_its_features(leak, cycle, name):
    found = check_features(planted(leak, cycle, seed=1))
    assert [f for f in found if fnmatch(f.name, name) and f.stops_training]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("cycle", ["short", "long"])
def test_without_a_leak_the_audit_is_quiet(cycle, seed):
    simulation = simulated(cycle, seed)
    crm = crm_of(simulation)
    audited = Audited(crm, config_of(simulation), crm.last_instant())
    # The features are looked at below, once per cycle.
    found = [f for check in CHECKS if check is not check_features for f in check(audited)]
    assert found == []


@pytest.mark.parametrize("cycle", ["short", "long"])
def test_no_honest_feature_is_too_good(cycle):
    simulation = simulated(cycle, 1)
    crm = crm_of(simulation)
    assert audit(crm, config_of(simulation), crm.last_instant()) == []


def test_a_planted_leak_stops_a_training_until_it_is_accepted_by_name():
    audited = planted("contract_signed", seed=1)
    with pytest.raises(TrainingRefusedError, match=r"consequence:contract_signed.*closed_at"):
        refuse_leaks(check_facts(audited))
    names = {"accept_findings": ("consequence:contract_signed",)}
    accepting = Audited(audited.crm, audited.config.model_copy(update=names), audited.data_until)
    found = check_facts(accepting)
    refuse_leaks(found)
    assert [(f.severity, f.accepted) for f in found] == [("severe", True)]


def test_every_leak_of_the_simulator_is_asked_for():
    assert {leak for leak, *_ in (*PLANTED, *WITH_FEATURES)} == set(LEAKS)
