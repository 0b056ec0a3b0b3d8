from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from support.simulated import config_of, crm_of
from support.sources import read_tables

from predictor.crm.simulator import plant_leak, simulate
from predictor.evaluation.leakage.audit import Audited, check_attributes
from predictor.evaluation.leakage.population import Population
from predictor.evaluation.leakage.running_totals import (
    counts_interactions,
    grows_to_outcome,
    later_interactions,
    running_total,
)

N = 600


def population(share_open=0.0, seed=0):
    """Six months of prospects, each with about one e-mail in five days and a call in twenty."""
    rng = np.random.default_rng(seed)
    age_days = rng.uniform(0, 180, N)
    lived_days = age_days * rng.uniform(size=N)
    emails, calls = rng.poisson(lived_days / 5), rng.poisson(lived_days / 20)
    return Population(
        outcome=np.where(rng.uniform(size=N) < share_open, "open", "lost"),
        age_days=age_days,
        stratum=(age_days // 30).astype(np.intp),
        created_at=pd.Timestamp("2024-07-01") - pd.to_timedelta(pd.Series(age_days), unit="D"),
        lived_days=lived_days,
        interactions=pd.DataFrame({"": emails + calls, "email": emails, "call": calls}),
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_total_of_one_type_is_named_with_the_type(seed):
    crm = population(seed=seed)
    found = counts_interactions(crm.interactions["call"].astype(float), crm)
    assert found.strength == "weak"
    assert "of type 'call' after the day of creation is 1.00" in found.evidence
    found = counts_interactions(crm.interactions[""].astype(float), crm)
    assert "the number of interactions after the day of creation is 1.00" in found.evidence


@pytest.mark.parametrize("seed", range(3))
def test_what_only_goes_with_the_interactions_is_no_total_of_them(seed):
    crm = population(seed=seed)
    rng = np.random.default_rng(seed + 50)
    # A plan of contacts, half of it followed: honest, and about .5.
    hint = crm.interactions[""] + rng.normal(0, 1.5 * crm.interactions[""].std(), N)
    assert 0.3 < spearmanr(hint, crm.interactions[""]).statistic < 0.7
    assert running_total(hint, crm) is None
    assert counts_interactions(hint, population(seed=seed + 90)) is None


def test_without_open_prospects_a_total_grows_with_the_days_to_the_outcome():
    crm = replace(population(), interactions=pd.DataFrame())
    pages = pd.Series(np.random.default_rng(1).poisson(crm.lived_days / 3))
    found = running_total(pages.where(pages > 0), crm)
    assert "longer the outcome took" in found.evidence
    assert grows_to_outcome(-pages.astype(float), crm) is None
    assert grows_to_outcome(pages.astype(float), population(share_open=1.0)) is None


def test_what_a_month_shares_is_no_growth():
    crm = population()
    by_month = pd.Series(crm.stratum.astype(float)) + np.random.default_rng(2).normal(0, 0.1, N)
    assert spearmanr(by_month, crm.lived_days).statistic > 0.3
    assert running_total(by_month, crm) is None


@pytest.mark.parametrize("values", [["a"] * N, [True, False] * (N // 2), [None] * N, [3.0] * N])
def test_what_is_no_number_or_one_only_is_no_total(values):
    assert running_total(pd.Series(values), population()) is None


def test_interactions_are_counted_from_the_midnight_after_the_creation():
    people = [{"prospect_id": name, "created_at": "2024-03-01 15:00"} for name in "ABC"]
    facts = [
        {"prospect_id": "A", "occurred_at": at, "type": kind}
        for at, kind in [
            ("2024-02-20 09:00", "call"),
            ("2024-03-01 23:59", "call"),
            ("2024-03-02 00:00", "call"),
            ("2024-03-05 09:00", "email"),
            ("2024-03-09 09:00", "email"),
        ]
    ]
    facts.append({"prospect_id": "B", "occurred_at": "2024-03-04 09:00", "type": "call"})
    outcomes = [{"prospect_id": "C", "closed_at": "2024-03-04 09:00", "outcome": "won"}]
    crm = read_tables({"prospects": people, "interactions": facts, "outcomes": outcomes})
    counts = later_interactions(crm).sort_index()
    assert counts.to_dict("index") == {
        "A": {"": 3, "email": 2, "call": 1},
        "B": {"": 1, "email": 0, "call": 1},
    }


def test_a_crm_without_interactions_counts_none():
    people = [{"prospect_id": "A", "created_at": "2024-03-01 15:00"}]
    outcomes = [{"prospect_id": "A", "closed_at": "2024-03-04 09:00", "outcome": "won"}]
    assert later_interactions(read_tables({"prospects": people, "outcomes": outcomes})).empty


@pytest.mark.parametrize("cycle", ["short", "long"])
def test_a_total_under_an_innocent_name_is_known_by_what_it_counts(cycle):
    simulation = plant_leak(simulate(600, cycle, seed=8), "touches")
    crm = crm_of(simulation)
    audited = Audited(crm, config_of(simulation, "touches"), crm.last_instant())
    (found,) = check_attributes(audited)
    assert "'touches' counts what came later" in found.evidence
    assert found.severity == "warning"
