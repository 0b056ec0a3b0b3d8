"""Lists as a business asks for them in its configuration, by the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from support.typing_at_a_terminal import predictor
from support.worlds import CONFIG, END, WEEK_BEFORE, keep_the_week_before, people

BUSY = "crm/busy.yaml"
WANTED = """\
language: fr
ranking: {by: expected_value_per_day}
bands: {by: capacity, warm_weeks: 2}
territory: team
capacity:
  per_owner: 4
  owners: {Alice Martin: 1, Hugo Lambertt: 2}
  territories: {South: 3}
exploration: {share: 0.5}
follow_ups:
  - {band: hot, fr: Appeler avant midi}
  - {band: cold, en: Send the newsletter, fr: Envoyer la newsletter}
"""


@pytest.fixture(scope="module")
def busy(world):
    """Score with every wish at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(world.folder)
        Path(BUSY).write_text(Path(CONFIG).read_text("utf-8") + WANTED, "utf-8")
        keep_the_week_before(world, "busy")
        return predictor("score", BUSY, "--output", "busy", "--by-owner")


@pytest.fixture
def run(world, busy):
    assert (busy.code, busy.err) == (0, "")
    return world.folder / "busy" / END


def listed(run) -> pd.DataFrame:
    return pd.read_parquet(run / "ranked.parquet")


def test_what_is_to_be_worked_fits_the_capacity(run, world):
    frame = listed(run)
    worked = frame[(frame["band"] == "chaud") | frame["exploration"]]
    by_owner = worked["owner"].value_counts()
    assert by_owner["Alice Martin"] == 1
    assert (by_owner <= 4).all()
    assert (worked["territory"] == "South").sum() == 3
    teams = people(world).set_index("prospect_id")["team"]
    assert frame["territory"].tolist() == teams[frame["prospect_id"]].tolist()
    assert set(frame["band"]) == {"chaud", "tiède", "froid"}


def test_the_list_is_in_the_order_of_value_per_day(run):
    value = listed(run)["expected_value_per_day"].dropna()
    assert len(value) > 10
    assert value.is_monotonic_decreasing
    # Nobody stays open for longer than the horizon.
    frame = listed(run).dropna(subset="expected_value")
    days = frame["expected_value"] / frame["expected_value_per_day"]
    assert days.between(0, frame["horizon_days"] + 1e-9).all()


def test_own_follow_ups_stand_beside_the_built_in_ones(run):
    frame = listed(run)
    assert set(frame.loc[frame["band"] == "chaud", "follow_up"]) == {"Appeler avant midi"}
    assert set(frame.loc[frame["band"] == "froid", "follow_up"]) == {"Envoyer la newsletter"}
    warm = set(frame.loc[frame["band"] == "tiède", "follow_up"])
    assert warm & {"Envoyer un contenu informatif", "Reprendre contact"}


def test_those_drawn_at_random_are_marked_and_have_a_propensity(run):
    frame, told = listed(run), pd.read_parquet(run / "exploration.parquet")
    assert frame["exploration"].sum() >= 1
    assert set(frame.loc[frame["exploration"], "band"]) == {"froid"}
    assert set(told["prospect_id"]) <= set(frame.loc[frame["band"] == "froid", "prospect_id"])
    drawn = told.loc[told["exploration"], "prospect_id"]
    assert set(drawn) == set(frame.loc[frame["exploration"], "prospect_id"])
    assert told["propensity"].between(0, 1, inclusive="right").all()


def test_each_owner_has_a_list(run, world):
    frame = pd.read_csv(run / "ranked.csv")
    own = {path.stem: pd.read_csv(path) for path in (run / "owners").iterdir()}
    assert set(own) == set(frame["owner"])
    for name, mine in own.items():
        assert set(mine["owner"]) == {name}
        assert mine["rank"].tolist() == list(range(1, len(mine) + 1))
        theirs = frame[frame["owner"] == name]
        assert mine["prospect_id"].tolist() == theirs["prospect_id"].tolist()
        assert mine["overall_rank"].tolist() == theirs["rank"].tolist()
    forbidden = people(world).query("do_not_contact == True")["prospect_id"]
    assert not set(forbidden) & {name for mine in own.values() for name in mine["prospect_id"]}
    files = json.loads((run / "manifest.json").read_text("utf-8"))["files"]
    assert "owners/Alice Martin.csv" in files


def test_an_owner_whom_nobody_knows_is_told_and_stops_nothing(busy):
    out = " ".join(busy.out.split())  # with all kinds of spaces as one
    assert "À noter : capacity.owners : aucun prospect n'a « Hugo Lambertt » comme owner" in out
    assert "vouliez-vous dire « Hugo" in out


@pytest.mark.parametrize(
    ("wish", "complaint"),
    [
        (
            "territory: teem",
            "territory: the prospects have no attribute 'teem'; did you mean 'team'? valid: ",
        ),
        (
            "follow_ups: [{signal: quote_requests, en: Call}]",
            "follow_ups: rule 1 names the signal 'quote_requests', which the model does not have;",
        ),
    ],
)
def test_a_wish_about_what_there_is_not_leaves_no_list(at_home, wish, complaint):
    Path("crm/odd.yaml").write_text(f"{Path(CONFIG).read_text('utf-8')}{wish}\n", "utf-8")
    assert predictor("score", "crm/odd.yaml", "--output", "odd").complaint.startswith(complaint)
    assert not Path("odd").exists()


def test_by_default_nothing_is_drawn_and_no_owner_has_a_list(world):
    for as_of in (WEEK_BEFORE, END):
        frame = pd.read_parquet(world.run(as_of) / "ranked.parquet")
        assert not frame["exploration"].any()
        assert frame["territory"].isna().all()
        assert (frame["follow_up"] != "").all()
        assert not (world.run(as_of) / "owners").exists()
