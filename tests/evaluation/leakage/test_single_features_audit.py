from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from support.simulated import config_of, crm_of

from predictor.crm.simulator import simulate
from predictor.evaluation.leakage import single_features
from predictor.evaluation.leakage.questions import Question, questions_of, sure_auc
from predictor.evaluation.leakage.single_features import sampled_snapshots


def question(target, weight=None):
    return Question("who", target, np.ones(len(target)) if weight is None else weight)


@pytest.mark.parametrize("seed", range(5))
def test_the_auc_is_that_of_rates_learnt_earlier_less_two_standard_errors(seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 6, 3000)
    target = rng.random(3000) < np.array([0.1, 0.5, 0.2, 0.9, 0.3, 0.05])[codes]
    weight = rng.choice([1.0, 4.0], 3000) * (rng.random(3000) < 0.9)
    earlier = np.arange(3000) < 1800
    rate = np.array(
        [
            (np.sum((weight * target)[earlier & (codes == code)]) + 20 * mean)
            / (np.sum(weight[earlier & (codes == code)]) + 20)
            for mean in [np.average(target[earlier], weights=weight[earlier])]
            for code in range(6)
        ]
    )
    auc = roc_auc_score(target[~earlier], rate[codes[~earlier]], sample_weight=weight[~earlier])
    sure = sure_auc(codes, question(target, weight), earlier)
    later = ~earlier & (weight > 0)
    n_in, n_out = (later & target).sum(), (later & ~target).sum()
    q_in, q_out = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (n_in - 1) * (q_in - auc**2) + (n_out - 1) * (q_out - auc**2)
    assert sure == pytest.approx(auc - 2 * np.sqrt(variance / (n_in * n_out)))


def test_what_turned_round_in_time_is_worth_nothing():
    codes = np.tile([0, 1], 500)
    earlier = np.arange(1000) < 600
    target = np.where(earlier, codes == 1, codes == 0)
    assert sure_auc(codes, question(target), earlier) == pytest.approx(0, abs=0.01)


def test_too_few_are_not_judged():
    target = np.zeros(1000, dtype=bool)
    target[::60] = True
    codes = target.astype(int)
    assert sure_auc(codes, question(target), np.arange(1000) < 600) == 0.0


def test_only_what_is_known_is_asked():
    snapshots = pd.DataFrame(
        {
            "outcome": ["won", "won", "lost", "open", "open"],
            "duration_days": [5.0, 50.0, 9.0, 9.0, 90.0],
            "weight": [1.0, 2.0, 3.0, 4.0, 5.0],
        }
    )
    won, lost, decided = questions_of(snapshots, 30)
    assert won.target.tolist() == [True, False, False, False, False]
    assert won.weight.tolist() == [1, 2, 3, 0, 5]
    assert lost.target.tolist() == [False, False, True, False, False]
    assert decided.target.tolist() == [True, True, False, False, False]
    assert decided.weight.tolist() == [1, 2, 3, 0, 0]
    assert questions_of(snapshots.iloc[:0], 30) == []


def test_rare_outcomes_are_taken_whole_and_weights_add_up_to_all(monkeypatch):
    simulation = simulate(300, seed=2)
    crm, config = crm_of(simulation), config_of(simulation)
    monkeypatch.setattr(single_features, "MAX_PER_CLASS", 10_000)
    everything = sampled_snapshots(crm, config, crm.last_instant())
    assert (everything["weight"] == 1).all()
    assert everything["as_of"].nunique() <= single_features.MAX_INSTANTS
    n_rare = won_soon(everything)
    assert n_rare > 0
    monkeypatch.setattr(single_features, "MAX_PER_CLASS", n_rare)
    some = sampled_snapshots(crm, config, crm.last_instant())
    assert won_soon(some) == n_rare
    assert len(some) < len(everything)
    assert some["weight"].sum() == pytest.approx(len(everything))


def test_of_many_prospects_some_are_looked_at(monkeypatch):
    simulation = simulate(300, seed=2)
    crm, config = crm_of(simulation), config_of(simulation)
    monkeypatch.setattr(single_features, "MAX_PROSPECTS", 100)
    people = sampled_snapshots(crm, config, crm.last_instant())["prospect_id"].nunique()
    assert 30 < people < 170


def won_soon(snapshots):
    return int((snapshots["outcome"].eq("won") & snapshots["duration_days"].lt(30)).sum())
