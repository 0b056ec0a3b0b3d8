from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from predictor.crm.simulator import Simulation, simulate
from predictor.crm.simulator.answers import grids
from predictor.crm.simulator.population import TEAMS
from predictor.crm.simulator.scenario import STAGES, scenario_of
from predictor.errors import ConfigurationError

N_PROSPECTS = {"short": 5_000, "long": 4_000}
INSTANTS = {
    "interactions": "occurred_at", "answers": "answered_at",
    "stages": "entered_at", "outcomes": "closed_at",
}  # fmt: skip
CONTRACT = {
    "prospects": [
        "prospect_id", "created_at", "account_id", "owner", "amount", "do_not_contact", "industry",
        "company_size", "country", "source", "campaign", "deciders", "team",
    ],
    "interactions": [
        "prospect_id", "occurred_at", "type", "channel", "direction", "duration_seconds",
        "recorded_at",
    ],
    "answers": ["prospect_id", "answered_at", "grid", "question", "answer", "recorded_at"],
    "stages": ["prospect_id", "entered_at", "stage", "recorded_at"],
    "outcomes": ["prospect_id", "closed_at", "outcome", "amount", "reason", "recorded_at"],
}  # fmt: skip
CYCLES = pytest.mark.parametrize("cycle", ["short", "long"])


@cache
def simulation(cycle: str) -> Simulation:
    return simulate(N_PROSPECTS[cycle], cycle, seed=11)


@cache
def frame(cycle: str, table: str) -> pd.DataFrame:
    return simulation(cycle).tables[table].to_pandas()


def days(count: object) -> object:
    return pd.to_timedelta(count, unit="D")


@cache
def followed(cycle: str) -> pd.DataFrame:
    """The true probabilities beside what happened, where the horizon ended well before the end."""
    truth = simulation(cycle).truth.to_pandas().query("kind == 'probability'")
    truth = truth.merge(
        frame(cycle, "outcomes")[["prospect_id", "closed_at", "outcome"]], how="left"
    )
    stop = truth.as_of + days(truth.horizon_days)
    for outcome in ("won", "lost"):
        truth[outcome] = (truth.outcome == outcome) & (truth.closed_at < stop)
    known = stop + days(scenario_of(cycle).longest_delay_days) <= pd.Timestamp(
        simulation(cycle).end
    )
    return truth[known]


def z_score(happened: pd.Series, probability: pd.Series) -> float:
    return float((happened - probability).sum() / np.sqrt((probability * (1 - probability)).sum()))


@CYCLES
@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_truth_is_calibrated_over_all_dates(cycle: str, outcome: str) -> None:
    # Horizons that do not overlap make differences that are uncorrelated, so the z-score is exact.
    rows, grid_days = followed(cycle), scenario_of(cycle).grid_days
    shortest = rows.horizon_days.min()
    rows = rows[rows.horizon_days == shortest]
    steps = (rows.as_of.max() - rows.as_of).dt.days // grid_days
    rows = rows[steps % -(-shortest // grid_days) == 0]
    assert rows[outcome].sum() > 150
    assert abs(z_score(rows[outcome], rows[f"probability_{outcome}"])) < 3.5


@CYCLES
@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_truth_is_calibrated_in_bins_at_each_horizon(cycle: str, outcome: str) -> None:
    for (horizon, _), rows in followed(cycle).groupby(["horizon_days", "as_of"]):
        p = rows[f"probability_{outcome}"]
        for _, part in rows.groupby(pd.qcut(p, 3)):
            assert abs(z_score(part[outcome], part[p.name])) < 4.5, (horizon, part.as_of.iloc[0])


@CYCLES
def test_truth_ranks_well_but_not_perfectly(cycle: str) -> None:
    horizon = {"short": 30, "long": 180}[cycle]
    rows = followed(cycle)
    rows = rows[rows.horizon_days == horizon]
    rank = rows.probability_won.rank()
    n_won = rows.won.sum()
    auc = (rank[rows.won].sum() - n_won * (n_won + 1) / 2) / (n_won * (len(rows) - n_won))
    assert 0.80 < auc < 0.93


@CYCLES
def test_truth_covers_exactly_the_open_prospects_of_each_date(cycle: str) -> None:
    prospects = frame(cycle, "prospects").merge(
        frame(cycle, "outcomes"), on="prospect_id", how="left"
    )
    truth = simulation(cycle).truth.to_pandas().query("kind == 'probability'")
    dates = truth.as_of.unique()
    assert (pd.DatetimeIndex(dates).day_of_week == 0).all()
    assert pd.Timestamp(simulation(cycle).end) in dates
    for date in dates[:3].tolist() + dates[-10:-8].tolist():
        as_of = pd.Timestamp(date)
        is_open = (prospects.created_at < as_of) & ~(prospects.closed_at < as_of)
        rows = truth[truth.as_of == as_of]
        assert sorted(rows.prospect_id.unique()) == sorted(prospects.prospect_id[is_open])
        assert len(rows) == is_open.sum() * len(scenario_of(cycle).horizons_days)


@CYCLES
def test_truth_reaches_over_half_the_history(cycle: str) -> None:
    truth = simulation(cycle).truth.to_pandas()
    first = frame(cycle, "prospects").created_at.min()
    end = pd.Timestamp(simulation(cycle).end)
    assert truth.as_of.min() <= end - 0.48 * (end - first)
    assert (
        (truth.query("kind == 'probability'").drop(columns=["signal", "effect"]).notna())
        .all()
        .all()
    )


@CYCLES
def test_tables_have_the_columns_of_the_contract(cycle: str) -> None:
    for name, columns in CONTRACT.items():
        table = simulation(cycle).tables[name]
        assert table.column_names == columns
        for field in table.schema:
            if field.name.endswith("_at"):
                assert field.type == pa.timestamp("us")
                assert table[field.name].null_count == 0
        for key in ("prospect_id", "type", "stage", "outcome", "grid", "question", "answer"):
            if key in columns:
                assert table.schema.field(key).type == pa.string()
                assert table[key].null_count == 0


@CYCLES
def test_keys_are_unique_and_facts_belong_to_prospects(cycle: str) -> None:
    ids = frame(cycle, "prospects").prospect_id
    assert ids.is_unique
    assert len(ids) == N_PROSPECTS[cycle]
    assert frame(cycle, "outcomes").prospect_id.is_unique
    for name, instant in INSTANTS.items():
        facts = frame(cycle, name)
        assert facts.prospect_id.isin(ids).all()
        assert facts[instant].is_monotonic_increasing
    assert not frame(cycle, "stages").duplicated(["prospect_id", "entered_at"]).any()
    assert not frame(cycle, "answers").duplicated(["prospect_id", "answered_at", "question"]).any()


@CYCLES
@pytest.mark.parametrize("name", list(INSTANTS))
def test_facts_lie_between_creation_and_outcome(cycle: str, name: str) -> None:
    lives = frame(cycle, "prospects")[["prospect_id", "created_at"]].merge(
        frame(cycle, "outcomes")[["prospect_id", "closed_at"]], how="left"
    )
    facts = (
        frame(cycle, name)
        .rename(columns={INSTANTS[name]: "at"})
        .drop(columns="closed_at", errors="ignore")
    )
    facts = facts.merge(lives, on="prospect_id")
    assert (facts["at"] >= facts.created_at).all()
    if name != "outcomes":
        assert not (facts["at"] >= facts.closed_at).any()
    assert (facts.recorded_at >= facts["at"]).all()
    assert facts.recorded_at.max() < pd.Timestamp(simulation(cycle).end)


@CYCLES
def test_some_facts_are_recorded_late(cycle: str) -> None:
    late = {
        name: frame(cycle, name).recorded_at > frame(cycle, name)[at]
        for name, at in INSTANTS.items()
    }
    of_type = late["interactions"].groupby(frame(cycle, "interactions").type).mean()
    assert 0.07 < of_type["call"] < 0.13
    assert of_type["email_open"] == of_type["website_visit"] == 0
    assert 0.5 < late["outcomes"].mean() < 0.9
    assert 0.07 < late["answers"].mean() < 0.13


@CYCLES
def test_words_are_those_of_the_story(cycle: str) -> None:
    answers = frame(cycle, "answers").merge(frame(cycle, "prospects")[["prospect_id", "team"]])
    for team, (grid, questions) in zip(TEAMS, grids(cycle).items(), strict=True):
        part = answers[answers.team == team]
        assert set(part.grid) == {grid}
        for question in questions:
            assert set(part.answer[part.question == question.name]) == set(question.answers)
    assert set(frame(cycle, "stages").stage) == set(STAGES)
    first = frame(cycle, "stages").groupby("prospect_id").first()
    assert (first.stage == "prospecting").all()


@CYCLES
def test_answers_may_never_come_and_may_change(cycle: str) -> None:
    answers = frame(cycle, "answers")
    kept = answers.groupby(["prospect_id", "question"]).answer.agg(["size", "nunique"])
    assert 0.2 < answers.prospect_id.nunique() / N_PROSPECTS[cycle] < 0.9
    again = kept[kept["size"] > 1]
    assert len(again) > 100
    assert 0.1 < (again["nunique"] > 1).mean() < 0.9


@CYCLES
def test_stages_go_forward_and_sometimes_back(cycle: str) -> None:
    stages = frame(cycle, "stages")
    place = stages.stage.map({stage: place for place, stage in enumerate(STAGES)})
    steps = place.groupby(stages.prospect_id).diff().dropna()
    assert set(steps) == {-1.0, 1.0}
    assert 0.02 < (steps < 0).mean() < 0.4


@CYCLES
def test_base_rates_amounts_and_volumes_are_sensible(cycle: str) -> None:
    prospects, outcomes = frame(cycle, "prospects"), frame(cycle, "outcomes")
    both = prospects.merge(outcomes, on="prospect_id", how="left", suffixes=("", "_signed"))
    early = both[both.created_at < both.created_at.quantile(0.55)]
    won = both.outcome == "won"
    assert 0.12 < (early.outcome == "won").mean() < 0.25
    assert 0.03 < both.outcome.isna().mean() < 0.4
    days_to_win = (early.closed_at - early.created_at).dt.total_seconds()[
        early.outcome == "won"
    ] / 86_400
    low, high = {"short": (14, 38), "long": (150, 330)}[cycle]
    assert low < days_to_win.median() < high
    smallest, largest = scenario_of(cycle).amounts
    for amount in (both.amount, both.amount_signed[won]):
        assert amount.between(smallest, largest).all()
    assert both.amount_signed[~won].isna().all()
    assert both.reason[both.outcome == "lost"].notna().all()
    assert both.reason[won].isna().all()
    counts = frame(cycle, "interactions").groupby("prospect_id").size()
    assert counts.reindex(prospects.prospect_id, fill_value=0).quantile(0.98) < 65
    assert 5 < counts.median() < 30


@CYCLES
def test_nobody_touches_those_who_must_not_be_contacted(cycle: str) -> None:
    prospects, interactions = frame(cycle, "prospects"), frame(cycle, "interactions")
    forbidden = prospects.prospect_id[prospects.do_not_contact]
    assert 0.015 < len(forbidden) / len(prospects) < 0.045
    theirs = interactions[interactions.prospect_id.isin(forbidden)]
    assert len(theirs) > 50
    assert (theirs.direction == "inbound").all()


def test_accounts_of_the_long_cycle_have_several_prospects_and_deciders() -> None:
    prospects = frame("long", "prospects")
    accounts = prospects.groupby("account_id")
    assert set(accounts.size()) == {1, 2, 3}
    assert prospects.deciders.between(3, 8).all()
    assert (accounts.owner.transform("first") == prospects.owner).all()
    assert (accounts.country.transform("first") == prospects.country).all()


@CYCLES
def test_effects_have_sensible_signs_and_order(cycle: str) -> None:
    effects = (
        simulation(cycle).truth.to_pandas().query("kind == 'effect'").set_index("signal").effect
    )
    assert effects.notna().all()
    assert (
        effects["quote_request"] > effects["webinar_attendance"] > effects["newsletter_signup"] > 0
    )
    assert effects["demo_request"] > effects["website_visit"] > effects["email_sent"]
    assert (effects[effects.index.str.contains(".", regex=False)] > 0.5).all()
    assert len(effects) == 15 + 12


def test_same_seed_same_simulation_other_seed_other_simulation() -> None:
    first, again, other = (simulate(60, seed=seed) for seed in (1, 1, 2))
    for name, table in first.tables.items():
        assert table.equals(again.tables[name])
        assert not table.equals(other.tables[name])
    assert first.truth.equals(again.truth)
    assert not first.truth.equals(other.truth)


def test_end_date_is_respected_on_any_weekday() -> None:
    end = dt.date(2023, 3, 15)
    tables = simulate(200, end=end).tables
    for name, instant in {**INSTANTS, "prospects": "created_at"}.items():
        latest = tables[name][instant].to_pandas().max()
        assert latest < pd.Timestamp(end)
        assert latest > pd.Timestamp(end) - days(15)
    truth = simulate(200, end=end).truth.to_pandas()
    assert truth.as_of.max() == pd.Timestamp("2023-03-13")


def test_one_prospect_is_enough() -> None:
    tables = simulate(1, seed=3).tables
    assert tables["prospects"].num_rows == 1
    assert all(table.schema.field("prospect_id").type == pa.string() for table in tables.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_prospects": 0}, "at least 1"),
        ({"n_prospects": 5, "cycle": "medium"}, "'short' or 'long'"),
        ({"n_prospects": 5, "seed": -1}, "0 or more"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        simulate(**arguments)
