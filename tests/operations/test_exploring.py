"""Random slices of past lists, read back with the outcomes of a small CRM."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest

from predictor.config_file import parse_config
from predictor.crm.crm import read_crm
from predictor.lists.files import file_sha256
from predictor.operations.exploring import read_explored

LIST, OTHER = datetime(2024, 1, 1), datetime(2024, 1, 15)
NAMES = [f"P{number}" for number in range(8)]


def write_list(folder, as_of, drawn, horizon_days=30):
    """Write what is read of a run: the odd ones are cold."""
    run = folder / f"{as_of:%Y-%m-%d}"
    run.mkdir(parents=True)
    scores = [0.1 * (number + 1) for number in range(len(NAMES))]
    ranked = pd.DataFrame({"prospect_id": NAMES, "conversion_probability": scores})
    cold = pd.DataFrame({"prospect_id": NAMES[1::2], "as_of": as_of, "propensity": 0.5})
    cold["exploration"] = cold["prospect_id"].isin(drawn)
    files = {}
    for name, table in (("ranked.parquet", ranked), ("exploration.parquet", cold)):
        table.to_parquet(run / name, index=False)
        files[name] = {"bytes": (run / name).stat().st_size, "sha256": file_sha256(run / name)}
    facts = {"as_of": as_of, "horizon_days": horizon_days, "files": files}
    (run / "manifest.json").write_text(pd.Series(facts).to_json(date_format="iso"))
    return run


@pytest.fixture
def crm(tmp_path):
    """P1 is won within 30 days, P3 later, P5 lost, P7 was won before the list and told after it."""
    ends = {
        "P1": (LIST + timedelta(days=10), "won", None),
        "P3": (LIST + timedelta(days=50), "won", None),
        "P5": (LIST + timedelta(days=3), "lost", None),
        "P7": (LIST - timedelta(days=2), "won", LIST + timedelta(days=2)),
    }
    rows = [(name, *end) for name, end in ends.items()]
    tables = {
        "prospects": pd.DataFrame({"prospect_id": NAMES, "created_at": LIST - timedelta(days=9)}),
        "outcomes": pd.DataFrame(
            rows, columns=["prospect_id", "closed_at", "outcome", "recorded_at"]
        ),
    }
    for name, table in tables.items():
        table.to_parquet(tmp_path / f"{name}.parquet")
    inputs = ", ".join(f"{name}: {name}.parquet" for name in tables)
    config = parse_config(f"source: {{inputs: {{{inputs}}}}}", tmp_path / "config.yaml")
    return read_crm(config)


def test_drawn_and_others_are_read_with_what_became_of_them(tmp_path, crm):
    write_list(tmp_path / "runs", LIST, ["P1", "P3"])
    found = read_explored(tmp_path / "runs", crm, LIST + timedelta(days=60))
    table = found.table.set_index("group")
    # P7 had its outcome before: it is no candidate.
    assert table["looks"].to_dict() == {"drawn": 2, "others": 1}
    assert table["share_won"].to_dict() == {"drawn": 0.5, "others": 0.0}
    assert table["foretold"].to_dict() == pytest.approx({"drawn": 0.3, "others": 0.6})


def test_only_lists_whose_horizon_has_passed_count(tmp_path, crm):
    write_list(tmp_path / "runs", LIST, ["P1"])
    write_list(tmp_path / "runs", OTHER, ["P3"])
    passed = [read_explored(tmp_path / "runs", crm, LIST + timedelta(days=day)) for day in (29, 40)]
    assert passed[0] is None
    assert passed[1].lists == 1
    assert read_explored(tmp_path / "runs", crm, LIST + timedelta(days=60)).lists == 2


def test_lists_without_a_slice_changed_ones_and_no_lists_are_passed_over(tmp_path, crm):
    until = LIST + timedelta(days=60)
    assert read_explored(tmp_path / "runs", crm, until) is None
    run = write_list(tmp_path / "runs", LIST, ["P1"])
    (run / "exploration.parquet").write_bytes(b"cut short")
    assert read_explored(tmp_path / "runs", crm, until) is None
    write_list(tmp_path / "runs", OTHER, [])
    assert read_explored(tmp_path / "runs", crm, until) is None
