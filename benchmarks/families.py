"""What each family of features adds: the log-loss forward in time when it is left out.

Trains on what was known at an instant with all families and without each of them in turn, as
`features.leave_out` would, and scores the same later snapshots with each model:

    python benchmarks/families.py configs/school_crm.yaml \
        --train-as-of 2024-01-01 --until 2024-02-26 --repeats 3 --table families.md

A positive difference says that the family helps. Each seed trains with and without the family. The
error of the mean difference is that of a paired bootstrap of accounts (of prospects where there are
none) together with that of the seeds: one seed alone says little, as it does not know the latter.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictor.config_file import read_config
from predictor.crm.crm import Crm, read_crm
from predictor.errors import HorizonError, PredictorError
from predictor.evaluation.censoring import HorizonLabels, horizon_labels
from predictor.evaluation.metrics.log_loss import CLIP, log_loss
from predictor.features.families import FAMILIES, build_catalogue, features_by_family
from predictor.features.learning import learn_specification
from predictor.features.matrix import compute_features
from predictor.features.snapshots import calendar_grid, observed_snapshots, target_of
from predictor.model.training import make_model, training_snapshots

if TYPE_CHECKING:
    from predictor.config import Config

FloatArray = NDArray[np.float64]
N_RESAMPLES = 200
NOTHING = "nothing"


@dataclass(frozen=True)
class Sample:
    """Snapshots, and their features of all families."""

    snapshots: pd.DataFrame
    features: pd.DataFrame

    @property
    def groups(self) -> NDArray[np.str_]:
        """What snapshots share: the account, or else the prospect."""
        accounts = self.snapshots["account_id"].fillna(self.snapshots["prospect_id"])
        return accounts.to_numpy(str)


@dataclass(frozen=True)
class Business:
    """One business, looked at before and after the training instant.

    Attributes
    ----------
    config : Config
        Its configuration.
    train, test : Sample
        Snapshots up to the training instant, and from it on.
    columns : dict of str to list of str
        Features of each family in use.
    labels : dict of int to HorizonLabels
        What became of the test snapshots, per horizon in days.
    """

    config: Config
    train: Sample
    test: Sample
    columns: dict[str, list[str]]
    labels: dict[int, HorizonLabels]

    def without(self, family: str) -> list[str]:
        """Return every feature but those of a family, in the order of the catalogue."""
        left_out = set(self.columns.get(family, ()))
        return [str(name) for name in self.train.features if name not in left_out]

    def mean(self, losses: FloatArray) -> FloatArray:
        """Return the mean over the snapshots, shape (n, horizons), weighted for censoring."""
        weights = [labels.weight for labels in self.labels.values()]
        return np.array([np.average(x, weights=w) for x, w in zip(losses.T, weights, strict=True)])


def read_business(arguments: argparse.Namespace) -> Business:
    """Compute the features of all families once, for training and for the test."""
    config = read_config(arguments.config)
    crm, origin = read_crm(config), arguments.train_as_of
    followed_until = arguments.followed_until or crm.last_instant()
    known = crm.known_at(origin)
    specification = learn_specification(known, config)
    catalogue = build_catalogue(specification)
    whole = config.snapshots.model_copy(update={"max_snapshots": sys.maxsize})
    before = training_snapshots(crm, config.model_copy(update={"snapshots": whole}), origin)
    instants = calendar_grid(
        origin, arguments.until or followed_until, config.evaluation.every_days
    )
    after = observed_snapshots(crm, instants, followed_until, config.lost_after_silence_days)
    labels = labels_of(config, after, before["duration_days"].nlargest(10).min())
    say(f"features of {len(before):,} snapshots to train on and {len(after):,} to test")
    seen = crm.known_at(followed_until)
    business = Business(
        config,
        Sample(before, compute_features(known, specification, catalogue, before)),
        Sample(after, compute_features(seen, specification, catalogue, after)),
        {
            family: [feature.name for feature in features]
            for family, features in features_by_family(specification).items()
        },
        labels,
    )
    check_leave_out(seen, known, business)
    return business


def labels_of(
    config: Config, snapshots: pd.DataFrame, longest_days: float
) -> dict[int, HorizonLabels]:
    """Label the snapshots at each horizon that training and test are followed to."""
    outcome = snapshots["outcome"].to_numpy(str)
    duration_days = snapshots["duration_days"].to_numpy(float)
    longest_days = min(longest_days, duration_days[outcome == "open"].max(initial=0))
    horizons_days = [days for days in config.evaluated_horizons_days if days <= longest_days]
    if not horizons_days:
        raise HorizonError(
            f"training and test are followed for {longest_days:.0f} days, less than every horizon "
            f"of {config.name}: give other instants"
        )
    return {days: horizon_labels(outcome, duration_days, days) for days in horizons_days}


def check_leave_out(seen: Crm, known: Crm, business: Business) -> None:
    """Make sure that dropping columns gives what `features.leave_out` gives."""
    snapshots = business.test.snapshots
    first = snapshots[snapshots["as_of"] == snapshots["as_of"].min()]
    for family in business.columns:
        chosen = business.config.features
        left_out = chosen.model_copy(update={"leave_out": (*chosen.leave_out, family)})
        config = business.config.model_copy(update={"features": left_out})
        specification = learn_specification(known, config)
        computed = compute_features(seen, specification, build_catalogue(specification), first)
        dropped = business.test.features.loc[first.index, business.without(family)]
        pd.testing.assert_frame_equal(computed, dropped)


def losses(business: Business, columns: list[str], seed: int) -> FloatArray:
    """Train on some features and return the log-loss of each test snapshot and horizon."""
    train, test = business.train, business.test
    model = make_model(business.config.model_copy(update={"seed": seed})).fit(
        train.features[columns],
        target_of(train.snapshots),
        groups=train.groups,
        as_of=train.snapshots["as_of"].to_numpy(),
    )
    won = model.predict_curves(test.features[columns], list(business.labels)).won
    probability = np.clip(won, CLIP, 1 - CLIP)
    label = np.column_stack([labels.label for labels in business.labels.values()])
    found: FloatArray = -np.where(label, np.log(probability), np.log1p(-probability))
    expected = [
        log_loss(labels, p) for labels, p in zip(business.labels.values(), won.T, strict=True)
    ]
    np.testing.assert_allclose(business.mean(found), expected, rtol=1e-12)
    return found


def measure(business: Business, families: list[str], repeats: int) -> dict[str, FloatArray]:
    """Return the losses per family left out, shape (seeds, snapshots, horizons)."""
    seeds = range(business.config.seed, business.config.seed + repeats)
    n_fits, done, found = repeats * (1 + len(families)), 0, {}
    for left_out in (NOTHING, *families):
        runs = []
        for seed in seeds:
            start, done = time.perf_counter(), done + 1
            runs.append(losses(business, business.without(left_out), seed))
            figures = ", ".join(f"{loss:.5f}" for loss in business.mean(runs[-1]))
            seconds = f"{time.perf_counter() - start:.0f} s"
            say(f"[{done}/{n_fits}] without {left_out}, seed {seed}: {figures}; {seconds}")
        found[left_out] = np.stack(runs)
    return found


def errors(business: Business, difference: FloatArray) -> FloatArray:
    """Return the standard error of the mean difference, of accounts and seeds, per horizon."""
    of_accounts = paired_errors(business, difference.mean(axis=0))
    means = np.stack([business.mean(run) for run in difference])
    of_seeds = means.std(axis=0, ddof=1) / np.sqrt(len(means)) if len(means) > 1 else 0.0
    return np.hypot(of_accounts, of_seeds)


def paired_errors(business: Business, difference: FloatArray) -> FloatArray:
    """Return the bootstrap error of the mean difference per horizon, resampling accounts."""
    codes = pd.factorize(business.test.groups)[0]
    random = np.random.default_rng(business.config.seed)
    n_groups = codes.max() + 1
    drawn = random.multinomial(n_groups, np.full(n_groups, 1 / n_groups), N_RESAMPLES)
    found = []
    for labels, values in zip(business.labels.values(), difference.T, strict=True):
        total = np.bincount(codes, labels.weight * values)
        found.append(np.std(drawn @ total / (drawn @ np.bincount(codes, labels.weight)), ddof=1))
    return np.array(found)


def table_of(business: Business, measured: dict[str, FloatArray]) -> str:
    """Return the Markdown table: the log-loss with all, and what it gains without each."""
    every = measured[NOTHING]
    rows = [
        ["left out", "features", *(f"{days} days" for days in business.labels)],
        [":--", "--:", *["--:"] * len(business.labels)],
        [
            NOTHING,
            str(business.train.features.shape[1]),
            *(f"{loss:.5f}" for loss in business.mean(every.mean(axis=0))),
        ],
    ]
    for family, columns in business.columns.items():
        if family in measured:
            difference = measured[family] - every
            means = business.mean(difference.mean(axis=0))
            pairs = zip(means, errors(business, difference), strict=True)
            rows.append([family, str(len(columns)), *(f"{m:+.5f} ± {e:.5f}" for m, e in pairs)])
        elif not columns:
            rows.append([family, "0", *["-"] * len(business.labels)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def heading(business: Business, repeats: int) -> str:
    """Say what was trained and tested on."""
    train, test = business.train.snapshots, business.test.snapshots
    won = test.loc[test["outcome"] == "won", "prospect_id"].nunique()
    return (
        f"**{business.config.name}**: trained on {len(train):,} snapshots of "
        f"{train['prospect_id'].nunique():,} prospects, tested on {len(test):,} of "
        f"{test['prospect_id'].nunique():,} ({won:,} won) from {test['as_of'].min():%Y-%m-%d} to "
        f"{test['as_of'].max():%Y-%m-%d}; log-loss in nats, mean of {repeats} seed(s), "
        "and how much higher it is without a family.\n"
    )


def say(text: str) -> None:
    """Report progress beside the table."""
    print(text, file=sys.stderr, flush=True)


def arguments_of(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path, help="configuration of the business")
    date = datetime.fromisoformat
    parser.add_argument("--train-as-of", type=date, required=True, help="training instant, UTC")
    parser.add_argument("--until", type=date, help="end of the looks; default: followed-until")
    parser.add_argument("--followed-until", type=date, help="default: the end of the data")
    parser.add_argument("--families", nargs="+", choices=[*FAMILIES], default=[*FAMILIES])
    parser.add_argument("--repeats", type=int, default=1, help="seeds per family")
    parser.add_argument("--table", type=Path, help="file that the table is appended to")
    arguments = parser.parse_args(words)
    if arguments.repeats < 1:
        parser.error("--repeats must be 1 or more")
    return arguments


def main() -> None:
    """Print the table of one business."""
    arguments = arguments_of()
    try:
        business = read_business(arguments)
        families = [name for name in arguments.families if business.columns.get(name)]
        measured = measure(business, families, arguments.repeats)
    except PredictorError as error:
        sys.exit(str(error))
    text = f"{heading(business, arguments.repeats)}\n{table_of(business, measured)}\n"
    print(text)
    if arguments.table is not None:
        with arguments.table.open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")


if __name__ == "__main__":
    main()
