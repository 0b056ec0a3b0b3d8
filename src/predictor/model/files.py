"""A model as a folder of text, JSON and Parquet, checked file by file; nothing is unpickled.

boosters/<cause>_<shared|phase_k>.txt   LightGBM's text format, and boosters/spread.txt
baseline.parquet                        the grid with its accumulated rates
estimator.json                          parameters, phases, features, categories, versions
<document>.json, <frame>.parquet        what the caller adds
manifest.json                           format_version, and size and SHA-256 of every other file
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import uuid
from dataclasses import asdict, dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import sklearn

from predictor.errors import ModelFileError
from predictor.features.targets import CAUSES
from predictor.model.baseline import Baseline, Steps
from predictor.model.boosters import CauseBoosters, Rounds
from predictor.model.encoding import FeatureEncoding
from predictor.model.fitting import FittedRates
from predictor.model.phased_rates import PhasedRates
from predictor.model.recalibration import Recalibration
from predictor.model.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT_VERSION = 2
MANIFEST = "manifest.json"

_SPREAD = "boosters/spread.txt"
_RESERVED = {"manifest", "estimator", "baseline"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PATH = re.compile(r"(boosters/[a-z0-9_]+\.txt|[a-z][a-z0-9_]*\.(json|parquet))")


@dataclass(frozen=True)
class SavedModel:
    """What a model's folder holds.

    Attributes
    ----------
    model : PhasedRates
        Fitted; predicts bit-equal to the one saved.
    documents : dict of str to JSON value
        What the caller saved beside it.
    frames : dict of str to DataFrame
        Tables that the caller saved beside it.
    """

    model: PhasedRates
    documents: dict[str, Any] = field(default_factory=dict)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)


def save_model(
    folder: Path | str,
    model: PhasedRates,
    documents: Mapping[str, Any] | None = None,
    frames: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """Write a fitted model, whole or not at all.

    Everything is written to a sibling folder that is then renamed. An earlier model of that name is
    replaced.

    Parameters
    ----------
    folder : path
        To be created; its parents are created too.
    model : PhasedRates
        Fitted.
    documents : mapping of str to JSON value, optional
        Written as ``<name>.json``; names in lower case with digits and underscores.
    frames : mapping of str to DataFrame, optional
        Written as ``<name>.parquet``.

    Raises
    ------
    ModelFileError
        If something that is not a model stands at `folder`.
    ValueError
        For a name that cannot be a file, or a document that is not JSON (NaN included).
    """
    folder = Path(folder)
    _check_replaceable(folder)
    contents = _contents(model, documents or {}, frames or {})
    contents[MANIFEST] = _json(
        {
            "format_version": FORMAT_VERSION,
            "files": {name: _fingerprint(data) for name, data in sorted(contents.items())},
        }
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.parent / f".{folder.name}.{uuid.uuid4().hex}"
    try:
        for name, data in contents.items():
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        _swap(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def load_model(folder: Path | str) -> SavedModel:
    """Read a model and check that every file is as it was written.

    Raises
    ------
    ModelFileError
        If the folder is no model, of another format, or a file is missing, changed, cut short or
        not listed in its manifest. The message names the file.
    """
    folder = Path(folder)
    contents = _verified(folder)
    try:
        model = _model(contents)
        documents = {
            Path(name).stem: json.loads(data)
            for name, data in contents.items()
            if name.endswith(".json") and Path(name).stem not in _RESERVED
        }
        frames = {
            Path(name).stem: pd.read_parquet(BytesIO(data))
            for name, data in contents.items()
            if name.endswith(".parquet") and Path(name).stem not in _RESERVED
        }
    except (KeyError, ValueError, TypeError, OSError, lgb.basic.LightGBMError) as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(f"{folder}: cannot be read as a model ({reason})") from error
    return SavedModel(model, documents, frames)


def _contents(
    model: PhasedRates, documents: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]
) -> dict[str, bytes]:
    contents = {"estimator.json": _json(_estimator(model))}
    contents["baseline.parquet"] = _parquet(_baseline_frame(model.baseline_))
    for cause, boosters in zip(CAUSES, model.boosters_, strict=True):
        for name, booster in _named(boosters).items():
            if booster is not None:
                contents[f"boosters/{cause}_{name}.txt"] = booster.model_to_string().encode()
    if model.spread_ is not None:
        contents[_SPREAD] = model.spread_.booster.model_to_string().encode()
    for name in [*documents, *frames]:
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise ValueError(f"{name!r} cannot name a file of a model: use a-z, 0-9 and _")
    contents.update({f"{name}.json": _json(value) for name, value in documents.items()})
    contents.update({f"{name}.parquet": _parquet(frame) for name, frame in frames.items()})
    return contents


def _estimator(model: PhasedRates) -> dict[str, Any]:
    params = model.get_params()
    params["phase_edges_days"] = [float(edge) for edge in params["phase_edges_days"]]
    return {
        "params": params,
        "phase_edges_days": list(model.phase_edges_days_),
        "max_horizon_days": model.max_horizon_days_,
        "feature_names": list(model.feature_names_in_),
        "categories": {name: list(levels) for name, levels in model.categories_.items()},
        "n_rounds": {cause: asdict(rounds) for cause, rounds in model.n_rounds_.items()},
        "simplified": list(model.simplified_),
        "recalibrated": {cause: asdict(by) for cause, by in model.recalibrated_.items()},
        "spread": _spread_figures(model.spread_),
        "versions": {library.__name__: library.__version__ for library in (lgb, np, pd, sklearn)},
    }


def _model(contents: Mapping[str, bytes]) -> PhasedRates:
    stored = json.loads(contents["estimator.json"])
    params = stored["params"] | {"phase_edges_days": tuple(stored["params"]["phase_edges_days"])}
    categories = {name: tuple(levels) for name, levels in stored["categories"].items()}
    frame = pd.read_parquet(BytesIO(contents["baseline.parquet"]))
    steps = Steps(
        frame["end_days"].to_numpy(),
        frame["phase"].to_numpy(),
        np.ascontiguousarray(frame[list(CAUSES)].to_numpy().T),
    )
    recalibrated = {cause: Recalibration(**by) for cause, by in stored["recalibrated"].items()}
    boosters = tuple(
        replace(
            _boosters(contents, cause, _rounds(stored["n_rounds"][cause])),
            slope=recalibrated.get(cause, Recalibration()).slope,
        )
        for cause in CAUSES
    )
    baseline = Baseline(tuple(stored["phase_edges_days"]), steps)
    encoding = FeatureEncoding(tuple(stored["feature_names"]), categories)
    fitted = FittedRates(
        baseline,
        boosters,
        tuple(_rounds(stored["n_rounds"][cause]) for cause in CAUSES),
        tuple(stored["simplified"]),
        _spread(contents, stored["spread"]),
        recalibrated,
    )
    return PhasedRates(**params).adopt(encoding, fitted)


def _rounds(stored: Mapping[str, Any]) -> Rounds:
    return Rounds(stored["shared"], tuple(stored["phases"]))


def _boosters(contents: Mapping[str, bytes], cause: str, n_rounds: Rounds) -> CauseBoosters:
    def read(name: str, rounds: int) -> lgb.Booster | None:
        text = contents[f"boosters/{cause}_{name}.txt"].decode() if rounds else None
        return None if text is None else lgb.Booster(model_str=text)

    phases = [read(f"phase_{k}", rounds) for k, rounds in enumerate(n_rounds.phases)]
    return CauseBoosters(read("shared", n_rounds.shared), tuple(phases))


def _spread_figures(spread: Spread | None) -> dict[str, float] | None:
    if spread is None:
        return None
    return {"mean_variance": spread.mean_variance, "level_variance": spread.level_variance}


def _spread(contents: Mapping[str, bytes], figures: Mapping[str, float] | None) -> Spread | None:
    if figures is None:
        return None
    return Spread(lgb.Booster(model_str=contents[_SPREAD].decode()), **figures)


def _named(boosters: CauseBoosters) -> dict[str, lgb.Booster | None]:
    phases = {f"phase_{k}": booster for k, booster in enumerate(boosters.phases)}
    return {"shared": boosters.shared, **phases}


def _baseline_frame(baseline: Baseline) -> pd.DataFrame:
    steps = baseline.steps
    rates = dict(zip(CAUSES, steps.increments, strict=True))
    return pd.DataFrame({"end_days": steps.end_days, "phase": steps.phase, **rates})


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False).encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def _fingerprint(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _check_replaceable(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ModelFileError(f"{folder} is not a folder: choose another place for the model")
    if folder.exists() and any(folder.iterdir()):
        try:
            _manifest(folder)
        except ModelFileError as error:
            raise ModelFileError(
                f"{folder} holds something else than a model: choose another place, or empty it"
            ) from error


def _swap(temporary: Path, folder: Path) -> None:
    if not folder.exists():
        temporary.rename(folder)
        return
    earlier = folder.parent / f".{folder.name}.{uuid.uuid4().hex}"
    folder.rename(earlier)
    try:
        temporary.rename(folder)
    except OSError:
        earlier.rename(folder)
        raise
    shutil.rmtree(earlier)


def _manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """Read the fingerprints of the files by their paths."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
        version, files = manifest["format_version"], manifest["files"]
        listed = {
            str(name): {"bytes": f["bytes"], "sha256": f["sha256"]} for name, f in files.items()
        }
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read; {folder} is no saved model") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelFileError(f"{path}: is not the manifest of a model") from error
    if version != FORMAT_VERSION:
        raise ModelFileError(
            f"{path}: format_version {version!r} is not known (this release reads "
            f"{FORMAT_VERSION}): load it with the release that saved it, or train again"
        )
    for name in listed:
        if not _PATH.fullmatch(name) or name == MANIFEST:
            raise ModelFileError(f"{path}: lists {name!r}, which is no file of a model")
    return listed


def _verified(folder: Path) -> dict[str, bytes]:
    listed = _manifest(folder)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        is_directory = path.is_dir() and not path.is_symlink()
        if not is_directory and name != MANIFEST and name not in listed:
            raise ModelFileError(f"{path}: is not listed in {MANIFEST}; remove it")
    contents = {name: _read(folder / name) for name in listed}
    for name, data in contents.items():
        if _fingerprint(data) != listed[name]:
            raise ModelFileError(
                f"{folder / name}: was changed or cut short since the model was saved (checksum "
                "differs); restore it, or train again"
            )
    return contents


def _read(path: Path) -> bytes:
    if path.is_symlink() or path.parent.is_symlink() or not path.is_file():
        raise ModelFileError(f"{path}: is missing or no ordinary file; restore it, or train again")
    return path.read_bytes()
