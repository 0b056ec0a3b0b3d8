"""What randomly drawn cold prospects came to, against truths that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from predictor.evaluation.explored import COLUMNS, explored, say_explored
from predictor.evaluation.metrics.calibration import wilson_interval


def looks(rng, n, propensity, p_worked, p_left, lists=1):
    """Candidates whose chances differ by whether they are drawn, and by their propensity."""
    ids = np.repeat(np.arange(n), lists)
    propensity = np.broadcast_to(propensity, n)[ids]
    drawn = rng.random(len(ids)) < propensity
    chance = np.where(drawn, np.broadcast_to(p_worked, n)[ids], np.broadcast_to(p_left, n)[ids])
    return pd.DataFrame(
        {
            "prospect_id": ids.astype(str),
            "as_of": np.tile(np.arange(lists), n),
            "exploration": drawn,
            "propensity": propensity,
            "foretold": 0.1,
            "won": rng.random(len(ids)) < chance,
        }
    )


def rows(found):
    return found.table.set_index("group")


def test_each_group_stands_for_all_cold_prospects():
    """Those with a low propensity convert more: unweighed shares would be off."""
    rng, n = np.random.default_rng(0), 60_000
    strong = rng.random(n) < 0.5
    found = explored(
        looks(rng, n, np.where(strong, 0.1, 0.5), np.where(strong, 0.4, 0.1),
              np.where(strong, 0.2, 0.0))
    )  # fmt: skip
    assert found is not None
    assert rows(found).loc["drawn", "share_won"] == pytest.approx(0.25, abs=0.012)
    assert rows(found).loc["others", "share_won"] == pytest.approx(0.10, abs=0.012)


def test_equal_propensities_give_the_plain_share_and_wilsons_interval():
    table = looks(np.random.default_rng(1), 400, 0.3, 0.2, 0.1)
    row, drawn = rows(explored(table)).loc["drawn"], table[table["exploration"]]
    assert row["share_won"] == pytest.approx(drawn["won"].mean())
    assert (row["low"], row["high"]) == pytest.approx(
        wilson_interval(drawn["won"].mean(), len(drawn))
    )
    assert (row["looks"], row["won"]) == (len(drawn), drawn["won"].sum())


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(300):
        found = explored(looks(rng, 400, rng.uniform(0.1, 0.5, 400), 0.15, 0.1))
        low, high = rows(found).loc["drawn", ["low", "high"]]
        covered.append(low <= 0.15 <= high)
    assert 0.91 <= np.mean(covered) <= 0.99


def test_the_same_prospect_in_many_lists_is_no_more_than_one():
    table = looks(np.random.default_rng(3), 50, 0.5, 0.2, 0.2)
    again = pd.concat([table.assign(as_of=number) for number in range(20)])
    once, often = rows(explored(table)), rows(explored(again))
    np.testing.assert_allclose(often["low"], once["low"])
    np.testing.assert_allclose(often["high"], once["high"])
    assert (often["looks"] == 20 * once["looks"]).all()


def test_without_a_win_there_is_an_interval_still():
    table = looks(np.random.default_rng(4), 80, 0.5, 0.0, 0.0)
    row = rows(explored(table)).loc["drawn"]
    assert row["share_won"] == 0
    assert 0 < row["high"] < 0.2


def test_nobody_drawn_is_nothing_and_all_drawn_leaves_no_others():
    table = looks(np.random.default_rng(5), 20, 0.5, 0.2, 0.2)
    assert explored(table.assign(exploration=False)) is None
    found = explored(table.assign(exploration=True))
    assert tuple(found.table.columns) == COLUMNS
    assert "the others nobody." in say_explored(found)


def test_it_is_said_in_one_sentence():
    table = looks(np.random.default_rng(6), 4, 0.5, 0.0, 1.0).assign(
        exploration=[True, True, False, False], won=[True, False, False, False]
    )
    assert say_explored(explored(table)) == (
        "Cold prospects of 1 past list, won within the horizon: drawn at random 50.0% (95%: 9.5% "
        "to 90.5%; 2 prospects), 10.0% foretold; the others 0.0% (95%: 0.0% to 65.8%; 2 prospects)"
        ", 10.0% foretold."
    )
