"""What the audit says of real CRMs, of which nothing is told in advance."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from predictor.config_file import read_config
from predictor.crm.crm import read_crm
from predictor.evaluation.leakage.audit import Audited, audit, check_attributes

if TYPE_CHECKING:
    from predictor.config import Config
    from predictor.crm.crm import Crm

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("PREDICTOR_REAL_DATA", ROOT.parent / "shared" / "data"))
SCHOOL_FILLED_LATER = {
    "lost_reason", "months_of_study", "initial_amount_paid", "offer_total_amount", "product",
    "education_type", "course_duration", "payment_type", "quality", "level_of_deutsch", "sla",
}  # fmt: skip
LEADS_FILLED_LATER = {
    "tags", "lead_quality", "lead_profile", "last_activity", "last_notable_activity",
    "activity_index", "profile_index", "activity_score", "profile_score", "occupation",
    "what_matters_most", "total_visits", "total_seconds_on_website", "page_views_per_visit",
    "do_not_email",
}  # fmt: skip


def opened(name: str, folder: Path) -> tuple[Crm, Config]:
    """Read a real CRM through its configuration, or skip the test."""
    if not (DATA / name).is_dir():
        pytest.skip(f"the data of {name} is not here; PREDICTOR_REAL_DATA names its folder")
    shutil.copy(ROOT / "configs" / f"{name}.yaml", folder)
    shutil.copytree(ROOT / "configs" / name, folder / name)
    (folder / "data").mkdir()
    (folder / "data" / name).symlink_to(DATA / name)
    config = read_config(folder / f"{name}.yaml")
    return read_crm(config), config


def audited(name: str, folder: Path, declare: bool = False) -> dict[str, str]:
    """Return the severity of each finding that is more than information."""
    crm, config = opened(name, folder)
    if declare:
        promise = next(iter(config.attributes.values()))
        attributes = dict.fromkeys(crm.attribute_names, promise)
        config = config.model_copy(update={"attributes": attributes})
    findings = audit(crm, config, crm.last_instant())
    return {f.name: f.severity for f in findings if f.severity != "info"}


def names(attributes: set[str]) -> set[str]:
    return {f"attribute:{name}" for name in attributes}


def test_the_schools_columns_filled_after_the_outcome_are_all_named_and_no_other(tmp_path):
    found = audited("school_crm", tmp_path)
    assert set(found) == names(SCHOOL_FILLED_LATER) | {"interactions:after_outcome"}


def test_the_schools_columns_filled_after_the_outcome_would_stop_a_training(tmp_path):
    found = audited("school_crm", tmp_path, declare=True)
    assert {name for name, severity in found.items() if severity == "severe"} == names(
        SCHOOL_FILLED_LATER
    )


def test_the_columns_that_sales_fill_in_late_are_named_without_a_date(tmp_path):
    found = audited("education_leads", tmp_path)
    dates = {"closings:2000-01-01", "created_at:2000-01-01"}
    assert set(found) == names(LEADS_FILLED_LATER | {"lead_number"}) | dates


def test_the_loan_log_with_its_strong_honest_signals_is_quiet(tmp_path):
    assert audited("loan_applications", tmp_path) == {}


def test_of_the_drivers_only_the_device_is_doubted(tmp_path):
    assert audited("driver_signups", tmp_path) == {"attribute:signup_os": "warning"}


@pytest.mark.parametrize("name", ["loan_applications", "driver_signups", "school_crm"])
def test_a_running_total_under_an_innocent_name_is_named_and_a_count_of_the_first_day_is_not(
    name, tmp_path
):
    crm, config = opened(name, tmp_path)
    created = crm.prospects.select("prospect_id", "created_at")
    facts = crm.interactions.select("prospect_id", "occurred_at").join(created, "prospect_id")
    first_day = facts.occurred_at.truncate("D") <= facts.created_at.truncate("D")
    counts = facts.group_by("prospect_id").agg(so_far=facts.count(), began=first_day.sum())
    prospects = crm.prospects.left_join(counts, "prospect_id").drop("prospect_id_right")
    prospects = prospects.mutate(so_far=prospects.so_far.fill_null(0)).select(
        *crm.prospects.columns, "so_far", began=prospects.began.fill_null(0)
    )
    found = check_attributes(Audited(replace(crm, prospects=prospects), config, crm.last_instant()))
    said = {finding.subject: finding.evidence for finding in found}
    assert "counts what came later" in said["so_far"]
    assert "counts what came later" not in said["began"]


def test_of_undated_totals_one_name_is_enough_for_those_that_are_zero_together(tmp_path):
    crm, config = opened("education_leads", tmp_path)
    innocent = crm.prospects.rename(x="total_seconds_on_website", y="page_views_per_visit")
    found = check_attributes(Audited(replace(crm, prospects=innocent), config, crm.last_instant()))
    said = {f.subject: f.evidence for f in found if f.severity == "warning"}
    assert "is 0 for the same prospects as 'total_visits'" in said["x"]
    assert "is 0 for the same prospects as 'total_visits'" in said["y"]
