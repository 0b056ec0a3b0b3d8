"""A saved model predicts the same, and a changed one is refused by the name of its file."""

from __future__ import annotations

import json
import shutil
from copy import copy as copy_of
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from predictor.errors import ModelFileError
from predictor.model.files import load_model, save_model
from predictor.model.recalibration import Recalibration

if TYPE_CHECKING:
    from support.known_truth import KnownTruth

    from predictor.model.phased_rates import PhasedRates

DOCUMENTS = {"specification": {"types": ["appel", "démo"]}, "training": [1, 0.1, None]}


@pytest.fixture(scope="module")
def saved(model: PhasedRates, fresh: KnownTruth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "deals"
    save_model(folder, model, DOCUMENTS, {"portfolio": fresh.X[:8]})
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def test_a_loaded_model_predicts_bit_equal(
    model: PhasedRates, fresh: KnownTruth, saved: Path
) -> None:
    loaded = load_model(saved)
    X = fresh.X[:300]
    np.testing.assert_array_equal(
        loaded.model.predict_curves(X, [7, 60.5, 180]).won,
        model.predict_curves(X, [7, 60.5, 180]).won,
    )
    np.testing.assert_array_equal(
        loaded.model.predict_days_to_close(X), model.predict_days_to_close(X)
    )
    np.testing.assert_array_equal(
        loaded.model.predict_interval(X, 30), model.predict_interval(X, 30)
    )
    for ours, theirs in zip(
        loaded.model.predict_log_rate_contributions(X),
        model.predict_log_rate_contributions(X),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)
    assert loaded.model.get_params() == model.get_params()
    assert loaded.model.n_rounds_ == model.n_rounds_
    assert loaded.model.categories_ == model.categories_
    assert loaded.documents == DOCUMENTS
    pd.testing.assert_frame_equal(loaded.frames["portfolio"], fresh.X[:8])


def test_what_was_recalibrated_and_an_unknown_error_are_kept(
    model: PhasedRates, fresh: KnownTruth, tmp_path: Path
) -> None:
    changed = copy_of(model)
    changed.boosters_ = (replace(model.boosters_[0], slope=1.25), model.boosters_[1])
    changed.recalibrated_ = {"won": Recalibration(level=-0.5, slope=1.25)}
    changed.spread_ = None
    save_model(tmp_path / "m", changed)
    loaded = load_model(tmp_path / "m").model
    assert loaded.recalibrated_ == changed.recalibrated_
    assert loaded.spread_ is None
    rates = loaded.predict_log_rates(fresh.X[:50])
    np.testing.assert_array_equal(rates, changed.predict_log_rates(fresh.X[:50]))
    assert (rates[:, 0] != model.predict_log_rates(fresh.X[:50])[:, 0]).all()


def test_the_folder_holds_text_json_and_parquet_alone(saved: Path) -> None:
    files = [path for path in saved.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".txt", ".json", ".parquet"}
    assert json.loads((saved / "estimator.json").read_text())["versions"]["lightgbm"]
    assert [path.name for path in saved.parent.iterdir()] == ["deals"]


@pytest.mark.parametrize(
    "name",
    [
        "boosters/won_shared.txt",
        "baseline.parquet",
        "estimator.json",
        "specification.json",
        "portfolio.parquet",
    ],
)
@pytest.mark.parametrize("change", ["flip", "cut", "empty", "remove"])
def test_a_file_that_is_not_as_it_was_is_refused_by_name(
    copy: Path, name: str, change: str
) -> None:
    data = bytearray((copy / name).read_bytes())
    if change == "flip":
        data[len(data) // 2] ^= 1
    (copy / name).write_bytes({"flip": data, "cut": data[:-1]}.get(change, b""))
    if change == "remove":
        (copy / name).unlink()
    with pytest.raises(ModelFileError, match=name) as refused:
        load_model(copy)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["extra.json", "boosters/won_phase_9.txt", "deep/er/model.pkl"])
def test_a_file_that_nobody_listed_is_refused(copy: Path, name: str) -> None:
    (copy / name).parent.mkdir(parents=True, exist_ok=True)
    (copy / name).write_text("{}")
    with pytest.raises(ModelFileError, match=f"{name}: is not listed"):
        load_model(copy)


def test_a_link_in_the_place_of_a_file_is_refused(copy: Path, tmp_path: Path) -> None:
    (copy / "estimator.json").rename(tmp_path / "elsewhere.json")
    (copy / "estimator.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(ModelFileError, match=r"estimator\.json: is missing or no ordinary file"):
        load_model(copy)


@pytest.mark.parametrize(
    "name", ["../secret.json", "/etc/passwd", "boosters/../estimator.json", "a/b.json", "x.pkl", ""]
)
def test_a_manifest_cannot_lead_out_of_the_folder(copy: Path, name: str) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"][name] = manifest["files"]["estimator.json"]
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelFileError, match="which is no file of a model"):
        load_model(copy)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format_version": 99, "files": {}}', "format_version 99 is not known"),
        ('{"format_version": 2, "files": {', "is not the manifest"),
        ("[]", "is not the manifest"),
        ('{"format_version": 2, "files": {}}', "is not listed"),
    ],
)
def test_another_manifest_is_refused(copy: Path, text: str, message: str) -> None:
    (copy / "manifest.json").write_text(text)
    with pytest.raises(ModelFileError, match=message):
        load_model(copy)


def test_a_manifest_without_the_estimator_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"format_version": 2, "files": {}}')
    with pytest.raises(ModelFileError, match="cannot be read as a model"):
        load_model(tmp_path)
    with pytest.raises(ModelFileError, match="is no saved model"):
        load_model(tmp_path / "nowhere")


def test_saving_replaces_a_model_and_nothing_else(
    model: PhasedRates, copy: Path, tmp_path: Path
) -> None:
    save_model(copy, model, {"second": True})
    assert load_model(copy).documents == {"second": True}
    diary = tmp_path / "diary"
    diary.mkdir()
    save_model(diary, model)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("mine")
    with pytest.raises(ModelFileError, match="something else than a model"):
        save_model(tmp_path / "notes", model)
    assert (tmp_path / "notes" / "a.txt").read_text() == "mine"
    with pytest.raises(ModelFileError, match="is not a folder"):
        save_model(tmp_path / "notes" / "a.txt", model)


def test_a_failed_save_leaves_the_earlier_model_and_no_rest(
    model: PhasedRates, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, data: bytes) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        save_model(copy, model)
    monkeypatch.undo()
    assert load_model(copy).documents == DOCUMENTS
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


@pytest.mark.parametrize("name", ["estimator", "../up", "Upper", "", "a b"])
def test_documents_need_plain_names(model: PhasedRates, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a file"):
        save_model(tmp_path / "m", model, {name: 1})
    assert not list(tmp_path.iterdir())
