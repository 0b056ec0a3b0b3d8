"""Snapshots, features and labels of a data set, written once for all predictors."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from prediction_peers.oracle import HiddenStates, check_against_truth
from prediction_peers.task import (
    ABOUT,
    TEST,
    TEST_TARGET,
    TRAIN,
    TRAIN_TARGET,
    About,
    sampled_rows,
)
from predictor.config_file import read_config
from predictor.crm.crm import Crm, read_crm
from predictor.crm.simulator import simulate, write_simulation
from predictor.evaluation.aalen_johansen import cumulative_incidence
from predictor.evaluation.bootstrap import clusters
from predictor.evaluation.censoring import horizon_labels
from predictor.features.families import build_catalogue
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features
from predictor.features.snapshots import calendar_grid, observed_snapshots
from predictor.model.encoding import FeatureEncoding
from predictor.model.training import training_snapshots

if TYPE_CHECKING:
    from pathlib import Path

    from prediction_peers.data_sets import DataSet
    from predictor.config import Config

#: About as many times on the curve of each predictor, whole days apart.
N_TIMES = 30
#: Folds of accounts in which peers may search for their settings.
N_FOLDS = 5
#: As the model asks of its longest supported follow-up.
MIN_FOLLOWED = 10


@dataclass(frozen=True)
class Limits:
    """Snapshots at most, drawn at random, the same ones for all; and the seed."""

    max_train: int | None
    max_test: int | None
    seed: int


def prepare(data: DataSet, folder: Path, limits: Limits) -> None:
    """Write the matrices of a data set, or keep those that were made the same way.

    Raises
    ------
    SystemExit
        If the folder holds those of other arguments.
    PredictorError
        If the data set cannot be read, or supports no horizon.
    """
    made_with = json.loads(json.dumps(asdict(data) | asdict(limits), default=str))
    if (folder / ABOUT).exists():
        if json.loads((folder / ABOUT).read_text(encoding="utf-8"))["made_with"] != made_with:
            raise SystemExit(f"{folder} was made with other arguments: take another --folder")
        return
    folder.mkdir(parents=True, exist_ok=True)
    _Preparation(data, folder, limits).write(made_with)


class _Preparation:
    """One data set on its way from the CRM to matrices."""

    def __init__(self, data: DataSet, folder: Path, limits: Limits) -> None:
        self.data, self.folder, self.limits = data, folder, limits
        self.config_path = data.config or _simulated(data, folder / "simulation")
        self.config: Config = read_config(self.config_path)
        self.crm: Crm = read_crm(self.config)
        self.followed_until = data.followed_until or self.crm.last_instant()

    def write(self, made_with: dict[str, Any]) -> None:
        """Write everything; the description comes last, so that it stands for the rest."""
        train, test = self._snapshots()
        horizons_days = self._horizons(train, test)
        times_days = _times(horizons_days)
        encoding, matrices = self._matrices(train, test)
        targets = self._train_target(train, horizons_days), self._test_target(test)
        if self.data.cycle:
            hidden = HiddenStates(self.data, pd.concat([train["as_of"], test["as_of"]]))
            targets = (
                targets[0].join(hidden.true_won(train, horizons_days)),
                targets[1].join(hidden.true_won(test, horizons_days)),
            )
            check_against_truth(
                targets[1], pd.read_parquet(self.folder / "simulation" / "truth.parquet")
            )
            drivers = hidden.drivers(train), hidden.drivers(test)
        outcome, duration_days = (
            train["outcome"].to_numpy(str),
            train["duration_days"].to_numpy(float),
        )
        about = About(
            config=str(self.config_path.resolve()),
            horizons_days=horizons_days,
            times_days=times_days,
            categories={
                f"f{encoding.feature_names.index(name)}": list(levels)
                for name, levels in encoding.categories.items()
                if levels
            },
            portfolio=cumulative_incidence(outcome, duration_days, times_days).won.tolist(),
        )
        facts = _facts(train, test) | {"features": list(encoding.feature_names)}
        if self.data.cycle:
            known = About(**(asdict(about) | {"categories": {}}))
            _write(self.folder / "oracle", drivers, targets, known, {"made_with": made_with})
        _write(self.folder, matrices, targets, about, {"made_with": made_with, "facts": facts})

    def _snapshots(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        data, config = self.data, self.config
        # Drawn below, with equal probability: few of the peers take weights.
        whole = config.snapshots.model_copy(update={"max_snapshots": sys.maxsize})
        everything = config.model_copy(update={"snapshots": whole})
        train = training_snapshots(self.crm, everything, data.train_as_of)
        instants = calendar_grid(data.train_as_of, data.until, config.evaluation.every_days)
        test = observed_snapshots(
            self.crm, instants, self.followed_until, config.lost_after_silence_days
        )
        if test.empty:
            raise SystemExit(f"{data.name}: nobody to look at from {data.train_as_of:%Y-%m-%d} on")
        sampled = []
        for snapshots, limit in ((train, self.limits.max_train), (test, self.limits.max_test)):
            rows = sampled_rows(len(snapshots), limit, self.limits.seed)
            sampled.append(snapshots.iloc[rows].reset_index(drop=True))
        return sampled[0], sampled[1]

    def _horizons(self, train: pd.DataFrame, test: pd.DataFrame) -> list[int]:
        """Return the horizons to which training and test are followed."""
        still_open = test.loc[test["outcome"] == "open", "duration_days"]
        longest_days = min(
            train["duration_days"].nlargest(MIN_FOLLOWED).min(),
            still_open.max() if len(still_open) else math.inf,
            self.config.phase_edges_days[-1],
        )
        horizons_days = [d for d in self.config.evaluated_horizons_days if d <= longest_days]
        if not horizons_days:
            raise SystemExit(
                f"{self.data.name}: training and test are followed for {longest_days:.0f} days, "
                "less than every horizon: give other instants"
            )
        return horizons_days

    def _matrices(
        self, train: pd.DataFrame, test: pd.DataFrame
    ) -> tuple[FeatureEncoding, tuple[pd.DataFrame, pd.DataFrame]]:
        """Compute the features and encode them; the columns are f0, f1, ..."""
        known = self.crm.known_at(self.data.train_as_of)
        specification = learn_specification(known, self.config)
        catalogue = build_catalogue(specification)
        seen = self.crm.known_at(self.followed_until)
        features = (
            compute_features(known, specification, catalogue, train),
            compute_features(seen, specification, catalogue, test),
        )
        encoding = FeatureEncoding.of(features[0])
        names = [f"f{j}" for j in range(len(encoding.feature_names))]
        before, after = (pd.DataFrame(encoding.matrix(each), columns=names) for each in features)
        return encoding, (before, after)

    def _train_target(self, train: pd.DataFrame, horizons_days: list[int]) -> pd.DataFrame:
        target = self._test_target(train)
        code, groups = pd.factorize(target["group"], sort=True)
        places = np.random.default_rng(self.limits.seed).permutation(len(groups))
        target["fold"] = (places % N_FOLDS)[code]
        outcome = target["outcome"].to_numpy(str)
        for days in horizons_days:
            labels = horizon_labels(outcome, target["duration_days"], days)
            target[f"label_{days}"], target[f"weight_{days}"] = labels.label, labels.weight
        return target

    def _test_target(self, test: pd.DataFrame) -> pd.DataFrame:
        columns = ["prospect_id", "as_of", "outcome", "duration_days"]
        return test[columns].assign(group=clusters(test))


def _simulated(data: DataSet, folder: Path) -> Path:
    write_simulation(simulate(data.prospects, data.cycle or "short", seed=data.seed), folder)
    return folder / "config.yaml"


def _times(horizons_days: list[int]) -> list[float]:
    """Return whole days up to the longest horizon, evenly spaced, with the horizons."""
    step_days = math.ceil(horizons_days[-1] / N_TIMES)
    grid = np.arange(step_days, horizons_days[-1] + 1, step_days)
    times: list[float] = np.union1d(grid, horizons_days).astype(float).tolist()
    return times


def _facts(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, dict[str, Any]]:
    def of(snapshots: pd.DataFrame) -> dict[str, Any]:
        won = snapshots.loc[snapshots["outcome"] == "won", "prospect_id"]
        return {
            "snapshots": len(snapshots),
            "prospects": int(snapshots["prospect_id"].nunique()),
            "won": int(won.nunique()),
            "first": f"{snapshots['as_of'].min():%Y-%m-%d}",
            "last": f"{snapshots['as_of'].max():%Y-%m-%d}",
        }

    return {"train": of(train), "test": of(test)}


def _write(
    folder: Path,
    matrices: tuple[pd.DataFrame, pd.DataFrame],
    targets: tuple[pd.DataFrame, pd.DataFrame],
    about: About,
    more: dict[str, Any],
) -> None:
    folder.mkdir(exist_ok=True)
    names = (TRAIN, TEST, TRAIN_TARGET, TEST_TARGET)
    for name, frame in zip(names, (*matrices, *targets), strict=True):
        frame.to_parquet(folder / name)
    text = json.dumps(asdict(about) | more, indent=1)
    (folder / ABOUT).write_text(text, encoding="utf-8")
