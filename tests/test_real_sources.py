"""Real CRMs through the contract, as they were found. The data is not in the project."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from predictor.config_file import read_config
from predictor.crm.crm import Crm, read_crm
from predictor.errors import TrainingRefusedError
from predictor.evaluation.leakage.audit import audit
from predictor.model.training import fit_predictor

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("PREDICTOR_REAL_DATA", ROOT.parent / "shared" / "data"))


def read(name: str, folder: Path) -> Crm:
    """Read a real source with the YAML and the SQL that the project ships."""
    if not (DATA / name).is_dir():
        pytest.skip(f"the data of {name} is not here; PREDICTOR_REAL_DATA names its folder")
    shutil.copy(ROOT / "configs" / f"{name}.yaml", folder)
    shutil.copytree(ROOT / "configs" / name, folder / name)
    (folder / "data").mkdir()
    (folder / "data" / name).symlink_to(DATA / name)
    return read_crm(read_config(folder / f"{name}.yaml"))


def counted(crm: Crm, table: str) -> dict[str, int]:
    rows = crm.counts[crm.counts["table"] == table]
    return dict(zip(rows["reason"], rows["rows"], strict=True))


def test_the_schools_crm_goes_through_as_it_is(tmp_path):
    crm = read("school_crm", tmp_path)
    assert counted(crm, "prospects") == {
        "used": 11_173,
        "prospect set aside: no closed_at": 1_408,
        "prospect set aside: closed before creation": 20,
    }
    # Of 52,123 calls 2,049 have no contact and 55 a contact without a deal.
    assert counted(crm, "interactions")["no prospect_id"] == 2_049 + 55
    assert sum(counted(crm, "outcomes").values()) == 515 + 9_111
    assert crm.last_instant() == datetime(2024, 3, 1)


def test_the_audit_catches_what_the_school_fills_in_after_the_outcome(tmp_path):
    crm = read("school_crm", tmp_path)
    config = read_config(tmp_path / "school_crm.yaml")
    findings = {f.subject: f for f in audit(crm, config, crm.last_instant())}
    filled_later = {
        "lost_reason", "months_of_study", "initial_amount_paid", "offer_total_amount", "product",
        "education_type", "course_duration", "payment_type", "quality", "level_of_deutsch", "sla",
    }  # fmt: skip
    assert filled_later <= {name for name, found in findings.items() if found.severity == "warning"}
    assert not set(config.attributes) & set(findings)
    # Declared, each of them would stop a training.
    declared = config.model_copy(
        update={"attributes": dict.fromkeys(filled_later, config.attributes["page"])}
    )
    stops = {f.subject for f in audit(crm, declared, crm.last_instant()) if f.stops_training}
    assert stops == filled_later


def test_the_loan_log_goes_through_as_it_is(tmp_path):
    crm = read("loan_applications", tmp_path)
    assert counted(crm, "prospects") == {"used": 13_087}
    assert counted(crm, "outcomes") == {"used": 2_246 + 7_635 + 2_807}
    assert counted(crm, "interactions") == {"used": 175_033}


def test_the_drivers_signups_go_through_as_they_are(tmp_path):
    crm = read("driver_signups", tmp_path)
    assert counted(crm, "prospects") == {"used": 54_681}
    assert counted(crm, "outcomes") == {"used": 6_137}
    # The export ends on 2016-02-29; a few milestones are dated up to four weeks later.
    assert counted(crm, "interactions") == {
        "used": 32_896 + 13_134 - 91,
        "after the end of the data": 91,
    }
    # Make and year of 13,223 vehicles: 89 were added nobody knows when, 4 are of the year 0.
    assert counted(crm, "answers") == {
        "used": 2 * 13_223 - 2 * 89 - 86 - 4,
        "no answered_at": 2 * 89,
        "after the end of the data": 86,
        "no answer": 4,
    }
    assert crm.last_instant() == datetime(2016, 3, 1)


def test_a_drivers_vehicle_is_known_no_sooner_than_it_is_added(tmp_path):
    crm = read("driver_signups", tmp_path)
    added = crm.interactions.filter(crm.interactions.type == "vehicle_added")
    known = crm.answers.join(added, ["prospect_id", "known_at"])
    assert crm.connection.execute(known.count()) == counted(crm, "answers")["used"]


def test_the_education_leads_go_through_as_they_are(tmp_path):
    crm = read("education_leads", tmp_path)
    assert counted(crm, "prospects") == {"used": 9_240}
    assert counted(crm, "outcomes") == {"used": 3_561}


def test_the_audit_catches_what_is_filled_in_late_of_education_leads(tmp_path):
    crm = read("education_leads", tmp_path)
    config = read_config(tmp_path / "education_leads.yaml")
    findings = {f.subject: f for f in audit(crm, config, crm.last_instant())}
    filled_later = {
        "tags", "lead_quality", "lead_profile", "last_activity", "last_notable_activity",
        "activity_index", "activity_score", "profile_score",
    }  # fmt: skip
    assert filled_later <= {name for name, found in findings.items() if found.severity == "warning"}
    assert not set(config.attributes) & set(findings)
    declared = config.model_copy(
        update={"attributes": dict.fromkeys(["tags"], config.attributes["lead_origin"])}
    )
    stops = {f.subject for f in audit(crm, declared, crm.last_instant()) if f.stops_training}
    assert stops == {"tags"}


def test_leads_without_any_date_are_refused_for_training(tmp_path):
    crm = read("education_leads", tmp_path)
    config = read_config(tmp_path / "education_leads.yaml")
    with pytest.raises(TrainingRefusedError, match=r"^0 of the prospects"):
        fit_predictor(crm, config, datetime(2000, 3, 1))
