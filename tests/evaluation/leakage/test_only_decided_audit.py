from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predictor.evaluation.leakage.only_decided import audit_only_decided
from predictor.evaluation.leakage.population import Population

N = 900
IDS = pd.Series([f"P{i}" for i in range(N)])
OUTCOME = np.repeat(["open", "won", "lost"], N // 3)
POPULATION = Population(
    outcome=OUTCOME,
    age_days=np.tile(np.arange(100.0), N // 100),
    stratum=np.tile(np.arange(3), N // 3),
    created_at=pd.Series(pd.date_range("2024-01-01", periods=N, freq="h")),
    lived_days=np.full(N, 10.0),
)


def audited(share_open, share_won, share_lost, accepted=()):
    share = np.repeat([share_open, share_won, share_lost], N // 3)
    has_any = np.random.default_rng(0).random(N) < share
    people = pd.DataFrame({"prospect_id": IDS[has_any], "table": "answers"})
    return audit_only_decided(IDS, people, POPULATION, accepted)


def test_a_history_kept_for_the_decided_only_is_severe():
    (finding,) = audited(0.0, 0.9, 0.9)
    assert (finding.name, finding.severity) == ("only_decided:answers", "severe")
    assert "of the decided have answers" in finding.evidence
    assert "0% of the rest" in finding.evidence


def test_a_history_kept_for_the_won_only_is_severe_and_for_few_of_them_a_warning():
    assert "of the won have" in audited(0.0, 0.9, 0.01)[0].evidence
    assert [f.severity for f in audited(0.0, 0.3, 0.0)] == ["warning"]


@pytest.mark.parametrize("shares", [(0.9, 0.9, 0.9), (0.1, 0.9, 0.2), (0.0, 0.1, 0.0), (1, 1, 1)])
def test_those_who_only_have_it_more_often_are_quiet(shares):
    assert audited(*shares) == []


def test_an_accepted_one_says_so():
    (finding,) = audited(0.0, 0.9, 0.9, accepted=["only_decided:answers"])
    assert not finding.stops_training
