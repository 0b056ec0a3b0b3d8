"""A sample of the snapshots: who is drawn, and what the weights sum to."""

from __future__ import annotations

import hashlib
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from support.histories import DAY, History, Outcome, Prospect, load_history
from support.random_histories import AS_OFS, random_history

from predictor.features.sampling import (
    Shares,
    sampled_snapshots,
    share_within,
    snapshots_of_accounts,
    uniform,
)
from predictor.features.snapshots import observed_snapshots

if TYPE_CHECKING:
    import pandas as pd

    from predictor.crm.crm import Crm

KNOWN_UNTIL = datetime(2024, 3, 25)
INSTANTS = [AS_OFS[0] - n * DAY for n in range(20, 0, -1)]
SOON_DAYS = 8.0


def drawn(crm: Crm, budget: int, *, silence_days: int | None = None, seed: int = 0) -> pd.DataFrame:
    return sampled_snapshots(
        crm,
        INSTANTS,
        KNOWN_UNTIL,
        silence_days,
        max_snapshots=budget,
        won_within_days=SOON_DAYS,
        seed=seed,
    )


def won_soon(snapshots: pd.DataFrame) -> pd.Series:
    return (snapshots["outcome"] == "won") & (snapshots["duration_days"] <= SOON_DAYS)


def rows(snapshots: pd.DataFrame) -> set[tuple[object, ...]]:
    return {*snapshots.drop(columns="account_id").itertuples(index=False, name=None)}


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 2**32), silence_days=st.sampled_from([None, 7]), share=st.floats(0.3, 0.9)
)
def test_won_soon_are_kept_the_rest_is_weighted_and_the_order_of_the_tables_is_nothing(
    seed: int, silence_days: int | None, share: float
) -> None:
    history = random_history(random.Random(seed), 60).usable()
    everyone = observed_snapshots(load_history(history), INSTANTS, KNOWN_UNTIL, silence_days)
    won = won_soon(everyone)
    budget = 2 * int(won.sum()) + int(share * (~won).sum())
    sample = drawn(load_history(history), budget, silence_days=silence_days)
    again = drawn(
        load_history(history.shuffled(random.Random(1))), budget, silence_days=silence_days
    )
    assert_frame_equal(sample, again, check_exact=True)
    assert rows(sample.drop(columns="weight")) <= rows(everyone)
    kept = won_soon(sample)
    assert rows(sample.loc[kept].drop(columns="weight")) == rows(everyone.loc[won])
    assert (sample.loc[kept, "weight"] == 1).all()
    assert len({*sample.loc[~kept, "weight"]}) <= 1
    assert sample["weight"].sum() == pytest.approx(len(everyone), rel=1e-12)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), silence_days=st.sampled_from([None, 7]))
def test_without_too_many_the_sample_is_every_snapshot(seed: int, silence_days: int | None) -> None:
    crm = load_history(random_history(random.Random(seed), 30).usable())
    everyone = observed_snapshots(crm, INSTANTS, KNOWN_UNTIL, silence_days)
    sample = drawn(crm, len(everyone) + 1, silence_days=silence_days)
    assert_frame_equal(sample, everyone.assign(weight=1.0), check_exact=True)


@pytest.fixture(scope="module")
def many() -> Crm:
    """800 prospects, looked at on 20 days; each fourth is won two days after the last of them."""
    created_at, won_at = INSTANTS[0] - DAY, INSTANTS[-1] + 2 * DAY
    names = [f"p{n}" for n in range(800)]
    return load_history(
        History(
            tuple(Prospect(name, created_at) for name in names),
            outcomes=tuple(Outcome(name, won_at, "won") for name in names[::4]),
        )
    )


def test_about_as_many_are_drawn_as_asked_for(many: Crm) -> None:
    n_soon = 200 * 7
    for budget in (3_000, 6_000, 12_000):
        n_drawn = len(drawn(many, budget))
        expected_error = np.sqrt(budget - n_soon)  # of independent draws; ours are more even
        assert abs(n_drawn - budget) < 2 * expected_error


def test_of_more_won_than_half_the_budget_half_is_drawn(many: Crm) -> None:
    sample = drawn(many, 1_000)
    soon = won_soon(sample)
    assert soon.sum() == pytest.approx(500, abs=45)
    assert (~soon).sum() == pytest.approx(500, abs=45)
    assert sample.loc[soon, "weight"].sum() == pytest.approx(200 * 7)
    assert sample["weight"].sum() == pytest.approx(800 * 20)


def test_each_day_is_drawn_alike_and_each_prospect_all_over_its_life(many: Crm) -> None:
    sample = drawn(many, 200 * 7 + 3_650)  # a quarter of the others
    others = sample[~won_soon(sample)]
    of_open = others[others["outcome"] == "open"]
    by_day = of_open.groupby("as_of").size() / 600
    assert len(by_day) == 20
    assert by_day.between(0.25 - 0.08, 0.25 + 0.08).all()  # more than four standard errors
    by_prospect = of_open.groupby("prospect_id").size()
    assert len(by_prospect) == 600
    assert by_prospect.between(3, 7).all()  # 5 on average; independent draws would be 0 to 12
    assert others["weight"].iloc[0] == pytest.approx(4, rel=0.05)


def test_the_seed_decides_who_is_drawn_and_the_number_of_threads_does_not(many: Crm) -> None:
    first, other = (drawn(many, 3_000, seed=seed) for seed in (0, 1))
    many.connection.raw_sql("SET threads = 3")
    assert_frame_equal(drawn(many, 3_000), first, check_exact=True)
    many.connection.raw_sql("SET threads = 1")
    assert_frame_equal(drawn(many, 3_000), first, check_exact=True)
    assert rows(first) != rows(other)


def test_the_number_of_a_name_is_uniform_and_the_same_for_ever() -> None:
    names = ibis.memtable({"name": [f"p{n}" for n in range(4_000)]})
    numbers = names.select(place=uniform(names.name, 7)).execute()["place"].to_numpy()
    checksums = [hashlib.md5(f"p{n}/7".encode(), usedforsecurity=False) for n in (0, 1)]
    assert numbers[:2].tolist() == [int(c.hexdigest()[:8], 16) / 16**8 for c in checksums]
    gap = np.abs(np.sort(numbers) - (np.arange(4_000) + 0.5) / 4_000).max()
    assert gap < 1.95 / np.sqrt(4_000)  # Kolmogorov-Smirnov at 0.1%


def test_nobody_at_risk_gives_an_empty_sample() -> None:
    nobody = load_history(History((Prospect("p", KNOWN_UNTIL - timedelta(hours=1)),)))
    sample = drawn(nobody, 10)
    assert sample.empty
    assert "weight" in sample


@given(budget=st.integers(1, 10_000), n_won=st.integers(0, 20_000), n_others=st.integers(0, 20_000))
def test_shares_fill_the_budget_and_prefer_the_won(budget: int, n_won: int, n_others: int) -> None:
    shares = Shares.within(budget, n_won, n_others)
    expected = shares.won * n_won + shares.others * n_others
    assert expected == pytest.approx(min(budget, n_won + n_others), rel=1e-9, abs=1e-9)
    assert shares.everything == (n_won + n_others <= budget)
    if n_won <= budget // 2 and n_won:
        assert shares.won == 1


def test_a_test_takes_all_prospects_of_an_account_or_none() -> None:
    created_at = INSTANTS[0] - DAY
    crm = load_history(
        History(
            tuple(
                Prospect(f"p{n}", created_at, account_id=f"a{n // 3}" if n < 300 else None)
                for n in range(400)
            )
        )
    )
    everyone = observed_snapshots(crm, INSTANTS, KNOWN_UNTIL)
    share = share_within(crm, INSTANTS, KNOWN_UNTIL, max_snapshots=len(everyone) // 4)
    assert share == pytest.approx(0.25)
    part = snapshots_of_accounts(crm, INSTANTS, KNOWN_UNTIL, share=share, seed=0)
    people = part.groupby("prospect_id").size()
    assert (people == len(INSTANTS)).all()
    sizes = part.drop_duplicates("prospect_id").groupby("account_id").size()
    assert (sizes == 3).all()
    assert 10 < len(sizes) < 40  # of 100
    alone = part.loc[part["account_id"].isna(), "prospect_id"].nunique()
    assert 10 < alone < 40  # of 100
    assert share_within(crm, INSTANTS, KNOWN_UNTIL, max_snapshots=len(everyone)) == 1
    whole = snapshots_of_accounts(crm, INSTANTS, KNOWN_UNTIL, share=1.0, seed=0)
    assert_frame_equal(whole, everyone)
