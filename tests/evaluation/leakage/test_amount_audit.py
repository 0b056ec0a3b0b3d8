"""The amount is a column of the contract and no feature; it is doubted as an attribute is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from support.simulated import config_of, crm_of

from predictor.crm.simulator import plant_leak, simulate
from predictor.evaluation.leakage.attributes import audit_attributes
from predictor.evaluation.leakage.audit import Audited, check_attributes

DATA_UNTIL = pd.Timestamp("2024-07-01")


def audited(leak, cycle, seed, accept=()):
    simulation = simulate(600, cycle, seed=seed)
    simulation = simulation if leak is None else plant_leak(simulation, leak)
    crm, config = crm_of(simulation), config_of(simulation)
    config = config.model_copy(update={"accept_findings": tuple(accept)})
    return check_attributes(Audited(crm, config, crm.last_instant()))


@pytest.mark.parametrize("cycle", ["short", "long"])
def test_an_amount_of_the_won_only_is_explained(cycle):
    (found,) = audited("late_amount", cycle, 4)
    assert (found.name, found.severity, found.subject) == ("attribute:amount", "warning", "amount")
    assert "100% of the won, 0% of the lost, 0% of the open" in found.evidence
    assert "expected_value" in found.mend
    assert "outcomes.sql" in found.mend
    (accepted,) = audited("late_amount", cycle, 4, accept=["attribute:amount"])
    assert accepted.accepted


@pytest.mark.parametrize("cycle", ["short", "long"])
def test_an_amount_set_to_zero_for_the_lost_is_explained(cycle):
    (found,) = audited("written_off", cycle, 4)
    assert found.severity == "warning"
    assert "'amount' alone tells the lost from the rest with an AUC of 1.00" in found.evidence


@pytest.mark.parametrize("cycle", ["short", "long"])
@pytest.mark.parametrize("seed", [31, 32])
def test_an_honest_amount_is_not_mentioned(cycle, seed):
    assert audited(None, cycle, seed) == []


@pytest.mark.parametrize("amount", [[None] * 90, [0.0] * 90, [*np.arange(1000.0, 1090.0)]])
def test_an_amount_that_is_empty_constant_or_different_for_all_is_not_mentioned(amount):
    prospects = pd.DataFrame(
        {
            "prospect_id": [f"P{i}" for i in range(90)],
            "created_at": pd.date_range("2024-01-01", periods=90, freq="D"),
            "amount": pd.Series(amount, dtype="float64"),
        }
    )
    outcomes = pd.DataFrame(
        {
            "prospect_id": prospects["prospect_id"][::2],
            "closed_at": prospects["created_at"][::2] + pd.Timedelta(days=9),
            "outcome": ["won", "lost", "lost"] * 15,
        }
    )
    assert audit_attributes(prospects, outcomes, {}, DATA_UNTIL) == []
