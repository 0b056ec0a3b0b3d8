"""Tuning: better settings of the boosters, taken only where they are shown to be better."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pandas as pd

from predictor.errors import TrainingRefusedError
from predictor.evaluation.backtest import rolling_origins
from predictor.model.budget import TuningStopped
from predictor.operations.share import Share
from predictor.operations.tuning_folds import (
    N_BINS,
    N_FOLDS,
    forecasts,
    forward_folds,
    loss_by_bin,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from predictor.config import Config
    from predictor.crm.crm import Crm
    from predictor.model.budget import Budget
    from predictor.model.tuning import Settings, Trial, TrialStore
    from predictor.operations.training import Step
    from predictor.operations.tuning_folds import Fold

#: Beside the configuration, as mlflow.db is.
STORE = "tuning.db"
#: Parts of a configuration on which no trial depends.
ELSEWHERE: dict[str, Any] = {
    "language": True,
    "ranking": True,
    "bands": True,
    "accept_findings": True,
    "labels": True,
    "output": True,
    "mlflow": True,
    "evaluation": {"truth"},
    "model": {"num_threads"},
}
FOLDS_SHARE = 0.1
"""Of the progress bar, for computing the features of the folds."""


@dataclass(frozen=True)
class Tuning:
    """What a search for settings found.

    Attributes
    ----------
    given : Config
        The configuration as it was.
    defaults, best : dict
        The settings of the configuration as it was, and the best ones found.
    default_loss, best_loss : float
        Their mean log-loss over the folds.
    gain, standard_error : float
        What the choice gains on accounts that it is not made on, and the error of that, paired; see
        `predictor.model.tuning.gain_elsewhere`.
    trials : pd.DataFrame
        trial, log_loss, seconds and each setting; trial 0 is the configuration as it was.
    n_resumed : int
        How many of the trials an earlier run had left.
    known_until : datetime
        What was known then is all that the search has seen.
    origins : list of datetime
        Training instants of the folds.
    backtest_unseen : bool
        Whether the search has seen nothing of the period that the backtest tests on.
    """

    given: Config
    defaults: Settings
    best: Settings
    default_loss: float
    best_loss: float
    gain: float
    standard_error: float
    trials: pd.DataFrame
    n_resumed: int
    known_until: datetime
    origins: list[datetime]
    backtest_unseen: bool

    @property
    def improved(self) -> bool:
        """Whether the best settings beat the configuration's by more than the standard error."""
        return self.gain > self.standard_error

    @property
    def config(self) -> Config:
        """What to train with: the best settings if they improve on the given ones."""
        return with_settings(self.given, self.best) if self.improved else self.given

    def summary(self) -> str:
        """Say in a few lines what was found and whether it is used."""
        resumed = f" ({self.n_resumed} of an earlier run)" if self.n_resumed else ""
        text = (
            f"Tuned: {len(self.trials)} trials{resumed} on {len(self.origins)} folds forward in "
            f"time,\nas known at {self.known_until:%Y-%m-%d}.\n"
            f"Log-loss {self.default_loss:.5f} with the configuration's settings, "
            f"{self.best_loss:.5f} with the best.\n"
            f"On accounts that the choice is not made on, it gains {self.gain:.5f} (standard\n"
            f"error {self.standard_error:.5f}).\n"
        )
        if self.improved:
            kept = "".join(f"\n  {name}: {value}" for name, value in self.best.items())
            text += f"The best are used. To keep them for other trainings:\nmodel:{kept}"
        else:
            text += "That is no clear gain: the configuration's settings are used."
        if not self.backtest_unseen:
            text += "\nThe search has seen the test period below: its figures flatter."
        return text

    def documents(self) -> dict[str, Any]:
        """Return what is logged as JSON, by file name."""
        facts = {
            "used": self.improved,
            "known_until": self.known_until.isoformat(),
            "origins": [origin.isoformat() for origin in self.origins],
            "backtest_unseen": self.backtest_unseen,
            "trials": len(self.trials),
            "log_loss": {"configuration": self.default_loss, "best": self.best_loss},
            "gain_elsewhere": self.gain,
            "standard_error": self.standard_error,
            "settings": {"configuration": self.defaults, "best": self.best},
        }
        return {"tuning.json": facts}

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the tables that are logged, by file name."""
        return {"tuning_trials.csv": self.trials}


def tune(crm: Crm, config: Config, as_of: datetime, budget: Budget, step: Step) -> Tuning:
    """Search for settings on forward-in-time folds within what was known.

    The search sees what was known at the first origin of the backtest, so that the backtest tests
    the settings it finds on a period that it has not seen. Where that leaves too little history, it
    sees all that was known at `as_of`, and says so. Trials are kept beside the configuration: the
    same search on the same data goes on where it was stopped.

    Parameters
    ----------
    crm : Crm
        The facts; only those known before `as_of` are used.
    config : Config
        The business; its own settings are the first trial.
    as_of : datetime
        The training instant.
    budget : Budget
        Of all trials, those of an earlier run included.
    step : callable
        A step of a progress bar, of which `predictor.operations.share.STEPS` are taken.

    Raises
    ------
    TrainingRefusedError
        If no fold has enough history.
    TuningStopped
        On Ctrl-C, once there are trials to keep.
    """
    from predictor.model import tuning as searching  # noqa: PLC0415 - loads Optuna

    show = Share(step)
    known_until, folds = _folds(crm, config, as_of, show)
    store = searching.TrialStore(config.path(STORE), study_name(crm, config, known_until))
    defaults: Settings = {name: getattr(config.model, name) for name in searching.SPACE}
    n_resumed = len(store.trials())
    try:
        trials = searching.search(
            lambda settings: loss_by_bin(
                folds, forecasts(with_settings(config, settings), folds), config.seed
            ).tolist(),
            defaults,
            budget,
            store,
            config.seed,
            lambda done: _show_trial(done, budget, show),
        )
    except KeyboardInterrupt as stopped:
        raise _kept(store, config.path(STORE)) from stopped
    show("tuned", 1.0)
    best = searching.best_of(trials)
    gain, error = searching.gain_elsewhere(trials, config.seed)
    return Tuning(
        given=config,
        defaults=defaults,
        best=best.settings,
        default_loss=trials[0].loss,
        best_loss=best.loss,
        gain=gain,
        standard_error=error,
        trials=_table(trials),
        n_resumed=n_resumed,
        known_until=known_until,
        origins=[fold.origin for fold in folds],
        backtest_unseen=known_until < as_of,
    )


def with_settings(config: Config, settings: Settings) -> Config:
    """Return the configuration with other settings of the boosters."""
    return config.model_copy(update={"model": config.model.model_copy(update=settings)})


def study_name(crm: Crm, config: Config, known_until: datetime) -> str:
    """Name the search by all that its trials depend on: data, configuration, instant, software."""
    facts = {
        "data": crm.known_at(known_until).fingerprints(),
        "config": config.model_dump(mode="json", exclude=ELSEWHERE),
        "software": {name: version(name) for name in ("conversion-predictor", "lightgbm")},
        "folds": [N_FOLDS, N_BINS],
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return f"{config.name} as of {known_until.isoformat()} {digest[:16]}"


def _folds(crm: Crm, config: Config, as_of: datetime, show: Share) -> tuple[datetime, list[Fold]]:
    """Compute the folds before the backtest, or before `as_of` where that leaves too little."""

    def on_fold(place: int, origin: datetime) -> None:
        show(f"tuning: features of {origin:%Y-%m-%d}", FOLDS_SHARE * place / N_FOLDS)

    before_backtest = rolling_origins(config, as_of)[0]
    try:
        return before_backtest, forward_folds(crm, config, before_backtest, on_fold)
    except TrainingRefusedError:
        return as_of, forward_folds(crm, config, as_of, on_fold)


def _show_trial(done: list[Trial], budget: Budget, show: Share) -> None:
    share = budget.share_spent(len(done), sum(trial.seconds for trial in done))
    best = f", best log-loss {min(trial.loss for trial in done):.5f}" if done else ""
    of = f" of {budget.trials}" if budget.trials else f" in {budget}"
    show(f"tuning: trial {len(done) + 1}{of}{best}", FOLDS_SHARE + (1 - FOLDS_SHARE) * share)


def _kept(store: TrialStore, path: Path) -> KeyboardInterrupt:
    n = len(store.trials())
    if not n:
        return KeyboardInterrupt()
    trials = "1 trial is" if n == 1 else f"{n} trials are"
    return TuningStopped(
        f"stopped; {trials} kept in {path.name}: the same command goes on from there, and --tune "
        f"{n} trains with what they found"
    )


def _table(trials: list[Trial]) -> pd.DataFrame:
    rows = [
        {"trial": place, "log_loss": each.loss, "seconds": each.seconds, **each.settings}
        for place, each in enumerate(trials)
    ]
    return pd.DataFrame(rows)
